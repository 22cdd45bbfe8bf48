"""Counts made again from the log, the forecasts and the catalogue, by SQL."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Table,
    TableClause,
    and_,
    case,
    column,
    delete,
    except_,
    func,
    insert,
    literal,
    select,
    union_all,
    update,
)
from sqlalchemy import (
    cast as sql_cast,
)
from sqlalchemy import (
    table as sql_table,
)

from models.emotion import QUADRANTS
from service.db.tables import (
    answer,
    catalogue,
    guess,
    label_event,
    tally,
    track,
    user_count,
    user_tally,
)
from service.db.tallies import (
    BY_LABELS,
    BY_SNAPSHOT,
    BY_STRATEGY,
    DAYS,
    QUADRANT_COLUMNS,
    SUMS,
    TALLIES,
    USERS,
    USERS_BY_LABELS,
)
from service.evaluation.prequential import LABELS_SO_FAR

Counted: TypeAlias = Select[Any]
"""A query of the rows that a table should have, with its columns in order."""


def rebuild_counts(connection: Connection) -> dict[str, int]:
    """Make all counts again from what they count.

    Writers of labels and of tracks wait until the transaction ends.

    Returns:
        By table the number of rows that were wrong, plus those that replace them; 0 if all were
        right. A row that counts nothing is as good as none.
    """
    _lock_out_writers(connection)
    is_local = connection.dialect.name == "sqlite"
    wrong = {catalogue.name: _recount_shown(connection)}
    in_use = user_tally.c.n != 0
    for table, stored, counted in (
        (user_count, select(user_count), _user_counts()),
        (user_tally, select(user_tally).where(in_use), _user_tallies(is_local=is_local)),
        (tally, TALLIES, _sums()),
    ):
        wrong[table.name] = _replace(connection, table, stored, counted)
    return wrong


def _lock_out_writers(connection: Connection) -> None:
    # In the order in which writers lock: the catalogue's counter, answers, the user's row.
    connection.execute(select(catalogue.c.revision).with_for_update())
    if connection.dialect.name == "postgresql":  # a transaction locks the whole of SQLite's file
        for table in (answer, user_count):
            connection.exec_driver_sql(f"LOCK TABLE {table.name} IN EXCLUSIVE MODE")


def _recount_shown(connection: Connection) -> int:
    n_shown = connection.scalar(select(func.count()).select_from(track).where(~track.c.is_hidden))
    is_wrong = catalogue.c.n_shown != n_shown
    return connection.execute(update(catalogue).where(is_wrong).values(n_shown=n_shown)).rowcount


def _replace(connection: Connection, table: Table, stored: Counted, counted: Counted) -> int:
    made = _materialised(connection, table, stored, counted)
    differing = except_(stored, select(made)), except_(select(made), stored)
    n_wrong = sum(
        connection.execute(select(func.count()).select_from(each.subquery())).scalar_one()
        for each in differing
    )
    if n_wrong:
        connection.execute(delete(table))
        connection.execute(insert(table).from_select(made.c.keys(), select(made)))
    connection.exec_driver_sql(f"DROP TABLE {made.name}")
    return int(n_wrong)


def _materialised(
    connection: Connection, table: Table, stored: Counted, counted: Counted
) -> TableClause:
    """Store the rows that a table should have in a temporary one, so that they are read once."""
    columns = [column(each.name, each.type) for each in stored.selected_columns]
    made = sql_table(f"counted_{table.name}", *columns)
    query = counted.compile(connection, compile_kwargs={"literal_binds": True})
    names = ", ".join(f'"{each.name}"' for each in columns)
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE {made.name} AS "  # noqa: S608  # made of constants
        f"WITH counted ({names}) AS ({query}) SELECT * FROM counted"
    )
    return made


def _user_counts() -> Counted:
    user_id, created_at = label_event.c.user_id, label_event.c.created_at
    latest = (
        select(func.max(label_event.c.seq))
        .where(~label_event.c.is_superseded)
        .group_by(user_id, label_event.c.track_id)
    )
    times = func.min(created_at).label("first_at"), func.max(created_at).label("last_at")
    names = [*QUADRANT_COLUMNS, "n_cant_tell"]
    current = [label_event.c.quadrant == q.value for q in QUADRANTS] + [label_event.c.cant_tell]
    counts = [_count_if(each).label(name) for name, each in zip(names, current, strict=True)]
    # Two groups: as a join, SQLite would compare every event with every latest one.
    each = union_all(
        select(user_id, *counts, *times).where(label_event.c.seq.in_(latest)).group_by(user_id),
        select(user_id, *(_ZERO.label(name) for name in names), *times).group_by(user_id),
    ).subquery()
    return select(
        each.c.user_id,
        *(func.sum(each.c[name]) for name in names),
        func.min(each.c.first_at),
        func.max(each.c.last_at),
    ).group_by(each.c.user_id)


def _user_tallies(*, is_local: bool) -> Counted:
    day = (
        func.date(label_event.c.created_at)  # SQLite stores times in UTC
        if is_local
        else func.to_char(func.timezone("UTC", label_event.c.created_at), "YYYY-MM-DD")
    )
    days = (
        select(
            label_event.c.user_id,
            literal(DAYS).label("kind"),
            day.label("by"),
            func.count().label("n"),
            _ZERO.label("h"),
            _ZERO.label("p"),
        )
        .where(label_event.c.quadrant.is_not(None))
        .group_by(label_event.c.user_id, "by")
    )
    is_drawn = and_(guess.c.is_random, guess.c.strategy.is_not(None))
    tallies = union_all(
        days,
        _forecasts(BY_LABELS, _bin(guess.c.n_labels, LABELS_SO_FAR)),
        _forecasts(BY_STRATEGY, guess.c.strategy).where(is_drawn),
        _forecasts(BY_SNAPSHOT, guess.c.snapshot),
    )
    return select(tallies.subquery())


def _forecasts(kind: str, key: ColumnElement[Any]) -> Select[Any]:
    return select(
        guess.c.user_id,
        literal(kind),
        key.label("by"),
        func.count(),
        _count_if(guess.c.forecast == guess.c.quadrant),
        _count_if(guess.c.forecast_population == guess.c.quadrant),
    ).group_by(guess.c.user_id, "by")  # by name, since a parameter does not equal itself


def _sums() -> Counted:
    answers = user_count.c.q1 + user_count.c.q2 + user_count.c.q3 + user_count.c.q4
    users = select(
        literal(USERS).label("kind"),
        _bin(answers, USERS_BY_LABELS).label("key"),
        answers.label("n"),
        _ZERO.label("h"),
        _ZERO.label("p"),
    ).where(answers > 0)
    columns = (user_tally.c[name] for name in ("kind", "key", "n", "h", "p"))
    tallies = select(*columns).where(user_tally.c.n != 0)
    each = union_all(users, tallies).subquery()
    # A product of two 32-bit numbers would overflow on PostgreSQL.
    factors = [[sql_cast(each.c[name], BigInteger) for name in names] for names in SUMS[1:]]
    sums = (func.sum(row[0] if len(row) == 1 else row[0] * row[1]) for row in factors)
    return select(each.c.kind, each.c.key, func.count(), *sums).group_by(each.c.kind, each.c.key)


def _bin(n: ColumnElement[int], bins: Sequence[tuple[int, int | None]]) -> ColumnElement[str]:
    bounded = ((n <= last, str(first)) for first, last in bins if last is not None)
    return case(*bounded, else_=str(bins[-1][0]))


def _count_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


_ZERO: ColumnElement[int] = literal(0)
