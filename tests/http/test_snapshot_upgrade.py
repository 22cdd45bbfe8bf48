"""A release whose snapshot reads other features, over a catalogue of the release before."""

import logging
from contextlib import contextmanager
from logging.handlers import QueueHandler
from queue import SimpleQueue

import pytest

from models.query import STRATEGIES
from tests.conftest import HOUSE
from tests.http.samples import clatter, hum, said
from tests.http.serving import serving
from tests.servers import wait_for
from tests.snapshots import networked, point

pytestmark = [pytest.mark.http, pytest.mark.slow]

HEARD = [f"heard-{number}" for number in range(4)]
TRACKS = [*HEARD, "both", "text"]
MOVED = 0.1
"""Most that a probability may move: modalities are put together by the new snapshot's weights."""
LYRICS = "the rain came down on my empty town"
SENT = {
    **{track_id: {"audio": clatter(number)} for number, track_id in enumerate(HEARD)},
    "both": {"audio": hum(3), "lyrics": LYRICS},
    "text": {"lyrics": LYRICS},
}


class Release:
    """An application and the records of its log."""

    def __init__(self, http, records):
        self.http, self.records = http, records

    def has_logged(self, text):
        return any(text in self.records.get().getMessage() for _ in range(self.records.qsize()))

    def post(self, path, **body):
        return self.http.post(path, json=body)

    def predict(self, track_id, **asked):
        reply = self.post("/predict", track_id=track_id, **asked)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def put(self, track_id):
        form = {"title": (None, track_id.title())}
        sent = SENT[track_id]
        if "audio" in sent:
            form["audio"] = ("song.wav", sent["audio"])
        if "lyrics" in sent:
            form["lyrics"] = (None, sent["lyrics"])
        return self.http.put(f"/tracks/{track_id}", files=form)

    def predicted(self):
        return {track_id: self.predict(track_id) for track_id in TRACKS}


@pytest.fixture(scope="module", name="home")
def _home(shipped, tmp_path_factory):
    """A catalogue as the release before left it: its snapshot had a network."""
    home = tmp_path_factory.mktemp("upgrade")
    networked(shipped, home / "old")
    point(home / "current", home / "old")
    return home


@contextmanager
def release(home):
    """The application over the database of all releases."""
    settings = {
        "ATTUNE_DATABASE_URL": f"sqlite:///{home / 'attune.db'}",
        "ATTUNE_SNAPSHOT": str(home / "current"),
        "ATTUNE_AUDIO": str(home / "audio"),
    }
    records = SimpleQueue()
    handler = QueueHandler(records)
    logging.getLogger("bentoml").addHandler(handler)
    with serving(**settings) as http:
        yield Release(http, records)
    logging.getLogger("bentoml").removeHandler(handler)


@pytest.fixture(scope="module", name="before")
def _before(home):
    """What the release before said of every track; then it was stopped, and the next put there."""
    with release(home) as old:
        for track_id in TRACKS:
            assert old.put(track_id).status_code == 201
        labels = [said(track_id, "Q3") for track_id in (*HEARD[:2], "both")]
        assert old.post("/update", user_id="ana", labels=labels).status_code == 200
        result = old.predicted()
    point(home / "current", HOUSE / "models" / "pretrained")
    return result


@pytest.fixture(scope="module", name="new")
def _new(home, before):
    """The next release, before anything was heard again."""
    del before
    with release(home) as new:
        yield new


@pytest.fixture(scope="module", name="answered")
def _answered(new):
    """What it answers about stale tracks."""
    replies = {
        "batch": new.post("/predict_batch", track_ids=TRACKS),
        "hers": new.post("/predict_batch", track_ids=TRACKS, user_id="ana"),
        "early": new.post("/predict", track_id="both", fusion="early"),
        "tracks": new.http.get("/tracks"),
        "track": new.http.get("/tracks/both"),
        "rank": new.post("/rank", user_id="ana", quadrant="Q3", exclude_answered=False),
        "update": new.post("/update", user_id="ben", labels=[said(HEARD[3], "Q1", "first")]),
        "user": new.http.get("/users/ana"),
        "picture": new.http.get("/users/ana/picture"),
        "overview": new.http.get("/overview"),
    }
    for name in STRATEGIES:
        replies[f"query {name}"] = new.post("/query", user_id="cem", n=6, strategy=name)
    return replies


def test_every_call_answers_about_tracks_of_the_release_before(answered):
    refused = {name: each.text for name, each in answered.items() if each.status_code != 200}

    assert refused.keys() == {"early"}
    assert [each["error"] for each in answered["batch"].json()["items"]] == [None] * len(TRACKS)
    assert all(each["prediction"] for each in answered["tracks"].json()["tracks"])
    assert len(answered["rank"].json()["tracks"]) == len(TRACKS)
    assert {len(answered[f"query {name}"].json()["tracks"]) for name in STRATEGIES} == {6}


def test_the_answers_are_those_of_the_release_before(answered, before):
    for track_id, item in zip(TRACKS, answered["batch"].json()["items"], strict=True):
        result, earlier = item["prediction"], before[track_id]
        assert result["model"] == earlier["model"]
        assert result["probabilities"] == pytest.approx(earlier["probabilities"], abs=MOVED)
        assert result["modalities"].keys() == earlier["modalities"].keys()
        assert len(result["segments"]) == len(earlier["segments"])


def test_a_fusion_of_features_says_what_it_lacks(answered):
    problem = answered["early"].json()

    assert (problem["status"], problem["code"]) == (422, "missing_modality")
    assert "python -m service reembed" in problem["detail"]


def test_the_log_says_what_to_run(new):
    wait_for(lambda: new.has_logged(f"{len(TRACKS)} tracks hold features of an earlier snapshot"))
