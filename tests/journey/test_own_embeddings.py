"""One's own embeddings: two tables, a snapshot, a service, a listener, and a restart.

All of it is done over plain HTTP, by the Python client and by the TypeScript client.
"""

import json
import shutil
import sys

import httpx
import pytest
from attune_client import AttuneClient, Embeddings, Label

from models.fusion import FUSIONS
from tests.journey.manual_files import furnish
from tests.journey.servers import ROOT, environment, run, running, served_from
from tests.synthetic_laa import write_laa
from training.datasets.paired import load_any

pytestmark = [pytest.mark.people, pytest.mark.journey, pytest.mark.slow]

N_REGISTERED, N_LABELS = 16, 10
SIGNAL = 3.0
"""Moods so far apart that members are right three times in four after four hundred tracks."""
RISE = 0.02
"""How far ten answers must move the probability of their quadrant on another track."""
SCRIPT = ROOT / "tests" / "journey" / "own_embeddings.mjs"


@pytest.fixture(scope="module", name="folder")
def _folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("embeddings") / "desk"
    folder.mkdir()
    furnish(folder)
    return folder


@pytest.fixture(scope="module", name="tables")
def _tables(folder):
    return write_laa(folder, n_train=400, n_test=100, signal=SIGNAL)


@pytest.fixture(scope="module", name="snapshot")
def _snapshot(folder, tables):
    """What the command exports, and the page it writes."""
    train, test = map(str, tables)
    options = ["--train", train, "--test", test, "--export", "mine", "--encoder", "tests"]
    environ = environment(folder) | {"PYTHONPATH": str(ROOT)}
    run([sys.executable, "-m", "training", "fuse", *options], folder, environ)
    assert (folder / "reports" / "fusion" / "LaA_train" / "index.md").exists()
    return folder / "mine"


@pytest.fixture(scope="module", name="rows")
def _rows(folder, tables):
    """Bodies of tracks of the test table, by their ids, and of one more that is not registered."""
    table = load_any(tables[1])
    pairs = zip(table.audio.tolist(), table.lyrics.tolist(), strict=True)
    bodies = [{"audio_embedding": audio, "lyrics_embedding": lyrics} for audio, lyrics in pairs]
    registered = {f"t{place}": body for place, body in enumerate(bodies[:N_REGISTERED])}
    rows = {"registered": registered, "unknown": bodies[N_REGISTERED]}
    (folder / "rows.json").write_text(json.dumps(rows), encoding="utf-8")
    return rows


@pytest.fixture(scope="module", name="server")
def _server(folder, snapshot):
    """A service with no encoder on the machine."""
    chosen = {"ATTUNE_SNAPSHOT": str(snapshot), "ATTUNE_WEIGHTS": str(folder / "no encoders")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        with running(served_from(folder / "service", **chosen)) as server:
            yield server


@pytest.fixture(scope="module", name="http")
def _http(server):
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as http:
        yield http


class OverHttp:
    """Plain requests."""

    def __init__(self, server, rows, folder):
        del folder
        self._rows, self._http = rows, httpx.Client(base_url=server.url, trust_env=False)

    def teach(self, user):
        for track_id, body in self._rows["registered"].items():
            self._http.put(f"/tracks/{user}-{track_id}", json=body).raise_for_status()
        asked = self._post("/query", user_id=user, n=N_LABELS)["tracks"]
        labels = [
            {"event_id": f"{user}-{place}", "track_id": each["track_id"], "quadrant": "Q3"}
            for place, each in enumerate(asked)
        ]
        self._post("/update", user_id=user, labels=labels)

    def show(self, user):
        unknown = self._rows["unknown"]
        [alone] = self._post("/predict_batch", embeddings=[unknown])["items"]
        hers = self._post("/predict", user_id=user, **unknown)
        asked = {"user_id": user, "quadrant": "Q3", "limit": 500, "exclude_answered": False}
        return {
            "alone": alone["prediction"]["probabilities"],
            "hers": hers["probabilities"],
            "n_labels": hers["personal"]["n_labels"],
            "used": hers["personal"]["used"],
            "ranked": [
                [each["track_id"], each["probability"]]
                for each in self._post("/rank", **asked)["tracks"]
            ],
        }

    def _post(self, path, **body):
        reply = self._http.post(path, json=body)
        assert reply.status_code == 200, reply.text
        return reply.json()


class ByPython:
    """The Python client."""

    def __init__(self, server, rows, folder):
        del folder
        self._rows, self._attune = rows, AttuneClient(server.url)

    def teach(self, user):
        for track_id, body in self._rows["registered"].items():
            self._attune.put_track(f"{user}-{track_id}", **body)
        asked = self._attune.query(user, n=N_LABELS).tracks
        self._attune.update(user, [Label.quadrant(each.track_id, "Q3") for each in asked])

    def show(self, user):
        unknown = self._rows["unknown"]
        numbers = Embeddings(unknown["audio_embedding"], unknown["lyrics_embedding"])
        [alone] = self._attune.predict_batch(embeddings=[numbers])
        hers = self._attune.predict(user_id=user, **unknown)
        ranked = self._attune.rank(user, quadrant="Q3", limit=500, exclude_answered=False)
        return {
            "alone": dict(alone.probabilities),
            "hers": dict(hers.probabilities),
            "n_labels": hers.personal.n_labels,
            "used": hers.personal.used,
            "ranked": [[each.track_id, each.probability] for each in ranked.tracks],
        }


class ByTypeScript:
    """The TypeScript client, as the service's pages have it, in Node."""

    def __init__(self, server, rows, folder):
        del rows  # they are in a file
        self._server, self._folder = server, folder
        shutil.copy(SCRIPT, folder)

    def teach(self, user):
        self._run("teach", user)

    def show(self, user):
        return json.loads(self._run("show", user))

    def _run(self, step, user):
        command = ["node", SCRIPT.name, step, self._server.url, user, "rows.json"]
        return run(command, self._folder, environment(self._folder))


WAYS = {"http": OverHttp, "python": ByPython, "typescript": ByTypeScript}
NEEDED = {"typescript": "node"}
USABLE = [name for name in WAYS if shutil.which(NEEDED.get(name, sys.executable))]
EVERY_WAY = [
    pytest.param(name, marks=pytest.mark.skipif(name not in USABLE, reason="there is no Node"))
    for name in WAYS
]


@pytest.fixture(scope="module", name="ways")
def _ways(server, rows, folder):
    return {name: WAYS[name](server, rows, folder) for name in USABLE}


@pytest.fixture(scope="module", name="before")
def _before(ways):
    """What each way's listener is told once each of them has answered ten questions."""
    for name, way in ways.items():
        way.teach(f"listener-{name}")
    return {name: way.show(f"listener-{name}") for name, way in ways.items()}


@pytest.fixture(scope="module", name="after")
def _after(ways, before, server):
    """What they are told by a service that was stopped and started."""
    del before  # comes first
    assert server.stop() == 0
    server.start()
    server.until_ready()
    return {name: way.show(f"listener-{name}") for name, way in ways.items()}


@pytest.mark.parametrize("name", EVERY_WAY)
def test_ten_answers_make_a_prediction_by_embeddings_personal(name, before):
    result = before[name]

    assert result["used"]
    assert result["n_labels"] == N_LABELS
    assert result["hers"]["Q3"] - result["alone"]["Q3"] > RISE


@pytest.mark.parametrize("name", EVERY_WAY)
def test_a_listeners_tracks_are_ranked(name, before):
    ranked = dict(before[name]["ranked"])

    assert {f"listener-{name}-t{place}" for place in range(N_REGISTERED)} <= set(ranked)
    assert list(ranked.values()) == sorted(ranked.values(), reverse=True)


def test_everybody_is_told_the_same_by_every_way(before):
    assert len({json.dumps(result["alone"], sort_keys=True) for result in before.values()}) == 1


@pytest.mark.parametrize("name", EVERY_WAY)
def test_a_restart_changes_no_prediction_and_no_ranking(name, before, after):
    assert after[name] == before[name]


def test_every_fusion_of_the_notebook_can_be_asked_for(http, rows):
    model = http.get("/model").json()

    result = [http.post("/predict", json={"fusion": f, **rows["unknown"]}) for f in FUSIONS]

    assert model["embeddings"] == {"audio": 498, "lyrics": 768}
    assert set(model["fusions"]) == set(FUSIONS)
    assert [reply.json()["fusion"] for reply in result] == list(FUSIONS)


@pytest.fixture(name="committee")
def _committee(snapshot, folder):
    """Another service, whose listeners teach the members."""
    chosen = {"ATTUNE_SNAPSHOT": str(snapshot), "ATTUNE_PERSONALISER": "committee"}
    with (
        running(served_from(folder / "committee", **chosen)) as served,
        httpx.Client(base_url=served.url, trust_env=False, timeout=60) as http,
    ):
        yield http


def test_members_of_the_exported_snapshot_learn_ten_answers(committee, rows):
    for track_id, body in rows["registered"].items():
        committee.put(f"/tracks/{track_id}", json=body).raise_for_status()
    answered = list(rows["registered"])[:N_LABELS]
    labels = [{"event_id": each, "track_id": each, "quadrant": "Q3"} for each in answered]

    update = committee.post("/update", json={"user_id": "ana", "labels": labels}).json()

    alone, hers = (
        [item["prediction"] for item in reply.json()["items"]]
        for reply in (
            committee.post("/predict_batch", json={"track_ids": answered}),
            committee.post("/predict_batch", json={"track_ids": answered, "user_id": "ana"}),
        )
    )
    personal = {"user_id": "ana", "n_labels": N_LABELS, "used": True}
    assert update["personal"] == personal
    assert [result["personal"] for result in hers] == [personal] * N_LABELS
    assert mean_share(hers) - mean_share(alone) > RISE


def mean_share(predictions):
    """Return the mean probability of what the listener answers."""
    return sum(result["probabilities"]["Q3"] for result in predictions) / len(predictions)
