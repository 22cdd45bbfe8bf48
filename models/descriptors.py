"""Timbre descriptors beside the encoder's embedding: librosa's statistics, from one shared spectrum.

Mel cepstrum and spectral contrast are kept: they are most of what librosa's statistics add to the embedding, and cheap. Chroma,
onset, tempo and spectral shape were measured beside them (``python -m training ablate``) and add nothing that could be told from chance.
"""

import librosa
import numpy as np

from models.arrays import FloatMatrix, FloatVector, Waveform
from models.audio import SAMPLE_RATE_HZ
from models.spectrogram import mel_filters, power_spectrogram

N_FFT = 2048
HOP = 512
N_MELS = 128
N_MFCC = 20
CONTRAST_BANDS = 6
CONTRAST_FMIN_HZ = 100.0
N_DESCRIPTORS = N_MFCC + CONTRAST_BANDS + 1
_BLOCK_FRAMES = 1024
_LEAST_POWER = 1e-10


def describe(wave: Waveform) -> FloatMatrix:
    """Return MFCC and spectral contrast (dB) of each frame, ``(n_frames, 27)``, one frame each 32 ms."""
    # In blocks: the spectrum of a whole song would take a gigabyte in passing.
    step = _BLOCK_FRAMES * HOP
    padded = np.pad(wave, N_FFT // 2)
    blocks = [
        padded[start : start + step + N_FFT - HOP] for start in range(0, len(wave) + 1, step)
    ]
    return np.concatenate([_describe_block(block) for block in blocks if len(block) >= N_FFT])


def pool(frames: FloatMatrix) -> FloatVector:
    """Return mean, standard deviation and mean absolute step of each descriptor, ``(3 * n_descriptors,)``."""
    step = (
        np.abs(np.diff(frames, axis=0)).mean(axis=0)
        if len(frames) > 1
        else np.zeros(frames.shape[1])
    )
    return np.concatenate([frames.mean(axis=0), frames.std(axis=0), step]).astype(np.float32)


def _describe_block(padded: Waveform) -> FloatMatrix:
    power = power_spectrogram(padded, n_fft=N_FFT, hop=HOP)
    mel_db = 10.0 * np.log10(np.maximum(power @ mel_filters(N_FFT, N_MELS), _LEAST_POWER))
    mfcc = librosa.feature.mfcc(S=mel_db.T, sr=SAMPLE_RATE_HZ, n_mfcc=N_MFCC)
    contrast = librosa.feature.spectral_contrast(
        S=np.ascontiguousarray(np.sqrt(power).T),
        sr=SAMPLE_RATE_HZ,
        n_bands=CONTRAST_BANDS,
        fmin=CONTRAST_FMIN_HZ,
    )
    return np.concatenate([mfcc, contrast]).T.astype(np.float32)
