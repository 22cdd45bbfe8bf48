"""``python -m service calibrate`` beside two workers, and workers that calibrate by themselves."""

import re
import sqlite3
import sys
from contextlib import closing

import httpx
import numpy as np
import pytest

from models.emotion import SIGNS, Modality, softmax
from models.snapshot import Origin, ReadoutParts, load_snapshot, save_snapshot
from tests.journey.serving import ROOT, run, running, served_from, wait_for
from tests.snapshots import EMBEDDINGS, embedding, reading_embeddings
from training.members.population_reference import population_reference

N_TRACKS = 24
IDS = [f"track-{number:02}" for number in range(N_TRACKS)]
ASKED_IN_A_ROW = 12


@pytest.fixture(scope="module", name="chosen")
def _chosen(tmp_path_factory):
    """Settings of workers whose snapshot tells that it was trained on what sounds otherwise."""
    folder = tmp_path_factory.mktemp("calibrate")
    reading_embeddings(folder / "small")
    small = load_snapshot(folder / "small")
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(4), 50)
    proba = softmax(2.0 * SIGNS[y] @ SIGNS.T + rng.normal(size=(200, 4)) + [2.0, 2.0, 0.0, 0.0])
    population = population_reference(proba, rng.normal(size=(200, 2)) + 9.0, y, np.zeros(200))
    hearing = ReadoutParts(
        small.readout, small.listener_model, small.limits, population=population
    )
    origin = Origin(EMBEDDINGS, data={}, seed=0, versions={}, figures={})
    save_snapshot(folder / "snapshot", small.committees, small.fusions, hearing, origin)
    return {
        "ATTUNE_SNAPSHOT": str(folder / "snapshot"),
        "ATTUNE_WEIGHTS": str(folder / "no encoders"),
        "ATTUNE_DATABASE_URL": f"sqlite:///{folder}/attune.db",
        "ATTUNE_WORKERS": "2",
    }


def client_of(server):
    """Talks to it, each time over another connection, and so to either worker."""
    alone = httpx.Limits(max_keepalive_connections=0)
    return httpx.Client(base_url=server.url, trust_env=False, timeout=60, limits=alone)


def versions(own):
    """The calibrations that the workers say they answer with."""
    told = [own.get("/model").json()["calibration"] for _ in range(ASKED_IN_A_ROW)]
    return {each and each["version"] for each in told}


def felt(own):
    reply = own.post("/predict_batch", json={"track_ids": IDS})
    assert reply.status_code == 200, reply.text
    return reply.json()


def calibrate(server, *options):
    """Run the command as an operator does, beside the workers; return what it prints."""
    return run([sys.executable, "-m", "service", "calibrate", *options], ROOT, server.environ)


def test_the_command_changes_what_all_workers_say_and_takes_it_back(chosen, tmp_path):
    with running(served_from(tmp_path, **chosen)) as server, client_of(server) as own:
        for number, track_id in enumerate(IDS):
            body = {f"{m}_embedding": embedding(number % 4, m, seed=number) for m in Modality}
            assert own.put(f"/tracks/{track_id}", json=body).status_code == 201
        before = felt(own)

        printed = calibrate(server)
        (version,) = re.findall(r"^Calibration (\w+) is used from now on\.$", printed, re.M)
        wait_for(lambda: versions(own) == {version})

        assert printed.startswith(f"Read {N_TRACKS} tracks and 0 answers of 0 listeners.\n")
        assert felt(own) != before
        assert "Nothing changes" in calibrate(server)
        assert f"{version}  " in calibrate(server, "--show")
        assert f"Calibration {version} is taken back" in calibrate(server, "--revert")
        wait_for(lambda: versions(own) == {None})
        assert felt(own) == before


def test_two_workers_calibrate_once_by_themselves(chosen, tmp_path):
    automatic = chosen | {
        "ATTUNE_CALIBRATE": "auto",
        "ATTUNE_DATABASE_URL": f"sqlite:///{tmp_path}/second/attune.db",
    }
    never = automatic | {"ATTUNE_CALIBRATE": "never"}
    with running(served_from(tmp_path / "first", **never)) as server, client_of(server) as own:
        for number, track_id in enumerate(IDS):
            body = {f"{m}_embedding": embedding(number % 4, m, seed=number) for m in Modality}
            assert own.put(f"/tracks/{track_id}", json=body).status_code == 201
        assert versions(own) == {None}

    with (
        running(served_from(tmp_path / "second", **automatic)) as server,
        client_of(server) as own,
    ):
        wait_for(lambda: None not in versions(own))

        assert server.ask_database("SELECT version FROM calibration") == [(*versions(own),)]
        assert server.log.read_text().count("Calibrated snapshot") == 1


def test_a_calibration_that_cannot_be_read_stops_no_worker(chosen, tmp_path):
    own_settings = chosen | {"ATTUNE_DATABASE_URL": f"sqlite:///{tmp_path}/attune.db"}
    server_settings = own_settings | {"ATTUNE_CALIBRATE": "never"}
    with (
        running(served_from(tmp_path / "first", **server_settings)) as server,
        client_of(server) as own,
    ):
        for number, track_id in enumerate(IDS):
            body = {f"{m}_embedding": embedding(number % 4, m, seed=number) for m in Modality}
            assert own.put(f"/tracks/{track_id}", json=body).status_code == 201
        before = felt(own)
        calibrate(server)
        wait_for(lambda: None not in versions(own))
    with closing(sqlite3.connect(tmp_path / "attune.db")) as database, database:
        database.execute("UPDATE calibration SET facts = '{'")

    with (
        running(served_from(tmp_path / "second", **server_settings)) as server,
        client_of(server) as own,
    ):
        assert versions(own) == {None}
        assert felt(own) == before
        assert "cannot be read by this release" in server.log.read_text()
        assert "is taken back" in calibrate(server, "--revert")
        assert "is used from now on" in calibrate(server)
        wait_for(lambda: None not in versions(own))
