"""A hundred replicas on paper: what they ship, poll and hold, from measured constants."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import psutil

from models.snapshot import Snapshot
from service.clock import utc_now
from service.db.database import THREADS, Database, most_connections
from service.db.label_log import LabelLog
from service.db.notifications import Notifications
from service.db.schema import migrate
from service.db.track_features import TrackFeatureFeed
from service.serving.container import population_predictor_of
from service.votes import VotesMark
from tests.bench.scale.measuring import total_time_s
from tests.postgres import Postgres

N_REPLICAS, WORKERS = 100, 2
N_POLLS = 2_000
WARM_UP = 100


@dataclass(frozen=True, slots=True)
class Poll:
    """What reading once costs, in milliseconds of a processor.

    Attributes:
        client_ms: Of the process that asks.
        server_ms: Of PostgreSQL.
    """

    client_ms: float
    server_ms: float


@dataclass(frozen=True, slots=True)
class Polls:
    """What is polled on PostgreSQL.

    Attributes:
        notifications: Once a second in each worker.
        revision: Before each ranking and query: the catalogue's revision.
        votes: Before each ranking and query: the votes that changed.
        connections: Most connections of one worker.
    """

    notifications: Poll
    revision: Poll
    votes: Poll
    connections: int = most_connections(THREADS)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return what `write` wrote."""
        kept = json.loads(path.read_text(encoding="utf-8"))
        names = ("notifications", "revision", "votes")
        return cls(**kept | {name: Poll(**kept[name]) for name in names})

    def write(self, path: Path) -> None:
        """Keep it."""
        path.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")


def measure(cluster: Postgres, snapshot: Snapshot) -> Polls:
    """Measure what workers read again and again, of an empty database."""
    database = Database(cluster.new_database())
    migrate(database)
    feed = TrackFeatureFeed(database, population_predictor_of(snapshot))
    log = LabelLog(database, utc_now)
    try:
        return Polls(
            _poll(cluster, Notifications(database).revisions),
            _poll(cluster, feed.now),
            _poll(cluster, lambda: log.votes_since(VotesMark())),
        )
    finally:
        database.close()


def _poll(cluster: Postgres, read: Callable[[], object]) -> Poll:
    for _ in range(WARM_UP):
        read()
    client_s, server_s = time.process_time(), _server_s(cluster)
    for _ in range(N_POLLS):
        read()
    spent = time.process_time() - client_s, _server_s(cluster) - server_s
    return Poll(*(1e3 * each / N_POLLS for each in spent))


def _server_s(cluster: Postgres) -> float:
    """Return the processor time of the processes of a cluster that still run."""
    ((pids,),) = cluster.tell("SELECT pg_read_file('postmaster.pid')")
    server = psutil.Process(int(str(pids).split()[0]))
    return total_time_s(each.pid for each in (server, *server.children(recursive=True)))


def on_paper(polls: Polls, generation_bytes: int, cold_s: float, n_tracks: int) -> list[str]:
    """Return the lines of the page.

    Args:
        polls: Measured costs.
        generation_bytes: Of the track features of a catalogue.
        cold_s: Processor time by which a start is longer without them.
        n_tracks: Tracks of that catalogue.
    """
    n_workers, poll = N_REPLICAS * WORKERS, polls.notifications
    server_share = n_workers * poll.server_ms / 1e3
    read = polls.revision.server_ms + polls.votes.server_ms
    return [
        f"Not measured: computed from the figures of one machine, for {N_REPLICAS} replicas of"
        f" {WORKERS} workers on one PostgreSQL and {n_tracks:,} tracks.",
        "",
        "| what | of one | of all |",
        "|---|---|---|",
        f"| track features of a new replica | {generation_bytes / 1e6:,.0f} MB |"
        f" {N_REPLICAS * generation_bytes / 1e9:,.1f} GB |",
        f"| processor time to make them where they are missing | {cold_s:,.0f} s |"
        f" {N_REPLICAS * cold_s / 3600:,.1f} h if each made its own |",
        f"| polls of notifications | 1 a second and worker | {n_workers:,} a second |",
        f"| processor time of a poll on PostgreSQL | {poll.server_ms:.3f} ms |"
        f" {server_share:.3f} of a core |",
        f"| processor time of a poll in the worker | {poll.client_ms:.3f} ms | |",
        f"| processor time on PostgreSQL of the reads before a ranking or a query | {read:.3f} ms"
        f" | {1e3 / read:,.0f} a second would take a core |",
        f"| connections to PostgreSQL, at most | {polls.connections} a worker |"
        f" {n_workers * polls.connections:,}: a pooler is needed |",
        "",
    ]
