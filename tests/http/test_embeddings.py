"""A snapshot that reads callers' embeddings, served by itself: no encoder is on the machine."""

import json
import math

import bentoml
import httpx
import pytest

from models.emotion import Modality
from models.fusion import FUSIONS
from tests.http.conftest import somebody
from tests.http.samples import PARTS, adds_up, said, total, wav
from tests.journey.serving import running, served_from
from tests.snapshots import EMBEDDINGS, embedding, reading_embeddings

pytestmark = pytest.mark.http

N_TRACKS = 12
READS = "this snapshot reads embeddings, 6 numbers in audio_embedding and 5 in lyrics_embedding."
BENTOS = {"User-Agent": "BentoML HTTP Client/1.4.39"}
FAR = [1e9, -1e9, 1e9, 1e9, -1e9, 1e9]


@pytest.fixture(scope="module", name="server")
def _server(tmp_path_factory):
    """A server of its own: one process can serve one snapshot's kind."""
    folder = tmp_path_factory.mktemp("embeddings")
    reading_embeddings(folder / "snapshot")
    chosen = {
        "ATTUNE_SNAPSHOT": str(folder / "snapshot"),
        "ATTUNE_WEIGHTS": str(folder / "no encoders"),
        "ATTUNE_AUDIO": str(folder / "audio"),
    }
    with running(served_from(folder / "home", **chosen)) as server:
        yield server


@pytest.fixture(scope="module", name="own")
def _own(server):
    """Talks to it."""
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as own:
        yield own


@pytest.fixture(scope="module", name="tracks")
def _tracks(own):
    """The ids of registered tracks, three of each quadrant."""
    ids = [f"track-{number:02}" for number in range(N_TRACKS)]
    for number, track_id in enumerate(ids):
        reply = own.put(f"/tracks/{track_id}", json=embedded(number % 4, seed=number))
        assert reply.status_code == 201, reply.text
    return ids


def embedded(quadrant, *modalities, seed=0):
    """The body of a track of a quadrant, by embeddings of both modalities or of those named."""
    return {
        f"{modality}_embedding": embedding(quadrant, modality, seed=seed)
        for modality in modalities or Modality
    }


def felt(own, **sent):
    reply = own.post("/predict", json=sent)
    assert reply.status_code == 200, reply.text
    return reply.json()


def refused(reply):
    return reply.status_code, reply.json()["code"], reply.json()["detail"]


def test_it_says_what_it_reads(own):
    assert own.get("/model").json()["embeddings"] == {"audio": 6, "lyrics": 5}


def test_the_shipped_snapshot_says_that_it_reads_recordings_and_lyrics(client):
    assert client.get("/model").json()["embeddings"] is None


def test_it_is_ready_without_encoders(own):
    assert own.get("/readyz").json()["checks"] == dict.fromkeys(
        ("database", "snapshot", "encoders"), "ok"
    )


@pytest.mark.parametrize("has", [["audio"], ["lyrics"], ["audio", "lyrics"]], ids=str)
@pytest.mark.parametrize("quadrant", range(4))
def test_a_track_is_predicted_by_its_embeddings(own, has, quadrant):
    told = felt(own, **embedded(quadrant, *map(Modality, has)))

    assert told["quadrant"] == f"Q{quadrant + 1}"
    assert list(told["modalities"]) == has
    assert told["segments"] == []


def test_every_fusion_can_be_asked_for(own):
    fusions = own.get("/model").json()["fusions"]

    told = {name: felt(own, fusion=name, **embedded(1)) for name in fusions}

    assert set(fusions) == set(FUSIONS)
    assert {name: each["fusion"] for name, each in told.items()} == {n: n for n in fusions}
    assert {each["quadrant"] for each in told.values()} == {"Q2"}


def test_a_fusion_of_what_was_not_sent_is_refused(own):
    reply = own.post("/predict", json={"fusion": "early", **embedded(0, Modality.AUDIO)})

    assert refused(reply)[:2] == (422, "missing_modality")


def test_a_batch_is_answered_in_its_order_with_errors_in_their_places(own):
    entries = [embedded(0), {"audio_embedding": [0.0] * 5}, embedded(2, Modality.LYRICS)]

    items = own.post("/predict_batch", json={"embeddings": entries}).json()["items"]

    alone = felt(own, **entries[0])["probabilities"]
    assert items[0]["prediction"]["probabilities"] == pytest.approx(alone, abs=1e-6)
    assert items[1]["prediction"] is None
    assert items[1]["error"] == {
        "code": "embedding_size",
        "detail": "audio_embedding has 5 numbers; this snapshot reads 6.",
    }
    assert items[2]["prediction"]["quadrant"] == "Q3"


@pytest.mark.parametrize(
    ("has", "told"), [("audio", (True, False)), ("lyrics", (False, True))], ids=["audio", "lyrics"]
)
def test_a_registered_track_says_which_embeddings_it_has(own, has, told):
    body = {"title": "Heroes", **embedded(3, Modality(has))}

    reply = own.put(f"/tracks/one-{has}", json=body)

    track = reply.json()
    assert reply.status_code == 201
    assert (track["has_audio"], track["has_lyrics"]) == told
    assert (track["title"], track["duration_s"], track["audio_url"]) == ("Heroes", None, None)
    assert track["prediction"]["segments"] == []
    assert track["prediction"]["quadrant"] == "Q4"
    assert own.get(f"/tracks/one-{has}").json() == track
    assert refused(own.get(f"/tracks/one-{has}/audio"))[:2] == (404, "audio_not_kept")


def test_the_same_numbers_again_change_nothing_and_others_do(own):
    first = own.put("/tracks/again", json=embedded(0))

    same = own.put("/tracks/again", json=embedded(0))
    other = own.put("/tracks/again", json=embedded(2))

    assert [each.status_code for each in (first, same, other)] == [201, 200, 200]
    assert same.json() == first.json()
    assert other.json()["prediction"]["quadrant"] == "Q3"


def test_other_numbers_for_a_labelled_track_are_refused(own):
    user = somebody()
    own.put("/tracks/labelled", json=embedded(0))
    own.post("/update", json={"user_id": user, "labels": [said("labelled", "Q1")]})

    refusal = refused(own.put("/tracks/labelled", json=embedded(1)))
    same = own.put("/tracks/labelled", json=embedded(0))

    own.delete(f"/users/{user}")
    assert refusal[:2] == (409, "track_labelled")
    assert same.status_code == 200


WRONG = {
    "audio_embedding": ([0.0] * 5, "audio_embedding has 5 numbers; this snapshot reads 6."),
    "lyrics_embedding": ([0.0], "lyrics_embedding has 1 number; this snapshot reads 5."),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_embedding_of_another_size_is_refused(own, name):
    numbers, told = WRONG[name]

    for reply in (
        own.post("/predict", json={name: numbers}),
        own.put("/tracks/wrong", json={name: numbers}),
    ):
        assert refused(reply) == (422, "embedding_size", told)

    assert own.get("/tracks/wrong").status_code == 404


def test_recordings_and_lyrics_are_refused(own):
    song = {"audio": ("song.wav", wav())}
    recording = (422, "input_not_read", f"A recording cannot be used: {READS}")
    lyrics = (422, "input_not_read", f"Lyrics cannot be used: {READS}")

    assert refused(own.post("/predict", files=song)) == recording
    assert refused(own.put("/tracks/wrong", files=song)) == recording
    assert refused(own.post("/predict", json={"lyrics": "la la"})) == lyrics
    assert refused(own.put("/tracks/wrong", json={"lyrics": "la la"})) == lyrics
    assert refused(own.post("/predict_batch", json={"lyrics": ["la", "lo"]})) == lyrics
    both = {"lyrics": "la la", "audio_embedding": FAR}
    assert refused(own.post("/predict", json=both)) == lyrics
    assert own.get("/tracks/wrong").status_code == 404


def test_a_user_is_asked_answers_and_finds_what_they_like(own, tracks):
    user = somebody()
    asked = own.post("/query", json={"user_id": user, "n": 6}).json()["tracks"]
    answers = [said(each["track_id"], "Q3") for each in asked]

    updated = own.post("/update", json={"user_id": user, "labels": answers}).json()

    assert len(asked) == 6
    assert updated["accepted"] == 6
    answered = {each["track_id"] for each in asked}
    for track_id in set(tracks) - answered:
        alone, hers = felt(own, track_id=track_id), felt(own, track_id=track_id, user_id=user)
        assert hers["personal"] == {"user_id": user, "n_labels": 6, "used": True}
        assert hers["probabilities"]["Q3"] > alone["probabilities"]["Q3"]
        assert adds_up(hers)
    ranked = own.post("/rank", json={"user_id": user, "quadrant": "Q3", "limit": 500}).json()
    found = {each["track_id"]: each["probability"] for each in ranked["tracks"]}
    assert set(tracks) - answered <= set(found)
    assert list(found.values()) == sorted(found.values(), reverse=True)
    own.delete(f"/users/{user}")


def test_an_unregistered_track_is_predicted_for_a_user(own, tracks):
    user = somebody()
    labels = [said(track_id, "Q1") for track_id in tracks]
    own.post("/update", json={"user_id": user, "labels": labels})

    alone, hers = felt(own, **embedded(2)), felt(own, user_id=user, **embedded(2))

    own.delete(f"/users/{user}")
    assert hers["personal"]["used"]
    assert hers["probabilities"]["Q1"] > alone["probabilities"]["Q1"]


def numbers_in(told):
    shares = [told["why"][part]["share"] for part in PARTS]
    parts = [*shares, *total(told["why"]).values()]
    axes = [told[axis][name] for axis in ("valence", "arousal") for name in ("mean", "sd")]
    return [*told["probabilities"].values(), told["entropy"], *parts, *axes]


def test_numbers_far_off_are_answered_in_finite_numbers(own, tracks):
    user = somebody()
    far = {"audio_embedding": FAR, "lyrics_embedding": FAR[:5]}
    own.put("/tracks/far", json=far)
    labels = [said("far", "Q1"), said(tracks[0], "Q2")]
    own.post("/update", json={"user_id": user, "labels": labels})

    fusions = own.get("/model").json()["fusions"]
    told = [felt(own, fusion=name, user_id=user, **far) for name in fusions]
    asked = {"user_id": user, "quadrant": "Q1", "limit": 500, "exclude_answered": False}
    ranked = own.post("/rank", json=asked).json()["tracks"]
    questions = own.post("/query", json={"user_id": user, "n": 5}).json()["tracks"]

    own.delete(f"/users/{user}")
    own.delete("/tracks/far")
    assert all(math.isfinite(number) for each in told for number in numbers_in(each))
    assert {"far", *tracks} <= {each["track_id"] for each in ranked}
    assert all(0 <= each["probability"] <= 1 for each in ranked)
    assert all(math.isfinite(each["score"]) for each in questions)


def test_bentomls_own_client_sends_embeddings(server, own, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with bentoml.SyncHTTPClient(server.url) as bento:
        told = bento.predict(**embedded(1))
        batch = bento.predict_batch(embeddings=[embedded(1)])

    assert told["probabilities"] == felt(own, **embedded(1))["probabilities"]
    assert batch["items"][0]["prediction"]["quadrant"] == "Q2"


def test_a_form_of_bentomls_client_may_hold_embeddings_and_nobody_elses(own):
    form = {name: json.dumps(numbers) for name, numbers in embedded(1).items()}

    theirs = own.post("/predict", data=form, headers=BENTOS)
    anybodys = own.post("/predict", files={"user_id": (None, "ana")}, data=form)

    assert theirs.json()["quadrant"] == "Q2"
    assert refused(anybodys)[:2] == (422, "invalid_request")


@pytest.mark.parametrize("list_", ["[" * 100_000, "[0.5, NaN, 1, 1, 1, 1]", "[1, 2", "[[1]]"])
def test_a_form_of_bentomls_client_that_holds_no_embedding_is_refused(own, list_):
    reply = own.post("/predict", data={"audio_embedding": list_}, headers=BENTOS)

    assert refused(reply)[:2] == (422, "invalid_request")


def test_all_is_as_it_was_after_a_restart(server, own, tracks):
    user = somebody()
    labels = [said(track_id, "Q4") for track_id in tracks[:10]]
    own.post("/update", json={"user_id": user, "labels": labels})
    before = [felt(own, track_id=each, user_id=user) for each in tracks]
    ranking = own.post("/rank", json={"user_id": user, "quadrant": "Q4"}).json()

    server.stop()
    server.start()
    server.until_ready()

    assert [felt(own, track_id=each, user_id=user) for each in tracks] == before
    assert own.post("/rank", json={"user_id": user, "quadrant": "Q4"}).json() == ranking
    assert own.put(f"/tracks/{tracks[0]}", json=embedded(0, seed=0)).status_code == 200


def test_the_sizes_are_those_of_the_snapshot(own):
    assert own.get("/model").json()["embeddings"] == EMBEDDINGS.sizes
