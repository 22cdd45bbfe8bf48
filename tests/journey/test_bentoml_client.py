"""BentoML's own Python client, blocking and awaited, calls the verbs of the running service."""

import asyncio
import json
from contextlib import contextmanager

import bentoml
import pytest
from attune_client import AttuneClient
from bentoml.exceptions import BentoMLException

from tests.http.samples import wav
from tests.journey.opposite_listeners import PATIENT
from tests.journey.servers import ROOT, run, running, served_from

pytestmark = [pytest.mark.journey, pytest.mark.slow]

LYRICS = {"sunrise": "Here it comes, warm and slow", "thunder": 'They said "burn it", so burn'}


@pytest.fixture(scope="module", name="service")
def _service(tmp_path_factory):
    """The address of a service that wants keys, an operator's key and an app's."""
    served = served_from(tmp_path_factory.mktemp("bentoml"))
    make = [*served.command[:3], "keys", "make", "app", "--scopes"]
    keys = [run([*make, s], ROOT, served.environ).strip() for s in ("admin", "predict,label")]
    with running(served):
        yield served.url, *keys


@pytest.fixture(scope="module", name="attune")
def _attune(service):
    """Our own client, with two tracks registered."""
    url, key, _ = service
    with AttuneClient(url, key=key, retry=PATIENT) as client:
        for track_id, lyrics in LYRICS.items():
            client.put_track(track_id, lyrics=lyrics)
        yield client


class Awaited:
    """An awaited client that is waited for, so that one test is for both."""

    def __init__(self, client, loop):
        self._client = client
        self._loop = loop

    def __getattr__(self, name):
        call = getattr(self._client, name)
        return lambda *args, **kwargs: self._loop.run(call(*args, **kwargs))


@contextmanager
def blocking(url, **options):
    with bentoml.SyncHTTPClient(url, **options) as client:
        yield client


@contextmanager
def awaited(url, **options):
    with asyncio.Runner() as loop:
        client = bentoml.AsyncHTTPClient(url, **options)
        loop.run(client.__aenter__())
        yield Awaited(client, loop)
        loop.run(client.close())


CLIENTS = {"blocking": blocking, "awaited": awaited}


@pytest.fixture(name="bento", params=CLIENTS)
def _bento(request, service, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    url, _, key = service
    with CLIENTS[request.param](url, token=key) as client:
        yield client


def test_lyrics_are_predicted_as_our_own_client_has_them(bento, attune):
    reply = bento.predict(lyrics=LYRICS["thunder"], user_id=None)

    ours = attune.predict(lyrics=LYRICS["thunder"])
    assert reply["probabilities"] == ours.probabilities


def test_a_file_is_predicted_with_lyrics_beside_it(bento, attune, tmp_path):
    song = tmp_path / "song.wav"
    song.write_bytes(wav(4.0))

    reply = bento.predict(audio=song, lyrics=LYRICS["thunder"], user_id="ana")

    ours = attune.predict(song, lyrics=LYRICS["thunder"], user_id="ana")
    assert reply["segments"]
    assert reply["probabilities"] == ours.probabilities
    assert reply["personal"]["user_id"] == "ana"


def test_an_answer_is_asked_for_and_learnt(bento, request, attune):
    user_id = f"ana-{request.node.callspec.id}"
    (asked,) = bento.query(user_id=user_id, n=1)["tracks"]
    label = {"event_id": f"{user_id}-1", "track_id": asked["track_id"], "quadrant": "Q4"}

    reply = bento.update(user_id=user_id, labels=[label])
    again = bento.update(user_id=user_id, labels=[label])
    felt = bento.predict(track_id=asked["track_id"], user_id=user_id)

    assert (reply["accepted"], again["accepted"], again["duplicates"]) == (1, 0, 1)
    assert felt["personal"]["n_labels"] == 1
    assert (
        felt["probabilities"]
        == attune.predict(track_id=asked["track_id"], user_id=user_id).probabilities
    )


def test_the_other_calls_are_there_by_their_names(bento, attune):
    ranked = bento.rank(user_id="ben", valence=0.5, arousal=-0.5, limit=1)
    batch = bento.predict_batch(track_ids=["sunrise", "no-such-track"])

    assert ranked["tracks"][0]["track_id"] in LYRICS
    assert batch["items"][1]["error"]["code"] == "track_not_found"
    assert (
        batch["items"][0]["prediction"]["quadrant"] == attune.predict(track_id="sunrise").quadrant
    )


def test_a_refusal_is_an_exception_that_holds_the_problem(bento):
    with pytest.raises(BentoMLException) as refused:
        bento.predict(track_id="no-such-track")

    problem = json.loads(str(refused.value))
    assert problem["code"] == "track_not_found"
    assert refused.value.error_code == problem["status"] == 404


def test_what_is_no_argument_is_refused_before_it_is_sent(bento):
    with pytest.raises(TypeError, match="mood"):
        bento.predict(lyrics="la", mood="blue")
