"""Datasets with one quadrant per track or half second, for training population models."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from models.arrays import IntVector
from models.errors import DatasetError
from training.datasets import deam, emotify, laa, mirex, pmemo, taffc4q
from training.datasets.features import read_features
from training.datasets.listeners import FeatureTable
from training.datasets.source import FRAMES, Source, found, no_frames
from training.datasets.tracks import LabelledTracks, PairedTable


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Tracks with features and a consensus quadrant.

    Attributes:
        name: Name of the dataset.
        features: One row per track; for DEAM's frames one row per half second, its artist the
            track.
        y: Class indices ``(n_tracks,)``.
        about: Description for reports.
        recordings: Track id to recording, for tracks that have one.

    Raises:
        DatasetError: The lengths differ.
    """

    name: str
    features: FeatureTable
    y: IntVector
    about: str = ""
    recordings: Mapping[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.y) != len(self.features.ids):
            raise DatasetError(
                f"{self.name}: {len(self.y)} quadrants of {len(self.features.ids)} tracks."
            )


def load_population(name: str, source: Source) -> Population:
    """Return a dataset's tracks with features and consensus quadrants.

    The quadrants are the dataset's own; ``source.border`` affects listeners' points only.

    Raises:
        DatasetError: The name is unknown, the tables are missing or malformed, or the dataset has
            no frames.
    """
    if name not in POPULATIONS:
        raise DatasetError(
            f"There is no dataset {name!r} with one quadrant per track; there are"
            f" {', '.join(sorted(POPULATIONS))}."
        )
    if source.rows == FRAMES and name != "deam":
        raise no_frames(name)
    return POPULATIONS[name](source)


def _join(
    name: str, source: Source, ids: Sequence[str], y: IntVector, own: Callable[[], FeatureTable]
) -> Population:
    """Return the tracks with a quadrant and features, which a table of the source replaces."""
    features = own() if source.features is None else read_features(source.features)
    quadrant_of = dict(zip(ids, y, strict=True))
    places = [place for place, track in enumerate(features.ids) if track in quadrant_of]
    if not places:
        raise DatasetError(
            f"None of the {len(ids)} labelled tracks of {name}, such as {ids[0]!r}, is among the"
            f" {len(features.ids)} with features, such as {features.ids[0]!r}."
        )
    kept = features.take(places)
    y_kept = np.array([quadrant_of[track] for track in kept.ids], dtype=np.int64)
    return Population(name, kept, y_kept, ABOUT[name])


def _recorded(name: str, source: Source, tracks: LabelledTracks) -> Population:
    return _join(
        name,
        source,
        tracks.ids,
        tracks.y,
        lambda: source.compute_features(name, tracks.ids, tracks.artists, tracks.audio),
    )


def _paired(name: str, source: Source, table: PairedTable) -> Population:
    return _join(
        name,
        source,
        table.ids,
        table.y,
        lambda: FeatureTable(table.ids, table.artists, table.audio),
    )


def _deam(source: Source) -> Population:
    folder = source.data / "deam"
    recordings = deam.recordings(folder)
    if source.features is not None:
        points = deam.load(folder)
        given = _join("deam", source, points.ids, points.y, lambda: deam.load_features(folder))
        return replace(given, recordings=_of(given.features.ids, recordings))
    points, features = deam.load_rated(folder, source.rows)
    about = deam.ABOUT_POPULATION[source.rows]
    return Population("deam", features, points.y, about, _of(set(features.artists), recordings))


def _of(tracks: Iterable[str], recordings: Mapping[str, Path]) -> dict[str, Path]:
    return {track: recordings[track] for track in tracks if track in recordings}


def _emotify(source: Source) -> Population:
    return _recorded("emotify", source, emotify.load(source.data / "emotify"))


def _laa(source: Source) -> Population:
    return _paired("laa", source, laa.load(found(source.data, "laa/laa.csv", "laa.csv")))


def _mirex(source: Source) -> Population:
    return _paired("mirex", source, mirex.load(source.data / "mirex"))


def _pmemo(source: Source) -> Population:
    folder = source.data / "pmemo"
    points = pmemo.load_points(folder)
    return _join("pmemo", source, points.ids, points.y, lambda: pmemo.load_features(folder))


def _taffc4q(source: Source) -> Population:
    return _recorded("taffc4q", source, taffc4q.load(source.data / "taffc4q"))


ABOUT = {
    "deam": "A track's quadrant is that of the raters' mean answer about the whole track.",
    "emotify": "A clip's quadrant is that of the most frequently named emotions.",
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
