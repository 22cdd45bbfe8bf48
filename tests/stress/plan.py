"""What a part of the stress tests is given: how much to do, on which database, and where."""

import secrets
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from tests.journey.serving import Served, environment, free_port
from tests.postgres import Postgres
from tests.stress.table import Row

SQLITE, POSTGRESQL = "sqlite", "postgresql"
BOTH = (SQLITE, POSTGRESQL)
N_POSTS = 50_000
"""Posts that `kills` sends in a full run, unless it is told another number."""
START_S = 300.0
"""How long a service may take to start: the machine does much else."""
Amount = TypeVar("Amount", int, float, str)


@dataclass(frozen=True, slots=True)
class Bound:
    """How long a part may take, in seconds; past it the part has failed."""

    full_s: float
    short_s: float


class Part(Protocol):
    """A module of this package that does one kind of harm.

    Attributes:
        NAME: As one calls it on the command line.
        DATABASES: On which it says something.
        BOUND: How long it may take on one of them.
    """

    NAME: str
    DATABASES: tuple[str, ...]
    BOUND: Bound

    def run(self, plan: "Plan") -> list[Row]:
        """Do it, and return what was found; whatever it starts it also ends."""
        ...


@dataclass(frozen=True)
class Plan:
    """One part on one database.

    Attributes:
        folder: Of this part alone, and empty at first; logs and evidence stay there.
        postgres: The server, where the database is PostgreSQL.
        n_posts: Of a full run of `kills`.
    """

    part: str
    database: str
    folder: Path
    is_short: bool
    postgres: Postgres | None = None
    n_posts: int = N_POSTS
    _started: float = field(default_factory=time.monotonic)

    def size(self, full: Amount, short: Amount) -> Amount:
        """Return how much to do."""
        return short if self.is_short else full

    def say(self, text: str) -> None:
        """Tell whoever waits how far it is."""
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
        self, database_url: str, *, workers: int, settings: Mapping[str, str] | None = None
    ) -> Iterator[Served]:
        """Serve as an operator does, ``python -m service``; every process is gone at the end.

        Args:
            database_url: Of the database.
            workers: Their number.
            settings: More of the environment, such as ``ATTUNE_RATE``.
        """
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
        """Return what would serve, and is yet to be started; see `served`."""
        port = free_port()
        environ = environment(
            self.folder.resolve() / "home",
            ATTUNE_DATABASE_URL=database_url,
            ATTUNE_WORKERS=str(workers),
            **(settings or {}),
        )
        command = [sys.executable, "-m", "service", "--port", str(port)]
        return Served(command, self.folder.resolve(), environ, port, cwd=Path.cwd())

    def stated(self, what: str, figure: object) -> Row:
        """Return a figure without a bound."""
        return Row(self.part, self.database, what, str(figure))

    def exactly(self, what: str, found: int, expected: int = 0) -> Row:
        """Return a number that has to be another."""
        is_held = found == expected
        return Row(self.part, self.database, what, f"{found:,}", f"{expected:,}", is_held)

    def at_most(self, what: str, found: float, bound: float, unit: str = "") -> Row:
        """Return a figure that may not exceed its bound."""
        return self._compared(what, (found, f"≤ {bound:,g}", unit), is_held=found <= bound)

    def at_least(self, what: str, found: float, bound: float, unit: str = "") -> Row:
        """Return a figure that has to reach its bound."""
        return self._compared(what, (found, f"≥ {bound:,g}", unit), is_held=found >= bound)

    def _compared(self, what: str, told: tuple[float, str, str], *, is_held: bool) -> Row:
        found, bound, unit = told
        figure, stated = (f"{text} {unit}".rstrip() for text in (f"{found:,.4g}", bound))
        return Row(self.part, self.database, what, figure, stated, is_held)
