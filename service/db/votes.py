"""Votes: the sums of users' current answers on each track, updated with the log.

Soft votes are multiples of 1/1024, so sums of doubles are exact in any order.

Rows of tracks are always locked in ascending order of their ids, which prevents deadlocks.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from sqlalchemy import BindParameter, Connection, and_, bindparam, func, insert, select, update

from models.emotion import N_QUADRANTS
from service.db.answers import votes_in
from service.db.database import in_parts
from service.db.population_predictions import forget_erased
from service.db.tables import answer, track, track_votes, votes
from service.db.track_rows import ERASED
from service.labels import QuadrantVotes
from service.votes import VoteChanges, without_own

CHANGES_AT_ONCE = 10_000
"""Changes that are read together; more only if one call brought them."""
COUNTS = (track_votes.c.q1, track_votes.c.q2, track_votes.c.q3, track_votes.c.q4)
_TOTAL = COUNTS[0] + COUNTS[1] + COUNTS[2] + COUNTS[3]
_AMONG: BindParameter[str] = bindparam("track_ids", expanding=True)

_NO_VOTES = {count.name: 0.0 for count in COUNTS} | {"revision": 0}
_ON = select(track_votes.c.track_id, *COUNTS).where(track_votes.c.track_id.in_(_AMONG), _TOTAL > 0)
_OWN = and_(answer.c.user_id == bindparam("user"), answer.c.track_id == track_votes.c.track_id)
_OF_OTHERS = _ON.add_columns(answer.c.packed).select_from(track_votes.outerjoin(answer, _OWN))
_SINCE = track_votes.c.revision > bindparam("since")
_LAST_OF_PART = (
    select(track_votes.c.revision)
    .where(_SINCE)
    .order_by(track_votes.c.revision)
    .offset(bindparam("most") - 1)
    .limit(1)
    .scalar_subquery()
)
_NO_REVISION = 2**63 - 1
_CHANGED = select(track_votes.c.track_id, *COUNTS, track_votes.c.revision).where(
    _SINCE, track_votes.c.revision <= func.coalesce(_LAST_OF_PART, _NO_REVISION)
)
_NEXT = update(votes).values(revision=votes.c.revision + 1).returning(votes.c.revision)
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
)
_NUMBER = (
    update(track_votes)
    .where(track_votes.c.track_id.in_(_AMONG))
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


def votes_since(connection: Connection, revision: int) -> VoteChanges:
    """Return the first votes that changed after a revision: those of whole revisions."""
    rows = connection.execute(_CHANGED, {"since": revision, "most": CHANGES_AT_ONCE}).all()
    counts = {track_id: (q1, q2, q3, q4) for track_id, q1, q2, q3, q4, _ in rows}
    is_whole = len(rows) < CHANGES_AT_ONCE
    return VoteChanges(max((row[-1] for row in rows), default=revision), counts, is_whole)


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
    """Change the votes of locked tracks; call `number_votes` before the commit."""
    changes = [
        {"one": track_id, **{f"by_q{i}": by for i, by in enumerate(move, start=1)}}
        for track_id, move in sorted(moves.items())
    ]
    connection.execute(_MOVE, changes)


def number_votes(connection: Connection, track_ids: Collection[str]) -> None:
    """Give the changed votes of locked tracks the next revision; call it last before a commit.

    The counter stays locked until the commit, so revisions become visible in order. Writers of
    labels wait for each other here only.
    """
    if track_ids:
        revision = connection.execute(_NEXT).scalar_one()
        for part in in_parts(sorted(track_ids)):
            connection.execute(_NUMBER, {"track_ids": part, "as_of": revision})


def erase_unneeded(connection: Connection, track_ids: Collection[str]) -> None:
    """Erase the features of those tracks that are hidden and have no standing answer."""
    for part in in_parts(track_ids):
        connection.execute(_ERASE, {"track_ids": part})
        forget_erased(connection, part)
