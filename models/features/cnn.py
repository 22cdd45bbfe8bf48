"""The short-chunk CNN's ears (Won et al., 2020): chunks of a recording to embeddings, five folds.

A recording is cut into chunks of 3.69 s; the network turns each into 64 numbers a fold. The mean
over chunks, the folds side by side, are a track's cnn features ``(n_folds * 64,)``: what the last
layers, :class:`models.members.cnn.LastLayers`, read. The files are made by ``python -m training
pretrain --member cnn``.
"""

from pathlib import Path
from typing import Self

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, LogMel, Waveform
from models.audio import spectrogram
from models.errors import EncoderError

N_MELS = 128
CHUNK_SAMPLES = 59_049
"""Samples in a chunk: 3.69 s."""
CHUNK_FRAMES = 1 + CHUNK_SAMPLES // spectrogram.HOP
"""Frames in a chunk: 231."""
N_EMBEDDING = 64
"""Numbers that one fold's network leaves of a chunk."""
_AT_ONCE = 8
"""Chunks in one pass: the first layer's maps of eight take 30 MB."""


def content_of(path: Path) -> bytes:
    """Return what the networks' file holds.

    Raises:
        EncoderError: It is missing.
    """
    if not path.is_file():
        raise EncoderError(
            f"{path} is missing; `python -m training pretrain --member cnn` makes it."
        )
    return path.read_bytes()


def log_mel(wave: Waveform) -> LogMel:
    """Return ``log10(1e4 * mel power + 1)``, ``(n_frames, 128)``, one frame each 16 ms.

    The frames are those of the encoder's log-mel; only the mel bands are finer.
    """
    return spectrogram.log_mel(wave, N_MELS)


def chunk_starts(n_frames: int) -> IntVector:
    """Return the frame at which each chunk begins, ``(n_chunks,)``, of at least 231 frames.

    As many chunks as fit, rounded, spread evenly from the first frame to the last: neighbours
    overlap, or leave out, a little.

    >>> chunk_starts(1000).tolist()
    [0, 256, 513, 769]
    """
    n_chunks = max(1, round(n_frames / CHUNK_FRAMES))
    return np.linspace(0, n_frames - CHUNK_FRAMES, n_chunks).round().astype(np.int64)


def chunks(mel: LogMel) -> LogMel:
    """Cut a spectrogram into chunks, ``(n_chunks, 231, 128)``.

    One shorter than a chunk is repeated until it fills it.
    """
    if len(mel) < CHUNK_FRAMES:
        mel = np.tile(mel, (-(-CHUNK_FRAMES // len(mel)), 1))[:CHUNK_FRAMES]
    return np.stack([mel[start : start + CHUNK_FRAMES] for start in chunk_starts(len(mel))])


def overlapping(n_frames: int, low: int, high: int) -> NDArray[np.bool_]:
    """Return which chunks of a recording sound within some frames, ``(n_chunks,)``; never none.

    A stretch that falls between two chunks, or behind the end, is given to the chunk nearest to
    it.

    Args:
        n_frames: Of the whole recording, as :func:`log_mel` gives them.
        low: First frame of the stretch.
        high: The frame after its last, above ``low``.
    """
    starts = chunk_starts(max(n_frames, CHUNK_FRAMES))
    # How far the stretch lies outside each chunk; 0 or less where they overlap.
    gap = np.maximum(starts - high, low - starts - CHUNK_FRAMES) + 1
    return np.asarray(gap <= max(0, int(gap.min())))


class CnnEncoder:
    """Turns chunks into embeddings, with all folds' networks; several threads may use it."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self.n_folds = int(session.get_outputs()[0].shape[0])

    @classmethod
    def open(cls, path: Path, *, threads: int) -> Self:
        """Load the networks from a file.

        Raises:
            EncoderError: The file is missing.
        """
        return cls.of(content_of(path), threads=threads)

    @classmethod
    def of(cls, content: bytes, *, threads: int) -> Self:
        """Load the networks.

        Args:
            content: Of the ONNX file: ``log_mel (n_chunks, 231, 128)`` to
                ``embedding (n_folds, n_chunks, 64)``.
            threads: Cores one call may use.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        return cls(
            onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        )

    @property
    def n_features(self) -> int:
        """How many numbers are left of a chunk, or of a track: 64 a fold."""
        return self.n_folds * N_EMBEDDING

    def __call__(self, pieces: LogMel) -> FloatMatrix:
        """Return embeddings ``(n_chunks, n_folds * 64)``, the first fold's first.

        Args:
            pieces: What :func:`chunks` returns ``(n_chunks, 231, 128)``.
        """
        parts = [
            self._session.run(["embedding"], {"log_mel": pieces[low : low + _AT_ONCE]})[0]
            for low in range(0, len(pieces), _AT_ONCE)
        ]
        by_chunk = np.concatenate(parts, axis=1).swapaxes(0, 1)
        return np.ascontiguousarray(by_chunk.reshape(len(pieces), -1))
