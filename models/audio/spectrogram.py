"""Spectra: the log-mel front end of the audio encoder; librosa's numbers, at less cost."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from models.arrays import FloatMatrix, FloatVector, IntVector, LogMel, Waveform
from models.audio.decoding import SAMPLE_RATE_HZ

N_FFT = 512
HOP = 256
N_MELS = 96
HIGHEST_HZ = 7200.0
"""How much lies above, in a recording of 16 kHz, depends on who resampled it."""
PATCH_FRAMES = 187
"""Frames in one patch of the encoder."""
PATCH_SAMPLES = PATCH_FRAMES * HOP
PATCH_S = PATCH_SAMPLES / SAMPLE_RATE_HZ
"""Length of a patch: 2.992 s."""
_GAIN = 1e4
_HZ_A_MEL = 200.0 / 3.0
"""Slaney's mel scale (Auditory Toolbox, 1998): even up to 1 kHz ..."""
_KNEE_HZ = 1000.0
_LOG_STEP = float(np.log(6.4)) / 27.0
"""... and logarithmic above."""


def log_mel(wave: Waveform, n_mels: int = N_MELS) -> LogMel:
    """Return ``log10(1e4 * mel power + 1)``, ``(n_frames, n_mels)``, one frame each 16 ms.

    Frames are centred on multiples of the hop, the ends padded with zeros; the mel filters are
    Slaney's, normalised by area. With 96 it is what musicnn was trained on (Pons & Serra, 2019),
    without its passage through half precision, which overflows.
    """
    padded = np.pad(wave, N_FFT // 2)
    mel = power_spectrogram(padded, n_fft=N_FFT, hop=HOP) @ mel_filters(N_FFT, n_mels)
    return np.log10(np.float32(_GAIN) * mel + np.float32(1.0))


def n_frames(n_samples: int) -> int:
    """Return how many frames :func:`log_mel` gives of a recording."""
    return 1 + n_samples // HOP


def power_spectrogram(wave: Waveform, *, n_fft: int, hop: int) -> FloatMatrix:
    """Return the power of the short-time Fourier transform of at least ``n_fft`` samples.

    Its shape is ``(1 + (n_samples - n_fft) // hop, n_fft // 2 + 1)``; nothing is padded.
    """
    frames = np.lib.stride_tricks.sliding_window_view(wave, n_fft)[::hop]
    spectrum = fft.rfft(frames * _hann(n_fft), axis=1)
    return np.asarray(spectrum.real**2 + spectrum.imag**2)


def patch_starts(n_frames: int) -> IntVector:
    """Return the frame at which each patch begins, ``(n_patches,)``.

    As many patches as fit, rounded, spread evenly from the first frame to the last: neighbours
    overlap, or leave out, a little. A second more or less moves all of them slightly, where one
    after the other would drop a whole patch at the end.

    >>> patch_starts(700).tolist()
    [0, 171, 342, 513]
    """
    n_patches = max(1, round(n_frames / PATCH_FRAMES))
    return np.linspace(0, max(0, n_frames - PATCH_FRAMES), n_patches).round().astype(np.int64)


def patches(mel: LogMel) -> LogMel:
    """Cut a spectrogram into patches, ``(n_patches, 187, 96)``.

    One shorter than a patch is repeated until it fills it.
    """
    if len(mel) < PATCH_FRAMES:
        mel = np.tile(mel, (-(-PATCH_FRAMES // len(mel)), 1))[:PATCH_FRAMES]
    return np.stack([mel[start : start + PATCH_FRAMES] for start in patch_starts(len(mel))])


def without_top(mel: LogMel) -> LogMel:
    """Return a log-mel whose bands that reach above 7.2 kHz repeat the highest one that does not.

    The encoder expects some level there; that which is there is not the music's.
    """
    n_below = int((_mel_edges_hz(mel.shape[1] + 2)[2:] <= HIGHEST_HZ).sum())
    top = np.repeat(mel[:, n_below - 1 : n_below], mel.shape[1] - n_below, axis=1)
    return np.concatenate([mel[:, :n_below], top], axis=1)


@cache
def mel_filters(n_fft: int, n_mels: int) -> FloatMatrix:
    """Return the mel filter bank, ``(n_fft // 2 + 1, n_mels)``; librosa's, bit for bit.

    Triangles between neighbours on the mel scale, up to half the sample rate, each of area 1 in
    hertz.
    """
    edges_hz = _mel_edges_hz(n_mels + 2)[:, None]
    above_hz = np.fft.rfftfreq(n_fft, 1.0 / SAMPLE_RATE_HZ) - edges_hz
    width_hz = np.diff(edges_hz, axis=0)
    rising, falling = above_hz[:-2] / width_hz[:-1], -above_hz[2:] / width_hz[1:]
    triangles = np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)
    triangles *= 2.0 / (edges_hz[2:] - edges_hz[:-2])
    return np.ascontiguousarray(triangles.T)


def _mel_edges_hz(n_edges: int) -> NDArray[np.float64]:
    """Return frequencies from 0 to half the sample rate, evenly on the mel scale."""
    knee = _KNEE_HZ / _HZ_A_MEL
    mels = np.linspace(0.0, knee + np.log(SAMPLE_RATE_HZ / 2 / _KNEE_HZ) / _LOG_STEP, n_edges)
    return np.where(mels < knee, mels * _HZ_A_MEL, _KNEE_HZ * np.exp(_LOG_STEP * (mels - knee)))


@cache
def _hann(n_fft: int) -> FloatVector:
    # Periodic, as spectral analysis wants it: the symmetric one of n_fft + 1 without its last.
    return np.hanning(n_fft + 1)[:-1].astype(np.float32)
