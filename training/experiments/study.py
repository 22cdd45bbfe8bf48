"""The study of an experiment: listeners, audio features and digest."""

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
    """Return the listeners to evaluate, from all or from a file; log those who are left out.

    Raises:
        DatasetError: The file cannot be read or names an unknown listener, or no listener is left.
    """
    chosen = None if file is None else read_listener_file(file)
    listeners = select_listeners(study, min_labels=min_labels, chosen=chosen)
    left_out = sorted(set(chosen or ()) - set(listeners))
    if left_out:
        _log.info("Left out, with fewer than %d labels: %s.", min_labels, ", ".join(left_out))
    return listeners


class AudioSource:
    """Turns recordings into features, and loads the extractor on first use.

    Args:
        network: Folder of the snapshot whose network adds features; None for none.
    """

    def __init__(self, network: Path | None = None) -> None:
        self._network = network
        self.paths: Sequence[Path] = ()
        """The recordings of the study, in the order of its tracks."""

    def open(self) -> "AudioSource":
        """Return itself; the extractor is loaded on first use."""
        return self

    def audio(self, name: str, paths: Mapping[str, Path]) -> FloatMatrix:
        """Return the features of recordings."""
        self.paths = list(paths.values())
        network = None if self._network is None else load_snapshot(self._network).network
        return FeatureCache(CACHE, FeatureExtractor.open(WEIGHTS, network)).audio(name, paths)


def digest_of(study: Study, shared: str = "") -> str:
    """Return the SHA-256 of all labels and features, in hexadecimal.

    Args:
        study: The labels and features.
        shared: Identity of the shared models, if they are not fitted to this study.
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
    """Return the names in a comma-separated list."""
    return tuple(name.strip() for name in listed.split(",") if name.strip())
