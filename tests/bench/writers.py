"""``make bench-writers``: updates a second of several listeners at once, on PostgreSQL.

Every writer is a process and a listener of its own, who labels tracks that nobody else labels. A
commit waits for the disk; in the second table it waits ten milliseconds more, as on a slower one
(PostgreSQL's ``commit_delay``). Rounds with different numbers of writers alternate, because the
machine is shared; figures are medians of rounds.
"""

import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from functools import partial
from multiprocessing import get_context

import click

from models.command_line import HELP_OPTIONS
from models.emotion import QUADRANTS
from service.clock import utc_now
from service.db.catalogue import Catalogue
from service.db.database import Database
from service.db.label_log import LabelLog
from service.db.schema import migrate
from service.labels import Label
from service.tracks import Content, TrackMetadata
from tests.bench.tables import machine_name, say, table
from tests.fakes import features, population_predictor
from tests.postgres import new_cluster

WRITERS = (1, 2, 4, 8)
ROUNDS, ROUND_S, TRACKS_EACH = 7, 2.0, 50
START_S = 0.2
"""Time for the processes to receive a round."""
DELAYS_MS = (0, 10)


@click.command(context_settings=HELP_OPTIONS)
@click.option("--rounds", type=click.IntRange(min=1), default=ROUNDS, show_default=True)
def main(rounds: int) -> None:
    """Measure updates a second of 1, 2, 4 and 8 listeners at once."""
    say(f"\nMachine: {machine_name()}.")
    with new_cluster() as cluster:
        url = cluster.new_database()
        with closing(Database(url)) as database:
            migrate(database)
            _register(database)
        for delay_ms in DELAYS_MS:
            for setting in (f"commit_delay = {1_000 * delay_ms}", "commit_siblings = 0"):
                cluster.tell(f"ALTER DATABASE {url.rpartition('/')[2]} SET {setting}")
            _measure(url, f"A commit waits for the disk and {delay_ms} ms", rounds)


def _register(database: Database) -> None:
    catalogue = Catalogue(database, population_predictor(), utc_now)
    for writer in range(max(WRITERS)):
        for number in range(TRACKS_EACH):
            content = Content(f"{writer:02}{number:062}", None)
            name = f"{writer}-{number}"
            catalogue.put(name, features(seed=number), content, TrackMetadata())


def _measure(url: str, title: str, rounds: int) -> None:
    rates: dict[int, list[float]] = {n: [] for n in WRITERS}
    context = get_context("spawn")
    pools = [ProcessPoolExecutor(1, context) for _ in range(max(WRITERS))]
    try:
        _each(pools, partial(_write, url, 0.0, 0.0))  # connects
        for _ in range(rounds):
            for n_writers, found in rates.items():
                starts_at = time.time() + START_S
                writing = partial(_write, url, starts_at, starts_at + ROUND_S)
                found.append(sum(_each(pools[:n_writers], writing)) / ROUND_S)
    finally:
        for pool in pools:
            pool.shutdown()
    rows = []
    for n_writers, found in rates.items():
        ratios = [a / b for a, b in zip(found, rates[1], strict=True)]
        rate, ratio = statistics.median(found), statistics.median(ratios)
        rows.append((str(n_writers), f"{rate:.0f}", f"{ratio:.2f}"))
    table(title, ("writers", "updates a second", "of one writer's"), rows)


def _each(pools: Sequence[ProcessPoolExecutor], work: partial[int]) -> list[int]:
    running = [pool.submit(work, writer) for writer, pool in enumerate(pools)]
    return [each.result() for each in running]


_LOGS: dict[str, LabelLog] = {}
"""The log of this process."""


def _write(url: str, starts_at: float, ends_at: float, writer: int) -> int:
    """Record labels between two times, and return how many; the first call only connects."""
    if url not in _LOGS:
        _LOGS[url] = LabelLog(Database(url, n_threads=1), utc_now)
        _LOGS[url].last_seq("")
    time.sleep(max(0.0, starts_at - time.time()))
    n_done = 0
    while time.time() < ends_at:
        track_id = f"{writer}-{n_done % TRACKS_EACH}"
        label = Label(f"{ends_at}-{n_done}", track_id, QUADRANTS[n_done % 4])
        _LOGS[url].append(f"listener-{writer}", [label])
        n_done += 1
    return n_done


if __name__ == "__main__":
    main()
