"""Serves a snapshot, perhaps a candidate beside it, and takes up others without stopping."""

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
"""How long after a snapshot could not be taken up it is tried again."""
PATIENCE_S = 5.0
"""How long the end waits for a reload that goes on; it is of no use any more."""
LOG = logging.getLogger("bentoml.attune.serving")
_HASH_BYTES = 8


class Serving:
    """Answers with the newest snapshot that could be loaded; several threads may use it.

    A reload goes on beside the requests. They keep the parts that they began with, and the last
    one to end frees a snapshot that is not served any more.

    Args:
        shared: What all snapshots' parts have in common; closed with this.
        metrics: Is told which snapshots are served, and of those that could not be.
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
        """What is served at this moment."""
        return self._now

    @property
    def resources(self) -> Resources:
        """What answers nobody in particular, and most users."""
        return self._now.primary

    def resources_for(self, user_id: str | None) -> Resources:
        """Return what answers a user during a request: see :meth:`resources_of`.

        Every request that names a user passes here, so a key for one user is restricted to that
        user here and nowhere else.

        Raises:
            KeyOfAnotherUserError: The request came with a key for somebody else.
            RuntimeError: No request is being answered.
        """
        self.require_own(user_id)
        return self.resources_of(user_id)

    def resources_of(self, user_id: str | None) -> Resources:
        """Return what answers a user: the same in every worker on every machine.

        It checks no key: requests are answered by :meth:`resources_for`.
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
        """Make sure that the key of the request that is answered may name this user.

        Raises:
            KeyOfAnotherUserError: It is for somebody else.
            RuntimeError: No request is being answered, so there is no key to check.
        """
        context = current_request()
        if context is None:
            raise RuntimeError("There is no request here; outside of requests call parts_of.")
        if context.only_user is not None and user_id not in {None, context.only_user}:
            raise KeyOfAnotherUserError(context.key_id, context.only_user, user_id)

    def start(self) -> None:
        """Do what the first requests would wait for, and follow what is announced from now on."""
        prepare_loops()
        self.shared.extractor.warm_up()
        for resources in self._now.resources:
            resources.warm_up()
        self._tell()
        for topic in ("snapshot", "calibration"):
            self.shared.poller.on(topic, self._is_due.set)
        self.shared.poller.on("forgotten", self.drop_forgotten)
        self.shared.poller.start()
        self._thread.start()
        self._is_due.set()  # what was announced while this worker began
        if self._settings.calibrate == "auto":
            self._schedule.start()

    def check(self) -> ReloadCheck:
        """Return what the folders name now, having read every file of theirs.

        Raises:
            SnapshotError: It cannot be served.
        """
        found = [load_snapshot(each, self._settings.members) for each in self._settings.snapshots]
        for snapshot in found:
            snapshot.require_features(self.shared.extractor.digest)
        return self._compared([snapshot.version for snapshot in found])

    def reload(self) -> ReloadCheck:
        """Serve what the folders name now, under the calibrations that are in use now.

        Nothing changes until all of it is loaded.

        Raises:
            SnapshotError: It cannot be served; what was served is served on.
            StoreUnavailableError: The catalogue cannot be read now.
        """
        with self._one_at_a_time:
            versions = [
                version_in(each, self._settings.members) for each in self._settings.snapshots
            ]
            result = self._compared(versions)
            before = self._now.resources
            primary = self._taken_up(self._settings.snapshot, before)
            now = ServedSnapshots(primary, self._candidate([primary, *before]), self._now.share)
            if now.resources != before:
                for resources in now.resources:
                    resources.warm_up()
                self._now = now
                self._tell()
                self._log_calibrations(before)
            return result

    def drop_forgotten(self) -> None:
        """Let go of what is remembered in this process of users who were forgotten."""
        for resources in self._now.resources:
            resources.listeners.drop_forgotten()

    def close(self) -> None:
        """Stop following what is announced, and give database connections back."""
        self._is_over.set()
        self._is_due.set()
        self._schedule.stop()
        if self._thread.is_alive():
            self._thread.join(PATIENCE_S)
        self.shared.close()

    def _run(self) -> None:
        self._tell_stale()
        last = ""
        while not self._is_over.is_set():
            self._is_due.wait(AGAIN_S if last else None)
            self._is_due.clear()
            trouble = self._trouble()
            if trouble and trouble != last:
                LOG.error("Snapshot %s is served on: %s", self.resources.snapshot.version, trouble)
                self._metrics.refused("snapshot")
            last = trouble

    def _tell_stale(self) -> None:
        """Log how many tracks hold features of an earlier snapshot, and what to do about it."""
        try:
            n_stale = self.shared.stale_tracks(self.resources.snapshot).count()
        except AttuneError as error:
            LOG.warning(
                "Tracks that hold features of an earlier snapshot are not counted: %s", error
            )
            return
        if n_stale:
            LOG.warning(
                "%d tracks hold features of an earlier snapshot, whose judgement answers for them "
                "until `python -m service reembed` has heard them again.",
                n_stale,
            )

    def _trouble(self) -> str:
        """Reload, and return what spoke against it; nothing if nothing did."""
        try:
            self.reload()
        except AttuneError as error:
            return str(error)
        except Exception as error:  # the thread must live on, or no snapshot is taken up again
            LOG.exception("A snapshot could not be taken up")
            return repr(error)
        return ""

    def _compared(self, versions: list[str]) -> ReloadCheck:
        now = self._now
        served = [resources.snapshot.version for resources in now.resources]
        wanted = list(dict.fromkeys(versions))  # a candidate that is the primary is none
        return ReloadCheck(
            version=wanted[0],
            previous=served[0],
            candidate=wanted[1] if len(wanted) > 1 else None,
            is_new=wanted != served,
        )

    def _candidate(self, known: list[Resources]) -> Resources | None:
        """Return the parts of the candidate, where there is one; the primary's are known first."""
        folders = self._settings.snapshots
        if len(folders) == 1:
            return None
        candidate = self._taken_up(folders[1], known)
        return None if candidate is known[0] else candidate

    def _taken_up(self, folder: Path, known: list[Resources]) -> Resources:
        """Return the parts of the snapshot in a folder, under its calibration.

        Those that are there already are used again, and of a snapshot that is there under another
        calibration the shared models.
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
        """Return what is in use for a snapshot; in all workers, none if it cannot be read."""
        try:
            return self.shared.calibrations.in_use(version)
        except UnreadableCalibrationError as error:
            LOG.warning("Snapshot %s is served without a calibration: %s", version, error)
            return None

    def _log_calibrations(self, before: list[Resources]) -> None:
        """Tell which calibrations were taken up."""
        known = {resources.snapshot.serving_version for resources in before}
        for resources in self._now.resources:
            if resources.snapshot.serving_version in known:
                continue
            if resources.calibration is None:
                LOG.info("Snapshot %s is served without a calibration", resources.snapshot.version)
                continue
            LOG.info(
                "Snapshot %s is served under calibration %s, of %d tracks and %d answers",
                resources.snapshot.version,
                resources.calibration.version,
                resources.calibration.n_tracks,
                resources.calibration.n_answers,
            )

    def _tell(self) -> None:
        now = self._now
        self._metrics.serves(now.versions)
        self.shared.serves([resources.snapshot for resources in now.resources])


def _version_of(calibration: CalibrationRecord | None) -> str | None:
    return None if calibration is None else calibration.version


def serve(settings: Settings, metrics: Metrics) -> Serving:
    """Return what a worker serves; bring the database to the newest schema.

    Raises:
        SettingsError: There is no such personaliser.
        SnapshotError: A snapshot cannot be served.
        EncoderError: The encoders are missing or changed.
        StoreUnavailableError: The database cannot be opened.
    """
    first = load_snapshot(settings.snapshot, settings.members)
    shared = build(settings, first, metrics.model_found)
    try:
        return Serving(shared, metrics, first)
    except Exception:
        shared.close()
        raise
