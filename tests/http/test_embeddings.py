"""A snapshot that reads callers' embeddings, served by itself: no encoder is on the machine."""

import json

import bentoml
import pytest

from models.emotion import Modality
from tests.http.raw_sockets import listening
from tests.http.samples import wav
from tests.http.serving import serving
from tests.snapshots import EMBEDDINGS, embedding, reading_embeddings

pytestmark = pytest.mark.http

READS = "this snapshot reads embeddings, 6 numbers in audio_embedding and 5 in lyrics_embedding."
BENTOS = {"User-Agent": "BentoML HTTP Client/1.4.39"}


@pytest.fixture(scope="module", name="own")
def _own(tmp_path_factory):
    """A client of an application of its own."""
    folder = tmp_path_factory.mktemp("embeddings")
    reading_embeddings(folder / "snapshot")
    chosen = {
        "ATTUNE_DATABASE_URL": f"sqlite:///{folder}/attune.db",
        "ATTUNE_SNAPSHOT": str(folder / "snapshot"),
        "ATTUNE_WEIGHTS": str(folder / "no encoders"),
        "ATTUNE_AUDIO": str(folder / "audio"),
    }
    with serving(**chosen) as own:
        yield own


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


def test_it_says_what_it_reads(own, client):
    assert own.get("/model").json()["embeddings"] == EMBEDDINGS.sizes == {"audio": 6, "lyrics": 5}
    assert client.get("/model").json()["embeddings"] is None  # recordings and lyrics


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
    both = {"lyrics": "la la", "audio_embedding": [0.0] * 6}
    assert refused(own.post("/predict", json=both)) == lyrics
    assert own.get("/tracks/wrong").status_code == 404


def test_bentomls_own_client_sends_embeddings(own, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with listening(own.app) as port, bentoml.SyncHTTPClient(f"http://127.0.0.1:{port}") as bento:
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
