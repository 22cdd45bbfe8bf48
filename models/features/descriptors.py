"""Timbre descriptors that complement the encoder's embedding, computed from one spectrum.

They are mel cepstrum, tonality of each octave, and spectral shape. They expect recordings at one
level: a floor 60 dB below the usual power hides what codecs remove and add. Chroma and rhythm had
no significant effect (``python -m training ablate``).
"""

from functools import cache

import numpy as np
from scipy import fft

from models.arrays import FloatMatrix, FloatVector, Waveform
from models.audio.decoding import SAMPLE_RATE_HZ
from models.audio.spectrogram import HIGHEST_HZ, mel_filters, power_spectrogram
from models.interruption import check_interrupted

N_FFT = 2048
HOP = 1024
N_MELS = 128
N_MFCC = 20
OCTAVES_HZ = (0.0, 200.0, 400.0, 800.0, 1600.0, 3200.0, HIGHEST_HZ)
ROLLOFF = 0.85
N_SHAPE = 4
N_DESCRIPTORS = N_MFCC + len(OCTAVES_HZ) - 1 + N_SHAPE
_BLOCK_FRAMES = 512
_FLOOR = np.float32(4e-4)


def describe(wave: Waveform) -> FloatMatrix:
    """Return descriptors ``(n_frames, 30)``, one frame each 64 ms.

    The columns are 20 mel cepstral coefficients; for each of six octaves the mean level in dB
    relative to the level of the mean power: 0 for a flat octave, far from 0 for one with partials;
    the same ratio for the whole spectrum; and the logarithms of centroid, bandwidth and 85 %
    rolloff in kHz.

    Args:
        wave: 16 kHz, mono, at the level of :mod:`models.audio.loudness`.
    """
    # Work in blocks: the spectrum of a whole track would take a gigabyte.
    step = _BLOCK_FRAMES * HOP
    padded = np.pad(wave, N_FFT // 2)
    starts = range(0, len(wave) + 1, step)
    blocks = [padded[start : start + step + N_FFT - HOP] for start in starts]
    return np.concatenate([_describe(block) for block in blocks])


def pool(frames: FloatMatrix) -> FloatVector:
    """Return mean, standard deviation and mean absolute step, ``(3 * n_descriptors,)``."""
    step = (
        np.abs(np.diff(frames, axis=0)).mean(axis=0)
        if len(frames) > 1
        else np.zeros(frames.shape[1])
    )
    return np.concatenate([frames.mean(axis=0), frames.std(axis=0), step]).astype(np.float32)


def _describe(padded: Waveform) -> FloatMatrix:
    check_interrupted()
    power = power_spectrogram(padded, n_fft=N_FFT, hop=HOP)[:, : len(_khz())]
    level_db = _db(power)
    cepstrum = fft.dct(_db(power @ _mel()), axis=1, norm="ortho")[:, :N_MFCC]
    bands = _bands()
    tonality = _db(power @ bands) - level_db @ bands
    return np.concatenate([cepstrum, tonality, _shape(power)], axis=1)


def _shape(power: FloatMatrix) -> FloatMatrix:
    """Return the logarithms of centroid, bandwidth and rolloff in kHz ``(n_frames, 3)``."""
    moments = power @ _moments()
    total = moments[:, :1] + _FLOOR
    centroid, square = (moments[:, 1:] / total).T
    bandwidth = np.sqrt(np.maximum(square - centroid**2, 0.0))
    below = np.cumsum(power, axis=1)
    rolloff = (below > ROLLOFF * below[:, -1:]).argmax(axis=1) * _khz()[1]
    return np.log1p(np.stack([centroid, bandwidth, rolloff.astype(np.float32)], axis=1))


def _db(power: FloatMatrix) -> FloatMatrix:
    return np.asarray(np.float32(10.0) * np.log10(power + _FLOOR))


@cache
def _khz() -> FloatVector:
    """Return the frequencies of the bins up to 7.2 kHz, in kHz ``(n_bins,)``."""
    n_bins = 1 + int(HIGHEST_HZ * N_FFT / SAMPLE_RATE_HZ)
    return (np.arange(n_bins) * (SAMPLE_RATE_HZ / N_FFT / 1e3)).astype(np.float32)


@cache
def _mel() -> FloatMatrix:
    """Return the mel filters that end below 7.2 kHz ``(n_bins, n_bands)``."""
    filters, n_bins = mel_filters(N_FFT, N_MELS), len(_khz())
    return np.ascontiguousarray(filters[:n_bins, ~filters[n_bins:].any(axis=0)])


@cache
def _moments() -> FloatMatrix:
    """Return powers 0 to 2 of the bins' frequencies in kHz ``(n_bins, 3)``."""
    return np.stack([_khz() ** power for power in range(3)], axis=1)


@cache
def _bands() -> FloatMatrix:
    """Return the matrix that averages the bins of each octave, and all bins ``(n_bins, 7)``."""
    hz = 1e3 * _khz()[:, None]
    low, high = np.array(OCTAVES_HZ[:-1]), np.array(OCTAVES_HZ[1:])
    is_in = np.hstack([(hz > low) & (hz <= high), hz > 0])
    return np.asarray(is_in / is_in.sum(axis=0), np.float32)
