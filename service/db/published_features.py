"""Files of track features that one replica builds and publishes in the database for all.

A publication is the files' valid parts, joined and cut into pieces. The row of its snapshot names
it only after the last piece was stored, so that a replica that dies leaves pieces which nothing
names. Whoever fetches it compares the files' checksums. A lock, which ends by itself, lets one
replica build at a time.
"""

import json
import logging
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from service.clock import Clock
from service.db import track_feature_files as files
from service.db.database import Database
from service.db.lease import Lease
from service.db.tables import published_features as head
from service.db.tables import published_part as part

TURN = timedelta(minutes=2)
"""Time after which a replica that holds the lock and does not renew it counts as dead."""
PART_BYTES = 1 << 20
LOG = logging.getLogger("bentoml.attune.published_features")

_OWN = head.c.snapshot == bindparam("of")
_HEAD = select(head.c.publication, head.c.n_parts, head.c.state).where(
    _OWN, head.c.publication.is_not(None)
)
_PART = select(part.c.content).where(
    part.c.snapshot == bindparam("of"),
    part.c.publication == bindparam("one"),
    part.c.number == bindparam("at"),
)
_EXISTS = select(head.c.snapshot).where(_OWN)
_OTHER_PARTS = delete(part).where(
    part.c.snapshot == bindparam("of"),
    part.c.publication.not_in(bindparam("kept", expanding=True)),
)
_THESE_PARTS = delete(part).where(
    part.c.snapshot == bindparam("of"), part.c.publication == bindparam("one")
)
_UNUSED = select(head.c.snapshot).where(
    head.c.snapshot.not_in(bindparam("served", expanding=True)),
    or_(head.c.published_at.is_(None), head.c.published_at < bindparam("before")),
    or_(head.c.building_until.is_(None), head.c.building_until < bindparam("before")),
)


@dataclass(frozen=True, slots=True)
class Publication:
    """Whole published files.

    Attributes:
        publication: Id of the publication.
        n_parts: Number of pieces.
        state: State of the files.
    """

    publication: str
    n_parts: int
    state: files.State


class PublishedFeatures:
    """Publishes the track features of one snapshot to the other replicas.

    Args:
        database: A database that all replicas share.
        clock: Tells the time.
        snapshot: Serving version.
    """

    def __init__(self, database: Database, clock: Clock, snapshot: str) -> None:
        self._database = database
        self._clock = clock
        self._snapshot = snapshot
        is_it = head.c.snapshot == snapshot
        self._lease = Lease(database, clock, head.c.building_until, is_it, TURN)

    def newest(self) -> Publication | None:
        """Return the present publication; None without one, or if another release wrote it."""
        with self._database.read() as connection:
            row = connection.execute(_HEAD, {"of": self._snapshot}).first()
        if row is None:
            return None
        try:
            return Publication(row.publication, row.n_parts, files.State(**json.loads(row.state)))
        except (TypeError, ValueError):
            return None

    def fetch(self, publication: Publication, folder: Path) -> bool:
        """Replace the files in a folder by a publication; the caller holds the folder's lock.

        Returns:
            Whether the publication is whole; otherwise the folder's state stays as it was.
        """
        try:
            state = files.receive(folder, publication.state, self._parts(publication))
        except ValueError as error:
            LOG.warning("Published track features of %s cannot be used: %s", self._snapshot, error)
            return False
        state.write(folder)
        files.delete_unused(folder, state)
        return True

    def take_turn(self) -> datetime | None:
        """Take the lock, so that no other replica builds; see `Lease.take`."""
        self._insert_head()
        return self._lease.take()

    def renewed(self, turn: datetime) -> datetime:
        """Return the renewed lock; see `Lease.renewed`."""
        return self._lease.renewed(turn)

    def end_turn(self, turn: datetime) -> None:
        """Release the lock."""
        self._lease.end(turn)

    def publish(self, turn: datetime, tracks: files.TrackFeatureMatrix) -> bool:
        """Publish files in place of the present publication, and release the lock.

        Returns:
            Whether they were published; not if the lock was lost meanwhile.
        """
        before, name = self.newest(), uuid4().hex
        number = -1
        with self._database.write_cache() as connection:  # of replicas that died
            self._delete_others(connection, [] if before is None else [before.publication])
        for number, content in enumerate(_pieces(tracks.contents())):
            key = {"snapshot": self._snapshot, "publication": name, "number": number}
            with self._database.write_cache() as connection:
                connection.execute(insert(part), key | {"content": content})
            turn = self.renewed(turn)
        columns = {
            "publication": name,
            "n_parts": number + 1,
            "state": json.dumps(asdict(tracks.state)),
            "published_at": self._clock(),
            "building_until": None,
        }
        with self._database.write_cache() as connection:
            statement = update(head).where(self._lease.is_held).values(columns)
            held = connection.execute(statement, {"held": turn})
            if held.rowcount == 1:
                self._delete_others(connection, [name])
            else:  # another replica builds
                connection.execute(_THESE_PARTS, {"of": self._snapshot, "one": name})
        return held.rowcount == 1

    def _parts(self, publication: Publication) -> Iterator[bytes]:
        for number in range(publication.n_parts):
            parameters = {"of": self._snapshot, "one": publication.publication, "at": number}
            with self._database.read() as connection:
                content = connection.execute(_PART, parameters).scalar_one_or_none()
            if content is None:
                raise ValueError(f"part {number} of {publication.n_parts} was removed")
            yield content

    def _insert_head(self) -> None:
        with self._database.read() as connection:
            if connection.execute(_EXISTS, {"of": self._snapshot}).first() is not None:
                return
        with suppress(IntegrityError), self._database.write_cache() as connection:
            connection.execute(insert(head), {"snapshot": self._snapshot, "n_parts": 0})

    def _delete_others(self, connection: Connection, kept: list[str]) -> None:
        connection.execute(_OTHER_PARTS, {"of": self._snapshot, "kept": kept})


def remove_unused(database: Database, served: Collection[str], before: datetime) -> int:
    """Delete publications of snapshots that are not served; return how many.

    Args:
        database: The database that all replicas share.
        served: Serving versions of the snapshots to keep.
        before: Publications since then are kept too: other replicas may serve them.
    """
    with database.read() as connection:
        parameters = {"served": list(served), "before": before}
        unused = connection.execute(_UNUSED, parameters).scalars().all()
    for snapshot in unused:
        with database.write_cache() as connection:
            connection.execute(delete(part).where(part.c.snapshot == snapshot))
            connection.execute(delete(head).where(head.c.snapshot == snapshot))
    return len(unused)


def _pieces(contents: Iterable[memoryview]) -> Iterator[bytes]:
    """Cut contents into pieces of `PART_BYTES`; the last one of each may be shorter."""
    for content in contents:
        for begin in range(0, len(content), PART_BYTES):
            yield bytes(content[begin : begin + PART_BYTES])
