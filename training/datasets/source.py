"""Where a dataset's labels and features are taken from."""

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
    """Turns recordings into features: ``training.datasets.feature_cache.FeatureCache``."""

    def audio(self, name: str, paths: Mapping[str, Path]) -> FloatMatrix:
        """Return the features of recordings, in their order, ``(n_tracks, n_features)``."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a dataset's labels and features are.

    Attributes:
        data: The folder that holds a folder for each dataset.
        labels: A table of labels to read instead of the dataset's own.
        features: A table of features to read instead of the dataset's own.
        cache: Opened only where features must be heard from recordings.
        rows: What a row of features is: ``tracks``, mean and deviation over a track, or
            ``frames``, each moment by itself, where a dataset has them.
        border: To which quadrants listeners' points on an axis belong, one of ``BORDERS``.

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

    def listen(
        self, name: str, ids: Sequence[str], artists: Sequence[str], audio: Sequence[Path]
    ) -> FeatureTable:
        """Return what the service's own features say of a dataset's recordings.

        Raises:
            DatasetError: There is nothing that turns recordings into numbers.
        """
        if self.cache is None:
            raise DatasetError(
                f"The features of {name} are heard from its {len(ids)} recordings, and nothing"
                " was given that does so; a table of features would do instead."
            )
        x = self.cache().audio(name, dict(zip(ids, audio, strict=True)))
        return FeatureTable(ids, artists, x)


def no_frames(name: str) -> DatasetError:
    """Return the error for frames that are asked of what has none."""
    return DatasetError(f"{name} has one row of features a track; --rows {TRACKS} reads them.")


def found(folder: Path, *names: str) -> Path:
    """Return the first of some files or folders that exists; the first if none does."""
    paths = [folder / name for name in names]
    return next((path for path in paths if path.exists()), paths[0])
