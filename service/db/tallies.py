"""Counts of each user, and their sums over users, changed in the transaction of the log.

A user's counts change under the user's lock. The sums change by the difference, so that
forgetting a user subtracts exactly what was added.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeAlias
from zlib import crc32

from sqlalchemy import BigInteger, Connection, Table, bindparam, case, cast, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from service.db.tables import tally, user_count, user_tally
from service.evaluation.prequential import LABELS_SO_FAR, PrequentialRecord
from service.labels import DatedLabel, Label

USERS_BY_LABELS: tuple[tuple[int, int | None], ...] = (
    (1, 4),
    (5, 9),
    (10, 19),
    (20, 49),
    (50, 99),
    (100, None),
)
"""Bins of current answers a user: first and last number; None is unbounded."""

USERS, DAYS = "users", "day"
BY_LABELS, BY_STRATEGY, BY_SNAPSHOT = "labels", "strategy", "snapshot"
"""Kinds of tallies. Keys are the first number of a bin, a day in ISO 8601, or a name."""

QUADRANT_COLUMNS = ("q1", "q2", "q3", "q4")
SUMS = ("n_users", "n", "h", "p", "nn", "hh", "pp", "hn", "pn", "hp")
N_STRIPES = 32
"""Rows of one sum on PostgreSQL."""
TALLIES = (
    select(
        tally.c.kind,
        tally.c.key,
        *(cast(func.sum(tally.c[name]), BigInteger).label(name) for name in SUMS),
    )
    .group_by(tally.c.kind, tally.c.key)
    .having(func.sum(tally.c.n) > 0)
)
"""Query of the sums over users that are not zero."""


class TallyKey(NamedTuple):
    """What is counted: a kind, and a key among those of the kind."""

    kind: str
    key: str


SumChanges: TypeAlias = Mapping[TallyKey, Counter[str]]
"""Changes of the columns `SUMS` by row."""


@dataclass(slots=True, eq=False)
class CountChanges:
    """Changes of one user's counts.

    Attributes:
        columns: Changes of the numbers in the user's row.
        tallies: Changes of answers, hits and the population's hits by row.
        moments: Times of new events.
    """

    columns: Counter[str] = field(default_factory=Counter)
    tallies: defaultdict[TallyKey, Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    moments: list[datetime] = field(default_factory=list)

    def record(
        self,
        dated: Sequence[DatedLabel],
        standing: Mapping[str, Label],
        counted: Iterable[Label],
    ) -> None:
        """Count new events.

        Args:
            dated: All of them.
            standing: The user's previous current label by track.
            counted: Those that can become current, in order.
        """
        for each in dated:
            self.moments.append(each.created_at)
            if each.label.quadrant is not None:
                self.count_day(each.created_at, 1)
        for track_id, label in {label.track_id: label for label in counted}.items():
            self._count_answer(label, 1)
            if track_id in standing:
                self._count_answer(standing[track_id], -1)

    def count_day(self, moment: datetime, n: int) -> None:
        """Count answers on a day, current or not."""
        day = moment.astimezone(UTC).date().isoformat()
        self.tallies[TallyKey(DAYS, day)].update(n=n)

    def count_forecast(self, record: PrequentialRecord, n: int) -> None:
        """Count a prequential record, or with ``n`` = -1 take it away."""
        changes = {
            "n": n,
            "h": n * (record.forecast == record.quadrant),
            "p": n * (record.forecast_population == record.quadrant),
        }
        self.tallies[TallyKey(BY_LABELS, bin_of(record.n_labels, LABELS_SO_FAR))].update(changes)
        self.tallies[TallyKey(BY_SNAPSHOT, record.snapshot)].update(changes)
        if record.is_random and record.strategy is not None:
            self.tallies[TallyKey(BY_STRATEGY, record.strategy)].update(changes)

    def _count_answer(self, label: Label, n: int) -> None:
        if label.quadrant is not None:
            self.columns[QUADRANT_COLUMNS[label.quadrant.index]] += n
        elif label.cant_tell:
            self.columns["n_cant_tell"] += n


def bin_of(n: int, bins: Sequence[tuple[int, int | None]]) -> str:
    """Return the key of the bin that holds a number.

    >>> bin_of(7, USERS_BY_LABELS)
    '5'
    """
    return str(max(first for first, _ in bins if first <= n))


def change_user(connection: Connection, user_id: str, changes: CountChanges) -> SumChanges:
    """Change the counts of a locked user with new events, and return what the sums change by.

    The user's row comes first: `service.db.recount` locks these rows against all writers.
    """
    names = (*QUADRANT_COLUMNS, "n_cant_tell")
    row = {name: changes.columns[name] for name in names} | {
        "user_id": user_id,
        "first_at": min(changes.moments),
        "last_at": max(changes.moments),
    }
    counts = connection.execute(_upsert(connection, _COUNT_USER), row).one()
    n_labels = sum(getattr(counts, name) for name in QUADRANT_COLUMNS)
    n_before = n_labels - sum(changes.columns[name] for name in QUADRANT_COLUMNS)
    sums: defaultdict[TallyKey, Counter[str]] = defaultdict(Counter)
    _move_user(sums, n_before, n_labels)
    rows = [
        {"user_id": user_id, "kind": kind, "key": key, **{name: by[name] for name in "nhp"}}
        for (kind, key), by in sorted(changes.tallies.items())
        if any(by.values())
    ]
    if rows:
        for found in connection.execute(_upsert(connection, _COUNT_TALLY), rows):
            key = TallyKey(found.kind, found.key)
            now = {name: getattr(found, name) for name in "nhp"}
            before = {name: now[name] - changes.tallies[key][name] for name in "nhp"}
            sums[key].update(_products(**now))
            sums[key].subtract(_products(**before))
    return sums


def forget_counts(connection: Connection, user_id: str) -> SumChanges:
    """Delete the counts of a locked user, and return what the sums change by."""
    sums: defaultdict[TallyKey, Counter[str]] = defaultdict(Counter)
    for counts in connection.execute(_FORGET_USER, {"user": user_id}):
        _move_user(sums, sum(getattr(counts, name) for name in QUADRANT_COLUMNS), 0)
    for found in connection.execute(_FORGET_TALLY, {"user": user_id}):
        sums[TallyKey(found.kind, found.key)].subtract(_products(found.n, found.h, found.p))
    return sums


def change_sums(connection: Connection, user_id: str, sums: SumChanges) -> None:
    """Change the sums over users by the changes of one; call it last before a commit.

    Writers that change the same rows wait for each other until the commit, so on PostgreSQL each
    sum has several rows, and users are spread over them. The order of the rows is fixed, which
    prevents deadlocks.
    """
    is_local = connection.dialect.name == "sqlite"
    stripe = 0 if is_local else crc32(user_id.encode()) % N_STRIPES
    rows = [
        {"kind": kind, "key": key, "stripe": stripe, **{name: by[name] for name in SUMS}}
        for (kind, key), by in sorted(sums.items())
        if any(by.values())
    ]
    if rows:
        connection.execute(_upsert(connection, _COUNT_SUM), rows)


def _move_user(sums: Mapping[TallyKey, Counter[str]], n_before: int, n_labels: int) -> None:
    if n_before:
        sums[TallyKey(USERS, bin_of(n_before, USERS_BY_LABELS))].subtract(_products(n_before))
    if n_labels:
        sums[TallyKey(USERS, bin_of(n_labels, USERS_BY_LABELS))].update(_products(n_labels))


def _products(n: int, h: int = 0, p: int = 0) -> dict[str, int]:
    """Return what one user's counts add to the sums."""
    return {
        "n_users": int(n != 0),
        "n": n,
        "h": h,
        "p": p,
        "nn": n * n,
        "hh": h * h,
        "pp": p * p,
        "hn": h * n,
        "pn": p * n,
        "hp": h * p,
    }


_Upserts: TypeAlias = Mapping[str, Any]
"""A statement by name of the dialect: each has a type of its own for it."""


def _adding(table: Table, *returned: str) -> _Upserts:
    """Return the statement that adds numbers to a row, or inserts it.

    It keeps the earliest ``first_at`` and the latest ``last_at``.
    """

    def statement(dialect: Any) -> Any:
        new = dialect.insert(table)
        values: dict[str, Any] = {}
        for column in table.c:
            added = new.excluded[column.name]
            if column.name == "first_at":
                values["first_at"] = case((added < column, added), else_=column)
            elif column.name == "last_at":
                values["last_at"] = case((added > column, added), else_=column)
            elif not column.primary_key:
                values[column.name] = column + added
        adding = new.on_conflict_do_update(index_elements=[*table.primary_key], set_=values)
        return adding.returning(*(table.c[name] for name in returned)) if returned else adding

    return {"sqlite": statement(sqlite), "postgresql": statement(postgresql)}


def _upsert(connection: Connection, statements: _Upserts) -> Any:
    return statements[connection.dialect.name]


_COUNT_USER = _adding(user_count, *QUADRANT_COLUMNS)
_COUNT_TALLY = _adding(user_tally, "kind", "key", "n", "h", "p")
_COUNT_SUM = _adding(tally)
_FORGET_USER = (
    delete(user_count)
    .where(user_count.c.user_id == bindparam("user"))
    .returning(*(user_count.c[name] for name in QUADRANT_COLUMNS))
)
_FORGET_TALLY = (
    delete(user_tally)
    .where(user_tally.c.user_id == bindparam("user"))
    .returning(*(user_tally.c[name] for name in ("kind", "key", "n", "h", "p")))
)
