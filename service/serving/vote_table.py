"""Votes by row of the stored track features, updated change by change."""

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
"""Most new rows whose votes are read by id; beyond that, all votes are read."""


@dataclass(frozen=True, slots=True, eq=False)
class RowVotes:
    """Votes on rows of a catalogue's track features.

    Attributes:
        revision: Revision of the votes.
        places: Rows that have or had votes, ascending ``(k,)``.
        counts: Sums of soft votes ``(k, n_quadrants)``.
    """

    revision: int = 0
    places: IntVector = field(default_factory=lambda: np.zeros(0, np.int64))
    counts: Votes = field(default_factory=lambda: np.zeros((0, N_QUADRANTS)))

    def up_to(self, n_rows: int) -> "RowVotes":
        """Return the votes on the first ``n_rows`` rows."""
        k = int(np.searchsorted(self.places, n_rows))
        return RowVotes(self.revision, self.places[:k], self.counts[:k])

    def without(self, places: IntVector, own: Votes) -> Votes:
        """Return the counts without one user's own votes.

        Args:
            places: Distinct rows with votes of this user; some may be missing here ``(n,)``.
            own: The user's votes there ``(n, n_quadrants)``.
        """
        counts = self.counts.copy()
        _, rows, voted = np.intersect1d(
            self.places, places, assume_unique=True, return_indices=True
        )
        counts[rows] = without_own(counts[rows], own[voted])
        return counts


class LiveVotes:
    """The votes on all tracks with stored features; safe for several threads."""

    def __init__(self, log: LabelLog) -> None:
        self._log = log
        self._lineage = ""
        self._n_rows = 0
        self._votes = RowVotes()
        self._lock = Lock()

    def on(self, tracks: TrackFeatureMatrix) -> RowVotes:
        """Return the votes on these rows, with every change committed before this call."""
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
