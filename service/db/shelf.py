"""The catalogue where many tracks come at once: each is put as ever, all in one transaction."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import Connection

from service.db.catalogue import SqlCatalogue
from service.db.database import Database
from service.importing import Entry
from service.ports import Believer, Clock, Content, Heading
from service.refusals import TrackLabelledError


class SqlShelf:
    """The tracks in a database, for whoever registers thousands."""

    def __init__(self, database: Database, believer: Believer, clock: Clock) -> None:
        self._database = database
        self._believer = believer
        self._clock = clock
        self._catalogue = SqlCatalogue(database, believer, clock)

    def retitle(self, track_id: str, content: Content, heading: Heading) -> bool | None:
        return self._catalogue.retitle(track_id, content, heading)

    def put_all(self, entries: Sequence[Entry]) -> list[bool | TrackLabelledError]:
        by_id = sorted(range(len(entries)), key=lambda place: entries[place].track_id)
        with self._database.write() as connection:
            within = _Within(connection)
            # In the order in which rows are always locked.
            outcomes = {place: self._put(entries[place], within) for place in by_id}
        return [outcomes[place] for place in range(len(entries))]

    def _put(self, entry: Entry, within: "_Within") -> bool | TrackLabelledError:
        believer = replace(self._believer, believe=lambda _: entry.belief)
        catalogue = SqlCatalogue(within, believer, self._clock)
        try:
            return catalogue.put(entry.track_id, entry.features, entry.content, entry.heading)
        except TrackLabelledError as refusal:
            return refusal


class _Within(Database):
    """A database all of whose writes belong to a transaction that somebody else ends."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        yield self._connection
