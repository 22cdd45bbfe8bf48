"""Add a compact row for each user's latest event on each track."""

import hashlib
import struct
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_AT_ONCE = 10_000
_ID = sa.String(200).with_variant(sa.String(256, collation="C"), "postgresql")
_INDEX = ("label_event_answer", "label_event")
_INDEXED = ["user_id", "track_id", "seq", "is_superseded"]
_OTHERS = ("others_q1", "others_q2", "others_q3", "others_q4")
_EVENT = sa.table(
    "label_event",
    *(sa.column(name) for name in ("seq", "user_id", "track_id", "quadrant")),
    *(sa.column(name, sa.Double) for name in ("valence", "arousal", *_OTHERS)),
    *(sa.column(name, sa.Boolean) for name in ("cant_tell", "is_repeat", "is_superseded")),
    sa.column("created_at", sa.DateTime(timezone=True)),
)
_PAGE = (
    sa.select(_EVENT)
    .where(_EVENT.c.seq > sa.bindparam("after"))
    .order_by(_EVENT.c.seq)
    .limit(_AT_ONCE)
)
_PUT = sa.text(
    "INSERT INTO answer (user_id, track_id, seq, packed)"
    " VALUES (:user_id, :track_id, :seq, :packed)"
    " ON CONFLICT (user_id, track_id) DO UPDATE SET seq = excluded.seq, packed = excluded.packed"
)
_STATES = {"Q1": 0, "Q2": 1, "Q3": 2, "Q4": 3}
_CANT_TELL, _RETRACTED = 4, 5
_PACK = struct.Struct("<Q2d4dqBB").pack
"""Key of the track's id, point, others' votes, time in microseconds, state, whether a repeat."""
_KEY_BYTES = 8
_EPOCH, _US = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


def upgrade() -> None:
    """Create the table, fill it from the log, and drop the index that it replaces."""
    op.create_table(
        "answer",
        sa.Column("user_id", _ID, primary_key=True),
        sa.Column("track_id", _ID, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("packed", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    for page in _pages():
        last = {(e.user_id, e.track_id): e for e in page if not e.is_superseded}
        if last:
            op.get_bind().execute(_PUT, [_row(event) for event in last.values()])
    op.drop_index(*_INDEX)


def downgrade() -> None:
    """Drop the table, which follows from the log."""
    op.create_index(*_INDEX, _INDEXED)
    op.drop_table("answer")


def _pages() -> Iterator[Sequence[Any]]:
    """Yield the log in order, some events at a time."""
    after = 0
    while page := op.get_bind().execute(_PAGE, {"after": after}).all():
        yield page
        after = page[-1].seq


def _row(event: Any) -> dict[str, Any]:
    key = hashlib.blake2b(event.track_id.encode(), digest_size=_KEY_BYTES).digest()
    point = event.valence, event.arousal
    others = [getattr(event, name) for name in _OTHERS]
    nobody = _CANT_TELL if event.cant_tell else _RETRACTED
    packed = _PACK(
        int.from_bytes(key, "little"),
        *((float("nan"),) * 2 if None in point else (each + 0.0 for each in point)),
        *((0.0,) * len(_OTHERS) if event.quadrant is None or None in others else others),
        (_utc(event.created_at) - _EPOCH) // _US,
        nobody if event.quadrant is None else _STATES[event.quadrant],
        event.is_repeat,
    )
    return {"user_id": event.user_id, "track_id": event.track_id, "seq": event.seq} | {
        "packed": packed
    }


def _utc(time: datetime) -> datetime:
    # SQLite keeps no time zone; what it stores is UTC.
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time
