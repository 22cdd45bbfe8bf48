"""Features of datasets: computed once, kept whole, fetched the second time."""

import numpy as np
import pytest

from models.errors import AudioError
from models.features.extraction import N_AUDIO_FEATURES, FeatureExtractor
from tests import small_models
from tests.audio_signals import chord, encoded
from tests.conftest import HOUSE
from tests.fakes import N_FEATURES
from training.datasets.feature_cache import FeatureCache, keep

WEIGHTS = HOUSE / "models" / "weights"


@pytest.fixture(name="fake")
def _fake():
    return small_models.SpecifiedExtractor()


@pytest.fixture(name="cache")
def _cache(fake, tmp_path):
    return FeatureCache(tmp_path / "cache", fake)


@pytest.fixture(name="paths")
def _paths(tmp_path):
    paths = {f"t{place}": tmp_path / f"t{place}.ogg" for place in range(5)}
    for name, path in paths.items():
        path.write_bytes(f"audio {name}".encode())
    return paths


def test_recordings_are_heard_in_their_order(cache, fake, paths):
    features = cache.audio("ours", paths)

    assert features.shape == (5, N_FEATURES)
    for row, path in zip(features, paths.values(), strict=True):
        with path.open("rb") as file:
            assert (row == fake.audio(file).vector).all()


def test_features_are_computed_once_for_each_dataset_and_each_kind(cache, fake, paths, tmp_path):
    first = cache.audio("ours", paths)
    again = cache.audio("ours", dict(reversed(paths.items())))
    assert fake.heard == 5
    assert (again == first[::-1]).all()

    cache.audio("theirs", paths)
    other = small_models.SpecifiedExtractor(revision=2)
    FeatureCache(tmp_path / "cache", other).audio("ours", paths)

    assert (fake.heard, other.heard) == (10, 5)


def test_after_an_interruption_only_the_rest_is_heard(cache, fake, paths):
    broken = paths | {"t9": paths["t0"].with_name("t9.ogg")}
    broken["t9"].write_bytes(b"no music")
    with pytest.raises(AudioError):
        cache.audio("ours", broken)
    fake.heard = 0
    broken["t9"].write_bytes(b"audio t9")

    features = cache.audio("ours", broken)

    assert fake.heard < len(broken)
    assert len(features) == 6


def test_each_text_is_read_once_however_often_it_occurs(cache, fake):
    features = cache.lyrics("ours", ["rain", "sun", "rain", "rain", "", " "])

    assert fake.read == 4  # distinct texts
    assert (features[0] == features[2]).all()
    assert (features[0] != features[1]).any()
    assert features.any(axis=1).tolist() == [True] * 4 + [False] * 2


def test_a_file_that_was_left_half_written_is_written_anew(tmp_path):
    (tmp_path / "x.part").write_bytes(b"\x93NUMPY")

    kept = keep(tmp_path / "x.npy", lambda: np.arange(3, dtype=np.float32))

    assert kept.tolist() == [0, 1, 2]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.npy"]
    assert keep(tmp_path / "x.npy", lambda: np.zeros(3, np.float32)).tolist() == [0, 1, 2]


@pytest.fixture(scope="module", name="networked")
def _networked(tmp_path_factory):
    return heard_by(tmp_path_factory.mktemp("network"), seed=0)


def heard_by(folder, *, seed):
    return FeatureExtractor.open(WEIGHTS, small_models.network(folder / "cnn.onnx", seed=seed))


def test_training_hears_what_the_service_hears(networked, tmp_path):
    (tmp_path / "x.wav").write_bytes(encoded(chord(seconds=4)))

    (trained,) = FeatureCache(tmp_path / "cache", networked).audio("x", {"x": tmp_path / "x.wav"})

    with (tmp_path / "x.wav").open("rb") as file:
        assert (trained == networked.audio(file).vector).all()


def test_another_network_leaves_what_else_was_heard_as_it_is(networked, tmp_path):
    (tmp_path / "x.wav").write_bytes(encoded(chord(seconds=4)))
    paths, cache = {"x": tmp_path / "x.wav"}, tmp_path / "cache"
    (bare,) = FeatureCache(cache, networked.without_network()).audio("x", paths)
    FeatureCache(cache, networked).audio("x", paths)
    before = {path: path.stat().st_mtime_ns for path in cache.rglob("*.npy")}

    (heard,) = FeatureCache(cache, heard_by(tmp_path, seed=1)).audio("x", paths)

    after = {path: path.stat().st_mtime_ns for path in cache.rglob("*.npy")}
    assert (heard[:N_AUDIO_FEATURES] == bare).all()
    assert len(before) == 2
    assert len(after) == 3
    assert before.items() <= after.items()
