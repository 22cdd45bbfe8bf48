"""A worker and its calibration: taken up beside the requests, and by itself where it is due."""

import json
from contextlib import ExitStack
from dataclasses import replace
from threading import enumerate as enumerate_threads

import numpy as np
import pytest
from sqlalchemy import select, update

from models.calibration.catalogue import CatalogueCalibration
from models.emotion import SIGNS, Modality, Quadrant, softmax
from models.snapshot import load_snapshot
from service.api.predict.predictions import PredictionTarget, Upload, predict_track
from service.api.tracks.catalogue import Registration, put_track
from service.api.update.updates import update as learn
from service.db.calibrations import Size
from service.db.tables import calibration as calibration_table
from service.labels import Label
from service.observability.metrics import Metrics
from service.serving.container import build
from service.serving.snapshots import Serving
from service.settings import Settings
from service.tracks import TrackMetadata
from tests.journey.serving import wait_for
from tests.snapshots import embedding, reading_embeddings, tempered
from training.members.population_reference import population_reference

pytestmark = pytest.mark.slow

OFFSET = np.array([0.9, 0.4, -0.8, -0.5])
MADE = CatalogueCalibration(OFFSET, {"n_tracks": 30, "n_answers": 6}, {})
OTHER = replace(MADE, offset=-OFFSET)


@pytest.fixture(scope="module", name="shelf")
def _shelf(tmp_path_factory):
    shelf = tmp_path_factory.mktemp("snapshots")
    reading_embeddings(shelf / "own")
    tempered(shelf / "own", shelf / "other")
    return shelf


@pytest.fixture(name="settings")
def _settings(shelf, tmp_path):
    return Settings(
        database_url=f"sqlite:///{tmp_path}/attune.db",
        snapshot=shelf / "own",
        weights=tmp_path / "no encoders",
        calibrate="never",
    )


@pytest.fixture(name="workers")
def _workers():
    """Starts workers, and closes them at the end."""
    with ExitStack() as stack:

        def worker(settings, first=None):
            first = first or load_snapshot(settings.snapshot)
            serving = Serving(build(settings, first), Metrics(None), first)
            stack.callback(serving.close)
            return serving

        yield worker


@pytest.fixture(name="serving")
def _serving(workers, settings):
    serving = workers(settings)
    register(serving, 8)
    return serving


def register(serving, n_tracks):
    resources = serving.resources
    for number in range(n_tracks):
        sent = Upload(embeddings={m: embedding(number % 4, m, seed=number) for m in Modality})
        put_track(
            f"t{number:02}",
            Registration(sent, TrackMetadata()),
            archive=resources.archive,
            extractor=resources.extractor,
            listeners=resources.listeners,
        )


def answer(resources, user_id="ana"):
    labels = [Label(f"e{n}", f"t{n:02}", Quadrant.Q3) for n in range(6)]
    return learn(user_id, labels, log=resources.log, listeners=resources.listeners)


def felt(resources, user_id=None):
    asked = PredictionTarget(user_id)
    told = predict_track(
        "t01", asked, catalogue=resources.catalogue, listeners=resources.listeners
    )
    return told.recognition.proba.tolist()


def calibrated(serving, made=MADE):
    """Have a calibration of the snapshot in use."""
    serving.shared.calibrations.add(serving.resources.snapshot.version, made, Size(30, 6))
    serving.reload()


def population():
    """Training tracks that sound unlike any other."""
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(4), 50)
    proba = softmax(SIGNS[y] @ SIGNS.T / 2.0 + rng.normal(size=(200, 4)))
    phi = rng.normal(size=(200, 2)) + 9.0
    return population_reference(proba, phi, y, np.zeros(200))


def test_the_shared_models_are_not_loaded_again(serving, caplog):
    caplog.set_level("INFO", "bentoml.attune.serving")
    before = serving.resources

    calibrated(serving)

    assert serving.resources.snapshot.committees is before.snapshot.committees
    assert (
        serving.resources.snapshot.serving_version == f"{before.snapshot.version}+{MADE.version}"
    )
    assert [each.message for each in caplog.records] == [
        f"Snapshot {before.snapshot.version} is served under calibration {MADE.version}, of 30 "
        "tracks and 6 answers"
    ]


def test_a_request_in_progress_ends_under_what_it_began_with(serving):
    begun = serving.resources
    before = felt(begun)

    calibrated(serving)

    assert felt(begun) == before
    assert felt(serving.resources) != before


def test_a_worker_that_starts_has_the_one_in_use(serving, workers, settings):
    calibrated(serving)

    fresh = workers(settings)

    assert felt(fresh.resources) == felt(serving.resources)
    assert fresh.now.primary.calibration.version == MADE.version


def test_a_users_model_is_that_of_the_calibration_bit_for_bit(
    serving, workers, settings, tmp_path
):
    answer(serving.resources)
    calibrated(serving)
    switched = serving.resources.listeners.current("ana").model.to_bytes()

    elsewhere = settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/new.db"})
    fresh = workers(elsewhere)
    calibrated(fresh)
    register(fresh, 8)
    replayed = answer(fresh.resources).listener.model.to_bytes()

    assert switched == replayed
    assert felt(serving.resources, "ana") == felt(fresh.resources, "ana")


def test_after_it_is_taken_back_all_is_as_before(serving):
    answer(serving.resources)
    before = [felt(serving.resources, user_id) for user_id in (None, "ana")]
    calibrated(serving)

    serving.shared.calibrations.revert(serving.resources.snapshot.version)
    serving.reload()

    assert serving.now.primary.calibration is None
    assert [felt(serving.resources, user_id) for user_id in (None, "ana")] == before


def test_a_candidate_has_its_own(shelf, settings, workers):
    both = settings.model_copy(
        update={"candidate": shelf / "other", "candidate_share": 0.5, "seed": 1}
    )
    serving = workers(both)
    calibrated(serving)
    before = serving.now.primary

    serving.shared.calibrations.add(serving.now.candidate.snapshot.version, OTHER, Size(30, 6))
    serving.reload()

    assert serving.now.primary is before
    assert serving.now.candidate.calibration.version == OTHER.version


def test_one_of_another_release_is_left_out_and_stops_nobody(serving, workers, settings):
    resources = serving.resources
    serving.shared.calibrations.add(resources.snapshot.version, MADE, Size(30, 6))
    with serving.shared.database.write() as connection:
        connection.execute(update(calibration_table).values(facts=json.dumps({})))

    serving.reload()

    assert serving.resources is resources
    assert workers(settings).resources.calibration is None


def test_two_workers_calibrate_once_by_themselves_and_both_take_it_up(workers, settings):
    automatic = settings.model_copy(update={"calibrate": "auto"})
    first = replace(load_snapshot(settings.snapshot), population=population())
    pair = [workers(automatic, first) for _ in range(2)]
    register(pair[0], 24)

    for serving in pair:
        serving.start()

    wait_for(lambda: all(serving.now.primary.calibration for serving in pair))
    with pair[0].shared.database.read() as connection:
        rows = connection.execute(select(calibration_table)).all()
    assert len(rows) == 1
    assert {serving.now.primary.calibration.version for serving in pair} == {rows[0].version}


def test_never_is_never(workers, settings):
    serving = workers(settings, replace(load_snapshot(settings.snapshot), population=population()))

    serving.start()

    assert "attune-calibrate" not in {thread.name for thread in enumerate_threads()}
