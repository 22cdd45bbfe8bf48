"""Embeddings in the place of recordings and lyrics, as both clients send them."""

import json
from array import array
from fractions import Fraction

import pytest

from attune_client import Embeddings

INFINITE = float("inf")


class Vector:
    """Numbers that are no list, as arrays of other packages hold them."""

    def __iter__(self):
        return iter([Fraction(1, 2), 2])


def body_of(request):
    return json.loads(request.content)


@pytest.mark.parametrize("numbers", [[0.5, 2], (0.5, 2), array("f", [0.5, 2]), Vector()])
def test_whatever_yields_numbers_is_sent_as_a_list(client, service, numbers):
    client.predict(audio_embedding=numbers, user_id="ana")

    assert body_of(service.requests[0]) == {"audio_embedding": [0.5, 2.0], "user_id": "ana"}


def test_arrays_are_sent_as_lists(client, service):
    np = pytest.importorskip("numpy", reason="ARRAYS ARE NOT TRIED: there is no numpy")

    client.predict(lyrics_embedding=np.array([0.5, 2], np.float32))

    assert body_of(service.requests[0]) == {"lyrics_embedding": [0.5, 2.0]}


def test_a_track_is_put_by_its_embeddings(client, service):
    track = client.put_track("t1", audio_embedding=[1], lyrics_embedding=[2, 3], title="A")

    assert (track.has_audio, track.has_lyrics) == (True, True)
    assert body_of(service.requests[0]) == {
        "title": "A",
        "audio_embedding": [1.0],
        "lyrics_embedding": [2.0, 3.0],
    }


def test_a_batch_holds_embeddings_in_their_order(client, service):
    replies = client.predict_batch(
        embeddings=[Embeddings([1], [2]), Embeddings(lyrics=[3])], fusion="average"
    )

    assert [reply.quadrant for reply in replies] == ["Q1", "Q1"]
    assert body_of(service.requests[0]) == {
        "embeddings": [
            {"audio_embedding": [1.0], "lyrics_embedding": [2.0]},
            {"lyrics_embedding": [3.0]},
        ],
        "fusion": "average",
    }


@pytest.mark.parametrize("sizes", [None, {"audio": 498, "lyrics": 768}])
def test_the_model_tells_which_embeddings_it_reads(client, service, sizes):
    service.embeddings = sizes

    assert client.model().embeddings == sizes


@pytest.mark.parametrize(
    ("call", "given", "says"),
    [
        (
            "predict",
            {"audio_embedding": [0, float("nan")]},
            r"^audio_embedding\[1\] is nan; a fin",
        ),
        (
            "predict",
            {"lyrics_embedding": [-INFINITE]},
            r"^lyrics_embedding\[0\] is -inf; a finite",
        ),
        (
            "predict",
            {"audio_embedding": [10**400]},
            r"^audio_embedding\[0\] is 10+\.*0*; a number",
        ),
        ("predict", {"audio_embedding": [[1.0]]}, r"^audio_embedding\[0\] is \[1\.0\]; a number"),
        ("predict", {"audio_embedding": [1, None]}, r"^audio_embedding\[1\] is None; a number is"),
        ("predict", {"audio": b"RIFF", "lyrics_embedding": [1]}, r"^audio and lyrics_embedding w"),
        (
            "predict_batch",
            {"embeddings": [Embeddings([1]), Embeddings(lyrics=[1, 2, INFINITE])]},
            r"^embeddings\[1\]\.lyrics_embedding\[2\] is inf; a finite number is needed$",
        ),
    ],
)
def test_what_cannot_be_sent_is_refused_by_field_place_and_value(
    client, service, call, given, says
):
    with pytest.raises(ValueError, match=says):
        getattr(client, call)(**given)

    assert service.requests == []


def test_a_track_that_cannot_be_sent_never_leaves(client, service):
    with pytest.raises(ValueError, match=r"^audio_embedding\[0\] is nan"):
        client.put_track("t1", audio_embedding=[float("nan")])

    assert service.requests == []


def test_a_list_that_is_still_text_is_no_embedding(client):
    with pytest.raises(TypeError, match=r"^audio_embedding is text"):
        client.predict(audio_embedding="[0.1, 0.2]")
