"""The parts of one worker, put together around a snapshot that has a network of its own."""

import io

import pytest

from models.emotion import Modality
from models.features.extraction import N_AUDIO_FEATURES
from models.prediction.predictor import predict_all
from service.api.predict.predictions import Upload, features_of
from service.observability.metrics import Metrics
from service.serving.container import PERSONALISERS
from service.serving.snapshots import serve
from service.settings import Settings, SettingsError
from service.tracks import Content, TrackMetadata
from tests.audio_signals import chord, encoded
from tests.snapshots import networked

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", name="settings")
def _settings(shipped, tmp_path_factory):
    folder = tmp_path_factory.mktemp("worker")
    networked(shipped, folder / "snapshot")
    return Settings(
        database_url=f"sqlite:///{folder}/attune.db",
        snapshot=folder / "snapshot",
    )


@pytest.fixture(scope="module", name="serving")
def _serving(settings):
    serving = serve(settings, Metrics(None))
    yield serving
    serving.close()


@pytest.fixture(name="resources")
def _parts(serving):
    return serving.resources


def uploaded(resources):
    sent = Upload(io.BytesIO(encoded(chord(seconds=8))), "the rain falls on my window")
    return features_of(sent, resources.extractor)


def test_an_upload_is_heard_by_the_snapshots_network_and_kept(resources):
    features = uploaded(resources)

    resources.catalogue.put("t", features, Content("a" * 64, None), TrackMetadata())

    track = resources.catalogue.get("t").track
    kept = track.features.audio
    assert len(kept.vector) == N_AUDIO_FEATURES + 5 * 64
    assert (kept.vector == features.audio.vector).all()
    assert track.population_prediction.member_logits[Modality.AUDIO].shape == (25, 4)
    (heard,) = predict_all(resources.snapshot, [track], personal=None, fusion="log_opinion")
    assert heard.proba.sum() == pytest.approx(1)
    assert len(heard.segments) == len(features.audio.segments)


def test_a_worker_that_starts_removes_recordings_that_no_track_is_made_from(settings, tmp_path):
    chosen = settings.model_copy(
        update={
            "database_url": f"sqlite:///{tmp_path}/swept.db",
            "audio": tmp_path / "audio",
        }
    )
    serving = serve(chosen, Metrics(None))
    resources = serving.resources
    for track_id, sha256 in (("kept", "a" * 64), ("left", "b" * 64)):
        with resources.recordings.keep(sha256, io.BytesIO(b"sound")):
            resources.catalogue.put(
                track_id, uploaded(resources), Content(sha256, None), TrackMetadata()
            )
    resources.catalogue.hide("left")  # and the process ends before it removes the recording

    serving.start()

    serving.close()
    assert [resources.recordings.has("a" * 64), resources.recordings.has("b" * 64)] == [
        True,
        False,
    ]


def test_a_worker_starts_where_nothing_can_be_removed(settings, tmp_path, caplog):
    chosen = settings.model_copy(
        update={
            "database_url": f"sqlite:///{tmp_path}/stuck.db",
            "audio": tmp_path / "audio",
        }
    )
    serving = serve(chosen, Metrics(None))
    with serving.resources.recordings.keep("a" * 64, io.BytesIO(b"sound")):
        pass
    recording = serving.resources.recordings.find("a" * 64)
    recording.unlink()
    recording.mkdir()  # which cannot be removed as a file is

    serving.start()

    serving.close()
    assert "What no snapshot or track uses is not removed now" in caplog.text


@pytest.mark.parametrize(("segments", "n_segments"), [("all", 3), ("coarse", 1), ("none", 0)])
def test_a_worker_stores_the_segments_that_are_chosen(settings, tmp_path, segments, n_segments):
    database_url = f"sqlite:///{tmp_path}/segments.db"
    chosen = settings.model_copy(update={"database_url": database_url, "segments": segments})
    serving = serve(chosen, Metrics(None))
    catalogue = serving.resources.catalogue

    catalogue.put("t", uploaded(serving.resources), Content("a" * 64, None), TrackMetadata())

    (found,) = predict_all(
        serving.resources.snapshot,
        [catalogue.get("t").track],
        personal=None,
        fusion="log_opinion",
    )
    serving.close()
    assert len(found.segments) == n_segments


@pytest.mark.parametrize("name", PERSONALISERS)
def test_a_worker_learns_in_the_way_that_is_chosen(settings, tmp_path, name):
    database_url = f"sqlite:///{tmp_path}/own.db"

    chosen = settings.model_copy(update={"database_url": database_url, "personaliser": name})
    serving = serve(chosen, Metrics(None))

    serving.close()
    assert serving.resources.listeners.personaliser.algorithm == name


def test_a_way_to_learn_that_there_is_not_is_refused_by_a_sentence_that_lists_the_known(settings):
    with pytest.raises(SettingsError, match=r"ATTUNE_PERSONALISER is 'magic'; .* committee, comm"):
        serve(settings.model_copy(update={"personaliser": "magic"}), Metrics(None))
