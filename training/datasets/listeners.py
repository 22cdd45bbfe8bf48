"""What single listeners said of tracks: the one shape every dataset of listeners is read into."""

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector
from models.errors import DatasetError
from training.datasets.feature_rows import Rows
from training.datasets.folds import artist_groups
from training.datasets.tracks import check_ids


@dataclass(frozen=True, slots=True, eq=False)
class ListenerLabels:
    """Answers of listeners, at most one a listener and track.

    Attributes:
        listeners: Who answered ``(n_labels,)``, as all that follows.
        tracks: About which track.
        y: The quadrant, as class indices.
        points: Valence and arousal in [-1, 1], ``(n_labels, 2)``; None where quadrants were
            answered.

    Raises:
        DatasetError: There is no label, the lengths differ, or a pair occurs twice.
    """

    listeners: Sequence[str]
    tracks: Sequence[str]
    y: IntVector
    points: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        if len({len(self.listeners), len(self.tracks), len(self.y)}) > 1:
            lengths = len(self.listeners), len(self.tracks), len(self.y)
            raise DatasetError(f"The columns differ in length: {lengths} labels.")
        if self.points is not None and self.points.shape != (len(self.y), 2):
            raise DatasetError(
                f"{len(self.y)} labels need points of shape {(len(self.y), 2)}, not"
                f" {self.points.shape}."
            )
        pairs = [f"{who} of {what}" for who, what in zip(self.listeners, self.tracks, strict=True)]
        check_ids(pairs)

    @property
    def counts(self) -> Counter[str]:
        """How many labels each listener gave."""
        return Counter(self.listeners)

    def about(self, tracks: Container[str]) -> "ListenerLabels":
        """Return the labels of some of the tracks.

        Raises:
            DatasetError: There is none.
        """
        kept = [place for place, track in enumerate(self.tracks) if track in tracks]
        return ListenerLabels(
            [self.listeners[place] for place in kept],
            [self.tracks[place] for place in kept],
            self.y[kept],
            None if self.points is None else self.points[kept],
        )


@dataclass(frozen=True, slots=True, eq=False)
class FeatureTable:
    """Numbers that describe tracks, whatever made them.

    Attributes:
        ids: Unique ``(n_tracks,)``.
        artists: Empty where unknown ``(n_tracks,)``.
        x: Shape ``(n_rows, n_features)``; the rows of a track lie together.
        bounds: Where the rows of each track begin, and where the last ends ``(n_tracks + 1,)``;
            None where a track is one row.

    Raises:
        DatasetError: There is no track, an id occurs twice, the lengths differ, or a track has
            no row.
    """

    ids: Sequence[str]
    artists: Sequence[str]
    x: FloatMatrix
    bounds: IntVector | None = None

    def __post_init__(self) -> None:
        check_ids(self.ids)
        n_tracks = len(self.x) if self.bounds is None else len(self.bounds) - 1
        if len({len(self.ids), len(self.artists), n_tracks}) > 1:
            lengths = len(self.ids), len(self.artists), n_tracks
            raise DatasetError(f"The columns differ in length: {lengths} tracks.")
        if self.bounds is not None:
            _check_bounds(self.bounds, len(self.x))

    @property
    def groups(self) -> IntVector:
        """The artist of each track, as a number ``(n_tracks,)``."""
        return artist_groups(self.artists)

    @property
    def rows(self) -> Rows:
        """Which rows of ``x`` belong to which track."""
        if self.bounds is None:
            return Rows.single(len(self.ids))
        return Rows(np.diff(self.bounds))

    def take(self, places: Sequence[int]) -> "FeatureTable":
        """Return some of the tracks, in the order of their places."""
        kept = np.asarray(places, dtype=np.int64)
        ends = np.cumsum(self.rows.counts[kept])
        return FeatureTable(
            [self.ids[place] for place in places],
            [self.artists[place] for place in places],
            self.x[self.rows.of(kept)],
            None if self.bounds is None else np.concatenate([[0], ends]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """Listeners' labels together with the features of the tracks they are about.

    Attributes:
        name: Of the dataset.
        labels: Only of tracks that have features.
        features: Of every track there is, labelled or not.
        about: What a reader must know: how labels became quadrants, what a listener is.
        recordings: By the id of its track, of those that have one.

    Raises:
        DatasetError: A labelled track has no features.
    """

    name: str
    labels: ListenerLabels
    features: FeatureTable
    about: str = ""
    recordings: Mapping[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lacking = set(self.labels.tracks) - set(self.features.ids)
        if lacking:
            raise DatasetError(f"The track {min(lacking)!r} has labels but no features.")

    @property
    def track_places(self) -> NDArray[np.int64]:
        """Where each label's track stands among the features ``(n_labels,)``."""
        place = {track_id: row for row, track_id in enumerate(self.features.ids)}
        return np.array([place[track_id] for track_id in self.labels.tracks])


def select_listeners(
    study: Study, *, min_labels: int, chosen: Sequence[str] | None = None
) -> list[str]:
    """Return, sorted, who is judged: those with enough labels, of all or of those chosen.

    Args:
        study: Labels are counted where their track has features.
        min_labels: Whoever gave fewer is left out, though chosen.
        chosen: Everybody if none are given.

    Raises:
        DatasetError: One who is chosen gave no label, or nobody gave enough.
    """
    counts = study.labels.counts
    asked = set(counts if chosen is None else chosen)
    for unknown in sorted(asked - set(counts)):
        # Where no name resembles the unknown one, an example still shows what names look like.
        near, *_ = get_close_matches(unknown, counts, n=1) or sorted(counts)
        raise DatasetError(
            f"No listener of {study.name} is called {unknown!r}; there is {near!r},"
            f" one of {len(counts)}."
        )
    enough = sorted(listener for listener in asked if counts[listener] >= min_labels)
    if not enough:
        most = max((counts[listener] for listener in asked), default=0)
        raise DatasetError(
            f"None of {len(asked)} listeners of {study.name} gave at least {min_labels} labels;"
            f" the most anyone gave is {most}."
        )
    return enough


def read_listener_file(path: Path) -> list[str]:
    """Return the listeners a text file names, one a line; what follows ``#`` is a comment.

    Raises:
        DatasetError: The file is missing, is no text, or names nobody.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} cannot be read as text: {error}") from error
    names = [name for line in lines if (name := line.partition("#")[0].strip())]
    if not names:
        raise DatasetError(f"{path} names no listener; it must hold one a line.")
    return list(dict.fromkeys(names))


def _check_bounds(bounds: IntVector, n_rows: int) -> None:
    if bounds[0] != 0 or bounds[-1] != n_rows:
        raise DatasetError(
            f"The rows of tracks go from {bounds[0]} to {bounds[-1]}; there are {n_rows} rows."
        )
    for place in np.flatnonzero(np.diff(bounds) < 1):
        raise DatasetError(f"Track {place} has no row; every track must have one.")
