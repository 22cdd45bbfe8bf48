"""Lyrics as people have them, over HTTP: files in any encoding, marks of time, texts too long."""

import pytest

from service.api.fields import MAX_SENT_LYRICS
from service.api.predict.requests import PredictIn
from service.http.body import validate
from service.http.errors import InvalidRequestError

pytestmark = pytest.mark.http

WORDS = "The sun is up\nand everybody sings"
TIMED = "[ti:x]\n[00:01.00]The sun is up\n[00:02.00]and everybody sings\n"
CAFE = "Rain falls on the café and I cry".encode("latin-1")
FRENCH = "[00:01.00]Tu me manques et la pluie tombe sur la ville déserte\nJe pleure dans la nuit"
LONG = f"{WORDS}\n" + f"{'o' * 499}\n" * 219  # few words, which take little time to embed


def told(client, **sent):
    reply = client.post("/predict", **sent)
    assert reply.status_code == 200, reply.text
    return reply.json()


def codes(prediction):
    return [notice["code"] for notice in prediction["notices"]]


def lyrics_file(data):
    return {"files": {"lyrics": ("song.lrc", data)}}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (TIMED.encode("utf-16"), []),
        (TIMED.encode("utf-8-sig"), []),
        (TIMED.replace("\n", "\r").encode(), []),
        (TIMED.encode("utf-16-le"), ["lyrics_encoding"]),
        (b"[00:10.34]The sun is up[00:15.86]\n[00:15.86]and everybody sings[00:20.36]\n", []),
        (b"[00:01.00]The [00:01.50]sun [00:02.00]is up\nand everybody sings", []),
        (b"[01:02:03.45]The sun is up\nand everybody sings", []),
        (b"The \0sun is up\nand everybody sings", []),
    ],
)
def test_a_file_of_lyrics_gives_the_prediction_of_its_words(client, data, said):
    plain = told(client, json={"lyrics": WORDS})

    found = told(client, **lyrics_file(data))

    assert codes(found) == said
    assert {**found, "notices": []} == plain


@pytest.mark.parametrize("field", [TIMED, f"\ufeff{WORDS}\r\n", f"\0{WORDS}"])
def test_texts_are_read_as_files_are(client, field):
    plain = told(client, json={"lyrics": WORDS})

    assert told(client, json={"lyrics": field}) == plain
    batch = client.post("/predict_batch", json={"lyrics": [field]}).json()
    assert batch["items"][0]["prediction"]["probabilities"] == plain["probabilities"]


@pytest.mark.parametrize("file", [("song.txt", CAFE), (None, CAFE)], ids=["file", "text"])
def test_an_accent_in_latin_1_is_read_and_the_guess_is_said(client, file):
    plain = told(client, json={"lyrics": CAFE.decode("latin-1")})

    found = told(client, files={"lyrics": file})

    assert found["probabilities"] == plain["probabilities"]
    assert found["notices"] == [
        {
            "code": "lyrics_encoding",
            "message": "The lyrics are not in UTF-8; their encoding was guessed to be cp1252.",
        }
    ]


@pytest.mark.parametrize(
    "sent", [{"json": {"lyrics": LONG}}, lyrics_file(LONG.encode())], ids=["text", "file"]
)
def test_long_lyrics_are_cut_and_this_is_said(client, sent):
    found = told(client, **sent)

    cut = told(client, json={"lyrics": LONG[: 34 + 199 * 500]})
    assert found["probabilities"] == cut["probabilities"]
    assert codes(found) == ["lyrics_cut"]
    counts = "109533 characters, more than 100000: only the first 99533"
    assert counts in found["notices"][0]["message"]


def test_a_text_too_long_to_be_read_is_refused():
    with pytest.raises(InvalidRequestError, match=r"1048577 characters.* at most 1048576"):
        validate(PredictIn, {"lyrics": "a" * (MAX_SENT_LYRICS + 1)})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x89PNG\r\n\x1a\n\x01\x02\x03\x04", ["lyrics_unreadable"]),
        (FRENCH.encode("cp1252"), ["lyrics_encoding", "lyrics_language"]),
        ("[00:01.00]你好世界\n".encode("gbk"), ["lyrics_encoding", "lyrics_language"]),
        (LONG.encode(), ["lyrics_cut"]),
        (b"", []),
    ],
    ids=["picture", "Western", "Chinese", "long", "empty"],
)
def test_no_file_of_lyrics_costs_its_recording(client, tone, data, said):
    files = {"audio": ("a.wav", tone), "lyrics": ("a.lrc", data)}

    put = client.put("/tracks/beside", files=files)
    again = client.put("/tracks/beside", files=files)

    assert {put.status_code, again.status_code} <= {200, 201}
    assert codes(put.json()["prediction"]) == codes(again.json()["prediction"]) == said
    assert codes(told(client, files=files)) == said


def test_an_unreadable_file_alone_is_refused_with_the_reason(client):
    reply = client.post("/predict", **lyrics_file(bytes(range(1, 32))))

    assert (reply.status_code, reply.json()["code"]) == (422, "no_evidence")
    assert "Save them in UTF-8." in reply.json()["detail"]


def test_a_track_keeps_its_words_when_its_file_is_saved_by_another_editor(client, user):
    first = client.put("/tracks/editors", **lyrics_file(TIMED.encode()))
    labels = [{"event_id": "e", "track_id": "editors", "quadrant": "Q1"}]
    client.post("/update", json={"user_id": user, "labels": labels})

    again = client.put(
        "/tracks/editors", **lyrics_file(TIMED.replace("\n", "\r\n").encode("utf-16"))
    )
    as_text = client.put("/tracks/editors", json={"lyrics": WORDS})

    assert [first.status_code, again.status_code, as_text.status_code] == [201, 200, 200]
