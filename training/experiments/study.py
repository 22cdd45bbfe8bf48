"""The study of an experiment: who is judged, what is heard, and what tells it from others."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from models.arrays import FloatMatrix
from models.features.extraction import FeatureExtractor
from models.snapshot import load_snapshot
from training.datasets.feature_cache import CACHE, WEIGHTS, FeatureCache
from training.datasets.listeners import Study, read_listener_file, select_listeners

_log = logging.getLogger(__name__)


def chosen_listeners(study: Study, min_labels: int, file: Path | None) -> list[str]:
    """Return who is judged, of all or of those that a file names; tell who is left out.

    Raises:
        DatasetError: The file cannot be read or names somebody unknown, or nobody is left.
    """
    chosen = None if file is None else read_listener_file(file)
    listeners = select_listeners(study, min_labels=min_labels, chosen=chosen)
    left_out = sorted(set(chosen or ()) - set(listeners))
    if left_out:
        _log.info("Left out, with fewer than %d labels: %s.", min_labels, ", ".join(left_out))
    return listeners


class AudioSource:
    """Turns recordings into features; opened if needed.

    Args:
        network: The snapshot whose network hears them as well; None for none.
    """

    def __init__(self, network: Path | None = None) -> None:
        self._network = network
        self.paths: Sequence[Path] = ()
        """The recordings of the study, in the order of its tracks."""

    def open(self) -> "AudioSource":
        """Return itself: nothing is loaded before it is listened to."""
        return self

    def audio(self, name: str, paths: Mapping[str, Path]) -> FloatMatrix:
        """Return the features of recordings."""
        self.paths = list(paths.values())
        network = None if self._network is None else load_snapshot(self._network).network
        return FeatureCache(CACHE, FeatureExtractor.open(WEIGHTS, network)).audio(name, paths)


def digest_of(study: Study, shared: str = "") -> str:
    """Return SHA-256 of all labels and features, in hexadecimal: results stand for these alone.

    Args:
        study: Whose labels and features.
        shared: What tells the shared models, where they are not fitted to this study.
    """
    labels, features = study.labels, study.features
    digest_input = hashlib.sha256(
        "\n".join([*labels.listeners, *labels.tracks, *features.ids]).encode()
    )
    digest_input.update("\n".join(features.artists).encode())
    digest_input.update(np.ascontiguousarray(labels.y).tobytes())
    digest_input.update(np.ascontiguousarray(features.x, np.float32).tobytes())
    for numbers in (labels.points, features.bounds):
        if numbers is not None:
            digest_input.update(np.ascontiguousarray(numbers).tobytes())
    digest_input.update(shared.encode())
    return digest_input.hexdigest()


def names(listed: str) -> tuple[str, ...]:
    """Return names that commas part."""
    return tuple(name.strip() for name in listed.split(",") if name.strip())
