"""Predictions of the paper's CNN for whole tracks, from its ONNX file and without torch."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from scipy.special import expit

from models.arrays import Logits, Proba
from models.emotion import N_QUADRANTS
from models.errors import EncoderError
from models.features import cnn
from training.cnn.data import Mel

_AT_ONCE = 8
"""Chunks in one pass."""


def proba_of(path: Path, mels: Sequence[Mel], *, threads: int = 1) -> Proba:
    """Return a saved network's distributions of whole tracks ``(n_tracks, n_quadrants)``.

    Args:
        path: A file that :meth:`training.cnn.paper.PaperCnn.save` wrote.
        mels: Whole log-mels ``(n_frames, 128)``, from :func:`models.features.cnn.log_mel`.
        threads: Number of threads.

    Raises:
        EncoderError: The file is missing.
    """
    if not path.is_file():
        raise EncoderError(f"{path} is missing.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        path.read_bytes(), options, providers=["CPUExecutionProvider"]
    )
    return track_proba([np.concatenate(list(_logits(session, mel))) for mel in mels])


def track_proba(by_track: Sequence[Logits]) -> Proba:
    """Return distributions ``(n_tracks, n_quadrants)`` from each track's chunks.

    The sigmoid outputs of a track are averaged over its chunks. They do not sum to 1, so they are
    divided by their sum to be comparable with the other members' distributions.

    Args:
        by_track: Logits of each track's chunks ``(n_chunks, n_quadrants)``.
    """
    outputs = [expit(np.asarray(logits, np.float64)).mean(axis=0) for logits in by_track]
    by_quadrant = np.array(outputs).reshape(-1, N_QUADRANTS)
    return np.asarray(by_quadrant / by_quadrant.sum(axis=1, keepdims=True))


def _logits(session: onnxruntime.InferenceSession, mel: Mel) -> Iterator[Logits]:
    pieces = cnn.chunks(mel.astype(np.float32))
    for low in range(0, len(pieces), _AT_ONCE):
        yield session.run(["logits"], {"log_mel": pieces[low : low + _AT_ONCE]})[0]
