"""Timbre descriptors beside the encoder's embedding: librosa's statistics, from one spectrum.

Mel cepstrum and spectral contrast are kept. Chroma and rhythm were measured beside them and add
nothing that could be told from chance; spectral shape adds a point of accuracy on the training
dataset and none on another, for most of the time that all else takes (``python -m training
ablate``).
"""

from functools import cache
from itertools import pairwise
from math import ceil
from typing import NamedTuple

import numpy as np
from scipy import fft

from models.arrays import FloatMatrix, FloatVector, Waveform
from models.audio import SAMPLE_RATE_HZ
from models.spectrogram import mel_filters, power_spectrogram

N_FFT = 2048
HOP = 512
N_MELS = 128
N_MFCC = 20
CONTRAST_BANDS = 6
CONTRAST_FMIN_HZ = 100.0
CONTRAST_QUANTILE = 0.02
N_DESCRIPTORS = N_MFCC + CONTRAST_BANDS + 1
_BLOCK_FRAMES = 1024
_LEAST_POWER = 1e-10
_RANGE_DB = 80.0


def describe(wave: Waveform) -> FloatMatrix:
    """Return MFCC and spectral contrast (dB) of each frame, ``(n_frames, 27)``, each 32 ms.

    Contrast is the level of the loudest bins of an octave over that of its faintest (Jiang et al.,
    2002), levels 80 dB under the recording's highest taken for that much: as librosa has it.
    """
    # In blocks: the spectrum of a whole song would take a gigabyte in passing.
    step = _BLOCK_FRAMES * HOP
    padded = np.pad(wave, N_FFT // 2)
    starts = range(0, len(wave) + 1, step)
    blocks = [_describe(padded[start : start + step + N_FFT - HOP]) for start in starts]
    cepstrum, peak, valley = (np.concatenate(part) for part in zip(*blocks, strict=True))
    contrast = _levels_db(peak) - _levels_db(valley)
    return np.concatenate([cepstrum, contrast], axis=1).astype(np.float32)


def pool(frames: FloatMatrix) -> FloatVector:
    """Return mean, standard deviation and mean absolute step, ``(3 * n_descriptors,)``."""
    step = (
        np.abs(np.diff(frames, axis=0)).mean(axis=0)
        if len(frames) > 1
        else np.zeros(frames.shape[1])
    )
    return np.concatenate([frames.mean(axis=0), frames.std(axis=0), step]).astype(np.float32)


class _Description(NamedTuple):
    """Cepstrum ``(n_frames, 20)``; magnitudes of peaks and valleys ``(n_frames, 7)``."""

    cepstrum: FloatMatrix
    peak: FloatMatrix
    valley: FloatMatrix


def _describe(padded: Waveform) -> _Description:
    power = power_spectrogram(padded, n_fft=N_FFT, hop=HOP)
    mel_db = _db(power @ mel_filters(N_FFT, N_MELS))
    cepstrum = fft.dct(mel_db, axis=1, norm="ortho")[:, :N_MFCC]
    magnitude = np.sqrt(power)
    peaks, valleys = [], []
    for bins, n in _octaves():
        # Partly sorted: the n faintest are first, the n loudest last.
        octave = np.partition(magnitude[:, bins], [n - 1, -n], axis=1)
        peaks.append(octave[:, -n:].mean(axis=1))
        valleys.append(octave[:, :n].mean(axis=1))
    return _Description(cepstrum, np.stack(peaks, axis=1), np.stack(valleys, axis=1))


def _levels_db(power: FloatMatrix) -> FloatMatrix:
    """Return levels, none more than 80 dB under the highest."""
    db = _db(power)
    return np.maximum(db, db.max() - _RANGE_DB)


def _db(power: FloatMatrix) -> FloatMatrix:
    return np.asarray(10.0 * np.log10(np.maximum(power, _LEAST_POWER)))


class _Octave(NamedTuple):
    """Which bins of the spectrum lie in an octave, and how many of them are an extreme."""

    bins: slice
    n_extreme: int


@cache
def _octaves() -> tuple[_Octave, ...]:
    bin_hz = SAMPLE_RATE_HZ / N_FFT
    edges_hz = [0.0, *(CONTRAST_FMIN_HZ * 2.0**band for band in range(CONTRAST_BANDS + 1))]
    octaves = []
    for low_hz, high_hz in pairwise(edges_hz):
        is_highest = high_hz == edges_hz[-1]
        first = max(0, ceil(low_hz / bin_hz) - 1)
        last = N_FFT // 2 if is_highest else int(high_hz / bin_hz)
        n_extreme = max(1, round(CONTRAST_QUANTILE * (last - first + 1)))
        octaves.append(_Octave(slice(first, last + 1 if is_highest else last), n_extreme))
    return tuple(octaves)
