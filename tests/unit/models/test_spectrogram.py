"""The log-mel front end: librosa's numbers, cut into patches."""

import librosa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.audio.decoding import SAMPLE_RATE_HZ
from models.audio.spectrogram import (
    HOP,
    N_FFT,
    N_MELS,
    PATCH_FRAMES,
    log_mel,
    mel_filters,
    n_frames,
    patches,
    power_spectrogram,
    without_top,
)
from models.features import cnn
from tests.audio_signals import chord, tone


def chirp(seconds=2.0):
    wave = librosa.chirp(fmin=40, fmax=7_900, sr=SAMPLE_RATE_HZ, duration=seconds)
    return wave.astype(np.float32)


def clicks():
    wave = np.zeros(SAMPLE_RATE_HZ, np.float32)
    wave[[0, 100, 5_000, -1]] = (1, -1, 0.5, 1)
    return wave


def noise(seed=0, seconds=1.0):
    rng = np.random.default_rng(seed)
    return rng.normal(0, 0.1, round(seconds * SAMPLE_RATE_HZ)).astype(np.float32)


SIGNALS = {
    "low tone": tone(55),
    "tone": tone(440),
    "high tone": tone(7_500),
    "loud tone": tone(440, amplitude=1),
    "chirp": chirp(),
    "noise": noise(),
    "chord": chord(),
    "clicks": clicks(),
    "nearly silence": noise() * np.float32(1e-5),
    "silence": np.zeros(4_000, np.float32),
    "constant": np.ones(4_000, np.float32),
    "one sample": np.ones(1, np.float32),
    "shorter than a window": noise()[:300],
    "as long as a window": noise()[:N_FFT],
    "a hop and one sample": noise()[: HOP + 1],
    "of odd length": noise()[:10_007],
}


@pytest.mark.filterwarnings("ignore:n_fft=512 is too large")  # librosa, of short signals
@pytest.mark.parametrize(("front_end", "n_mels"), [(log_mel, N_MELS), (cnn.log_mel, cnn.N_MELS)])
@pytest.mark.parametrize("wave", SIGNALS.values(), ids=SIGNALS)
def test_log_mel_agrees_with_librosa(wave, front_end, n_mels):
    ours = front_end(wave)

    power = librosa.feature.melspectrogram(
        y=wave, sr=SAMPLE_RATE_HZ, n_fft=N_FFT, hop_length=HOP, n_mels=n_mels, power=2
    )
    # Powers reach 1e4, where single precision ends at 1e-3; the logarithm is of 1e4 times that.
    np.testing.assert_allclose(ours, np.log10(1e4 * power.T + 1), rtol=0, atol=2e-4)
    assert (ours.dtype, ours.shape) == (np.float32, (n_frames(len(wave)), n_mels))


@given(st.integers(1, 1_000))
def test_patches_spread_from_the_first_frame_to_the_last(length):
    mel = np.arange(length, dtype=np.float32)[:, None]

    cut = patches(mel)[:, :, 0]

    assert cut.shape == (max(1, round(length / PATCH_FRAMES)), PATCH_FRAMES)
    assert (np.diff(cut[:, : min(length, PATCH_FRAMES)]) == 1).all()
    assert cut[0, 0] == 0
    assert len(cut) == 1 or cut[-1, -1] == length - 1
    gaps = np.diff(cut[:, 0])
    assert (np.abs(gaps - PATCH_FRAMES) <= PATCH_FRAMES / 2).all()


def test_bands_above_the_highest_frequency_repeat_the_one_below():
    mel = log_mel(tone(7_700, seconds=1) + chord(seconds=1))

    heard = without_top(mel)

    assert heard.shape == mel.shape
    assert (heard[:, :90] == mel[:, :90]).all()
    assert (heard[:, -3:] == heard[:, -4:-3]).all()


def test_a_spectrogram_shorter_than_a_patch_is_repeated():
    mel = np.arange(300, dtype=np.float32).reshape(100, 3)

    cut = patches(mel)

    assert (cut[0, 100:] == mel[: PATCH_FRAMES - 100]).all()


def test_the_log_mel_of_a_long_recording_is_that_of_one_block():
    wave = noise(seconds=40.0)

    power = power_spectrogram(np.pad(wave, N_FFT // 2), n_fft=N_FFT, hop=HOP)

    whole = np.log10(np.float32(1e4) * (power @ mel_filters(N_FFT, N_MELS)) + np.float32(1))
    np.testing.assert_array_equal(log_mel(wave), whole)
