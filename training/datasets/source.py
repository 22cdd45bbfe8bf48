"""Locations of a dataset's labels and features."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from models.arrays import FloatMatrix
from models.errors import DatasetError
from training.datasets.listeners import FeatureTable
from training.datasets.tracks import BORDERS, POSITIVE

TRACKS, FRAMES = "tracks", "frames"
ROWS = (TRACKS, FRAMES)
DATA = Path("../shared/data")


class AudioFeatures(Protocol):
    """Computes features of recordings."""

    def audio(self, name: str, paths: Mapping[str, Path]) -> FloatMatrix:
        """Return the features of recordings, in order ``(n_tracks, n_features)``."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """Locations of a dataset's labels and features.

    Attributes:
        data: Folder with one folder per dataset.
        labels: Table of labels to read instead of the dataset's own.
        features: Table of features to read instead of the dataset's own.
        cache: Opens the feature cache, for datasets whose features come from recordings.
        rows: Rows of features: ``tracks`` (mean and standard deviation over a track) or
            ``frames`` (each moment), if the dataset has them.
        border: Quadrants of listeners' points on an axis, one of ``BORDERS``.

    Raises:
        DatasetError: ``rows`` or ``border`` is unknown.
    """

    data: Path = DATA
    labels: Path | None = None
    features: Path | None = None
    cache: Callable[[], AudioFeatures] | None = None
    rows: str = TRACKS
    border: str = POSITIVE

    def __post_init__(self) -> None:
        for kind, name, known in (
            ("kind of rows", self.rows, ROWS),
            ("border", self.border, tuple(BORDERS)),
        ):
            if name not in known:
                raise DatasetError(f"{name!r} is no {kind}; there are {' and '.join(known)}.")

    def compute_features(
        self, name: str, ids: Sequence[str], artists: Sequence[str], audio: Sequence[Path]
    ) -> FeatureTable:
        """Return the service's own features of a dataset's recordings.

        Raises:
            DatasetError: The source has no feature cache.
        """
        if self.cache is None:
            raise DatasetError(
                f"The features of {name} are computed from its {len(ids)} recordings, which needs"
                " a feature cache or a table of features."
            )
        x = self.cache().audio(name, dict(zip(ids, audio, strict=True)))
        return FeatureTable(ids, artists, x)


def no_frames(name: str) -> DatasetError:
    """Return the error for a dataset without frames."""
    return DatasetError(f"{name} has one row of features per track; --rows {TRACKS} reads them.")


def found(folder: Path, *names: str) -> Path:
    """Return the first path that exists; the first of all if none does."""
    paths = [folder / name for name in names]
    return next((path for path in paths if path.exists()), paths[0])
