"""What a worker serves: the newest snapshot that could be loaded, and a candidate beside it."""

import gc
import shutil
import weakref

import numpy as np
import pytest
from sqlalchemy import select

from models.emotion import Modality, Quadrant
from models.errors import CorruptSnapshotError, IncompatibleSnapshotError, MissingSnapshotError
from models.features.extraction import FeatureSpec
from models.snapshot import Origin, ReadoutParts, load_snapshot, save_snapshot
from service.api.predict.predictions import PredictionTarget, Upload, predict_upload
from service.api.update.updates import update
from service.db.tables import track_belief
from service.errors import StoreUnavailableError
from service.labels import Label
from service.observability.metrics import Metrics
from service.serving.snapshots import serve
from service.settings import Settings
from tests.conftest import HOUSE
from tests.fakes import standing_votes
from tests.journey.servers import wait_for
from tests.small_service import predict, register
from tests.snapshots import point, tempered

pytestmark = pytest.mark.slow

PRETRAINED = HOUSE / "models" / "pretrained"
SONGS = {f"song-{n}": f"the {word} night is falling down" for n, word in enumerate("abcdef")}


@pytest.fixture(scope="module", name="shelf")
def _shelf(tmp_path_factory):
    """Snapshots: the one that ships, and two that say something else."""
    shelf = tmp_path_factory.mktemp("snapshots")
    for number in (1, 2):
        tempered(PRETRAINED, shelf / f"other-{number}", 1.0 + number)
    shutil.copytree(PRETRAINED, shelf / "shipped")
    return shelf


@pytest.fixture(scope="module", name="worker")
def _worker(shelf, tmp_path_factory):
    """One worker for all tests: loading encoders takes longer than any of them."""
    folder = tmp_path_factory.mktemp("worker")
    point(folder / "current", shelf / "shipped")
    settings = Settings(
        database_url=f"sqlite:///{folder}/attune.db",
        snapshot=folder / "current",
        candidate=folder / "candidate",
        candidate_share=0.3,
        calibrate="never",
    )
    worker = serve(settings, Metrics(None))
    yield worker
    worker.close()


@pytest.fixture(name="settings")
def _settings(worker, shelf):
    """The worker's settings, whose folders are as at first."""
    settings = worker.shared.settings
    settings.candidate.unlink(missing_ok=True)
    point(settings.snapshot, shelf / "shipped")
    return settings


@pytest.fixture(name="serving")
def _serving(worker, settings):
    """The worker, with tracks, and serving nothing but the snapshot that ships."""
    del settings  # comes first
    worker.reload()
    register_all(worker)
    return worker


def register_all(serving, songs=SONGS):
    for track_id, lyrics in songs.items():
        register(serving.resources, track_id, Upload(lyrics=lyrics))


def answer(resources, user_id, songs=SONGS):
    labels = [Label(f"e{n}", each, Quadrant.Q3) for n, each in enumerate(songs)]
    return update(user_id, labels, log=resources.log, listeners=resources.listeners)


def felt(resources, track_id="song-1", user_id=None):
    return predict(resources, track_id, user_id)


def version_of(folder):
    return load_snapshot(folder).version


def test_what_the_folder_leads_to_now_is_taken_up(serving, settings, shelf):
    before = felt(serving.resources)

    point(settings.snapshot, shelf / "other-1")
    reply = serving.reload()

    after = felt(serving.resources)
    assert (reply.previous, reply.version, reply.is_new) == (before.snapshot, after.snapshot, True)
    assert after.snapshot == version_of(shelf / "other-1")
    assert not np.allclose(after.recognition.proba, before.recognition.proba)


def test_a_reload_waits_for_track_features_and_a_start_does_not(
    serving, settings, shelf, monkeypatch
):
    monkeypatch.setattr("service.db.track_features.IN_A_CALL", 0)
    began = serving.resources
    point(settings.snapshot, shelf / "other-1")

    serving.reload()

    assert len(serving.resources.track_features.current().rows) >= len(SONGS)
    with pytest.raises(StoreUnavailableError, match="no longer"):
        began.track_features.prepare()
    starting = serving.shared.resources(serving.resources.snapshot, None)
    shutil.rmtree(serving.shared.database.folder / "sketches")
    starting.warm_up(waits=False)
    assert len(starting.track_features.prepare().rows) >= len(SONGS)


def test_a_request_in_progress_ends_under_the_snapshot_it_began_with(serving, settings, shelf):
    begun = serving.resources
    before = felt(begun)
    point(settings.snapshot, shelf / "other-1")

    serving.reload()

    after = felt(begun)
    assert after.snapshot == before.snapshot
    assert (after.recognition.proba == before.recognition.proba).all()


def test_a_snapshot_that_nobody_uses_any_more_is_let_go(serving, settings, shelf):
    gone = []
    for name in ("other-1", "other-2", "shipped", "other-1"):
        answer(serving.resources, f"ana-{len(gone)}")
        felt(serving.resources, user_id="ana-0")
        snapshot = serving.resources.snapshot
        trees = snapshot.committees[Modality.AUDIO].families["xgb"].boosters[0]
        gone += map(weakref.ref, (serving.resources, snapshot.readout.mean, trees))
        del snapshot, trees
        point(settings.snapshot, shelf / name)
        serving.reload()

    gc.collect()
    assert [each() for each in gone] == [None] * len(gone)


def test_a_users_model_is_that_of_the_new_snapshot_bit_for_bit(serving, settings, shelf, tmp_path):
    # A model depends on what others had answered before: about these songs, nothing.
    songs = {f"bits-{name}": lyrics for name, lyrics in SONGS.items()}
    register_all(serving, songs)
    answer(serving.resources, "bitwise", songs)
    point(settings.snapshot, shelf / "other-1")
    serving.reload()

    switched = serving.resources.listeners.current("bitwise").model

    elsewhere = settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/elsewhere.db"})
    fresh = serve(elsewhere, Metrics(None))
    register_all(fresh, songs)
    replayed = answer(fresh.resources, "bitwise", songs).listener.model
    fresh.close()
    assert fresh.resources.snapshot.version == version_of(shelf / "other-1")
    assert switched.to_bytes() == replayed.to_bytes()


@pytest.mark.parametrize("name", ["manifest.json", "audio.npz"])
def test_a_snapshot_that_is_cut_short_is_not_taken_up(serving, settings, shelf, tmp_path, name):
    copy = tmp_path / "half"
    shutil.copytree(shelf / "other-1", copy)
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content[: len(content) // 2])
    point(settings.snapshot, copy)
    resources = serving.resources

    with pytest.raises(CorruptSnapshotError, match=name.replace(".", r"\.")):
        serving.reload()
    with pytest.raises(CorruptSnapshotError):
        serving.check()

    assert serving.resources is resources


def test_a_snapshot_with_other_features_is_not_taken_up(serving, settings, shipped, tmp_path):
    hearing = ReadoutParts(shipped.readout, shipped.listener_model, shipped.limits)
    origin = Origin(FeatureSpec(revision=99), {}, 0, {}, {})
    save_snapshot(tmp_path / "foreign", shipped.committees, shipped.fusions, hearing, origin)
    point(settings.snapshot, tmp_path / "foreign")

    with pytest.raises(IncompatibleSnapshotError, match="was trained on features"):
        serving.reload()
    with pytest.raises(IncompatibleSnapshotError):
        serve(settings, Metrics(None))


def test_what_is_announced_is_followed_and_tried_again_until_it_can_be(
    settings, shelf, tmp_path, monkeypatch
):
    monkeypatch.setattr("service.serving.snapshots.AGAIN_S", 0.05)
    serving = serve(settings, Metrics(None))
    serving.start()
    copy = tmp_path / "half"
    shutil.copytree(shelf / "other-1", copy)
    content = (copy / "audio.npz").read_bytes()
    (copy / "audio.npz").write_bytes(content[:100])
    before = serving.resources.snapshot.version

    point(settings.snapshot, copy)
    serving.shared.notifications.announce("snapshot")
    wait_for(lambda: refusals(serving) > 0)
    assert serving.resources.snapshot.version == before
    (copy / "audio.npz").write_bytes(content)

    wait_for(lambda: serving.resources.snapshot.version == version_of(shelf / "other-1"))
    serving.close()


def refusals(serving):
    reply = serving._metrics.exposition().decode()
    return reply.count('attune_refusals_total{reason="snapshot"}')


def test_a_share_of_users_is_answered_by_the_candidate(serving, settings, shelf):
    users = [f"user-{n}" for n in range(1000)]
    point(settings.candidate, shelf / "other-1")
    serving.reload()
    candidate = version_of(shelf / "other-1")

    chosen = [u for u in users if serving.resources_of(u).snapshot.version == candidate]

    # 1000 draws at 0.3: a standard deviation is 14.5.
    assert 230 < len(chosen) < 370
    assert serving.resources_of(None) is serving.resources
    assert serving.resources.snapshot.version == version_of(shelf / "shipped")


def test_who_answers_no_request_must_say_so(serving):
    with pytest.raises(RuntimeError, match="no current request"):
        serving.resources_for("ana")
    with pytest.raises(RuntimeError, match="no current request"):
        serving.resources_for(None)


def test_a_larger_share_keeps_the_users_of_a_smaller_one_in_every_worker(serving, settings, shelf):
    point(settings.candidate, shelf / "other-1")
    serving.reload()
    other = serve(settings.model_copy(update={"candidate_share": 0.6}), Metrics(None))
    users = [f"user-{n}" for n in range(300)]

    few, many = (
        {u for u in users if each.resources_of(u) is each.now.candidate}
        for each in (serving, other)
    )

    other.close()
    assert few < many


def test_labels_count_for_both_snapshots(serving, settings, shelf):
    point(settings.candidate, shelf / "other-1")
    serving.reload()
    one = next(
        u
        for u in map("either-{}".format, range(99))
        if serving.resources_of(u) is serving.resources
    )
    two = next(
        u
        for u in map("either-{}".format, range(99))
        if serving.resources_of(u) is not serving.resources
    )

    answer(serving.resources, "somebody-else")
    before = standing_votes(serving.resources.log)["song-1"]

    for user in (one, two):
        answer(serving.resources_of(user), user)

    for resources in serving.now.resources:
        votes = standing_votes(resources.log)["song-1"]
        assert np.subtract(votes, before).tolist() == [0, 0, 2, 0]
        assert {resources.listeners.current(user).n_labels for user in (one, two)} == {len(SONGS)}
    assert felt(serving.resources_of(two), user_id=two).snapshot == version_of(shelf / "other-1")


def test_a_track_that_is_put_is_judged_by_the_candidate_too(serving, settings, shelf):
    point(settings.candidate, shelf / "other-1")
    serving.reload()

    register_all(serving, {"new": "the sun is up and so am I"})

    with serving.shared.database.read() as connection:
        found = connection.execute(
            select(track_belief.c.snapshot).where(track_belief.c.track_id == "new")
        )
        assert list(found.scalars()) == [version_of(shelf / "other-1")]
    candidate = serving.now.candidate
    made = predict_upload(
        Upload(lyrics="the sun is up and so am I"),
        PredictionTarget(),
        extractor=candidate.extractor,
        listeners=candidate.listeners,
    )
    assert felt(candidate, "new").recognition.proba == pytest.approx(made.recognition.proba)


def test_a_candidate_that_is_promoted_is_served_to_all_without_loading_it_again(
    serving, settings, shelf
):
    point(settings.candidate, shelf / "other-1")
    serving.reload()
    candidate = serving.now.candidate

    point(settings.snapshot, shelf / "other-1")
    serving.reload()

    assert serving.resources is candidate
    assert serving.now.candidate is None

    settings.candidate.unlink()

    assert serving.reload().candidate is None


def test_a_candidate_that_leads_nowhere_is_refused(settings, tmp_path):
    settings.candidate.symlink_to(tmp_path / "nowhere")

    with pytest.raises(MissingSnapshotError, match="nowhere"):
        serve(settings, Metrics(None))
