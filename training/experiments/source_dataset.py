"""A dataset other than the study, to fit shared models to, standardised over its own rows."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector
from training.datasets.listeners import Study
from training.datasets.populations import Population
from training.experiments.protocol import PlanError
from training.experiments.result_folder import read_arrays, write_arrays

_FILE = "standardisation.npz"


@dataclass(frozen=True, slots=True, eq=False)
class Standardisation:
    """Standardisation of the columns of a dataset to mean 0 and standard deviation 1.

    Attributes:
        mean: Mean of each feature ``(n_features,)``.
        deviation: Standard deviation of each feature ``(n_features,)``; 1 for a constant one.
    """

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]

    @classmethod
    def of(cls, x: FloatMatrix) -> "Standardisation":
        """Return the standardisation over all rows ``(n_rows, n_features)``."""
        exact = x.astype(np.float64)
        deviation = exact.std(axis=0)
        return cls(exact.mean(axis=0), np.where(deviation > 0, deviation, 1.0))

    def __call__(self, x: FloatMatrix) -> FloatMatrix:
        """Return standardised rows."""
        return np.asarray((x - self.mean) / self.deviation, np.float32)

    def write(self, folder: Path) -> None:
        """Write the standardisation beside the models that need it."""
        write_arrays(folder / _FILE, mean=self.mean, deviation=self.deviation)

    @classmethod
    def read(cls, folder: Path) -> "Standardisation":
        """Return the standardisation in a folder of models.

        Raises:
            PlanError: There is none.
        """
        path = folder / _FILE
        if not path.exists():
            raise PlanError(f"{folder} is not a folder of models: it has no {_FILE}.")
        stored = read_arrays(path)
        return cls(stored["mean"].astype(float), stored["deviation"].astype(float))


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """Songs with one row each, or one row for each labelled frame.

    Attributes:
        name: Name of the dataset.
        x: Features, standardised over all rows ``(n_rows, n_features)``.
        y: Class indices ``(n_rows,)``.
        songs: The song of each row, or its artist, counted from 0 ``(n_rows,)``.
        standard: Standardisation of ``x``.
        recordings: One recording a song; empty if no model reads them.
    """

    name: str
    x: FloatMatrix
    y: IntVector
    songs: IntVector
    standard: Standardisation
    recordings: Sequence[Path] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of features and quadrants, in hexadecimal."""
        digest_input = hashlib.sha256(np.ascontiguousarray(self.x, np.float32).tobytes())
        for numbers in (self.y, self.songs):
            digest_input.update(np.ascontiguousarray(numbers, np.int64).tobytes())
        return digest_input.hexdigest()


def corpus_of(population: Population, *, needs_recordings: bool = False) -> Corpus:
    """Return a dataset to fit shared models to.

    Raises:
        PlanError: A song lacks a required recording.
    """
    features = population.features
    songs = features.groups
    paths: list[Path] = []
    if needs_recordings:
        first = np.unique(songs, return_index=True)[1]
        names = [features.artists[place] or features.ids[place] for place in first]
        require_recordings(population.name, population.recordings, names)
        paths = [population.recordings[name] for name in names]
    standard = Standardisation.of(features.x)
    x = standard(features.x)
    return Corpus(population.name, x, population.y, songs, standard, paths)


def standardised_study(study: Study) -> tuple[Study, Standardisation]:
    """Return the study with features standardised over all its rows, and the standardisation."""
    standard = Standardisation.of(study.features.x)
    features = replace(study.features, x=standard(study.features.x))
    return replace(study, features=features), standard


def require_recordings(whose: str, recordings: Mapping[str, Path], tracks: Sequence[str]) -> None:
    """Check that every track of a dataset has a recording.

    Raises:
        PlanError: A track has no recording.
    """
    lacking = [track for track in tracks if track not in recordings]
    if lacking:
        raise PlanError(
            f"{whose}: a cnn needs recordings, and {len(lacking)} of {len(tracks)} tracks have"
            f" none, such as {lacking[0]!r}."
        )
