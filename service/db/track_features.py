"""Track features of a catalogue, stored in files for all workers of a machine."""

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
from service.db.population_predictions import seen_by_snapshot
from service.db.stale_rows import is_stale, served_features_in
from service.db.tables import catalogue, track
from service.db.track_feature_files import TrackFeatureMatrix
from service.db.track_rows import BRIEF, AnyRow, is_predicted, served_features
from service.errors import StoreUnavailableError
from service.private_files import make_folder, opener
from service.tracks import PopulationPredictor

CHANGES_AT_ONCE = 10_000
_ATTEMPTS = 10

_NOW = select(catalogue.c.identity, catalogue.c.revision)
_CHANGES = (
    seen_by_snapshot(
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
_THOSE = seen_by_snapshot(BRIEF).where(
    track.c.track_id.in_(bindparam("track_ids", expanding=True))
)


class TrackFeatureFeed:
    """Reads changes of track features from a database, under one snapshot."""

    def __init__(self, database: Database, population_predictor: PopulationPredictor) -> None:
        self._database = database
        self._predictor = population_predictor

    def now(self) -> tuple[str, int]:
        """Return the catalogue's identity and revision."""
        with self._database.read() as connection:
            identity, revision = connection.execute(_NOW).one()
        return identity, revision

    def since(self, revision: int) -> tuple[int, list[files.Change]]:
        """Return the first changes after a revision, and the revision that they lead to."""
        parameters = {
            "since": revision,
            "most": CHANGES_AT_ONCE,
            "version": self._predictor.version,
        }
        with self._database.read() as connection:
            rows = connection.execute(_CHANGES, parameters).all()
        shown = [row for row in rows if not row.is_hidden]
        served = served_features([row for row in shown if self._is_ready(row)], self._predictor)
        served |= self._converted([row.track_id for row in shown if row.track_id not in served])
        changes = [
            files.Change(
                row.track_id, served.get(row.track_id), is_stale=is_stale(row, self._predictor)
            )
            for row in rows
        ]
        return (rows[-1].revision if rows else revision), changes

    def _is_ready(self, row: AnyRow) -> bool:
        return not is_stale(row, self._predictor) and is_predicted(row, self._predictor)

    def _converted(self, track_ids: list[str]) -> dict[str, Any]:
        """Return the features of tracks that another snapshot predicted; some may have none."""
        if not track_ids:
            return {}
        parameters = {"track_ids": track_ids, "version": self._predictor.version}
        with self._database.read() as connection:
            rows = connection.execute(_THOSE, parameters).all()
        return served_features_in(rows, self._predictor)


class TrackFeatureStore:
    """Stores track features of one snapshot in files that all workers of the machine map.

    A worker that finds the files out of date updates them under a lock, which the system releases
    if the process dies. The files may be deleted at any time and are created again.

    Args:
        feed: Reads changes of track features.
        folder: Local folder; other catalogues and snapshots may share it.
        snapshot: Serving version; another calibration has other files.
        n_columns: Number of features of a track.
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
        """Return the features with every change committed before this call.

        Raises:
            StoreUnavailableError: The files cannot be read, or updated.
        """
        identity, revision = self._feed.now()
        with self._lock:
            if self._mapped is None or self._mapped.revision < revision:
                try:
                    self._mapped = self._updated(
                        self._folder / f"{self._snapshot}-{identity}", revision
                    )
                except OSError as error:
                    raise StoreUnavailableError(
                        f"The track features in {self._folder} cannot be stored: {error}."
                    ) from error
            return self._mapped

    def _updated(self, folder: Path, revision: int) -> files.TrackFeatureMatrix:
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
                is_broken = True  # or another process has written a new generation meanwhile
        raise FileNotFoundError(f"{folder} was changed {_ATTEMPTS} times while it was read")

    def _is_current(self, state: files.State, revision: int) -> bool:
        is_ours = state.n_columns == self._n_columns and files.is_of_this_boot(state)
        if not is_ours or state.revision < revision:
            return False
        # A revision beyond the catalogue's: an older copy of the database was restored.
        return state.revision <= revision or state.revision <= self._feed.now()[1]

    def _extended(self, folder: Path, revision: int) -> files.State:
        """Apply all changes, and return the state; the caller holds the lock."""
        state = files.State.read(folder)
        is_usable = state is not None and self._is_usable(folder, state)
        if state is not None and is_usable and self._is_current(state, revision):
            return state  # another process was faster
        if state is not None and is_usable:
            state = files.repair(folder, state)
        else:
            state = files.create(folder, self._n_columns)
        # A revision may be taken without a change; what is committed up to this one is read below.
        last = self._feed.now()[1]
        while (found := self._feed.since(state.revision))[1]:
            state = replace(files.extend(folder, state, found[1]), revision=found[0])
            state.write(folder)
        if files.is_mostly_dead(state):
            state = files.compact(folder, state)
        state = replace(state, revision=max(last, state.revision))
        state.write(folder)
        files.delete_unused(folder, state)
        return state

    def _is_usable(self, folder: Path, state: files.State) -> bool:
        is_ours = state.n_columns == self._n_columns and state.revision <= self._feed.now()[1]
        return is_ours and files.is_whole(folder, state)


def _opened(folder: Path, state: files.State) -> files.TrackFeatureMatrix:
    """Map a state, and touch it: files that are not opened for long are removed."""
    mapped = files.TrackFeatureMatrix(folder, state)
    with suppress(OSError):  # the disk may be read-only
        (folder / files.STATE).touch()
    return mapped


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a folder's lock, so that no other process writes to it."""
    with open(folder / "lock", "w", opener=opener) as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
