"""When the catalogue is calibrated by itself: once it, or its answers, have grown by half."""

import logging
import time
from collections.abc import Callable, Sequence
from threading import Event, Thread

from models.errors import AttuneError
from models.snapshot import Snapshot
from service.db.calibration_inputs import CalibrationInputs
from service.db.calibrations import Calibrations, Size
from service.serving.calibration import calibrate, gather

PERIOD_S = 60.0
"""How often it is looked whether a calibration is due."""
AGAIN_S = 600.0
"""How long after one that failed, or that found too little, the next is tried."""
LEAST = 20
"""Of fewer tracks, or of fewer answers, none is due."""
GROWTH = 1.5
PATIENCE_S = 5.0
LOG = logging.getLogger("bentoml.attune.calibration")


class CalibrationSchedule:
    """One thread a process that calibrates, if a calibration is due and no other process does.

    Args:
        calibrations: Where they are kept, and whose turn it is.
        inputs: Returns what a snapshot is calibrated to.
        snapshots: Returns those that are served now.
        period_s: How often it is looked.
    """

    def __init__(
        self,
        calibrations: Calibrations,
        inputs: Callable[[Snapshot], CalibrationInputs],
        snapshots: Callable[[], Sequence[Snapshot]],
        *,
        period_s: float = PERIOD_S,
    ) -> None:
        self._calibrations = calibrations
        self._inputs = inputs
        self._snapshots = snapshots
        self._period_s = period_s
        self._counted = self._most = Size()
        self._not_before: dict[str, float] = {}
        self._is_over = Event()
        self._thread = Thread(target=self._run, name="attune-calibrate", daemon=True)

    def start(self) -> None:
        """Look now, and from now on."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; one that calibrates is waited for a moment."""
        self._is_over.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE_S)

    def look(self) -> None:
        """Calibrate each snapshot for which it is due."""
        for snapshot in self._snapshots():
            waits = time.monotonic() < self._not_before.get(snapshot.version, 0.0)
            if snapshot.population is None or waits:
                continue
            try:
                if self._is_due(snapshot):
                    self._calibrate(snapshot)
            except Exception:
                self._put_off(snapshot)
                raise

    def _is_due(self, snapshot: Snapshot) -> bool:
        before = self._calibrations.last_size(snapshot.version)
        # It is not counted as long as it cannot be enough: the catalogue may be large.
        return has_grown(self._bound(), before) and has_grown(self._count(), before)

    def _bound(self) -> Size:
        """Return what is not exceeded: what was counted, and all that may have come since."""
        most = self._calibrations.most()
        return Size(
            self._counted.n_tracks + most.n_tracks - self._most.n_tracks,
            self._counted.n_answers + most.n_answers - self._most.n_answers,
        )

    def _count(self) -> Size:
        self._most = self._calibrations.most()
        self._counted = self._calibrations.size()
        return self._counted

    def _calibrate(self, snapshot: Snapshot) -> None:
        """Calibrate, unless it is another process's turn, or was a moment ago."""
        turn = self._calibrations.take_turn()
        if turn is None:
            return
        try:
            if self._is_due(snapshot):
                self._calibrate_now(snapshot)
        finally:
            self._calibrations.end_turn(turn)

    def _calibrate_now(self, snapshot: Snapshot) -> None:
        evidence = gather(snapshot, self._inputs(snapshot), self._calibrations)
        if evidence.is_partial:
            n_left_out = evidence.n_unjudged + evidence.n_foreign
            LOG.warning(
                "Snapshot %s is not calibrated by itself: it has yet to judge %d of %d tracks. "
                "`python -m service replay` has those judged that hold its features (%d), and "
                "`python -m service reembed` hears the others again (%d).",
                snapshot.version,
                n_left_out,
                n_left_out + len(evidence.proba),
                evidence.n_unjudged,
                evidence.n_foreign,
            )
            self._put_off(snapshot)
            return
        made = calibrate(snapshot, evidence, self._calibrations)
        LOG.info(
            "Calibrated snapshot %s to %d tracks and %d answers: calibration %s",
            snapshot.version,
            len(evidence.proba),
            len(evidence.answers),
            made.calibration.version,
        )

    def _put_off(self, snapshot: Snapshot) -> None:
        self._not_before[snapshot.version] = time.monotonic() + AGAIN_S

    def _run(self) -> None:
        while not self._is_over.is_set():
            try:
                self.look()
            except AttuneError as error:  # the database is away: it may come back
                LOG.warning("The catalogue cannot be calibrated now: %s", error)
            except Exception:  # the thread must live on, or nothing is calibrated again
                LOG.exception("The catalogue could not be calibrated")
            self._is_over.wait(self._period_s)


def has_grown(now: Size, before: Size) -> bool:
    """Whether there are enough tracks, or answers, and by half more than there were."""
    pairs = (now.n_tracks, before.n_tracks), (now.n_answers, before.n_answers)
    return any(n >= max(LEAST, GROWTH * n_before) for n, n_before in pairs)
