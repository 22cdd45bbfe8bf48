"""A release whose snapshot reads other features, over a catalogue of the release before."""

import sys
from dataclasses import replace
from subprocess import run

import httpx
import pytest

from models.query import STRATEGIES
from tests.http.samples import clatter, hum, said
from tests.journey.serving import ROOT, running, served_from
from tests.snapshots import EMBEDDINGS, embedding, networked, point, reading_embeddings

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
    """A running service: what it answers, and what is done beside it."""

    def __init__(self, served):
        self.served = served
        self.http = httpx.Client(base_url=served.url, trust_env=False, timeout=120)

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

    def reembed(self, *options):
        return run(  # noqa: S603
            [sys.executable, "-m", "service", "reembed", *options],
            cwd=ROOT,
            env=dict(self.served.environ),
            capture_output=True,
            text=True,
            check=False,
        )

    def predicted(self):
        return {track_id: self.predict(track_id) for track_id in TRACKS}


@pytest.fixture(scope="module", name="home")
def _home(shipped, tmp_path_factory):
    """A catalogue as the release before left it: its snapshot had a network."""
    home = tmp_path_factory.mktemp("upgrade")
    networked(shipped, home / "old")
    point(home / "current", home / "old")
    return home


def release(home, name):
    """The service over the database of all releases, with a log of its own."""
    return running(
        served_from(
            home / name,
            ATTUNE_DATABASE_URL=f"sqlite:///{home / 'attune.db'}",
            ATTUNE_SNAPSHOT=str(home / "current"),
            ATTUNE_AUDIO=str(home / "audio"),
        )
    )


@pytest.fixture(scope="module", name="before")
def _before(home):
    """What the release before said of every track; then it was stopped, and the next put there."""
    with release(home, "before") as served:
        old = Release(served)
        for track_id in TRACKS:
            assert old.put(track_id).status_code == 201
        labels = [said(track_id, "Q3") for track_id in (*HEARD[:2], "both")]
        assert old.post("/update", user_id="ana", labels=labels).status_code == 200
        told = old.predicted()
        served.stop()
    point(home / "current", ROOT / "models" / "pretrained")
    return told


@pytest.fixture(scope="module", name="new")
def _new(home, before):
    """The next release, before anything was heard again."""
    del before
    with release(home, "next") as served:
        yield Release(served)


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


@pytest.fixture(scope="module", name="again")
def _again(new, answered, home):
    """What became of them by ``reembed``, then by registering the rest again, then by another."""
    del answered
    first = new.reembed()
    after = new.predicted()
    put = {track_id: new.put(track_id) for track_id in ("both", "text")}
    listed = new.reembed("--list", str(home / "unsent"))
    return {"first": first, "after": after, "put": put, "second": listed}


def test_every_call_answers_about_tracks_of_the_release_before(answered):
    refused = {name: each.text for name, each in answered.items() if each.status_code != 200}

    assert refused.keys() == {"early"}
    assert [each["error"] for each in answered["batch"].json()["items"]] == [None] * len(TRACKS)
    assert all(each["prediction"] for each in answered["tracks"].json()["tracks"])
    assert len(answered["rank"].json()["tracks"]) == len(TRACKS)
    assert {len(answered[f"query {name}"].json()["tracks"]) for name in STRATEGIES} == {6}


def test_the_answers_are_those_of_the_release_before(answered, before):
    for track_id, item in zip(TRACKS, answered["batch"].json()["items"], strict=True):
        told, earlier = item["prediction"], before[track_id]
        assert told["model"] == earlier["model"]
        assert told["probabilities"] == pytest.approx(earlier["probabilities"], abs=MOVED)
        assert told["modalities"].keys() == earlier["modalities"].keys()
        assert len(told["segments"]) == len(earlier["segments"])


def test_the_track_and_the_batch_say_the_same(answered):
    (item,) = [
        each["prediction"]
        for track_id, each in zip(TRACKS, answered["batch"].json()["items"], strict=True)
        if track_id == "both"
    ]

    assert answered["track"].json()["prediction"] == item


def test_a_fusion_of_features_says_what_it_lacks(answered):
    problem = answered["early"].json()

    assert (problem["status"], problem["code"]) == (422, "missing_modality")
    assert "python -m service reembed" in problem["detail"]


def test_labels_on_tracks_of_the_release_before_teach(answered):
    hers, everybodys = (
        [each["prediction"] for each in answered[name].json()["items"]]
        for name in ("hers", "batch")
    )

    assert {each["personal"]["n_labels"] for each in hers} == {3}
    assert answered["user"].json()["n_labels"] == 3
    assert [each["why"]["level"] for each in hers] != [each["why"]["level"] for each in everybodys]


def test_the_log_says_what_to_run(new, answered):
    del answered

    assert (
        f"{len(TRACKS)} tracks hold features of an earlier snapshot" in new.served.log.read_text()
    )


def test_what_is_kept_is_heard_again_beside_the_service_and_the_rest_is_listed(again):
    done = again["first"]

    assert done.returncode == 3, done.stderr
    assert "5 tracks heard again." in done.stdout
    assert done.stdout.splitlines()[-2:] == ["both", "text"]
    assert "6 of 6 tracks" in done.stderr


def test_what_was_heard_again_is_the_present_snapshots_at_once(again, before, shipped):
    now = {track_id: each["model"]["snapshot"] for track_id, each in again["after"].items()}

    assert now.pop("text") == before["text"]["model"]["snapshot"]
    assert set(now.values()) == {shipped.version}
    assert again["after"]["both"]["modalities"].keys() == {"audio"}


def test_what_is_registered_again_is_whole_though_it_is_labelled(again, shipped):
    for track_id, reply in again["put"].items():
        assert reply.status_code == 200, reply.text
        told = reply.json()["prediction"]
        assert told["model"] == {"snapshot": shipped.version}
        assert ("lyrics" in told["modalities"]) == ("lyrics" in SENT[track_id])


def test_then_nothing_is_left(again, home):
    assert again["second"].returncode == 0, again["second"].stderr
    assert (home / "unsent").read_text() == ""


def test_embeddings_of_another_encoder_are_answered_by_what_was_said_of_them(tmp_path):
    versions = [
        reading_embeddings(tmp_path / encoder, replace(EMBEDDINGS, encoder=encoder))
        for encoder in ("one", "two")
    ]
    sent = {f"{modality}_embedding": embedding(1, modality) for modality in EMBEDDINGS.sizes}
    point(tmp_path / "current", tmp_path / "one")
    with release(tmp_path, "first") as served:
        assert Release(served).http.put("/tracks/t", json=sent).status_code == 201
        served.stop()

    point(tmp_path / "current", tmp_path / "two")
    with release(tmp_path, "second") as served:
        new = Release(served)
        told, done = new.predict("t"), new.reembed()
        fresh = new.http.put("/tracks/t", json=sent).json()["prediction"]

    assert (told["quadrant"], told["model"]["snapshot"]) == ("Q2", versions[0])
    assert (done.returncode, done.stdout.splitlines()[-1]) == (3, "t")
    assert fresh["model"]["snapshot"] == versions[1]
