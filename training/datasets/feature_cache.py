"""Cached features of datasets, computed by the service's feature code."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, Self

import numpy as np
from tqdm import tqdm

from models.arrays import FloatMatrix, FloatVector
from models.features.extraction import FeatureExtractor
from training.atomic_files import whole

CACHE, WEIGHTS = Path(".cache/features"), Path("models/weights")
_N_THREADS = 2


class FeatureCache:
    """A folder with a feature file for each recording or text.

    Features of a snapshot's own network have a separate folder, so that another network does not
    invalidate the rest.
    """

    def __init__(self, folder: Path, extractor: FeatureExtractor) -> None:
        spec = extractor.spec
        self._folder = folder / spec.without_network.digest[:16]
        self._own_folder = folder / f"network-{spec.digest[:16]}" if spec.network else None
        self._extractor = extractor
        self._common = extractor.without_network() if spec.network else extractor

    @classmethod
    def open(cls, folder: Path = CACHE, weights: Path = WEIGHTS) -> Self:
        """Return the cache in a folder, which uses the encoders in ``weights``."""
        return cls(folder, FeatureExtractor.open(weights))

    def audio(self, name: str, paths: Mapping[str, Path]) -> FloatMatrix:
        """Return the features of recordings, in order ``(n_tracks, n_audio_features)``.

        Raises:
            AudioError: A recording cannot be used; finished ones stay in the cache.
        """
        common = _audio(self._folder / name, paths, lambda file: self._common.audio(file).vector)
        if self._own_folder is None:
            return common
        own = _audio(self._own_folder / name, paths, self._extractor.network_vector)
        return np.hstack([common, own])

    def lyrics(self, name: str, texts: Sequence[str]) -> FloatMatrix:
        """Return the features of lyrics ``(n_tracks, n_lyrics_features)``.

        A row is zero for lyrics without a word or in another language than English.
        """
        folder = self._folder / name

        def embed(text: str) -> FloatVector:
            digest = hashlib.sha256(text.encode()).hexdigest()
            return keep(folder / f"{digest[:32]}.npy", lambda: self._read(text))

        # Unique texts: two threads must not write the same file.
        distinct = list(dict.fromkeys(texts))
        embedded = dict(
            zip(distinct, _in_parallel(embed, distinct, f"{name} lyrics"), strict=True)
        )
        return np.stack([embedded[text] for text in texts])

    def _read(self, text: str) -> FloatVector:
        vector = self._extractor.lyrics(text).vector
        return (
            np.zeros(self._extractor.spec.n_lyrics_features, np.float32)
            if vector is None
            else vector
        )


def _audio(
    folder: Path, paths: Mapping[str, Path], compute: Callable[[BinaryIO], FloatVector]
) -> FloatMatrix:
    def embed(track_id: str) -> FloatVector:
        def read() -> FloatVector:
            with paths[track_id].open("rb") as file:
                return compute(file)

        return keep(folder / f"{track_id}.npy", read)

    return np.stack(_in_parallel(embed, list(paths), f"{folder.name} audio"))


def keep(path: Path, compute: Callable[[], FloatVector]) -> FloatVector:
    """Return the array in a file; compute and write it, atomically, if the file is missing."""
    if path.exists():
        return np.asarray(np.load(path, allow_pickle=False))
    vector = compute()
    with whole(path) as unfinished, unfinished.open("wb") as file:
        np.save(file, vector)
    return vector


def _in_parallel(
    embed: Callable[[str], FloatVector], keys: Sequence[str], title: str
) -> list[FloatVector]:
    with ThreadPoolExecutor(_N_THREADS) as pool:
        return list(tqdm(pool.map(embed, keys), total=len(keys), desc=title, unit="track"))
