"""Votes by row of the stored track features, updated change by change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Votes
from models.emotion import N_QUADRANTS
from service.db.background_job import BackgroundJob
from service.db.label_log import LabelLog
from service.db.track_feature_files import TrackFeatureMatrix
from service.errors import FeaturesNotReadyError
from service.labels import QuadrantVotes
from service.votes import VotesMark, without_own

IN_A_CALL = 20_000
"""Most new rows and changed votes that a call takes in; more are read in the background."""
NEW_AT_ONCE = 10_000
"""New rows whose votes are read together, by id."""


@dataclass(frozen=True, slots=True, eq=False)
class RowVotes:
    """Votes on rows of a catalogue's track features.

    Attributes:
        revision: Greatest revision of a change that was taken in.
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
        rows, is_here = _rows_of(self.places, places)
        rows = rows[is_here]
        counts[rows] = without_own(counts[rows], own[is_here])
        return counts


class LiveVotes:
    """The votes on all tracks with stored features; safe for several threads."""

    def __init__(self, log: LabelLog) -> None:
        self._log = log
        self._lineage = ""
        self._n_rows = 0
        self._votes = RowVotes()
        self._mark = VotesMark()
        self._lock = Lock()
        self._wanted: TrackFeatureMatrix | None = None
        self._job = BackgroundJob("attune-votes", self._catch_up)

    def on(self, tracks: TrackFeatureMatrix) -> RowVotes:
        """Return the votes on these rows, with every change committed before this call.

        Raises:
            FeaturesNotReadyError: Many votes are being read in the background.
        """
        n_taken = 0
        while True:
            with self._lock:
                n_new = self._take_part(tracks)
                if n_new == 0:
                    return self._votes.up_to(len(tracks.rows))
                n_taken += n_new
                if n_taken >= IN_A_CALL:
                    self._wanted = tracks
                    break
        self._job.start()
        raise FeaturesNotReadyError("votes")

    def prepare(self, tracks: TrackFeatureMatrix) -> None:
        """Take in all votes on these rows, however long it takes.

        Raises:
            StoreUnavailableError: The log cannot be read, or :meth:`stop` was called.
        """
        with self._lock:
            self._wanted = tracks
        while self._wanted is not None:
            self._job.start().result()

    def stop(self) -> None:
        """End the thread that reads many votes."""
        self._job.stop()

    def _catch_up(self) -> None:
        """Take in the votes on the rows that were wanted last."""
        while True:
            self._job.require_running()
            with self._lock:  # of each part anew: calls that lack little go between
                if self._wanted is None or self._take_part(self._wanted) == 0:
                    self._wanted = None
                    return

    def _take_part(self, tracks: TrackFeatureMatrix) -> int:
        """Take in some of the votes; return how many rows and votes were read, 0 at the end."""
        if tracks.lineage != self._lineage:
            self._lineage, self._votes, self._mark = tracks.lineage, RowVotes(), VotesMark()
            self._n_rows = len(tracks.rows)  # all votes are read below
        if self._n_rows < len(tracks.rows):
            end = min(self._n_rows + NEW_AT_ONCE, len(tracks.rows))
            new = tracks.track_ids(np.arange(self._n_rows, end))
            self._take(tracks, self._votes.revision, self._log.votes_on(new))
            self._n_rows = end
            return len(new)
        changes = self._log.votes_since(self._mark)
        if changes.counts:
            self._take(tracks, changes.mark.after, changes.counts)
        self._mark = changes.mark
        return 0 if changes.is_whole else len(changes.counts)

    def _take(
        self, tracks: TrackFeatureMatrix, revision: int, counts: Mapping[str, QuadrantVotes]
    ) -> None:
        """Set the votes on some tracks; it copies the others' once, and sorts only the new."""
        places = tracks.places(counts)
        fresh = np.array(list(counts.values()), np.float64).reshape(-1, N_QUADRANTS)
        order = np.argsort(places)
        order = order[places[order] >= 0]
        places, fresh = places[order], fresh[order]
        rows, is_here = _rows_of(self._votes.places, places)
        every = self._votes.counts.copy()
        every[rows[is_here]] = fresh[is_here]
        self._votes = RowVotes(
            revision,
            np.insert(self._votes.places, rows[~is_here], places[~is_here]),
            np.insert(every, rows[~is_here], fresh[~is_here], axis=0),
        )


def _rows_of(places: IntVector, wanted: IntVector) -> tuple[IntVector, NDArray[np.bool_]]:
    """Return where places are, or belong, among ascending ones, and whether they are there."""
    rows = np.searchsorted(places, wanted)
    is_here = rows < len(places)
    is_here[is_here] = places[rows[is_here]] == wanted[is_here]
    return rows, is_here
