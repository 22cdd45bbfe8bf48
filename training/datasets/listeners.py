"""Labels of listeners and features of tracks, the common form of all studies."""

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
    """Labels of listeners, at most one per listener and track.

    Attributes:
        listeners: Listener of each label ``(n_labels,)``.
        tracks: Track of each label ``(n_labels,)``.
        y: Class index of each label ``(n_labels,)``.
        points: Valence and arousal in [-1, 1] ``(n_labels, 2)``; None if listeners answered with
            quadrants.

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
        pairs = zip(self.listeners, self.tracks, strict=True)
        check_ids([f"{listener} of {track}" for listener, track in pairs])

    @property
    def counts(self) -> Counter[str]:
        """Number of labels of each listener."""
        return Counter(self.listeners)

    def about(self, tracks: Container[str]) -> "ListenerLabels":
        """Return the labels of the given tracks.

        Raises:
            DatasetError: There are none.
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
    """Features of tracks.

    Attributes:
        ids: Unique ids ``(n_tracks,)``.
        artists: Empty where unknown ``(n_tracks,)``.
        x: Shape ``(n_rows, n_features)``; the rows of a track are consecutive.
        bounds: First row of each track, then the number of rows ``(n_tracks + 1,)``; None if each
            track has one row.

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
        """The assignment of the rows of ``x`` to tracks."""
        if self.bounds is None:
            return Rows.single(len(self.ids))
        return Rows(np.diff(self.bounds))

    def take(self, places: Sequence[int]) -> "FeatureTable":
        """Return the tracks at the given positions."""
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
    """Labels of listeners and features of the tracks.

    Attributes:
        name: Name of the dataset.
        labels: Labels of tracks with features.
        features: Features of all tracks, labelled or not.
        about: Description for reports: how labels became quadrants, what a listener is.
        recordings: Track id to recording, for tracks that have one.

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
        """Position of each label's track in the features ``(n_labels,)``."""
        place = {track_id: row for row, track_id in enumerate(self.features.ids)}
        return np.array([place[track_id] for track_id in self.labels.tracks])


def select_listeners(
    study: Study, *, min_labels: int, chosen: Sequence[str] | None = None
) -> list[str]:
    """Return the sorted test listeners: those with enough labels.

    Args:
        study: Labels count if their track has features.
        min_labels: Listeners with fewer labels are left out.
        chosen: Candidates; None for all listeners.

    Raises:
        DatasetError: A candidate is unknown, or none has enough labels.
    """
    counts = study.labels.counts
    candidates = set(counts if chosen is None else chosen)
    for unknown in sorted(candidates - set(counts)):
        # Without a similar name, any name shows what names look like.
        near, *_ = get_close_matches(unknown, counts, n=1) or sorted(counts)
        raise DatasetError(
            f"No listener of {study.name} is called {unknown!r}; there is {near!r},"
            f" one of {len(counts)}."
        )
    selected = sorted(listener for listener in candidates if counts[listener] >= min_labels)
    if not selected:
        most = max((counts[listener] for listener in candidates), default=0)
        raise DatasetError(
            f"None of {len(candidates)} listeners of {study.name} gave at least {min_labels}"
            f" labels; the most given is {most}."
        )
    return selected


def read_listener_file(path: Path) -> list[str]:
    """Return the listeners in a text file, one per line; ``#`` starts a comment.

    Raises:
        DatasetError: The file is missing, not text, or has no listener.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} cannot be read as text: {error}") from error
    names = [name for line in lines if (name := line.partition("#")[0].strip())]
    if not names:
        raise DatasetError(f"{path} names no listener; it must hold one per line.")
    return list(dict.fromkeys(names))


def _check_bounds(bounds: IntVector, n_rows: int) -> None:
    if bounds[0] != 0 or bounds[-1] != n_rows:
        raise DatasetError(
            f"The rows of tracks go from {bounds[0]} to {bounds[-1]}; there are {n_rows} rows."
        )
    for place in np.flatnonzero(np.diff(bounds) < 1):
        raise DatasetError(f"Track {place} has no row; every track must have one.")
