"""A worker that serves a snapshot of callers' embeddings: without encoders, and nothing else."""

from dataclasses import replace

import pytest

from models.emotion import Modality
from models.errors import EncoderError, IncompatibleSnapshotError
from service.api.predict.predictions import PredictionTarget, Upload
from service.api.tracks.catalogue import Registration, put_track, show_track
from service.observability.metrics import Metrics
from service.serving.snapshots import serve
from service.settings import Settings
from service.tracks import TrackMetadata
from tests.conftest import HOUSE
from tests.snapshots import EMBEDDINGS, embedding, point, reading_embeddings, tempered

pytestmark = pytest.mark.slow

PRETRAINED = HOUSE / "models" / "pretrained"
TEXT = "restart the service with"


@pytest.fixture(scope="module", name="shelf")
def _shelf(tmp_path_factory):
    """Snapshots: one of embeddings, one that says something else, and one of another encoder."""
    shelf = tmp_path_factory.mktemp("snapshots")
    reading_embeddings(shelf / "own")
    tempered(shelf / "own", shelf / "other")
    reading_embeddings(shelf / "encoder", replace(EMBEDDINGS, encoder="another"))
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
        calibrate="never",
        weights=tmp_path / "no encoders",
    )


@pytest.fixture(name="serving")
def _serving(settings):
    serving = serve(settings, Metrics(None))
    serving.start()
    yield serving
    serving.close()


def put(resources, track_id="t"):
    sent = Upload(embeddings={modality: embedding(0, modality) for modality in Modality})
    return put_track(
        track_id,
        Registration(sent, TrackMetadata()),
        archive=resources.archive,
        extractor=resources.extractor,
        listeners=resources.listeners,
    )


def felt(resources, track_id="t"):
    return show_track(
        track_id, PredictionTarget(), archive=resources.archive, listeners=resources.listeners
    )


def test_it_is_served_without_encoders(serving, settings):
    assert not settings.weights.exists()

    shown = put(serving.resources).shown

    assert shown.prediction.recognition.quadrant == "Q1"
    assert felt(serving.resources).record.duration_s is None
    serving.resources.extractor.check()


def test_one_that_reads_recordings_is_not_served_without_encoders(settings):
    point(settings.snapshot, PRETRAINED)

    with pytest.raises(EncoderError, match="is missing"):
        serve(settings, Metrics(None))


def test_another_that_reads_the_same_embeddings_is_taken_up(serving, settings, shelf):
    put(serving.resources)
    before = felt(serving.resources).prediction

    point(settings.snapshot, shelf / "other")
    told = serving.reload()

    after = felt(serving.resources).prediction
    assert told.is_new
    assert after.recognition.entropy > before.recognition.entropy


@pytest.mark.parametrize("name", ["shipped", "encoder"])
def test_one_that_reads_something_else_is_not_taken_up(serving, settings, shelf, name):
    before = serving.resources
    point(settings.snapshot, {"shipped": PRETRAINED}.get(name, shelf / name))

    for taken_up in (serving.check, serving.reload):
        with pytest.raises(IncompatibleSnapshotError, match=TEXT):
            taken_up()

    assert serving.resources is before


@pytest.mark.parametrize("name", ["shipped", "encoder"])
def test_one_that_reads_something_else_is_no_candidate(settings, shelf, name):
    point(settings.candidate, {"shipped": PRETRAINED}.get(name, shelf / name))

    with pytest.raises(IncompatibleSnapshotError, match=TEXT):
        serve(settings, Metrics(None))


def test_tracks_of_another_encoder_keep_their_judgement_until_they_are_put_again(settings, shelf):
    first = serve(settings, Metrics(None))
    before = put(first.resources).shown.prediction
    first.close()

    point(settings.snapshot, shelf / "encoder")
    second = serve(settings, Metrics(None))
    stale = felt(second.resources).prediction
    again = put(second.resources)
    second.close()

    assert stale.recognition.quadrant == before.recognition.quadrant
    # Without components less is unknown of the listener's taste: it is told more surely.
    assert stale.recognition.proba == pytest.approx(before.recognition.proba, abs=0.15)
    assert stale.snapshot == before.snapshot
    assert not again.is_new
    assert again.shown.prediction.snapshot == second.resources.snapshot.version
