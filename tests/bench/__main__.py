"""``make bench``: where the time of a request goes, each part beside its floor, all in one run.

Attune, stock BentoML and a plain FastAPI application are served side by side, each by one worker,
and asked in turn. Processor time is the server's; wall time is what the client waits.
"""

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click

from service.db.database import Database
from service.db.schema import migrate
from tests.bench import calls, server, tables, upload
from tests.bench.catalogue import WEIGHTS, Example, fill, shipped
from tests.bench.costs import Size
from tests.bench.http_client import Caller


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured.

    Attributes:
        by_id: Of calls that take some milliseconds.
        whole: Of those that take longer.
    """

    n_tracks: int
    by_id: Size
    whole: Size


FULL = Extent(10_000, by_id=Size(15, 40), whole=Size(15, 4))
QUICK = Extent(1_000, by_id=Size(12, 10), whole=Size(3))


@click.command()
@click.option("--quick", is_flag=True, help="Take a minute: fewer tracks and rounds.")
def main(*, quick: bool) -> None:
    """Measure where the time of a request goes, each part beside its floor."""
    extent = QUICK if quick else FULL
    snapshot, extractor = shipped()
    extractor.warm_up()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        url = f"sqlite:///{folder / 'bench.db'}"
        tables.say(f"Registering {extent.n_tracks:,} tracks …")
        database = Database(url)
        migrate(database)
        fill(database, extent.n_tracks, snapshot, Example.of(snapshot, extractor))
        database.close()
        ours, stock, fastapi = (
            Caller(stack.enter_context(server.running(each)))
            for each in (
                server.attune(folder / "attune", url),
                server.stock_bentoml(folder / "stock"),
                server.plain_fastapi(folder / "fastapi", url),
            )
        )
        tables.machine()
        upload.measure(ours, snapshot, extractor, WEIGHTS, extent.whole)
        calls.by_id(ours, stock, fastapi, extent.by_id)


if __name__ == "__main__":
    main()
