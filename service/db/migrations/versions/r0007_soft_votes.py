"""Soft votes, and the votes of others that an answer was written beside."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa
from alembic import op

from models.arrays import Votes
from models.emotion import QUADRANTS, Quadrant
from models.votes import soft_votes

revision = "0007"
down_revision = "0006"

_NAMES = ("q1", "q2", "q3", "q4")
_OTHERS = tuple(f"others_{name}" for name in _NAMES)
_SAID = ("seq", "user_id", "track_id", "quadrant", "valence", "arousal")
_AT_ONCE = 10_000

_VOTES = sa.table(
    "track_votes",
    sa.column("track_id", sa.String),
    sa.column("revision", sa.BigInteger),
    *(sa.column(name, sa.Double) for name in _NAMES),
)
_EVENT = sa.table(
    "label_event",
    *(sa.column(name) for name in _SAID[:4]),
    *(sa.column(name, sa.Double) for name in (*_SAID[4:], *_OTHERS)),
)
_PAGE = (
    sa.select(*(_EVENT.c[name] for name in _SAID))
    .where(_EVENT.c.seq > sa.bindparam("after"))
    .order_by(_EVENT.c.seq)
    .limit(_AT_ONCE)
)


def upgrade() -> None:
    """Make votes doubles and recount them from the log: its points become soft votes.

    Each answer is given the votes of others that stood when it was written, as far as the log
    still tells: votes of users who were forgotten since are not among them.
    """
    with op.batch_alter_table("track_votes") as batch:
        for name in _NAMES:
            batch.alter_column(name, type_=sa.Double, existing_nullable=False)
    for name in _OTHERS:
        op.add_column("label_event", sa.Column(name, sa.Double))
    _recount()
    _number()


def downgrade() -> None:
    """Count whole votes again, and drop those that answers were written beside."""
    for name in reversed(_OTHERS):
        op.drop_column("label_event", name)
    _count_whole()
    _number()
    with op.batch_alter_table("track_votes") as batch:
        for name in _NAMES:
            using = f"{name}::integer"
            batch.alter_column(
                name, type_=sa.Integer, existing_nullable=False, postgresql_using=using
            )


def _recount() -> None:
    """Go through the log once, as if every answer were recorded now."""
    sums: dict[str, Votes] = defaultdict(lambda: np.zeros(len(QUADRANTS)))
    standing: dict[tuple[str, str], Votes] = {}
    for page in _pages():
        frozen = []
        for event, vote in zip(page, _votes_of(page), strict=True):
            votes = sums[event.track_id]
            votes -= standing.pop((event.user_id, event.track_id), 0.0)
            if event.quadrant is None:
                continue
            if votes.any():
                frozen.append(
                    {"one": event.seq, **dict(zip(_OTHERS, votes.tolist(), strict=True))}
                )
            votes += vote
            standing[event.user_id, event.track_id] = vote
        if frozen:
            op.get_bind().execute(
                _EVENT.update().where(_EVENT.c.seq == sa.bindparam("one")), frozen
            )
    _store(sums)


def _pages() -> Iterator[Sequence[Any]]:
    """Yield the log in order, some events at a time."""
    after = 0
    while page := op.get_bind().execute(_PAGE, {"after": after}).all():
        yield page
        after = page[-1].seq


def _votes_of(page: Sequence[Any]) -> Votes:
    """Return what each event counts as ``(n, n_quadrants)``; what is no answer, as anything.

    It must be what the service subtracts when the answer goes, and so it is the service's own
    function. If that ever changes, another migration has to recount the votes.
    """
    votes = np.array([[event.quadrant == quadrant for quadrant in QUADRANTS] for event in page])
    points = np.array([(event.valence, event.arousal) for event in page], np.float64)
    is_point = np.isfinite(points).all(axis=1)
    counted = votes.astype(np.float64)
    counted[is_point] = soft_votes(points[is_point])
    return counted


def _store(sums: dict[str, Votes]) -> None:
    op.execute(_VOTES.update().values(dict.fromkeys(_NAMES, 0.0)))
    rows = [
        {"one": track_id, **dict(zip(_NAMES, votes.tolist(), strict=True))}
        for track_id, votes in sums.items()
        if votes.any()
    ]
    if rows:
        op.get_bind().execute(
            _VOTES.update().where(_VOTES.c.track_id == sa.bindparam("one")), rows
        )


def _count_whole() -> None:
    last = sa.select(sa.func.max(_EVENT.c.seq)).group_by(_EVENT.c.user_id, _EVENT.c.track_id)
    counted = (
        sa.select(_EVENT.c.track_id, _EVENT.c.quadrant, sa.func.count().label("n"))
        .where(_EVENT.c.seq.in_(last), _EVENT.c.quadrant.is_not(None))
        .group_by(_EVENT.c.track_id, _EVENT.c.quadrant)
    )
    sums: dict[str, Votes] = defaultdict(lambda: np.zeros(len(QUADRANTS)))
    for row in op.get_bind().execute(counted).all():
        sums[row.track_id][Quadrant(row.quadrant).index] = row.n
    _store(sums)


def _number() -> None:
    # Processes that cached votes read them again.
    counter = sa.table("votes", sa.column("revision", sa.BigInteger))
    op.execute(counter.update().values(revision=counter.c.revision + 1))
    newest = sa.select(counter.c.revision).scalar_subquery()
    op.execute(_VOTES.update().where(_VOTES.c.revision > 0).values(revision=newest))
