"""A worker that reads callers' embeddings, without encoders: its snapshots and calibrations."""

from contextlib import ExitStack
from dataclasses import replace
from threading import enumerate as enumerate_threads

import numpy as np
import pytest

from models.calibration.catalogue import CatalogueCalibration
from models.emotion import SIGNS, Modality, Quadrant, softmax
from models.errors import EncoderError, IncompatibleSnapshotError
from models.snapshot import load_snapshot
from service.api.predict.predictions import Upload
from service.api.update.updates import update as learn
from service.db.calibrations import Size
from service.labels import Label
from service.observability.metrics import Metrics
from service.serving.container import build
from service.serving.snapshots import Serving
from service.settings import Settings
from tests.conftest import HOUSE
from tests.small_service import predict, register
from tests.snapshots import EMBEDDINGS, embedding, point, reading_embeddings, tempered
from training.members.population_reference import population_reference

pytestmark = pytest.mark.slow

OFFSET = np.array([0.9, 0.4, -0.8, -0.5])
MADE = CatalogueCalibration(OFFSET, {"n_tracks": 30, "n_answers": 6}, {})
OTHER = replace(MADE, offset=-OFFSET)


@pytest.fixture(scope="module", name="shelf")
def _shelf(tmp_path_factory):
    """Snapshots: two of the same embeddings, of another encoder's, and of recordings."""
    shelf = tmp_path_factory.mktemp("snapshots")
    reading_embeddings(shelf / "own")
    tempered(shelf / "own", shelf / "other")
    reading_embeddings(shelf / "encoder", replace(EMBEDDINGS, encoder="another"))
    (shelf / "shipped").symlink_to(HOUSE / "models" / "pretrained")
    return shelf


@pytest.fixture(name="settings")
def _settings(shelf, tmp_path):
    """Those of a machine that has no encoders."""
    point(tmp_path / "current", shelf / "own")
    return Settings(
        database_url=f"sqlite:///{tmp_path}/attune.db",
        snapshot=tmp_path / "current",
        candidate=tmp_path / "candidate",
        candidate_share=0.3,
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
    register_all(serving, 8)
    return serving


def register_all(serving, n_tracks):
    for number in range(n_tracks):
        sent = Upload(embeddings={m: embedding(number % 4, m, seed=number) for m in Modality})
        register(serving.resources, f"t{number:02}", sent)


def answer(resources, user_id="ana"):
    labels = [Label(f"e{n}", f"t{n:02}", Quadrant.Q3) for n in range(6)]
    return learn(user_id, labels, log=resources.log, listeners=resources.listeners)


def felt(resources, user_id=None):
    return predict(resources, "t01", user_id).recognition.proba.tolist()


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
        f"Snapshot {before.snapshot.version} is served under calibration {MADE.version} "
        "(30 tracks, 6 answers)"
    ]


def test_a_users_model_is_that_of_the_calibration_bit_for_bit(
    serving, workers, settings, tmp_path
):
    answer(serving.resources)
    calibrated(serving)
    switched = serving.resources.listeners.current("ana").model.to_bytes()

    elsewhere = settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/new.db"})
    fresh = workers(elsewhere)
    calibrated(fresh)
    register_all(fresh, 8)
    replayed = answer(fresh.resources).listener.model.to_bytes()

    assert switched == replayed
    assert felt(serving.resources, "ana") == felt(fresh.resources, "ana")


def test_a_candidate_has_its_own(shelf, settings, workers):
    point(settings.candidate, shelf / "other")
    serving = workers(settings)
    calibrated(serving)
    before = serving.now.primary

    serving.shared.calibrations.add(serving.now.candidate.snapshot.version, OTHER, Size(30, 6))
    serving.reload()

    assert serving.now.primary is before
    assert serving.now.candidate.calibration.version == OTHER.version


def test_never_is_never(workers, settings):
    serving = workers(settings, replace(load_snapshot(settings.snapshot), population=population()))

    serving.start()

    assert "attune-calibrate" not in {thread.name for thread in enumerate_threads()}


def test_a_snapshot_that_reads_recordings_is_not_served_without_encoders(settings, shelf, workers):
    point(settings.snapshot, shelf / "shipped")

    with pytest.raises(EncoderError, match="is missing"):
        workers(settings)


def test_another_that_reads_the_same_embeddings_is_taken_up(serving, settings, shelf):
    before = predict(serving.resources, "t01")

    point(settings.snapshot, shelf / "other")
    reply = serving.reload()

    assert reply.is_new
    assert predict(serving.resources, "t01").recognition.entropy > before.recognition.entropy


@pytest.mark.parametrize("name", ["shipped", "encoder"])
def test_one_that_reads_something_else_is_neither_taken_up_nor_a_candidate(
    serving, workers, settings, shelf, name
):
    before = serving.resources
    point(settings.candidate, shelf / name)
    with pytest.raises(IncompatibleSnapshotError, match="restart the service with"):
        workers(settings)
    settings.candidate.unlink()
    point(settings.snapshot, shelf / name)

    for taken_up in (serving.check, serving.reload):
        with pytest.raises(IncompatibleSnapshotError, match="restart the service with"):
            taken_up()

    assert serving.resources is before
