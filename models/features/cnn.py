"""The short-chunk CNN's encoder (Won et al., 2020): chunks to embeddings, in five folds.

A recording is cut into chunks of 3.69 s; each fold's network maps a chunk to 64 numbers. A track's
cnn features ``(n_folds * 64,)`` are the means over its chunks, fold after fold; the last layers,
:class:`models.members.cnn.LastLayers`, read them. ``python -m training pretrain --member cnn``
writes the network files.
"""

from typing import Self

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, LogMel, Waveform
from models.audio import spectrogram
from models.features.encoders import run_in_parts, session

N_MELS = 128
CHUNK_SAMPLES = 59_049
"""Samples of a chunk: 3.69 s."""
CHUNK_FRAMES = 1 + CHUNK_SAMPLES // spectrogram.HOP
"""Frames of a chunk: 231."""
N_EMBEDDING = 64
"""Length of one fold's embedding."""


def log_mel(wave: Waveform) -> LogMel:
    """Return ``log10(1e4 * mel power + 1)``, ``(n_frames, 128)``, one frame each 16 ms.

    The frames equal those of the audio encoder's log-mel; only the mel bands are finer.
    """
    return spectrogram.log_mel(wave, N_MELS)


def chunk_starts(n_frames: int) -> IntVector:
    """Return the frame at which each chunk begins ``(n_chunks,)``, as `spectrogram.patch_starts`.

    >>> chunk_starts(1000).tolist()
    [0, 256, 513, 769]
    """
    return spectrogram.patch_starts(n_frames, CHUNK_FRAMES)


def chunks(mel: LogMel) -> LogMel:
    """Cut a spectrogram into chunks ``(n_chunks, 231, 128)``, as `spectrogram.patches`."""
    return spectrogram.patches(mel, CHUNK_FRAMES)


def overlapping(n_frames: int, low: int, high: int) -> NDArray[np.bool_]:
    """Return a mask of the chunks that overlap a segment ``(n_chunks,)``.

    A segment between two chunks or past the end selects the nearest chunk.

    Args:
        n_frames: Frames of the whole recording's :func:`log_mel`.
        low: First frame of the segment.
        high: The frame after its last, above ``low``.
    """
    starts = chunk_starts(max(n_frames, CHUNK_FRAMES))
    # Distance of the segment from each chunk; 0 or less where they overlap.
    gap = np.maximum(starts - high, low - starts - CHUNK_FRAMES) + 1
    return np.asarray(gap <= max(0, int(gap.min())))


class CnnEncoder:
    """Turns chunks into embeddings with all folds' networks; thread-safe."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self.n_folds = int(session.get_outputs()[0].shape[0])

    @classmethod
    def of(cls, content: bytes, *, threads: int) -> Self:
        """Load an ONNX graph from ``(n_chunks, 231, 128)`` to ``(n_folds, n_chunks, 64)``."""
        return cls(session(content, threads))

    @property
    def n_features(self) -> int:
        """Length of the embedding of a chunk or track: 64 a fold."""
        return self.n_folds * N_EMBEDDING

    def __call__(self, pieces: LogMel) -> FloatMatrix:
        """Return embeddings ``(n_chunks, n_folds * 64)`` of chunks ``(n_chunks, 231, 128)``."""
        parts = [part for (part,) in run_in_parts(self._session, ["embedding"], pieces)]
        by_chunk = np.concatenate(parts, axis=1).swapaxes(0, 1)
        return np.ascontiguousarray(by_chunk.reshape(len(pieces), -1))
