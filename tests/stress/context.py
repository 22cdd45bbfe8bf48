"""What a part of the stress tests receives: its size, its database, its folder."""

import importlib
import secrets
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from tests.journey.servers import Served, environment, free_port
from tests.postgres import Postgres, new_cluster
from tests.stress.report import Row

SQLITE, POSTGRESQL = "sqlite", "postgresql"
BOTH = (SQLITE, POSTGRESQL)
N_POSTS = 50_000
"""Posts of a full run of `kills`."""
SOAK_MINUTES = 10.0
"""Minutes of a full run of `soak`."""
START_S = 300.0
"""Patience for a start of the service on a busy machine."""
Amount = TypeVar("Amount", int, float, str)


class Part(Protocol):
    """A module of this package that runs one kind of stress test.

    Attributes:
        DATABASES: The databases it runs on.
        LIMIT_S: Time limits of a full and of a short run, in seconds.
    """

    DATABASES: tuple[str, ...]
    LIMIT_S: tuple[float, float]

    def run(self, context: "Context") -> list[Row]:
        """Run the test; end whatever it starts."""
        ...


def part_named(name: str) -> Part:
    return cast("Part", importlib.import_module(f"tests.stress.{name}"))


@dataclass(frozen=True)
class Context:
    """One part on one database.

    Attributes:
        folder: The part's own folder, empty at first; logs and evidence stay there.
        postgres: The server, where the database is PostgreSQL.
        n_posts: Posts of a full run of `kills`.
        soak_minutes: Minutes of a full run of `soak`.
    """

    part: str
    database: str
    folder: Path
    is_short: bool
    postgres: Postgres | None = None
    n_posts: int = N_POSTS
    soak_minutes: float = SOAK_MINUTES
    _started: float = field(default_factory=time.monotonic)

    def size(self, full: Amount, short: Amount) -> Amount:
        return short if self.is_short else full

    def log(self, text: str) -> None:
        seconds = time.monotonic() - self._started
        sys.stdout.write(f"[{seconds:6.1f} s] {self.part} on {self.database}: {text}\n")
        sys.stdout.flush()

    def new_database(self) -> str:
        """Return the URL of an empty database."""
        if self.postgres is not None:
            return self.postgres.new_database()
        return f"sqlite:///{self.folder.resolve() / secrets.token_hex(4)}.db"

    @contextmanager
    def served(
        self, database_url: str, *, workers: int = 2, settings: Mapping[str, str] | None = None
    ) -> Iterator[Served]:
        """Run ``python -m service`` until the end of the block; settings are ``ATTUNE_*``."""
        served = self.server(database_url, workers=workers, settings=settings)
        served.start()
        try:
            served.until_ready(START_S)
            yield served
        finally:
            served.kill()

    def server(
        self, database_url: str, *, workers: int, settings: Mapping[str, str] | None = None
    ) -> Served:
        """Return a server that is not started."""
        port = free_port()
        environ = environment(
            self.folder.resolve() / "home",
            ATTUNE_DATABASE_URL=database_url,
            ATTUNE_WORKERS=str(workers),
            **(settings or {}),
        )
        command = [sys.executable, "-m", "service", "--port", str(port)]
        return Served(command, self.folder.resolve(), environ, port, cwd=Path.cwd())

    def figure(self, what: str, figure: object) -> Row:
        """Return a row without a bound."""
        return Row(self.part, self.database, what, str(figure))

    def equal(self, what: str, found: int, expected: int = 0) -> Row:
        is_held = found == expected
        return Row(self.part, self.database, what, f"{found:,}", f"{expected:,}", is_held)

    def none_of(self, what: str, found: list[str]) -> Row:
        """Return a row that holds if nothing was found; what was found is logged."""
        for each in found[:20]:
            self.log(f"{what}: {each}")
        return self.equal(what, len(found))

    def at_most(self, what: str, found: float, bound: float, unit: str = "") -> Row:
        return self._compared(what, found, f"≤ {bound:,g}", unit, is_held=found <= bound)

    def at_least(self, what: str, found: float, bound: float, unit: str = "") -> Row:
        return self._compared(what, found, f"≥ {bound:,g}", unit, is_held=found >= bound)

    def _compared(self, what: str, found: float, bound: str, unit: str, *, is_held: bool) -> Row:
        figure, bound = (f"{text} {unit}".rstrip() for text in (f"{found:,.4g}", bound))
        return Row(self.part, self.database, what, figure, bound, is_held)


@contextmanager
def prepared(
    part: str, database: str, folder: Path, *, is_short: bool, **sizes: Any
) -> Iterator[Context]:
    """Make an empty folder for a part, and a PostgreSQL server if it needs one.

    Args:
        part: Its name.
        database: The database it runs on.
        folder: The part's own.
        is_short: Whether it does less of everything.
        sizes: Of a full run, as in `Context`.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if database != POSTGRESQL:
        yield Context(part, database, folder, is_short, **sizes)
        return
    with new_cluster() as postgres:
        yield Context(part, database, folder, is_short, postgres, **sizes)
