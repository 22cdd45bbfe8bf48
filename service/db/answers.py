"""Answers in a database: a compact row for each user's latest event on each track.

The rows follow from the log, which remains the only truth: they are written in the transaction
that records events, and `rebuild_answers` makes them again.
"""

import struct
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import Connection, bindparam, delete, select, text

from models.arrays import Votes
from models.emotion import N_QUADRANTS
from service.answers import CANT_TELL, RETRACTED, Answers
from service.db.hash_table import keys_of
from service.db.label_rows import event_in, frozen_votes
from service.db.tables import answer, label_event
from service.labels import Label, LabelEvent
from service.votes import NO_VOTES

EVENTS_AT_ONCE = 10_000
ROWS_AT_ONCE = 500
_PACKED = np.dtype(
    [
        ("key", "<u8"),  # of the track's id
        ("point", "<f8", (2,)),
        ("others", "<f8", (N_QUADRANTS,)),
        ("time_us", "<i8"),
        ("state", "u1"),
        ("is_repeat", "u1"),
    ]
)
"""A packed event: 66 bytes."""
_PACK = struct.Struct(f"<Q2d{N_QUADRANTS}dqBB").pack
_EPOCH, _US = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_NO_POINT = (np.nan, np.nan)

_OF_USER = answer.c.user_id == bindparam("user")
_ALL = (
    select(answer.c.track_id, answer.c.seq, answer.c.packed)
    .where(_OF_USER)
    .order_by(answer.c.track_id)
)
# Both databases understand it, and SQLAlchemy writes it for each of them only.
_PUT = text(
    "INSERT INTO answer (user_id, track_id, seq, packed)"
    " VALUES (:user_id, :track_id, :seq, :packed)"
    " ON CONFLICT (user_id, track_id) DO UPDATE SET seq = excluded.seq, packed = excluded.packed"
)
_PAGE = (
    select(label_event)
    .where(label_event.c.seq > bindparam("after"))
    .order_by(label_event.c.seq)
    .limit(EVENTS_AT_ONCE)
)


def put_answers(connection: Connection, events: Iterable[LabelEvent]) -> None:
    """Make events that were just recorded their users' latest, but for superseded ones."""
    in_order = sorted(events, key=lambda event: event.seq)
    last = {(e.user_id, e.label.track_id): e for e in in_order if not e.is_superseded}
    rows = [
        {"user_id": user_id, "track_id": track_id, "seq": event.seq, "packed": packed}
        for ((user_id, track_id), event), packed in zip(
            last.items(), _packed(last.values()), strict=True
        )
    ]
    if rows:
        connection.execute(_PUT, rows)


def read_answers(connection: Connection, user_id: str) -> Answers:
    """Return a user's answers."""
    track_ids: list[str] = []
    seqs: list[int] = []
    packed: list[bytes] = []
    # In parts: 20,000 rows at once make the garbage collector walk the whole heap.
    for rows in connection.execute(_ALL, {"user": user_id}).partitions(ROWS_AT_ONCE):
        track_ids += [row[0] for row in rows]
        seqs += [row[1] for row in rows]
        packed += [row[2] for row in rows]
    return _unpacked(track_ids, seqs, packed)


def answers_of(events: Collection[LabelEvent]) -> Answers:
    """Return the answers that a user's latest events make, one event a track."""
    ordered = sorted(events, key=lambda event: event.label.track_id)
    track_ids = [event.label.track_id for event in ordered]
    return _unpacked(track_ids, [event.seq for event in ordered], _packed(ordered))


def votes_in(packed: Sequence[bytes | None]) -> Votes:
    """Return the votes of packed events ``(n, n_quadrants)``; 0 where there is none."""
    votes = np.zeros((len(packed), N_QUADRANTS))
    places = [place for place, blob in enumerate(packed) if blob is not None]
    blobs = [blob for blob in packed if blob is not None]
    votes[places] = _unpacked([""] * len(blobs), [0] * len(blobs), blobs).votes
    return votes


def forget_answers(connection: Connection, user_id: str) -> None:
    """Delete a user's answers."""
    connection.execute(delete(answer).where(_OF_USER), {"user": user_id})


def rebuild_answers(connection: Connection) -> None:
    """Make the answers of all users again from the log."""
    connection.execute(delete(answer))
    after = 0
    while rows := connection.execute(_PAGE, {"after": after}).all():
        put_answers(connection, map(event_in, rows))
        after = rows[-1].seq


def _packed(events: Collection[LabelEvent]) -> list[bytes]:
    keys = keys_of([event.label.track_id for event in events]).tolist()
    return [
        _PACK(
            key,
            # SQLite's log keeps no negative zero.
            *(coordinate + 0.0 for coordinate in event.label.point or _NO_POINT),
            *(frozen_votes(event.label, event.others) or NO_VOTES),
            (event.created_at - _EPOCH) // _US,
            _state(event.label),
            event.label.is_repeat,
        )
        for key, event in zip(keys, events, strict=True)
    ]


def _state(label: Label) -> int:
    if label.quadrant is not None:
        return label.quadrant.index
    return CANT_TELL if label.cant_tell else RETRACTED


def _unpacked(track_ids: Sequence[str], seqs: Sequence[int], packed: Sequence[bytes]) -> Answers:
    events = np.frombuffer(b"".join(packed), _PACKED)
    return Answers(
        track_ids,
        events["key"].astype(np.uint64),
        np.array(seqs, np.int64),
        events["state"].astype(np.int64),
        np.ascontiguousarray(events["point"]),
        np.ascontiguousarray(events["others"]),
        np.ascontiguousarray(events["time_us"]),
        events["is_repeat"].astype(np.bool_),
    )
