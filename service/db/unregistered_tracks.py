"""Rows for tracks that imported labels name and nobody has registered here.

Such a row is hidden and holds no content, like that of a deleted track whose features were erased.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from service.db.database import in_parts
from service.db.tables import catalogue, track
from service.db.votes import add_to_votes

_THOSE = select(track.c.track_id).where(
    track.c.track_id.in_(bindparam("track_ids", expanding=True))
)
_TAKE = (
    update(catalogue)
    .values(revision=catalogue.c.revision + bindparam("n"))
    .returning(catalogue.c.revision)
)


def add_unregistered(connection: Connection, track_ids: Collection[str], now: datetime) -> None:
    """Insert a hidden row for each track that has none; call it before locking tracks.

    The catalogue's counter, which every registration takes first, stays locked until the commit.
    """
    n_missing = len(_missing(connection, track_ids))
    if not n_missing:
        return
    last = connection.execute(_TAKE, {"n": n_missing}).scalar_one()
    missing = _missing(connection, track_ids)  # another call may have registered some meanwhile
    rows = [
        {
            "track_id": track_id,
            "revision": revision,
            "is_hidden": True,
            "created_at": now,
            "updated_at": now,
            "feature_digest": "",
            "snapshot": "",
        }
        for revision, track_id in enumerate(sorted(missing), start=last - n_missing + 1)
    ]
    if rows:
        connection.execute(insert(track), rows)
        add_to_votes(connection, missing)


def _missing(connection: Connection, track_ids: Collection[str]) -> set[str]:
    known = {
        track_id
        for part in in_parts(track_ids)
        for track_id in connection.scalars(_THOSE, {"track_ids": part})
    }
    return set(track_ids) - known
