"""From a recording to its features: patches, stretches, excerpts of long ones."""

import io
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.audio.spectrogram import PATCH_SAMPLES, n_frames, patch_starts
from models.errors import EncoderError, SilentAudioError, TooLongAudioError
from models.features.cnn import CHUNK_FRAMES, N_EMBEDDING
from models.features.extraction import (
    MAX_PATCHES,
    N_AUDIO_FEATURES,
    FeatureExtractor,
    FeatureSpec,
    excerpt,
)
from models.features.extraction import level_excerpt as at_one_level
from models.features.snapshot_network import Chunks, Network
from tests import small_models
from tests.audio_signals import chord, encoded, over_channels, tone
from tests.conftest import HOUSE

WEIGHTS = HOUSE / "models" / "weights"
PATCHES = st.integers(1, 300)
JUST_OFF = st.integers(-300, 300)

# The first five of the embedding are nearly the same for all music; so five more, and five of the
# descriptors behind it.
GOLDEN_FIRST = [-0.17718, -0.12703, -0.28483, -0.27512, -0.33429]
GOLDEN_SPREAD = [-0.33429, -0.30014, -0.68064, 0.84149, 1.94448]
GOLDEN_TIMBRE = [-212.627, 24.834, 11.172, 11.755, 21.511]


@pytest.fixture(scope="module", name="network")
def _network(tmp_path_factory):
    """A network of two folds that was never trained."""
    return small_models.network(tmp_path_factory.mktemp("network") / "cnn.onnx")


@pytest.fixture(scope="module", name="networked")
def _networked(network):
    return FeatureExtractor.open(WEIGHTS, network)


def test_the_features_have_not_drifted(extractor):
    vector = extractor.audio(io.BytesIO(encoded(chord(seconds=4), "wav float"))).vector

    assert vector[:5] == pytest.approx(GOLDEN_FIRST, abs=1e-3)
    assert vector[4:200:40] == pytest.approx(GOLDEN_SPREAD, abs=1e-3)
    assert vector[200:205] == pytest.approx(GOLDEN_TIMBRE, abs=0.01)


@pytest.mark.parametrize("seconds", [0.5, 1, 2.9, 3, 5.968, 5.99, 18.4, 40])
def test_features_and_stretches_are_of_one_shape_at_every_length(networked, seconds):
    heard = networked.waveform(chord(seconds=seconds))

    n_features = N_AUDIO_FEATURES + 2 * N_EMBEDDING
    assert heard.vector.shape == (n_features,)
    assert heard.segments.shape == (len(heard.starts_s), n_features)
    assert heard.vector.dtype == heard.segments.dtype == np.float32
    assert np.isfinite([heard.vector, *heard.segments]).all()
    assert (heard.segments[:, N_AUDIO_FEATURES:] != 0).any(axis=1).all()
    # Stretches follow each other through the recording.
    assert heard.duration_s == pytest.approx(seconds, abs=1e-4)
    assert [0, *heard.ends_s[:-1]] == pytest.approx(heard.starts_s)
    assert (heard.ends_s > heard.starts_s).all()
    assert heard.ends_s[-1] == pytest.approx(heard.duration_s, abs=1e-4)


def test_a_recording_of_one_stretch_is_described_by_it(extractor):
    heard = extractor.waveform(chord(seconds=3))

    assert heard.segments[0] == pytest.approx(heard.vector, rel=1e-3, abs=1e-2)


def test_stretches_of_a_recording_that_changes_change(extractor):
    wave = np.concatenate([tone(110, seconds=9), chord(seconds=9)])

    heard = extractor.waveform(wave)

    first, last = heard.segments[0], heard.segments[-1]
    assert np.abs(first - last).max() > 10 * np.abs(first - heard.segments[1]).max()


def test_the_same_music_in_another_file_has_nearly_the_same_features(extractor):
    wave = chord(seconds=6, rate_hz=48_000)
    exact = extractor.audio(io.BytesIO(encoded(wave, "wav float", rate_hz=48_000)))

    stereo = encoded(over_channels(wave, 2), "flac 24 bit", rate_hz=48_000)
    same = extractor.audio(io.BytesIO(stereo))

    assert same.vector == pytest.approx(exact.vector, abs=0.02)


@pytest.mark.parametrize("gain_db", [6, -60])
def test_the_volume_is_not_heard(networked, gain_db):
    soft = chord(seconds=6) * np.float32(10 ** (gain_db / 20))

    heard = networked.waveform(soft)

    assert heard.vector == pytest.approx(networked.waveform(chord(seconds=6)).vector, abs=2e-3)


def test_silence_at_the_ends_is_not_heard(networked):
    music, second = chord(seconds=9), np.zeros(16_000, np.float32)
    alone = networked.waveform(music)

    heard = networked.waveform(np.concatenate([second, music, second, second]))

    # A tenth of a decibel louder: the first cepstral coefficient says so.
    assert heard.vector == pytest.approx(alone.vector, abs=1.5)
    assert heard.vector[:200] == pytest.approx(alone.vector[:200], abs=0.03)
    # Times are those of the recording that was sent.
    assert heard.starts_s == pytest.approx(alone.starts_s + 1, abs=1e-3)
    assert heard.ends_s == pytest.approx(alone.ends_s + 1, abs=1e-3)
    assert heard.duration_s == pytest.approx(12)


def test_features_do_not_depend_on_what_was_heard_before(extractor):
    before = extractor.waveform(chord(seconds=6)).vector
    extractor.waveform(tone(440, seconds=30))
    extractor.warm_up()
    extractor.check()

    assert (extractor.waveform(chord(seconds=6)).vector == before).all()


@given(st.builds(lambda n, off: max(1, n * PATCH_SAMPLES + off), PATCHES, JUST_OFF))
def test_an_excerpt_has_a_stretch_for_each_patch_that_is_heard(n_samples):
    wave = np.zeros(n_samples, np.float32)

    part = excerpt(wave)

    n_heard = len(patch_starts(n_frames(len(part.wave))))
    assert len(part.starts) == len(part.ends) == n_heard <= MAX_PATCHES
    assert len(part.wave) <= (MAX_PATCHES + 1) * PATCH_SAMPLES


@pytest.mark.parametrize("n_patches", [101, 150, 1_203])
def test_of_a_long_recording_stretches_from_start_to_end_are_heard(n_patches):
    wave = np.repeat(np.arange(n_patches, dtype=np.float32), PATCH_SAMPLES)

    heard, starts, ends = excerpt(wave)

    assert len(starts) == MAX_PATCHES
    assert (ends - starts == PATCH_SAMPLES).all()
    assert (starts[0], starts[-1]) == (0, (n_patches - 1) * PATCH_SAMPLES)
    # Each is a whole patch from where it is said to begin; the next is never far.
    stretches = heard.reshape(MAX_PATCHES, PATCH_SAMPLES)
    assert (stretches == (starts // PATCH_SAMPLES)[:, None]).all()
    gaps = np.diff(starts) / PATCH_SAMPLES
    assert gaps.min() >= 1
    assert gaps.max() <= np.ceil(n_patches / (MAX_PATCHES - 1))


def test_a_long_recording_costs_what_five_minutes_cost(networked):
    n_minutes = 20
    wave = np.tile(chord(seconds=60), n_minutes)
    tracemalloc.start()

    heard = networked.waveform(wave)

    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(heard.segments) == MAX_PATCHES
    assert heard.ends_s[-1] == pytest.approx(60 * n_minutes, abs=PATCH_SAMPLES / 16_000)
    # The wave is there already; beside it, twice the five minutes and some spectra.
    assert peak_bytes < 200e6


def test_bounds_are_kept_and_a_missing_network_is_named(extractor, tmp_path):
    short = FeatureExtractor.open(WEIGHTS, max_audio_s=1)

    with pytest.raises(TooLongAudioError, match="at most 1 s"):
        short.audio(io.BytesIO(encoded(tone(seconds=1.1))))
    with pytest.raises(SilentAudioError):
        extractor.audio(io.BytesIO(encoded(tone(amplitude=0))))
    with pytest.raises(EncoderError, match=r"none\.onnx is missing"):
        FeatureExtractor.open(WEIGHTS, tmp_path / "none.onnx")


@pytest.mark.parametrize(
    "change",
    [{"revision": 3}, {"sample_rate_hz": 22_050}, {"lyrics_encoder": "x"}, {"passages": (1, 2)}],
    ids=str,
)
def test_another_spec_has_another_digest(change):
    assert FeatureSpec(**change).digest != FeatureSpec().digest


def test_a_networks_numbers_follow_the_others_which_stay_as_they_are(networked):
    bare, file = networked.without_network(), encoded(chord(seconds=20))

    heard, without = (each.audio(io.BytesIO(file)) for each in (networked, bare))

    assert (heard.vector[:N_AUDIO_FEATURES] == without.vector).all()
    assert (heard.segments[:, :N_AUDIO_FEATURES] == without.segments).all()
    own = networked.network_vector(io.BytesIO(file))
    assert (heard.vector[N_AUDIO_FEATURES:] == own).all()
    with pytest.raises(EncoderError, match="has no network"):
        bare.network_vector(io.BytesIO(file))


def test_a_recording_is_the_mean_of_its_chunks(networked, network):
    wave = chord(seconds=20)

    heard = networked.waveform(wave).vector[N_AUDIO_FEATURES:]

    chunks = Network.open(network)(at_one_level(wave).wave)
    assert len(chunks.embedding) == 5  # 20 s of 3.69 s each, rounded
    assert heard == pytest.approx(chunks.embedding.mean(axis=0))


def test_a_stretch_is_the_mean_of_the_chunks_that_sound_in_it():
    embedding = np.arange(3, dtype=np.float32)[:, None]
    chunks = Chunks(embedding, n_frames=3 * CHUNK_FRAMES)  # 693: chunks at 0, 231 and 462

    along = chunks.along(np.array([0, 187, 374]))

    assert along[:, 0].tolist() == [0.0, 0.5, 1.5]


def test_another_network_has_another_digest_and_the_rest_the_same(networked, tmp_path):
    other = FeatureExtractor.open(
        WEIGHTS, small_models.network(tmp_path / "other.onnx", seed=1)
    ).spec

    assert len({other.digest, networked.spec.digest, FeatureSpec().digest}) == 3
    assert other.without_network == networked.spec.without_network == FeatureSpec()
    assert other.network.n_features == 2 * N_EMBEDDING
    assert "network" not in FeatureSpec().facts  # or earlier features had another digest
