"""Datasets with one quadrant a track, or a second: what models can learn before anyone answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.arrays import IntVector
from models.errors import DatasetError
from training.datasets import deam, emotify, laa, mirex, pmemo, taffc4q
from training.datasets.features import read_features
from training.datasets.listeners import FeatureTable
from training.datasets.source import Source, found
from training.datasets.tracks import LabelledTracks, PairedTable


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Tracks with features and the quadrant on which listeners agreed.

    Attributes:
        name: Of the dataset.
        features: A row a track; a row a second in DEAM.
        y: Class indices ``(n_tracks,)``.
        about: What a reader must know.

    Raises:
        DatasetError: The lengths differ.
    """

    name: str
    features: FeatureTable
    y: IntVector
    about: str = ""

    def __post_init__(self) -> None:
        if len(self.y) != len(self.features.ids):
            raise DatasetError(
                f"{self.name}: {len(self.y)} quadrants of {len(self.features.ids)} tracks."
            )


def load_population(name: str, source: Source) -> Population:
    """Return a dataset's tracks with features and consensus.

    Raises:
        DatasetError: There is no such dataset, or its tables are missing or malformed.
    """
    if name not in POPULATIONS:
        raise DatasetError(
            f"There is no dataset {name!r} with a quadrant a track; there are"
            f" {', '.join(sorted(POPULATIONS))}."
        )
    return POPULATIONS[name](source)


def _agreed(
    name: str, source: Source, ids: Sequence[str], y: IntVector, own: Callable[[], FeatureTable]
) -> Population:
    """Keep the tracks that have a quadrant and features, the dataset's own or those given."""
    features = own() if source.features is None else read_features(source.features)
    quadrant_of = dict(zip(ids, y, strict=True))
    places = [place for place, track in enumerate(features.ids) if track in quadrant_of]
    if not places:
        raise DatasetError(
            f"None of the {len(ids)} labelled tracks of {name}, such as {ids[0]!r}, is among the"
            f" {len(features.ids)} that have features, such as {features.ids[0]!r}."
        )
    kept = features.take(places)
    y_kept = np.array([quadrant_of[track] for track in kept.ids], dtype=np.int64)
    return Population(name, kept, y_kept, ABOUT[name])


def _heard(name: str, source: Source, tracks: LabelledTracks) -> Population:
    return _agreed(
        name,
        source,
        tracks.ids,
        tracks.y,
        lambda: source.listen(name, tracks.ids, tracks.artists, tracks.audio),
    )


def _paired(name: str, source: Source, table: PairedTable) -> Population:
    return _agreed(
        name,
        source,
        table.ids,
        table.y,
        lambda: FeatureTable(table.ids, table.artists, table.audio),
    )


def _deam(source: Source) -> Population:
    folder = source.data / "deam"
    if source.features is not None:
        points = deam.load(folder)
        return _agreed("deam", source, points.ids, points.y, lambda: deam.load_features(folder))
    points, features = deam.load_moments(folder)
    return Population("deam", features, points.y, ABOUT["deam"])


def _emotify(source: Source) -> Population:
    return _heard("emotify", source, emotify.load(source.data / "emotify"))


def _laa(source: Source) -> Population:
    return _paired("laa", source, laa.load(found(source.data, "laa/laa.csv", "laa.csv")))


def _mirex(source: Source) -> Population:
    return _paired("mirex", source, mirex.load(source.data / "mirex"))


def _pmemo(source: Source) -> Population:
    folder = source.data / "pmemo"
    points = pmemo.load_points(folder)
    return _agreed("pmemo", source, points.ids, points.y, lambda: pmemo.load_features(folder))


def _taffc4q(source: Source) -> Population:
    return _heard("taffc4q", source, taffc4q.load(source.data / "taffc4q"))


ABOUT = {
    "deam": deam.ABOUT_SECONDS,
    "emotify": "A clip's quadrant is the one whose emotions were named most often.",
    "laa": laa.ABOUT,
    "mirex": "A track's quadrant is that of its adjective; features are the audio embedding.",
    "pmemo": pmemo.ABOUT,
    "taffc4q": "A clip's quadrant is the dataset's own; features are the service's.",
}
POPULATIONS: Mapping[str, Callable[[Source], Population]] = {
    "4q": _taffc4q,
    "deam": _deam,
    "emotify": _emotify,
    "laa": _laa,
    "mirex": _mirex,
    "pmemo": _pmemo,
    "taffc4q": _taffc4q,
}
