"""Snapshots change while two workers serve, and nobody notices but by what is said."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import count, groupby
from signal import SIGHUP
from threading import Event

import httpx
import pytest

from service.cli.factories import build_replay
from service.db.personal_models import PersonalModels
from service.settings import Settings
from tests.databases import new_database
from tests.journey.servers import ROOT, running, served_from, wait_for
from tests.snapshots import point, tempered

pytestmark = [pytest.mark.journey, pytest.mark.slow]

PRETRAINED = ROOT / "models" / "pretrained"
TRACKS = [f"song-{n}" for n in range(4)]
USERS = ("ana", "ben", "cem")


@pytest.fixture(scope="module", name="shelf")
def _shelf(tmp_path_factory):
    """The snapshot that ships, and one that says something else."""
    shelf = tmp_path_factory.mktemp("shelf")
    (shelf / "old").symlink_to(PRETRAINED)
    tempered(PRETRAINED, shelf / "new")
    return shelf


@pytest.fixture(scope="module", name="served")
def _served(shelf, tmp_path_factory):
    """The service, of two workers, with tracks."""
    folder = tmp_path_factory.mktemp("served")
    point(folder / "current", shelf / "old")
    current = str(folder / "current")
    with running(served_from(folder, ATTUNE_SNAPSHOT=current, ATTUNE_WORKERS="2")) as served:
        with client(served) as http:
            for n, track_id in enumerate(TRACKS):
                put = http.put(f"/tracks/{track_id}", json={"lyrics": f"the {n} nights are long"})
                assert put.status_code == 201, put.text
        yield served


def client(served):
    return httpx.Client(base_url=served.url, trust_env=False, timeout=60.0)


def version_served(http):
    return http.get("/model").json()["snapshot"]


def talk(served, user_id, is_over, told):
    """Answer and ask, on one connection, and so with one worker; keep what versions are told."""
    with client(served) as http:
        for n in count():
            label = {"event_id": f"e{n}", "track_id": TRACKS[n % 4], "quadrant": f"Q{1 + n % 3}"}
            updated = http.post("/update", json={"user_id": user_id, "labels": [label]})
            asked = http.post("/predict", json={"user_id": user_id, "track_id": TRACKS[n % 4]})
            assert (updated.status_code, asked.status_code) == (200, 200), asked.text
            told.append(asked.json()["model"]["snapshot"])
            if is_over.is_set():
                return


def test_a_snapshot_is_swapped_under_those_who_talk_and_no_call_fails(served, shelf):
    is_over, told = Event(), {user: [] for user in USERS}
    with client(served) as http, ThreadPoolExecutor(len(USERS)) as pool:
        talking = [pool.submit(talk, served, user, is_over, told[user]) for user in USERS]
        try:
            wait_for(lambda: all(map(len, told.values())), served.log)
            old = version_served(http)
            point(served.folder / "current", shelf / "new")
            served.processes()[0].send_signal(SIGHUP)
            until_all_serve_another(served, talking, told, old)
        finally:
            is_over.set()
        for each in talking:
            each.result()
        wait_for(lambda: version_served(http) != old, served.log)  # its worker may be the last
        new = version_served(http)

    for versions in told.values():
        assert [version for version, _ in groupby(versions)] == [old, new]
    assert models_stored(served, new) == models_replayed(served, new)


def until_all_serve_another(served, talking, told, old):
    def is_done():
        return any(each.done() for each in talking) or all(
            versions[-1] != old for versions in told.values()
        )

    wait_for(is_done, served.log)


def models_stored(served, version):
    """What the workers have learnt of those who talked."""
    with closing(sqlite3.connect(served.folder / "attune.db")) as file:
        rows = file.execute(
            "SELECT user_id, blob FROM personal_model WHERE snapshot = ?", [version]
        )
        return {user: blob for user, blob in rows if user in USERS}


def models_replayed(served, version):
    """What the log implies, learnt here from nothing."""
    settings = Settings(database_url=served.environ["ATTUNE_DATABASE_URL"])
    parts = build_replay(settings, served.folder / "current")
    listeners = replace(parts.listeners, model_store=PersonalModels(new_database()))
    assert listeners.snapshot.version == version
    models = {user: listeners.current(user).model.to_bytes() for user in USERS}
    parts.close()
    return models
