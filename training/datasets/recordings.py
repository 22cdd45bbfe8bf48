"""Recordings of datasets: where they lie, and their samples."""

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
    """Return the recordings in some folders by the ids they are called after.

    Of several recordings of one track the first stands, by folder and then by name. A folder that
    is not there holds none.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.glob("*")):
            if path.suffix.lower() in SUFFIXES:
                found.setdefault(plain_id(path.stem), path)
    return found


def read_wave(path: Path) -> Waveform:
    """Return a recording as mono samples at 16 kHz in [-1, 1]; what lies beyond is clipped.

    A ``.npy`` file holds such samples as they are: one axis of floating-point numbers.

    Raises:
        DatasetError: The file is missing, cannot be decoded or is too long, too short or silent,
            or holds something else than such samples.
    """
    if path.suffix.lower() == SAMPLES:
        return _samples(path)
    try:
        with path.open("rb") as file:
            return decode(file)
    except (AudioError, OSError) as error:
        raise DatasetError(f"{path} cannot be heard: {error}") from error


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
