"""Serving of a snapshot and an optional candidate; loads other snapshots without a restart."""

import logging
from hashlib import blake2b
from pathlib import Path
from threading import Event, Lock, Thread

from models.errors import AttuneError
from models.jit.loops import prepare_loops
from models.snapshot import Snapshot, load_snapshot, version_in
from service.db.calibrations import CalibrationRecord
from service.errors import KeyOfAnotherUserError, UnreadableCalibrationError
from service.observability.logs import current_request
from service.observability.metrics import Metrics
from service.serving.calibration_schedule import CalibrationSchedule
from service.serving.container import Container, Resources, build
from service.serving.served_models import ReloadCheck, ServedSnapshots
from service.settings import Settings

AGAIN_S = 5.0
"""Time until a failed reload is tried again."""
PATIENCE_S = 5.0
"""Longest wait for a reload in progress when the worker stops."""
LOG = logging.getLogger("bentoml.attune.serving")
_HASH_BYTES = 8


class Serving:
    """Answers with the newest snapshot that could be loaded; safe for several threads.

    A reload runs beside the requests. A request keeps the resources that it began with.

    Args:
        shared: The parts that all snapshots share; closed with this.
        metrics: Count the served snapshots and failed reloads.
        first: The snapshot in the folder that the settings name.

    Raises:
        SnapshotError: A snapshot cannot be served.
        SettingsError: There is no such personaliser.
    """

    def __init__(self, shared: Container, metrics: Metrics, first: Snapshot) -> None:
        self.shared = shared
        self._metrics = metrics
        self._settings = shared.settings
        self._one_at_a_time = Lock()
        self._preparing: list[Resources] = []
        self._is_due = Event()
        self._is_over = Event()
        self._thread = Thread(target=self._run, name="attune-reload", daemon=True)
        self._schedule = CalibrationSchedule(
            shared.calibrations,
            shared.calibration_inputs,
            lambda: [resources.snapshot for resources in self._now.resources],
        )
        primary = shared.resources(first, self._calibration_of(first.version))
        self._now = ServedSnapshots(
            primary, self._candidate([primary]), self._settings.candidate_share
        )

    @property
    def now(self) -> ServedSnapshots:
        """The snapshots that are served at this moment."""
        return self._now

    @property
    def resources(self) -> Resources:
        """The primary's resources, which answer requests without a user and most users."""
        return self._now.primary

    def resources_for(self, user_id: str | None) -> Resources:
        """Return the resources that answer a user's request; see :meth:`resources_of`.

        Every request that names a user calls this, so that a key for one user is restricted here
        and nowhere else.

        Raises:
            KeyOfAnotherUserError: The request's API key is for another user.
            RuntimeError: There is no current request.
        """
        self.require_own(user_id)
        return self.resources_of(user_id)

    def resources_of(self, user_id: str | None) -> Resources:
        """Return the resources that answer a user: the same in every worker on every machine.

        It checks no key; requests use :meth:`resources_for`.
        """
        now = self._now
        if user_id is None or now.candidate is None:
            return now.primary
        result = f"{now.candidate.snapshot.version} {user_id}".encode()
        key = self.shared.identity.encode()
        drawn = int.from_bytes(blake2b(result, digest_size=_HASH_BYTES, key=key).digest(), "big")
        return now.candidate if drawn < now.share * 2 ** (8 * _HASH_BYTES) else now.primary

    @staticmethod
    def require_own(user_id: str | None) -> None:
        """Check that the current request's API key may name this user.

        Raises:
            KeyOfAnotherUserError: The key is for another user.
            RuntimeError: There is no current request, so there is no key to check.
        """
        context = current_request()
        if context is None:
            raise RuntimeError("There is no current request; elsewhere call resources_of.")
        if context.only_user is not None and user_id not in {None, context.only_user}:
            raise KeyOfAnotherUserError(context.key_id, context.only_user, user_id)

    def start(self) -> None:
        """Warm up for the first requests, and follow notifications from now on.

        It does not wait for the track features of a large catalogue.
        """
        prepare_loops()
        self.shared.extractor.warm_up()
        for resources in self._now.resources:
            resources.warm_up(waits=False)
        self._publish()
        for topic in ("snapshot", "calibration"):
            self.shared.poller.on(topic, self._is_due.set)
        self.shared.poller.on("forgotten", self.drop_forgotten)
        self.shared.poller.start()
        self._thread.start()
        self._is_due.set()  # a change may have been announced while this worker started
        if self._settings.calibrate == "auto":
            self._schedule.start()

    def check(self) -> ReloadCheck:
        """Return what a reload would change, having read every file of the configured folders.

        Raises:
            SnapshotError: A snapshot cannot be served.
        """
        found = [load_snapshot(each, self._settings.members) for each in self._settings.snapshots]
        for snapshot in found:
            snapshot.require_features(self.shared.extractor.digest)
        return self._compared([snapshot.version for snapshot in found])

    def reload(self) -> ReloadCheck:
        """Serve the snapshots of the configured folders under their present calibrations.

        Nothing changes until everything is loaded.

        Raises:
            SnapshotError: A snapshot cannot be served; the present one stays in use.
            StoreUnavailableError: The catalogue cannot be read now.
        """
        with self._one_at_a_time:
            versions = [
                version_in(each, self._settings.members) for each in self._settings.snapshots
            ]
            result = self._compared(versions)
            before = self._now.resources
            primary = self._load(self._settings.snapshot, before)
            now = ServedSnapshots(primary, self._candidate([primary, *before]), self._now.share)
            if now.resources != before:
                self._preparing = now.resources
                for resources in now.resources:
                    resources.warm_up(waits=True)
                self._now = now
                self._publish()
                self._log_calibrations(before)
                for resources in before:
                    if resources not in now.resources:
                        resources.retire()
            self._preparing = []
            return result

    def drop_forgotten(self) -> None:
        """Drop this process's models of users who were forgotten."""
        for resources in self._now.resources:
            resources.listeners.drop_forgotten()

    def close(self) -> None:
        """Stop following notifications, and close database connections."""
        self._is_over.set()
        self._is_due.set()
        self._schedule.stop()
        for resources in (*self._now.resources, *self._preparing):
            resources.retire()
        if self._thread.is_alive():
            self._thread.join(PATIENCE_S)
        self.shared.close()

    def _run(self) -> None:
        self._log_stale()
        last = ""
        while not self._is_over.is_set():
            self._is_due.wait(AGAIN_S if last else None)
            self._is_due.clear()
            failure = self._failure()
            if failure and failure != last:
                LOG.error("Snapshot %s stays in use: %s", self.resources.snapshot.version, failure)
                self._metrics.refused("snapshot")
            last = failure

    def _log_stale(self) -> None:
        """Log how many tracks hold features of an earlier snapshot, and what to do about it."""
        try:
            n_stale = self.shared.stale_tracks(self.resources.snapshot).count()
        except AttuneError as error:
            LOG.warning("Tracks with features of an earlier snapshot are not counted: %s", error)
            return
        if n_stale:
            LOG.warning(
                "%d tracks hold features of an earlier snapshot. Its predictions are used for "
                "them until `python -m service reembed` has extracted their features again.",
                n_stale,
            )

    def _failure(self) -> str:
        """Reload, and return the error message; empty after a success."""
        try:
            self.reload()
        except AttuneError as error:
            return str(error)
        except Exception as error:  # the thread must go on, or no snapshot is loaded again
            LOG.exception("A snapshot could not be loaded")
            return repr(error)
        return ""

    def _compared(self, versions: list[str]) -> ReloadCheck:
        now = self._now
        served = [resources.snapshot.version for resources in now.resources]
        wanted = list(dict.fromkeys(versions))  # a candidate equal to the primary does not count
        return ReloadCheck(
            version=wanted[0],
            previous=served[0],
            candidate=wanted[1] if len(wanted) > 1 else None,
            is_new=wanted != served,
        )

    def _candidate(self, known: list[Resources]) -> Resources | None:
        """Return the candidate's resources, None without one; ``known[0]`` is the primary."""
        folders = self._settings.snapshots
        if len(folders) == 1:
            return None
        candidate = self._load(folders[1], known)
        return None if candidate is known[0] else candidate

    def _load(self, folder: Path, known: list[Resources]) -> Resources:
        """Return the resources of the snapshot in a folder, under its calibration.

        Loaded resources are used again; under another calibration, their shared models are.
        """
        version = version_in(folder, self._settings.members)
        calibration = self._calibration_of(version)
        loaded = [resources for resources in known if resources.snapshot.version == version]
        for resources in loaded:
            if _version_of(resources.calibration) == _version_of(calibration):
                return resources
        snapshot = loaded[0].snapshot if loaded else load_snapshot(folder, self._settings.members)
        return self.shared.resources(snapshot, calibration)

    def _calibration_of(self, version: str) -> CalibrationRecord | None:
        """Return the calibration of a snapshot; None if there is none or it cannot be read."""
        try:
            return self.shared.calibrations.in_use(version)
        except UnreadableCalibrationError as error:
            LOG.warning("Snapshot %s is served without a calibration: %s", version, error)
            return None

    def _log_calibrations(self, before: list[Resources]) -> None:
        """Log the calibrations that are new since."""
        known = {resources.snapshot.serving_version for resources in before}
        for resources in self._now.resources:
            if resources.snapshot.serving_version in known:
                continue
            if resources.calibration is None:
                LOG.info("Snapshot %s is served without a calibration", resources.snapshot.version)
                continue
            LOG.info(
                "Snapshot %s is served under calibration %s (%d tracks, %d answers)",
                resources.snapshot.version,
                resources.calibration.version,
                resources.calibration.n_tracks,
                resources.calibration.n_answers,
            )

    def _publish(self) -> None:
        now = self._now
        self._metrics.set_served(now.versions)
        self.shared.set_served([resources.snapshot for resources in now.resources])


def _version_of(calibration: CalibrationRecord | None) -> str | None:
    return None if calibration is None else calibration.version


def serve(settings: Settings, metrics: Metrics) -> Serving:
    """Return what a worker serves; migrate the database if the settings allow it.

    Raises:
        SettingsError: There is no such personaliser.
        SnapshotError: A snapshot cannot be served.
        EncoderError: The encoders are missing or changed.
        StoreUnavailableError: The database cannot be opened.
    """
    first = load_snapshot(settings.snapshot, settings.members)
    shared = build(settings, first, metrics.count_model)
    try:
        return Serving(shared, metrics, first)
    except Exception:
        shared.close()
        raise
