"""``make bench-search``: what the search of tracks costs, on both databases.

Titles and artists are made of words whose frequencies follow Zipf's law, as in real catalogues.
Two more words are in a tenth of all tracks each, and never in the same: the most that a search can
have to read. Times are processor time of the calling process and of PostgreSQL's, without HTTP and
without reading the tracks found; medians of rounds.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import click
import numpy as np
from sqlalchemy import insert, text

from models.command_line import HELP_OPTIONS
from models.search_words import parse_search
from service.db import catalogue
from service.db.database import Database
from service.db.schema import migrate
from service.db.tables import track
from service.db.track_search import Search, find_tracks, put_words, rebuild_words
from service.tracks import Content, TrackMetadata
from tests.bench.costs import processor_time_s
from tests.bench.tables import machine, say, table
from tests.fakes import features, population_predictor
from tests.postgres import new_cluster

SIZES = (100_000, 1_000_000)
LIMIT, MAX_PAGES, ROUNDS, N_PUTS, AT_ONCE = 50, 25, 5, 400, 10_000
N_WORDS = 200_000
NEVER_TOGETHER = ("zzyyx", "xyyzz")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
_LETTERS = np.array(list("etaoinshrdlucmfwygpb"))


class Vocabulary:
    """Words whose frequencies follow Zipf's law; the word of a rank is always the same."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self._words = [
            "".join(rng.choice(_LETTERS, length))
            for length in np.clip(rng.poisson(4, N_WORDS) + 2, 2, 14)
        ]
        share = 1.0 / (np.arange(N_WORDS) + 2.0)
        self._shares = np.cumsum(share / share.sum())
        self._rng = rng

    def __getitem__(self, rank: int) -> str:
        return self._words[rank]

    def draw(self, n: int) -> str:
        """Return a text of some words."""
        ranks = np.searchsorted(self._shares, self._rng.random(n))
        return " ".join(self._words[min(rank, N_WORDS - 1)].title() for rank in ranks)

    def names(self, number: int) -> TrackMetadata:
        """Return a title and an artist."""
        title = self.draw(int(self._rng.integers(1, 6)))
        if number % 10 < len(NEVER_TOGETHER):
            title += f" {NEVER_TOGETHER[number % 10]}"
        return TrackMetadata(title, self.draw(int(self._rng.integers(1, 4))))


@click.command(context_settings=HELP_OPTIONS)
@click.option("--sizes", type=click.IntRange(min=1), multiple=True, default=SIZES)
@click.option("--postgresql", is_flag=True, help="Measure PostgreSQL too.")
def main(sizes: Sequence[int], *, postgresql: bool) -> None:
    """Measure the search of tracks by title and artist."""
    machine()
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            _measure("SQLite", f"sqlite:///{folder}/attune.db", size)
    if postgresql:
        with new_cluster() as server:
            for size in sizes:
                _measure("PostgreSQL", server.new_database(), size)


def _measure(name: str, url: str, n_tracks: int) -> None:
    with closing(Database(url)) as database:
        migrate(database)
        words = Vocabulary()
        _fill(database, words, n_tracks)
        before = _bytes(database)
        clock = _clock(database)
        began = clock()
        with database.write_slowly() as connection:
            rebuild_words(connection)
            built_s = clock() - began
        n_bytes = (_bytes(database) - before) / n_tracks
        say(f"\n# {name}, {n_tracks:,} tracks\n")
        say(f"Indexed in {built_s:.1f} s; {n_bytes:.0f} bytes a track.")
        put_ms, words_ms = _register(database, words)
        say(f"A registration takes {put_ms:.2f} ms, of which {words_ms:.2f} ms are its words.")
        head = ["search", "first page, ms", "slowest page, ms", "pages", "tracks"]
        table("Searches", head, _rows(database, _searches(words)))


def _fill(database: Database, words: Vocabulary, n_tracks: int) -> None:
    for begin in range(0, n_tracks, AT_ONCE):
        numbers = range(begin, min(begin + AT_ONCE, n_tracks))
        with database.write_slowly() as connection:
            connection.execute(insert(track), [_row(number, words) for number in numbers])


def _row(number: int, words: Vocabulary) -> dict[str, Any]:
    names = words.names(number)
    return {
        "track_id": f"t{sha256(str(number).encode()).hexdigest()[:20]}",
        "revision": -1 - number,
        "is_hidden": False,
        "title": names.title,
        "artist": names.artist,
        "created_at": NOW,
        "updated_at": NOW,
        "feature_digest": "f",
        "snapshot": "v",
    }


def _bytes(database: Database) -> int:
    """Return the bytes of a database."""
    with database.read() as connection:
        if database.is_local:
            pages = connection.execute(text("PRAGMA page_count")).scalar_one()
            return int(pages * connection.execute(text("PRAGMA page_size")).scalar_one())
        size = text("SELECT pg_database_size(current_database())")
        return int(connection.execute(size).scalar_one())


def _clock(database: Database) -> Callable[[], float]:
    """Return a clock of the processor time of this process and its PostgreSQL process."""
    if database.is_local:
        return time.process_time
    with database.read() as connection:
        # The pool gives a thread that needs one connection the same again.
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    return lambda: time.process_time() + processor_time_s(pid)


def _register(database: Database, words: Vocabulary) -> tuple[float, float]:
    """Return the time of a registration and that of its words, in milliseconds."""
    stored = catalogue.Catalogue(database, population_predictor(), lambda: NOW)
    clock = _clock(database)
    spent: list[float] = []

    def timed(*arguments: Any) -> None:
        began = clock()
        put_words(*arguments)
        spent.append(clock() - began)

    catalogue.put_words = timed
    began = clock()
    for number in range(N_PUTS):
        content = Content(f"{number:064x}", None)
        stored.put(f"new{number}", features(), content, words.names(number))
    put_s = clock() - began
    catalogue.put_words = put_words
    return 1e3 * put_s / N_PUTS, 1e3 * sum(spent) / N_PUTS


def _searches(words: Vocabulary) -> dict[str, str]:
    return {
        "a rare word": words[150_000],
        "a common word": words[0],
        "1 letter": words[0][:1],
        "2 letters": words[20][:2],
        "3 letters": words[20][:3],
        "4 letters": words[30_000][:4],
        "a common and a rare word": f"{words[0]} {words[100_000]}",
        "two common words": f"{words[0]} {words[1]}",
        "two less common words": f"{words[50]} {words[60]}",
        "common words that are never together": " ".join(NEVER_TOGETHER),
        "20 words": " ".join(words[rank] for rank in range(20)),
        "a word that no track has": "qqqqq",
    }


def _rows(database: Database, searches: dict[str, str]) -> Iterator[list[str]]:
    clock = _clock(database)
    for name, sought in searches.items():
        search = Search(parse_search(sought), "", LIMIT)
        _pages(database, search, clock)
        rounds = [_pages(database, search, clock) for _ in range(ROUNDS)]
        times = np.median([spent for spent, _ in rounds], axis=0) * 1e3
        n_pages = f"{len(times)}{'' if rounds[0][1][1] else ' and more'}"
        yield [name, f"{times[0]:.1f}", f"{times.max():.1f}", n_pages, str(rounds[0][1][0])]


def _pages(
    database: Database, search: Search, clock: Callable[[], float]
) -> tuple[list[float], tuple[int, bool]]:
    """Return the seconds of each page, the number of tracks, and whether these were all."""
    times: list[float] = []
    n_found = 0
    while len(times) < MAX_PAGES:
        began = clock()
        with database.read() as connection:
            found = find_tracks(connection, search)
        times.append(clock() - began)
        n_found += len(found.track_ids)
        if found.last is None:
            return times, (n_found, True)
        search = replace(search, after=found.last)
    return times, (n_found, False)


if __name__ == "__main__":
    main()
