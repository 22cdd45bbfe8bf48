"""Finds and reads the recordings of datasets."""

from pathlib import Path

import numpy as np

from models.arrays import Waveform
from models.audio.decoding import decode
from models.errors import AudioError, DatasetError
from training.datasets.moments import plain_id
from training.datasets.tables import read_npy

SAMPLES = ".npy"
SUFFIXES = (".mp3", ".wav", ".flac", ".ogg", ".m4a", SAMPLES)


def recordings_in(*folders: Path) -> dict[str, Path]:
    """Return the recordings in the folders by track id, which is the file's name.

    If a track has several recordings, the first counts, by folder and then by name. Folders may
    be missing.
    """
    paths: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.glob("*")):
            if path.suffix.lower() in SUFFIXES:
                paths.setdefault(plain_id(path.stem), path)
    return paths


def read_wave(path: Path) -> Waveform:
    """Return a recording as mono samples at 16 kHz, clipped to [-1, 1].

    A ``.npy`` file holds such samples: floating-point numbers ``(n_samples,)``.

    Raises:
        DatasetError: The file is missing, cannot be decoded, is too long, too short or silent, or
            does not hold such samples.
    """
    if path.suffix.lower() == SAMPLES:
        return _samples(path)
    try:
        with path.open("rb") as file:
            return decode(file)
    except (AudioError, OSError) as error:
        raise DatasetError(f"{path} cannot be read: {error}") from error


def _samples(path: Path) -> Waveform:
    array = read_npy(path)
    if array.ndim != 1 or not len(array) or not np.issubdtype(array.dtype, np.floating):
        raise DatasetError(
            f"{path} must hold floating-point samples (n_samples,), not {array.dtype} of shape"
            f" {array.shape}."
        )
    if not np.isfinite(array).all():
        raise DatasetError(f"{path} holds samples that are not finite numbers.")
    return array.clip(-1.0, 1.0).astype(np.float32)
