"""Spectrograms: the log-mel input of the audio encoder; equal to librosa's, at less cost."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from models.arrays import FloatMatrix, FloatVector, IntVector, LogMel, Waveform
from models.audio.decoding import SAMPLE_RATE_HZ
from models.interruption import check_interrupted

N_FFT = 512
HOP = 256
N_MELS = 96
HIGHEST_HZ = 7200.0
"""Higher frequencies of a 16 kHz recording depend on the resampler that made it."""
PATCH_FRAMES = 187
"""Frames of an encoder patch."""
PATCH_SAMPLES = PATCH_FRAMES * HOP
"""Samples of a patch: 2.992 s."""
_BLOCK_FRAMES = 1024
_GAIN = 1e4
_HZ_A_MEL = 200.0 / 3.0
"""Slaney's mel scale (Auditory Toolbox, 1998): linear up to 1 kHz ..."""
_KNEE_HZ = 1000.0
_LOG_STEP = float(np.log(6.4)) / 27.0
"""... and logarithmic above."""


def log_mel(wave: Waveform, n_mels: int = N_MELS) -> LogMel:
    """Return ``log10(1e4 * mel power + 1)``, ``(n_frames, n_mels)``, one frame each 16 ms.

    Frames are centred on multiples of the hop; the ends are zero-padded. The mel filters are
    Slaney's, normalised by area. With 96 bands it is the input that musicnn was trained on (Pons &
    Serra, 2019), without the conversion to half precision, which overflows.
    """
    # In blocks: the spectrum of five minutes would take 100 MB.
    step = _BLOCK_FRAMES * HOP
    padded = np.pad(wave, N_FFT // 2)
    filters = mel_filters(N_FFT, n_mels)
    starts = range(0, len(wave) + 1, step)
    blocks = (padded[start : start + step + N_FFT - HOP] for start in starts)
    return np.concatenate([_log_mel(block, filters) for block in blocks])


def _log_mel(padded: Waveform, filters: FloatMatrix) -> LogMel:
    check_interrupted()
    mel = power_spectrogram(padded, n_fft=N_FFT, hop=HOP) @ filters
    return np.log10(np.float32(_GAIN) * mel + np.float32(1.0))


def n_frames(n_samples: int) -> int:
    """Return the number of frames of :func:`log_mel`."""
    return 1 + n_samples // HOP


def power_spectrogram(wave: Waveform, *, n_fft: int, hop: int) -> FloatMatrix:
    """Return the power of the short-time Fourier transform of at least ``n_fft`` samples.

    Shape ``(1 + (n_samples - n_fft) // hop, n_fft // 2 + 1)``, without padding.
    """
    frames = np.lib.stride_tricks.sliding_window_view(wave, n_fft)[::hop]
    spectrum = fft.rfft(frames * _hann(n_fft), axis=1)
    return np.asarray(spectrum.real**2 + spectrum.imag**2)


def patch_starts(n_frames: int, length: int = PATCH_FRAMES) -> IntVector:
    """Return the frame at which each patch begins ``(n_patches,)``.

    The rounded number of patches that fit, spread evenly from the first frame to the last, so that
    neighbours overlap or leave a small gap. A slightly different length then shifts all patches
    slightly, instead of dropping a whole patch at the end.

    >>> patch_starts(700).tolist()
    [0, 171, 342, 513]
    """
    n_patches = max(1, round(n_frames / length))
    return np.linspace(0, max(0, n_frames - length), n_patches).round().astype(np.int64)


def patches(mel: LogMel, length: int = PATCH_FRAMES) -> LogMel:
    """Cut a spectrogram into patches ``(n_patches, length, n_mels)``.

    A spectrogram shorter than a patch is repeated to fill one.
    """
    if len(mel) < length:
        mel = np.tile(mel, (-(-length // len(mel)), 1))[:length]
    return np.stack([mel[start : start + length] for start in patch_starts(len(mel), length)])


def without_top(mel: LogMel) -> LogMel:
    """Replace the bands that reach above 7.2 kHz by the highest band below.

    The encoder expects energy there, but its level depends on the resampler, not on the music.
    """
    n_below = int((_mel_edges_hz(mel.shape[1] + 2)[2:] <= HIGHEST_HZ).sum())
    top = np.repeat(mel[:, n_below - 1 : n_below], mel.shape[1] - n_below, axis=1)
    return np.concatenate([mel[:, :n_below], top], axis=1)


@cache
def mel_filters(n_fft: int, n_mels: int) -> FloatMatrix:
    """Return the mel filter bank ``(n_fft // 2 + 1, n_mels)``, bit for bit librosa's.

    Triangles between neighbours on the mel scale, up to half the sample rate; area 1 in hertz.
    """
    edges_hz = _mel_edges_hz(n_mels + 2)[:, None]
    above_hz = np.fft.rfftfreq(n_fft, 1.0 / SAMPLE_RATE_HZ) - edges_hz
    width_hz = np.diff(edges_hz, axis=0)
    rising, falling = above_hz[:-2] / width_hz[:-1], -above_hz[2:] / width_hz[1:]
    triangles = np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)
    triangles *= 2.0 / (edges_hz[2:] - edges_hz[:-2])
    return np.ascontiguousarray(triangles.T)


def _mel_edges_hz(n_edges: int) -> NDArray[np.float64]:
    """Return frequencies from 0 to half the sample rate, equidistant on the mel scale."""
    knee = _KNEE_HZ / _HZ_A_MEL
    mels = np.linspace(0.0, knee + np.log(SAMPLE_RATE_HZ / 2 / _KNEE_HZ) / _LOG_STEP, n_edges)
    return np.where(mels < knee, mels * _HZ_A_MEL, _KNEE_HZ * np.exp(_LOG_STEP * (mels - knee)))


@cache
def _hann(n_fft: int) -> FloatVector:
    # Periodic: the symmetric window of n_fft + 1 without its last value.
    return np.hanning(n_fft + 1)[:-1].astype(np.float32)
