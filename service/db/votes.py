"""Votes: the sums of users' current answers on each track, updated with the log.

Soft votes are multiples of 1/1024, so sums of doubles are exact in any order.

Rows of tracks are always locked in ascending order of their ids, which prevents deadlocks.

Every change has a revision, by which readers find what is new to them. SQLite has one writer,
which counts. On PostgreSQL writers do not wait for each other: the revision is the transaction's
id, and a reader keeps which smaller ids were still open at the greatest that it has read. That one
is on the disk, so after a crash PostgreSQL gives no smaller id again.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    insert,
    null,
    or_,
    select,
    update,
)

from models.emotion import N_QUADRANTS
from service.db.answers import votes_in
from service.db.database import Database, in_parts
from service.db.population_predictions import forget_erased
from service.db.tables import answer, track, track_votes
from service.db.track_rows import ERASED
from service.labels import QuadrantVotes
from service.votes import VoteChanges, VotesMark, without_own

CHANGES_AT_ONCE = 10_000
"""Changes that are read together; more only if one call brought them."""
COUNTS = (track_votes.c.q1, track_votes.c.q2, track_votes.c.q3, track_votes.c.q4)
_TOTAL = COUNTS[0] + COUNTS[1] + COUNTS[2] + COUNTS[3]
_AMONG: BindParameter[str] = bindparam("track_ids", expanding=True)

_NO_VOTES = {count.name: 0.0 for count in COUNTS} | {"revision": 0}
_ON = select(track_votes.c.track_id, *COUNTS).where(track_votes.c.track_id.in_(_AMONG), _TOTAL > 0)
_OWN = and_(answer.c.user_id == bindparam("user"), answer.c.track_id == track_votes.c.track_id)
_OF_OTHERS = _ON.add_columns(answer.c.packed).select_from(track_votes.outerjoin(answer, _OWN))
_NO_REVISION = 2**63 - 1


def _changed(snapshot: ColumnElement[Any], is_new: ColumnElement[bool]) -> Select[Any]:
    """Return the query of the first new rows, by whole revisions."""
    last_of_part = (
        select(track_votes.c.revision)
        .where(is_new)
        .order_by(track_votes.c.revision)
        .offset(bindparam("most") - 1)
        .limit(1)
        .scalar_subquery()
    )
    last = func.coalesce(last_of_part, _NO_REVISION)
    return select(
        track_votes.c.track_id, *COUNTS, track_votes.c.revision, snapshot.label("snapshot")
    ).where(is_new, track_votes.c.revision <= last)


_IS_LATER = track_votes.c.revision > bindparam("after")
_WAS_OPEN = track_votes.c.revision.in_(bindparam("open", expanding=True))
_CHANGED = {
    "sqlite": _changed(null(), _IS_LATER),
    "postgresql": _changed(cast(func.pg_current_snapshot(), String), or_(_IS_LATER, _WAS_OPEN)),
}
_XMAX = cast(cast(func.pg_snapshot_xmax(func.pg_current_snapshot()), String), BigInteger)
_XID = cast(cast(func.pg_current_xact_id(), String), BigInteger)
_REVISIONS = {
    "sqlite": select(func.coalesce(func.max(track_votes.c.revision), 0) + 1),
    "postgresql": select(_XID),
}
"""The revision of a transaction's changes, by dialect."""
_FOREIGN = select(track_votes.c.track_id).where(track_votes.c.revision >= _XMAX)
_ADOPT = (
    update(track_votes)
    .where(track_votes.c.track_id.in_(_FOREIGN.limit(CHANGES_AT_ONCE)))
    .values(revision=_XID)
)
_LABELLED = select(track_votes.c.track_id).where(
    track_votes.c.track_id == bindparam("one"), _TOTAL > 0
)
_LOCK = (
    select(track.c.track_id, track.c.is_hidden)
    .where(track.c.track_id.in_(_AMONG))
    .order_by(track.c.track_id)
    .with_for_update()  # SQLite does not support it and does not need it
)
_MOVE = (
    update(track_votes)
    .where(track_votes.c.track_id == bindparam("one"))
    .values({count: count + bindparam(f"by_{count.name}") for count in COUNTS})
    .values(revision=bindparam("as_of"))
)
_ERASE = (
    update(track)
    .where(track.c.track_id.in_(_AMONG), track.c.is_hidden)
    .where(
        ~select(track_votes.c.track_id)
        .where(track_votes.c.track_id == track.c.track_id, _TOTAL > 0)
        .exists()
    )
    .values(ERASED)
)


def add_to_votes(connection: Connection, track_ids: Collection[str]) -> None:
    """Insert the rows of new tracks, one or more, on which nobody has voted."""
    rows = [_NO_VOTES | {"track_id": track_id} for track_id in sorted(track_ids)]
    connection.execute(insert(track_votes), rows)


def votes_on(connection: Connection, track_ids: Sequence[str]) -> dict[str, QuadrantVotes]:
    """Return the votes of those of the tracks that have any; the ids must fit a statement."""
    rows = connection.execute(_ON, {"track_ids": track_ids})
    return {track_id: (q1, q2, q3, q4) for track_id, q1, q2, q3, q4 in rows}


def votes_of_others(
    connection: Connection, user_id: str, track_ids: Sequence[str]
) -> dict[str, QuadrantVotes]:
    """Return the votes without a user's own; the ids must fit a statement.

    A single statement reads sums and own answers, so that both are of the same moment.
    """
    rows = connection.execute(_OF_OTHERS, {"user": user_id, "track_ids": track_ids}).all()
    votes = np.array([row[1:5] for row in rows], np.float64).reshape(-1, N_QUADRANTS)
    left = without_own(votes, votes_in([row.packed for row in rows])).tolist()
    return {row[0]: (q1, q2, q3, q4) for row, (q1, q2, q3, q4) in zip(rows, left, strict=True)}


def votes_since(connection: Connection, mark: VotesMark) -> VoteChanges:
    """Return the first votes that changed since a mark: those of whole revisions.

    What was committed before the call is there, if the call returns all changes.
    """
    values = {"after": mark.after, "most": CHANGES_AT_ONCE, "open": mark.open}
    rows = connection.execute(_CHANGED[connection.dialect.name], values).all()
    if not rows:
        return VoteChanges(mark, {})
    counts = {row.track_id: (row.q1, row.q2, row.q3, row.q4) for row in rows}
    last = max(row.revision for row in rows)
    after = max(last, mark.after)
    unread = {each for each in mark.open if each > last}
    still_open = {each for each in _open(rows[0].snapshot) if each < after}
    following = VotesMark(after, tuple(sorted(unread | still_open)))
    return VoteChanges(following, counts, is_whole=len(rows) < CHANGES_AT_ONCE)


def _open(snapshot: str | None) -> list[int]:
    """Return the transactions that were open in a snapshot of PostgreSQL, ``xmin:xmax:xip,…``."""
    if snapshot is None:
        return []
    return [int(each) for each in snapshot.rpartition(":")[2].split(",") if each]


def adopt_votes(database: Database) -> None:
    """Number the votes anew whose revisions this server has not given yet.

    They come from a dump of another server, from a copy of SQLite or from an earlier release.
    A reader would take them for the newest, and miss changes with smaller revisions.
    """
    while not database.is_local:
        with database.write() as connection:
            if not connection.execute(_ADOPT).rowcount:
                return


def is_labelled(connection: Connection, track_id: str) -> bool:
    """Whether a current answer is about the track."""
    return connection.execute(_LABELLED, {"one": track_id}).first() is not None


def lock_tracks(connection: Connection, track_ids: Collection[str]) -> dict[str, bool]:
    """Lock tracks until the transaction ends; return for each that exists whether it is hidden."""
    return {
        row.track_id: row.is_hidden
        for part in in_parts(sorted(track_ids))
        for row in connection.execute(_LOCK, {"track_ids": part})
    }


def move_votes(connection: Connection, moves: Mapping[str, QuadrantVotes]) -> None:
    """Change the votes of locked tracks."""
    revision = connection.execute(_REVISIONS[connection.dialect.name]).scalar_one()
    changes = [
        {"one": track_id, "as_of": revision}
        | {f"by_q{i}": by for i, by in enumerate(move, start=1)}
        for track_id, move in sorted(moves.items())
    ]
    connection.execute(_MOVE, changes)


def erase_unneeded(connection: Connection, track_ids: Collection[str]) -> None:
    """Erase the features of those tracks that are hidden and have no standing answer."""
    for part in in_parts(track_ids):
        connection.execute(_ERASE, {"track_ids": part})
        forget_erased(connection, part)
