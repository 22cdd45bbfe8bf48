"""Track features of a catalogue, stored in files for all workers of a machine."""

import fcntl
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Lock

from service.db import track_feature_files as files
from service.db.background_job import BackgroundJob
from service.db.published_features import PublishedFeatures
from service.db.track_feature_feed import TrackFeatureFeed
from service.db.track_feature_files import TrackFeatureMatrix
from service.errors import FeaturesNotReadyError, StoreUnavailableError
from service.private_files import make_folder, opener

IN_A_CALL = 20_000
"""Most changes that a call applies; more are applied in the background."""
PATIENCE_S = 4.0
"""Longest wait of a call for another one, of any process, that writes the files."""
_PAUSE_S = 0.02
_ATTEMPTS = 10
_AGAIN_S = 1.0
"""Time until a replica looks again whether another has published its files."""
_SHARE = 4
"""Files are published again when changes exceed this part of their rows, one in so many."""
_LOG_S = 10.0
"""Time between two log lines of a long build."""
LOG = logging.getLogger("bentoml.attune.track_features")


class TrackFeatureStore:
    """Stores track features of one snapshot in files that all workers of the machine map.

    A worker that finds the files a few changes behind updates them in the call, under a lock,
    which the system releases if the process dies. More changes are applied by a thread beside the
    requests, which goes on where a process that was killed stopped. The files may be deleted at
    any time and are created again.

    Args:
        feed: Reads changes of track features.
        folder: Local folder; other catalogues and snapshots may share it.
        snapshot: Serving version; another calibration has other files.
        n_columns: Number of features of a track.
        published: Files of large catalogues that one replica builds for all; None where all
            workers share this machine's.
    """

    def __init__(
        self,
        feed: TrackFeatureFeed,
        folder: Path,
        snapshot: str,
        n_columns: int,
        published: PublishedFeatures | None = None,
    ) -> None:
        self._feed = feed
        self._folder = folder
        self._snapshot = snapshot
        self._n_columns = n_columns
        self._published = published
        self._published_revision = 0
        self._corrupt = ""
        self._turn: datetime | None = None
        self._mapped: TrackFeatureMatrix | None = None
        self._lock = Lock()
        self._job = BackgroundJob("attune-features", self._build)

    def current(self) -> TrackFeatureMatrix:
        """Return the features with every change committed before this call.

        Raises:
            FeaturesNotReadyError: Many changes are being applied in the background.
            StoreUnavailableError: The files cannot be read, or updated.
        """
        identity, revision = self._feed.now()
        folder, gives_up_at = self._folder_of(identity), time.monotonic() + PATIENCE_S
        mapped = self._mapped
        if mapped is not None and mapped.revision >= revision:
            return mapped
        self._job.raise_failure()
        if not self._lock.acquire(timeout=PATIENCE_S):
            raise self._not_ready(files.State.read(folder), revision)
        try:
            return self._mapped_at(folder, revision, lambda: time.monotonic() > gives_up_at)
        except OSError as error:
            raise self._unusable(error) from error
        finally:
            self._lock.release()

    def prepare(self) -> TrackFeatureMatrix:
        """Wait for the features, however long they take; for threads that answer no request.

        Raises:
            StoreUnavailableError: The files cannot be read or updated, or :meth:`stop` was called.
        """
        while True:
            self._job.start().result()
            with suppress(FeaturesNotReadyError):
                return self.current()

    def stop(self) -> None:
        """End the thread; later calls are refused where they would need it."""
        self._job.stop()

    def _folder_of(self, identity: str) -> Path:
        return self._folder / f"{self._snapshot}-{identity}"

    def _build(self) -> None:
        """Apply all changes in the background, beginning with published files."""
        identity, revision = self._feed.now()
        folder = self._folder_of(identity)
        try:
            if self._published is not None:
                make_folder(folder)
                self._fetch_or_take_turn(self._published, folder, revision)
            made = self._updated(folder, revision, None)
            with self._lock:
                if self._mapped is None or self._mapped.revision < made.revision:
                    self._mapped = made
            if self._published is not None:
                self._publish(self._published, made)
        except OSError as error:
            raise self._unusable(error) from error
        finally:
            if self._published is not None and self._turn is not None:
                self._published.end_turn(self._turn)
                self._turn = None

    def _fetch_or_take_turn(
        self, published: PublishedFeatures, folder: Path, revision: int
    ) -> None:
        """Fetch files that another replica published, or take the turn to build them.

        While another replica builds, wait for it. Few changes are applied without either.
        """
        while True:
            newest = published.newest()
            with self._alone(folder, None, revision):
                state = self._checked(folder)
                if not _is_far(self._n_missing(state, revision), state):
                    return
                is_newer = newest is not None and self._is_newer(newest.state, state)
                if newest is not None and is_newer and newest.publication != self._corrupt:
                    if not published.fetch(newest, folder):
                        self._corrupt = newest.publication
                    continue
            self._turn = published.take_turn()
            if self._turn is None:
                self._job.pause(_AGAIN_S)
            elif published.newest() == newest:
                return
            else:  # another replica has published meanwhile
                published.end_turn(self._turn)

    def _is_newer(self, offered: files.State, own: files.State | None) -> bool:
        n_own = 0 if own is None else own.revision
        return n_own < offered.revision <= self._feed.now()[1]

    def _publish(self, published: PublishedFeatures, made: TrackFeatureMatrix) -> None:
        """Publish the files if none are published, or those lack many of these changes.

        A failure is only logged: this machine has its files.
        """
        try:
            if self._publish_due(published, made):
                LOG.info("Published %d rows of snapshot %s", made.state.n_rows, self._snapshot)
        except StoreUnavailableError as error:
            LOG.warning("Track features are not published now: %s", error)

    def _publish_due(self, published: PublishedFeatures, made: TrackFeatureMatrix) -> bool:
        newest = published.newest()
        is_usable = newest is not None and newest.publication != self._corrupt
        self._published_revision = newest.state.revision if newest and is_usable else 0
        if not self._is_publication_due(made):
            return False
        self._published_revision = made.revision  # whoever holds the lock publishes as much
        self._turn = self._turn or published.take_turn()
        return self._turn is not None and published.publish(self._turn, made)

    def _is_publication_due(self, made: TrackFeatureMatrix) -> bool:
        n_new = made.revision - self._published_revision
        return self._published is not None and _is_far(abs(n_new), made.state)

    def _mapped_at(
        self, folder: Path, revision: int, gives_up: Callable[[], bool]
    ) -> TrackFeatureMatrix:
        if self._mapped is None or self._mapped.revision < revision:
            self._mapped = self._updated(folder, revision, gives_up)
            is_large = self._mapped.state.n_rows > IN_A_CALL
            is_dead = is_large and files.is_mostly_dead(self._mapped.state)
            if is_dead or self._is_publication_due(self._mapped):
                self._job.start()
        return self._mapped

    def _updated(
        self, folder: Path, revision: int, gives_up: Callable[[], bool] | None
    ) -> TrackFeatureMatrix:
        """Return the features at a revision or later.

        Args:
            folder: Folder of the files.
            revision: Revision of the catalogue.
            gives_up: Whether a call must not wait longer; None in the background.
        """
        make_folder(folder)
        is_broken = False
        for _ in range(_ATTEMPTS):
            state = None if is_broken else files.State.read(folder)
            if state is None or self._n_missing(state, revision) or gives_up is None:
                if gives_up is not None:
                    self._require_few(state, revision)
                with self._alone(folder, gives_up, revision):
                    state = self._extended(folder, revision, is_in_call=gives_up is not None)
            try:
                return _opened(folder, state)
            except (OSError, ValueError):
                is_broken = True  # or another process has written a new generation meanwhile
        raise FileNotFoundError(f"{folder} was changed {_ATTEMPTS} times while it was read")

    def _n_missing(self, state: files.State | None, revision: int) -> int:
        """Return how many changes must be applied, and rows checked, to reach a revision."""
        if state is None or state.n_columns != self._n_columns:
            return max(revision, 1)
        if state.revision > revision and state.revision > self._feed.now()[1]:
            return max(revision, 1)  # an older copy of the database was restored
        is_checked = files.is_of_this_boot(state) or (
            self._mapped is not None and self._mapped.lineage == state.generation
        )
        return max(revision - state.revision, 0) + (0 if is_checked else state.n_rows)

    def _require_few(self, state: files.State | None, revision: int) -> None:
        """Start the thread and raise unless a call may apply what is missing."""
        if self._n_missing(state, revision) > IN_A_CALL:
            self._job.start()
            raise self._not_ready(state, revision)

    def _extended(self, folder: Path, revision: int, *, is_in_call: bool) -> files.State:
        """Apply all changes, and return the state; the caller holds the lock."""
        state = self._checked(folder)
        if is_in_call:
            self._require_few(state, revision)
            if state is not None and not self._n_missing(state, revision):
                return state  # another process was faster
        state = state or files.create(folder, self._n_columns)
        # A revision may be taken without a change; what is committed up to this one is read below.
        last = self._feed.now()[1]
        progress = _Progress(self._snapshot, state.revision, last)
        while len((found := self._feed.since(state.revision))[1]):
            state = replace(files.extend(folder, state, found[1]), revision=found[0])
            state.write(folder)
            if not is_in_call:
                self._job.require_running()
                self._renew_turn()
            progress.log(state.revision)
        if files.is_mostly_dead(state) and (not is_in_call or state.n_rows <= IN_A_CALL):
            state = files.compact(folder, state)
        state = replace(state, revision=max(last, state.revision))
        state.write(folder)
        files.delete_unused(folder, state)
        return state

    def _checked(self, folder: Path) -> files.State | None:
        """Return the state as of this boot; None if the files cannot be used."""
        state = files.State.read(folder)
        if state is None or state.n_columns != self._n_columns:
            return None
        if state.revision > self._feed.now()[1] or not files.is_whole(folder, state):
            return None
        checked = files.repair(folder, state)
        if checked is not state:
            checked.write(folder)
        return checked

    def _renew_turn(self) -> None:
        if self._published is not None and self._turn is not None:
            self._turn = self._published.renewed(self._turn)

    @contextmanager
    def _alone(
        self, folder: Path, gives_up: Callable[[], bool] | None, revision: int
    ) -> Iterator[None]:
        """Hold a folder's lock, so that no other process writes to it."""
        with open(folder / "lock", "w", opener=opener) as held:
            while not _is_taken(held.fileno()):
                if gives_up is None:
                    self._job.require_running()
                elif gives_up():
                    raise self._not_ready(files.State.read(folder), revision)
                time.sleep(_PAUSE_S)
            yield

    def _not_ready(self, state: files.State | None, revision: int) -> FeaturesNotReadyError:
        done = 0 if state is None else min(state.revision, revision)
        return FeaturesNotReadyError(
            f"track features of snapshot {self._snapshot} ({done} of {revision} changes)"
        )

    def _unusable(self, error: OSError) -> StoreUnavailableError:
        return StoreUnavailableError(
            f"The track features in {self._folder} cannot be stored: {error}."
        )


class _Progress:
    """Logs the progress of a long build."""

    def __init__(self, snapshot: str, first: int, last: int) -> None:
        self._snapshot = snapshot
        self._first, self._last = first, last
        self._began = self._logged = time.monotonic()

    def log(self, revision: int) -> None:
        now = time.monotonic()
        if now - self._logged < _LOG_S:
            return
        self._logged = now
        LOG.info(
            "Track features of snapshot %s: %d of %d changes after %.0f s",
            self._snapshot,
            revision - self._first,
            max(self._last, revision) - self._first,
            now - self._began,
        )


def _is_far(n_changes: int, state: files.State | None) -> bool:
    """Whether whole files are exchanged rather than this many changes applied."""
    return n_changes > max(IN_A_CALL, 0 if state is None else state.n_rows // _SHARE)


def _opened(folder: Path, state: files.State) -> TrackFeatureMatrix:
    """Map a state, and touch it: files that are not opened for long are removed."""
    mapped = TrackFeatureMatrix(folder, state)
    with suppress(OSError):  # the disk may be read-only
        (folder / files.STATE).touch()
    return mapped


def _is_taken(held: int) -> bool:
    """Take the lock on an open file, unless another process holds it."""
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
