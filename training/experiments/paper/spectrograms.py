"""Spectrograms of recordings for the cnn."""

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.features import cnn
from training.datasets.recordings import read_wave

_MOST = 4096  # about 0.5 MB each


@lru_cache(maxsize=_MOST)
def mel_of(path: Path) -> NDArray[np.float16]:
    """Return the log-mel of a recording ``(n_frames, 128)``, in half precision.

    Raises:
        AttuneError: The recording cannot be read.
    """
    return cnn.log_mel(read_wave(path)).astype(np.float16)
