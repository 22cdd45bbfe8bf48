"""Votes beside the sketches they are about, kept up to date change by change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

import numpy as np

from models.arrays import IntVector, Votes
from models.emotion import N_QUADRANTS
from service.db.label_log import LabelLog
from service.db.track_feature_files import TrackFeatureMatrix
from service.labels import QuadrantVotes
from service.votes import without_own

NEW_AT_ONCE = 10_000
"""New rows whose votes are asked for by name; where there are more, all votes are read."""


@dataclass(frozen=True, slots=True, eq=False)
class RowVotes:
    """Votes on rows of a catalogue's sketches.

    Attributes:
        revision: Of the votes.
        places: The rows that have ever had some, ascending ``(k,)``.
        counts: Sums of soft votes ``(k, n_quadrants)``.
    """

    revision: int = 0
    places: IntVector = field(default_factory=lambda: np.zeros(0, np.int64))
    counts: Votes = field(default_factory=lambda: np.zeros((0, N_QUADRANTS)))

    def up_to(self, n_rows: int) -> "RowVotes":
        """Return those on the first rows."""
        k = int(np.searchsorted(self.places, n_rows))
        return RowVotes(self.revision, self.places[:k], self.counts[:k])

    def without(self, places: IntVector, own: Votes) -> Votes:
        """Return the counts without one listener's own votes.

        Args:
            places: Rows on which they voted, each once; not all need be among these ``(n,)``.
            own: Their votes there ``(n, n_quadrants)``.
        """
        counts = self.counts.copy()
        _, rows, voted = np.intersect1d(
            self.places, places, assume_unique=True, return_indices=True
        )
        counts[rows] = without_own(counts[rows], own[voted])
        return counts


class LiveVotes:
    """Holds the votes on all tracks of which there is a sketch; several threads may use it."""

    def __init__(self, log: LabelLog) -> None:
        self._log = log
        self._lineage = ""
        self._n_rows = 0
        self._votes = RowVotes()
        self._lock = Lock()

    def on(self, tracks: TrackFeatureMatrix) -> RowVotes:
        """Return the votes on these rows, with every one that was committed before this call."""
        with self._lock:
            n_rows = len(tracks.rows)
            if tracks.lineage != self._lineage or n_rows - self._n_rows > NEW_AT_ONCE:
                self._lineage, self._n_rows, self._votes = tracks.lineage, n_rows, RowVotes()
            elif n_rows > self._n_rows:
                new = tracks.track_ids(np.arange(self._n_rows, n_rows))
                self._n_rows = n_rows
                self._take(tracks, self._votes.revision, self._log.votes_on(new))
            changes = self._log.votes_since(self._votes.revision)
            if changes.counts:
                self._take(tracks, changes.revision, changes.counts)
            return self._votes.up_to(n_rows)

    def _take(
        self, tracks: TrackFeatureMatrix, revision: int, counts: Mapping[str, QuadrantVotes]
    ) -> None:
        places = tracks.places(counts)
        is_known = places >= 0
        places, fresh = places[is_known], np.array(list(counts.values()), np.float64)[is_known]
        kept = ~np.isin(self._votes.places, places)
        places = np.concatenate([self._votes.places[kept], places])
        order = np.argsort(places)
        every = np.concatenate([self._votes.counts[kept], fresh.reshape(-1, N_QUADRANTS)])
        self._votes = RowVotes(revision, places[order], every[order])
