"""Timbre descriptors: librosa's numbers where it has them, however long the recording."""

import librosa
import numpy as np
import pytest

from models.audio.decoding import SAMPLE_RATE_HZ
from models.audio.spectrogram import HIGHEST_HZ
from models.features.descriptors import (
    HOP,
    N_DESCRIPTORS,
    N_FFT,
    N_MELS,
    N_MFCC,
    ROLLOFF,
    describe,
    pool,
)
from tests.audio_signals import chord, tone

FLOOR = np.random.default_rng(5).normal(0, 1e-3, 40 * SAMPLE_RATE_HZ).astype(np.float32)
SIGNALS = {
    "chord": chord(),
    "tone": tone(440) + FLOOR[:SAMPLE_RATE_HZ],
    "two tones": tone(80) + tone(5_000) + FLOOR[:SAMPLE_RATE_HZ],
    "noise": 100 * FLOOR[:SAMPLE_RATE_HZ],
    "a click": np.eye(1, 8_000, 4_000, dtype=np.float32)[0] + FLOOR[:8_000],
    "shorter than a window": FLOOR[:1_500],
    "as long as a window": FLOOR[:N_FFT],
    # It is read in blocks of 512 frames.
    "as long as a block": chord(seconds=512 * HOP / SAMPLE_RATE_HZ),
    "longer than a block by a frame": chord(seconds=513 * HOP / SAMPLE_RATE_HZ),
    "of several blocks": chord(seconds=70),
}
TONALITY = slice(N_MFCC, N_MFCC + 6)
SHAPE = slice(N_MFCC + 7, N_DESCRIPTORS)
POWER_FLOOR = 4e-4


def power_of(wave):
    """librosa's power spectrogram up to 7.2 kHz, and its frequencies in hertz."""
    power = np.abs(librosa.stft(wave, n_fft=N_FFT, hop_length=HOP)) ** 2
    hz = librosa.fft_frequencies(sr=SAMPLE_RATE_HZ, n_fft=N_FFT)
    return power[hz <= HIGHEST_HZ], hz[hz <= HIGHEST_HZ]


@pytest.mark.filterwarnings("ignore:n_fft=2048 is too large")  # librosa, of short signals
@pytest.mark.parametrize("wave", SIGNALS.values(), ids=SIGNALS)
def test_cepstrum_agrees_with_librosa(wave):
    ours = describe(wave)[:, :N_MFCC]

    mel = librosa.feature.melspectrogram(
        y=wave, sr=SAMPLE_RATE_HZ, n_fft=N_FFT, hop_length=HOP, n_mels=N_MELS
    )
    highest_hz = librosa.mel_frequencies(n_mels=N_MELS + 2, fmax=SAMPLE_RATE_HZ / 2)[2:]
    decibels = librosa.power_to_db(mel[highest_hz <= HIGHEST_HZ] + POWER_FLOOR, top_db=None)
    theirs = librosa.feature.mfcc(S=decibels, sr=SAMPLE_RATE_HZ, n_mfcc=N_MFCC)
    np.testing.assert_allclose(ours, theirs.T, rtol=0, atol=5e-3)


@pytest.mark.filterwarnings("ignore:n_fft=2048 is too large")
@pytest.mark.parametrize("wave", SIGNALS.values(), ids=SIGNALS)
def test_shape_agrees_with_librosa(wave):
    ours = np.expm1(describe(wave)[:, SHAPE]) * 1e3

    power, hz = power_of(wave)
    theirs = [
        librosa.feature.spectral_centroid(S=power, freq=hz),
        librosa.feature.spectral_bandwidth(S=power, freq=hz),
        librosa.feature.spectral_rolloff(S=power, freq=hz, roll_percent=ROLLOFF),
    ]
    loud = power.sum(axis=0) > 1e3 * POWER_FLOOR  # others are what the floor makes of them
    np.testing.assert_allclose(ours[loud], np.concatenate(theirs).T[loud], rtol=0.02, atol=12)


def test_an_octave_of_noise_is_flat_and_one_with_a_partial_is_not():
    wave = SIGNALS["noise"] * np.float32(0.1) + tone(600)

    tonality = describe(wave)[2:-2, TONALITY].mean(axis=0)

    assert tonality[2] > 10  # 400 to 800 Hz
    assert tonality[4:] == pytest.approx(2.5, abs=0.3)  # of any noise: 10 log10(e) times Euler's


def test_what_only_resamplers_leave_is_not_described():
    wave = chord(seconds=2)

    difference = describe(wave + tone(7_600, seconds=2)) - describe(wave)

    assert np.abs(difference[2:-2]).max() < 0.05


def test_silence_has_descriptors():
    frames = describe(np.zeros(SAMPLE_RATE_HZ, np.float32))

    assert np.isfinite(frames).all()
    assert frames[:, TONALITY] == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([[0, 5], [2, 5], [1, 5]], [1, 5, np.sqrt(2 / 3), 0, 1.5, 0]),
        ([[3, 4]], [3, 4, 0, 0, 0, 0]),
    ],
)
def test_pooling_takes_mean_spread_and_step(frames, expected):
    pooled = pool(np.array(frames, np.float32))

    assert pooled == pytest.approx(expected)
    assert pooled.dtype == np.float32
