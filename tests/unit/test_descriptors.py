"""Timbre descriptors: librosa's own numbers, however long the recording."""

import librosa
import numpy as np
import pytest

from models.audio import SAMPLE_RATE_HZ
from models.descriptors import (
    CONTRAST_BANDS,
    CONTRAST_FMIN_HZ,
    HOP,
    N_FFT,
    N_MELS,
    N_MFCC,
    describe,
    pool,
)
from tests.signals import chord, tone

# All have noise in them: between the partials of a pure tone lies nothing but rounding, and
# contrast measures just that.
FLOOR = np.random.default_rng(5).normal(0, 1e-3, 40 * SAMPLE_RATE_HZ).astype(np.float32)
SIGNALS = {
    "chord": chord(),
    "tone": tone(440) + FLOOR[:SAMPLE_RATE_HZ],
    "two tones": tone(80) + tone(5_000) + FLOOR[:SAMPLE_RATE_HZ],
    "noise": 100 * FLOOR[:SAMPLE_RATE_HZ],
    "faint noise": 0.1 * FLOOR[:SAMPLE_RATE_HZ],
    "a click": np.eye(1, 8_000, 4_000, dtype=np.float32)[0] + FLOOR[:8_000],
    "shorter than a window": FLOOR[:1_500],
    "as long as a window": FLOOR[:N_FFT],
    # It is read in blocks of 1,024 frames.
    "as long as a block": chord(seconds=1_024 * HOP / SAMPLE_RATE_HZ),
    "longer than a block by a frame": chord(seconds=1_025 * HOP / SAMPLE_RATE_HZ),
    "of several blocks": chord(seconds=70),
    # Contrast is limited to 80 dB under the loudest frame, wherever that is.
    "faint, then loud": np.concatenate([FLOOR * 1e-3, chord(seconds=2)]),
}


@pytest.mark.filterwarnings("ignore:n_fft=2048 is too large")  # librosa, of short signals
@pytest.mark.parametrize("wave", SIGNALS.values(), ids=SIGNALS)
def test_cepstrum_agrees_with_librosa(wave):
    ours = describe(wave)[:, :N_MFCC]

    power = librosa.feature.melspectrogram(
        y=wave, sr=SAMPLE_RATE_HZ, n_fft=N_FFT, hop_length=HOP, n_mels=N_MELS
    )
    decibels = librosa.power_to_db(power, top_db=None)
    theirs = librosa.feature.mfcc(S=decibels, sr=SAMPLE_RATE_HZ, n_mfcc=N_MFCC)
    np.testing.assert_allclose(ours, theirs.T, rtol=0, atol=5e-3)


@pytest.mark.filterwarnings("ignore:n_fft=2048 is too large")
@pytest.mark.parametrize("wave", SIGNALS.values(), ids=SIGNALS)
def test_contrast_agrees_with_librosa(wave):
    ours = describe(wave)[:, N_MFCC:]

    theirs = librosa.feature.spectral_contrast(
        y=wave,
        sr=SAMPLE_RATE_HZ,
        n_fft=N_FFT,
        hop_length=HOP,
        fmin=CONTRAST_FMIN_HZ,
        n_bands=CONTRAST_BANDS,
    )
    np.testing.assert_allclose(ours, theirs.T, rtol=0, atol=0.02)  # decibels


def test_silence_has_descriptors():
    frames = describe(np.zeros(SAMPLE_RATE_HZ, np.float32))

    assert np.isfinite(frames).all()
    assert (frames[:, N_MFCC:] == 0).all()


def test_pooling_takes_mean_spread_and_step():
    frames = np.array([[0, 5], [2, 5], [1, 5]], np.float32)

    pooled = pool(frames)

    assert pooled == pytest.approx([1, 5, np.sqrt(2 / 3), 0, 1.5, 0])
    assert pooled.dtype == np.float32


def test_a_single_frame_has_neither_spread_nor_step():
    pooled = pool(np.array([[3, 4]], np.float32))

    assert pooled.tolist() == [3, 4, 0, 0, 0, 0]
