"""Automatic calibration, once the tracks or the answers have grown by half."""

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
"""Time between two checks."""
AGAIN_S = 600.0
"""Time until the next attempt after one that failed or found too few predicted tracks."""
LEAST = 20
"""Fewest tracks or answers that a calibration is due for."""
GROWTH = 1.5
PATIENCE_S = 5.0
LOG = logging.getLogger("bentoml.attune.calibration")


class CalibrationSchedule:
    """A thread that calibrates when a calibration is due and no other process calibrates.

    Args:
        calibrations: Stored calibrations, and the lock between processes.
        inputs: Returns the tracks and answers of a snapshot.
        snapshots: Returns the snapshots that are served now.
        period_s: Time between two checks.
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
        self._not_before: dict[str, float] = {}
        self._is_over = Event()
        self._thread = Thread(target=self._run, name="attune-calibrate", daemon=True)

    def start(self) -> None:
        """Check now, and every ``period_s`` from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread; wait up to `PATIENCE_S` for a calibration in progress."""
        self._is_over.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE_S)

    def check(self) -> None:
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
        return has_grown(self._calibrations.size(), before)

    def _calibrate(self, snapshot: Snapshot) -> None:
        """Calibrate, unless another process does or just did."""
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
            n_left_out = evidence.n_unpredicted + evidence.n_foreign
            LOG.warning(
                "Snapshot %s is not calibrated automatically: it has not predicted %d of %d "
                "tracks. `python -m service replay` predicts those with its features (%d); "
                "`python -m service reembed` extracts the features of the others again (%d).",
                snapshot.version,
                n_left_out,
                n_left_out + len(evidence.proba),
                evidence.n_unpredicted,
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
                self.check()
            except AttuneError as error:  # the database may come back
                LOG.warning("The catalogue cannot be calibrated now: %s", error)
            except Exception:  # the thread must go on, or nothing is calibrated again
                LOG.exception("The catalogue could not be calibrated")
            self._is_over.wait(self._period_s)


def has_grown(now: Size, before: Size) -> bool:
    """Whether tracks or answers reach `LEAST` and grew to `GROWTH` times their number before."""
    pairs = (now.n_tracks, before.n_tracks), (now.n_answers, before.n_answers)
    return any(n >= max(LEAST, GROWTH * n_before) for n, n_before in pairs)
