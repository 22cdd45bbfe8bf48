"""Datasets with one quadrant a track, or half second: what is learnt before anyone answers."""

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
    """Tracks with features and the quadrant on which listeners agreed.

    Attributes:
        name: Of the dataset.
        features: A row a track; of DEAM's frames a row each half second, its artist the track.
        y: Class indices ``(n_tracks,)``.
        about: What a reader must know.
        recordings: By the id of its track, of those that have one.

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
    """Return a dataset's tracks with features and consensus.

    The quadrants are the dataset's own: ``source.border`` is of listeners' points.

    Raises:
        DatasetError: There is no such dataset, its tables are missing or malformed, or frames are
            asked of one that has none.
    """
    if name not in POPULATIONS:
        raise DatasetError(
            f"There is no dataset {name!r} with a quadrant a track; there are"
            f" {', '.join(sorted(POPULATIONS))}."
        )
    if source.rows == FRAMES and name != "deam":
        raise no_frames(name)
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
    recordings = deam.recordings(folder)
    if source.features is not None:
        points = deam.load(folder)
        given = _agreed("deam", source, points.ids, points.y, lambda: deam.load_features(folder))
        return replace(given, recordings=_of(given.features.ids, recordings))
    points, features = deam.load_judged(folder, source.rows)
    about = deam.ABOUT_POPULATION[source.rows]
    return Population("deam", features, points.y, about, _of(set(features.artists), recordings))


def _of(tracks: Iterable[str], recordings: Mapping[str, Path]) -> dict[str, Path]:
    return {track: recordings[track] for track in tracks if track in recordings}


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
    "deam": "A track's quadrant is that of the raters' mean answer about the whole of it.",
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
