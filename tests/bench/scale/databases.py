"""Databases of a number of tracks and listeners, made once and kept."""

import time
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from models.snapshot import Snapshot
from service.clock import utc_now
from service.db.answers import rebuild_answers
from service.db.database import Database
from service.db.recount import rebuild_counts
from service.db.schema import migrate
from service.db.tables import label_event
from tests.bench.catalogue import Example, enlarge_cache, fill
from tests.bench.scale.listeners import PERIOD, add_answers, calls, draw, probes
from tests.bench.scale.stores import Store
from tests.bench.tables import say

FEW_LISTENERS = 1_000
"""Listeners of the first database of a catalogue; those with more begin with a copy of it."""


@dataclass(frozen=True, slots=True, order=True)
class Size:
    """How much a database holds."""

    n_tracks: int
    n_listeners: int

    def __str__(self) -> str:
        return f"{self.n_tracks:,} tracks, {self.n_listeners:,} listeners"

    @property
    def name(self) -> str:
        return f"{self.n_tracks}-{self.n_listeners}"


def build(store: Store, size: Size, snapshot: Snapshot, example: Example) -> None:
    """Make a database unless it is there; one that was interrupted goes on.

    A database of an earlier schema is migrated.

    Args:
        store: Keeps it.
        size: What it holds.
        snapshot: Registers the tracks.
        example: The track that all are moved from.
    """
    if store.has(size.name):
        _migrated(store.url(size.name)).close()
        return
    first = Size(size.n_tracks, min(size.n_listeners, FEW_LISTENERS))
    if first != size:
        build(store, first, snapshot, example)
    began = time.perf_counter()
    say(f"Making {size} …")
    database = _migrated(store.draft(size.name, None if first == size else first.name))
    if first == size:
        fill(database, size.n_tracks, snapshot, example)
        add_listeners(database, 0, size, snapshot)
    else:
        add_listeners(database, first.n_listeners, size, snapshot)
    database.close()
    store.finish(size.name)
    say(f"Made {size} in {time.perf_counter() - began:.0f} s.")


def add_listeners(
    database: Database,
    first: int,
    size: Size,
    snapshot: Snapshot,
    since: datetime | None = None,
) -> None:
    """Record the answers of listeners from number ``first`` on, and of probes with the first."""
    exact = [] if first else probes(size.n_tracks)
    answers = draw(first, size.n_listeners, size.n_tracks, exact)
    with database.write() as connection:
        enlarge_cache(connection)
        begin = since or utc_now() - PERIOD
        add_answers(connection, list(calls(answers, snapshot.serving_version, begin)))
        rebuild_answers(connection)
        rebuild_counts(connection)


def count_events(store: Store, size: Size) -> int:
    """Return the number of events in the log of a database."""
    database = Database(store.url(size.name))
    with database.read() as connection:
        n_events = connection.execute(select(func.count()).select_from(label_event)).scalar_one()
    database.close()
    return int(n_events)


def _migrated(url: str) -> Database:
    database = Database(url)
    migrate(database)
    return database
