"""Sketches of a catalogue, kept beside it for all workers of a machine."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import bindparam, select

from service.db import track_feature_files as files
from service.db.database import Database
from service.db.population_predictions import seen
from service.db.stale_rows import drawn_in, is_stale
from service.db.tables import catalogue, track
from service.db.track_feature_files import TrackFeatureMatrix
from service.db.track_rows import BRIEF, AnyRow, is_judged, track_features_folder
from service.errors import StoreUnavailableError
from service.private_files import make_folder, opener
from service.tracks import PopulationPredictor

CHANGES_AT_ONCE = 10_000
_ATTEMPTS = 10

_NOW = select(catalogue.c.identity, catalogue.c.revision)
_CHANGES = (
    seen(
        (
            track.c.track_id,
            track.c.revision,
            track.c.is_hidden,
            track.c.feature_digest,
            track.c.snapshot,
            track.c.sketch,
        )
    )
    .where(track.c.revision > bindparam("since"))
    .order_by(track.c.revision)
    .limit(bindparam("most"))
)
_THOSE = seen(BRIEF).where(track.c.track_id.in_(bindparam("track_ids", expanding=True)))


class TrackFeatureFeed:
    """Tells from a database what became of sketches, as one snapshot draws them."""

    def __init__(self, database: Database, population_predictor: PopulationPredictor) -> None:
        self._database = database
        self._believer = population_predictor

    def now(self) -> tuple[str, int]:
        """Return which catalogue this is, and its revision."""
        with self._database.read() as connection:
            identity, revision = connection.execute(_NOW).one()
        return identity, revision

    def since(self, revision: int) -> tuple[int, list[files.Change]]:
        """Return the first changes after a revision, and the revision they lead to."""
        asked = {"since": revision, "most": CHANGES_AT_ONCE, "version": self._believer.version}
        with self._database.read() as connection:
            rows = connection.execute(_CHANGES, asked).all()
        shown = [row for row in rows if not row.is_hidden]
        drawn = track_features_folder(
            [row for row in shown if self._is_ready(row)], self._believer
        )
        drawn |= self._drawn([row.track_id for row in shown if row.track_id not in drawn])
        changes = [(row.track_id, drawn.get(row.track_id)) for row in rows]
        return (rows[-1].revision if rows else revision), changes

    def _is_ready(self, row: AnyRow) -> bool:
        return not is_stale(row, self._believer) and is_judged(row, self._believer)

    def _drawn(self, track_ids: list[str]) -> dict[str, Any]:
        """Return the sketches of tracks that another snapshot judged; some may not have any."""
        if not track_ids:
            return {}
        asked = {"track_ids": track_ids, "version": self._believer.version}
        with self._database.read() as connection:
            rows = connection.execute(_THOSE, asked).all()
        return drawn_in(rows, self._believer)


class TrackFeatureStore:
    """Keeps sketches in files that every worker of the machine maps, for one snapshot.

    Whoever finds them behind the catalogue brings them up to it; others wait at a lock that the
    system gives back if its holder dies. All of it may be deleted at any time and is made again.

    Args:
        feed: Tells what became of sketches.
        folder: On this machine's disk; may be shared with other catalogues and snapshots.
        snapshot: Serving version of the snapshot that draws the sketches: under another
            calibration they are drawn anew.
        n_columns: How long a sketch is.
    """

    def __init__(
        self, feed: TrackFeatureFeed, folder: Path, snapshot: str, n_columns: int
    ) -> None:
        self._feed = feed
        self._folder = folder
        self._snapshot = snapshot
        self._n_columns = n_columns
        self._mapped: files.TrackFeatureMatrix | None = None
        self._lock = Lock()

    def current(self) -> TrackFeatureMatrix:
        """Return them with every change of the catalogue that was committed before this call.

        Raises:
            StoreUnavailableError: They cannot be read, or brought up to the catalogue.
        """
        identity, revision = self._feed.now()
        with self._lock:
            if self._mapped is None or self._mapped.revision < revision:
                try:
                    self._mapped = self._brought_up(
                        self._folder / f"{self._snapshot}-{identity}", revision
                    )
                except OSError as error:
                    raise StoreUnavailableError(
                        f"The sketches in {self._folder} cannot be kept: {error}."
                    ) from error
            return self._mapped

    def _brought_up(self, folder: Path, revision: int) -> files.TrackFeatureMatrix:
        make_folder(folder)
        is_broken = False
        for _ in range(_ATTEMPTS):
            state = files.State.read(folder)
            if state is None or is_broken or not self._is_current(state, revision):
                with _alone(folder):
                    state = self._extended(folder, revision)
            try:
                return _opened(folder, state)
            except (OSError, ValueError):
                is_broken = True  # or somebody has moved on to another generation meanwhile
        raise FileNotFoundError(f"{folder} was changed {_ATTEMPTS} times while it was read")

    def _is_current(self, state: files.State, revision: int) -> bool:
        is_ours = state.n_columns == self._n_columns and files.is_of_this_boot(state)
        if not is_ours or state.revision < revision:
            return False
        # Beyond what the catalogue has ever been: an older copy of the database was put back.
        return state.revision <= revision or state.revision <= self._feed.now()[1]

    def _extended(self, folder: Path, revision: int) -> files.State:
        """Return the state after every change; the caller is alone."""
        state = files.State.read(folder)
        is_usable = state is not None and self._is_usable(folder, state)
        if state is not None and is_usable and self._is_current(state, revision):
            return state  # somebody was faster
        if state is not None and is_usable:
            state = files.mended(folder, state)
        else:
            state = files.begun(folder, self._n_columns)
        # Revisions may be taken and not used; what was committed up to this one is read below.
        last = self._feed.now()[1]
        while (found := self._feed.since(state.revision))[1]:
            state = replace(files.extended(folder, state, found[1]), revision=found[0])
            state.write(folder)
        if files.is_mostly_dead(state):
            state = files.compacted(folder, state)
        state = replace(state, revision=max(last, state.revision))
        state.write(folder)
        files.delete_unused(folder, state)
        return state

    def _is_usable(self, folder: Path, state: files.State) -> bool:
        is_ours = state.n_columns == self._n_columns and state.revision <= self._feed.now()[1]
        return is_ours and files.is_whole(folder, state)


def _opened(folder: Path, state: files.State) -> files.TrackFeatureMatrix:
    """Map a state, and note when: what nobody opens any more is swept up one day."""
    mapped = files.TrackFeatureMatrix(folder, state)
    with suppress(OSError):  # a disk that cannot be written to
        (folder / files.STATE).touch()
    return mapped


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other process is at work in a folder, and keep others waiting."""
    with open(folder / "lock", "w", opener=opener) as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
