"""Calibrations in a database: the one in use, earlier ones, and the lock between processes."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import bindparam, func, insert, select, update

from models.calibration.catalogue import CatalogueCalibration
from models.emotion import N_QUADRANTS
from service.clock import Clock
from service.db.database import Database, lock
from service.db.lease import Lease
from service.db.notifications import announce
from service.db.tables import calibration, catalogue, tally
from service.db.tallies import USERS
from service.db.track_rows import AnyRow
from service.errors import UnreadableCalibrationError

TURN = timedelta(minutes=10)
"""Longest time that a process holds the lock: after that it counts as dead."""

_OF_SNAPSHOT = calibration.c.snapshot == bindparam("of")
_HISTORY = select(calibration).where(_OF_SNAPSHOT).order_by(calibration.c.seq.desc())
_NEWEST = _HISTORY.limit(1)
_STANDING = _HISTORY.where(calibration.c.reverted_at.is_(None)).limit(1)
_ONE = update(calibration).where(calibration.c.seq == bindparam("one"))
_N_TRACKS = select(catalogue.c.n_shown)
_N_ANSWERS = select(func.coalesce(func.sum(tally.c.n), 0)).where(tally.c.kind == USERS)


@dataclass(frozen=True, slots=True)
class Size:
    """Number of shown tracks and current answers, available for a calibration."""

    n_tracks: int = 0
    n_answers: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationRecord:
    """A stored calibration.

    Attributes:
        reverted_at: When it was reverted; None if it was not.
        size: Size of catalogue and log when it was fitted.
    """

    calibration: CatalogueCalibration
    created_at: datetime
    reverted_at: datetime | None
    size: Size

    @property
    def version(self) -> str:
        """Version of the calibration."""
        return self.calibration.version

    @property
    def n_tracks(self) -> int:
        """Number of tracks that it was fitted to."""
        return int(self.calibration.inputs["n_tracks"])

    @property
    def n_answers(self) -> int:
        """Number of answers that it was fitted to."""
        return int(self.calibration.inputs["n_answers"])

    @property
    def is_sound(self) -> bool:
        """Whether shape, numbers and inputs are valid."""
        offset = self.calibration.offset
        are_finite = offset.shape == (N_QUADRANTS,) and bool(np.isfinite(offset).all())
        listeners = self.calibration.listeners
        is_known = listeners is None or listeners.is_sound
        return are_finite and is_known and min(self.n_tracks, self.n_answers) >= 0

    @property
    def has_effect(self) -> bool:
        """Whether it changes any prediction."""
        return self.calibration.has_effect


class Calibrations:
    """Stores calibrations; a snapshot uses its newest one that was not reverted."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        until, is_it = catalogue.c.calibrating_until, catalogue.c.id == 1
        self._lease = Lease(database, clock, until, is_it, TURN)

    def standing(self, snapshot: str) -> CalibrationRecord | None:
        """Return the newest calibration of a snapshot that was not reverted.

        Raises:
            UnreadableCalibrationError: It was written by another release.
        """
        with self._database.read() as connection:
            row = connection.execute(_STANDING, {"of": snapshot}).first()
        return None if row is None else _record(row)

    def in_use(self, snapshot: str) -> CalibrationRecord | None:
        """Return the same, or None if it has no effect."""
        record = self.standing(snapshot)
        return record if record is not None and record.has_effect else None

    def calibration_of(self, snapshot: str) -> CatalogueCalibration | None:
        """Return the calibration that is applied to a snapshot now."""
        record = self.in_use(snapshot)
        return None if record is None else record.calibration

    def history(self, snapshot: str) -> Sequence[CalibrationRecord]:
        """Return a snapshot's calibrations, newest first.

        Raises:
            UnreadableCalibrationError: One that was not reverted cannot be read.
        """
        with self._database.read() as connection:
            rows = connection.execute(_HISTORY, {"of": snapshot}).all()
        return [_record(row) for row in rows if row.reverted_at is None or _is_readable(row)]

    def add(self, snapshot: str, made: CatalogueCalibration, size: Size) -> bool:
        """Store a calibration and announce it; return whether it differs from the one in use.

        An equal one adds no row: only its size is replaced. After a newer one was reverted it does
        add a row, because growth is measured from the newest row.

        Raises:
            ValueError: It holds numbers that are not finite.
        """
        columns = {"facts": _facts(made, size)}
        with self._database.write() as connection:
            lock(connection, "calibration")
            last = connection.execute(_NEWEST, {"of": snapshot}).first()
            is_same = last is not None and last.version == made.version
            if last is not None and is_same and last.reverted_at is None:
                connection.execute(_ONE.values(columns), {"one": last.seq})
                return False
            columns |= {"version": made.version, "snapshot": snapshot}
            connection.execute(insert(calibration).values(columns | {"created_at": self._clock()}))
            announce(connection, "calibration")
        return True

    def revert(self, snapshot: str) -> str | None:
        """Revert the calibration in use of a snapshot, and announce it.

        Returns:
            Its version; None if there was none.
        """
        with self._database.write() as connection:
            lock(connection, "calibration")
            last = connection.execute(_STANDING, {"of": snapshot}).first()
            if last is None:
                return None
            connection.execute(_ONE.values(reverted_at=self._clock()), {"one": last.seq})
            announce(connection, "calibration")
        return str(last.version)

    def last_size(self, snapshot: str) -> Size:
        """Return the size at a snapshot's newest calibration, even if that was reverted.

        Raises:
            UnreadableCalibrationError: It was not reverted, and cannot be read.
        """
        with self._database.read() as connection:
            row = connection.execute(_NEWEST, {"of": snapshot}).first()
        if row is None or (row.reverted_at is not None and not _is_readable(row)):
            return Size()
        return _record(row).size

    def size(self) -> Size:
        """Return the present size; it reads counts and no track."""
        with self._database.read() as connection:
            n_tracks, n_answers = (
                connection.execute(each).scalar_one() for each in (_N_TRACKS, _N_ANSWERS)
            )
        return Size(int(n_tracks), int(n_answers))

    def take_turn(self) -> datetime | None:
        """Take the lock, so that no other process calibrates.

        Returns:
            The argument of `end_turn`; None if another process holds the lock.
        """
        return self._lease.take()

    def end_turn(self, turn: datetime) -> None:
        """Release the lock."""
        self._lease.end(turn)


def _facts(made: CatalogueCalibration, size: Size) -> str:
    return json.dumps({"calibration": made.to_facts(), "size": asdict(size)}, allow_nan=False)


def _record(row: AnyRow) -> CalibrationRecord:
    try:
        facts = json.loads(row.facts)
        made = CatalogueCalibration.from_facts(facts["calibration"])
        size = Size(int(facts["size"]["n_tracks"]), int(facts["size"]["n_answers"]))
        record = CalibrationRecord(made, row.created_at, row.reverted_at, size)
        is_sound = record.is_sound and record.version == row.version
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UnreadableCalibrationError(row.version) from error
    if not is_sound:
        raise UnreadableCalibrationError(row.version)
    return record


def _is_readable(row: AnyRow) -> bool:
    try:
        _record(row)
    except UnreadableCalibrationError:
        return False
    return True
