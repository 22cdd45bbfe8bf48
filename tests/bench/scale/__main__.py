"""``make bench-scale``: what every call costs as tracks, listeners and answers grow.

Makes databases, serves each with one worker, sends every call of the API, and writes the page.
Databases stay in ``--data``, and so does what was measured of a commit: a run that was interrupted
goes on where it was.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
import numpy as np

from models.command_line import HELP_OPTIONS
from models.personal.logistic import n_columns
from models.snapshot import Snapshot
from tests.bench import costs
from tests.bench.catalogue import Example, shipped
from tests.bench.costs import Step, in_turn
from tests.bench.scale import large, page, replicas, trial
from tests.bench.scale.databases import Size, build
from tests.bench.scale.stores import PostgresStore, SqliteStore, Store
from tests.bench.tables import machine_name, say
from tests.journey.servers import ROOT
from tests.postgres import Postgres, new_cluster

SIZES = (
    Size(10_000, 1_000),
    Size(100_000, 1_000),
    Size(100_000, 10_000),
    Size(100_000, 100_000),
    Size(1_000_000, 1_000),
    Size(1_000_000, 100_000),
)
ISOLATED = Size(100_000, 10_000)
"""The database on which quick calls are measured beside uploads."""
PASSED = (100_000, 1_000_000)
PASSES = 15


def _size(_: click.Context, __: click.Parameter, values: Sequence[str]) -> list[Size]:
    try:
        return [Size(*map(int, value.split("-"))) for value in values]
    except (TypeError, ValueError) as error:
        raise click.BadParameter("A size is TRACKS-LISTENERS, such as 100000-10000.") from error


@click.command(context_settings=HELP_OPTIONS)
@click.option(
    "--size",
    "sizes",
    multiple=True,
    callback=_size,
    default=[size.name for size in SIZES],
    help="TRACKS-LISTENERS of a database; give the option once for each.  [default: all six]",
)
@click.option(
    "--data", type=click.Path(path_type=Path), default=Path("runs/scale"), show_default=True
)
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("reports/scale"), show_default=True
)
@click.option(
    "--large",
    "n_large",
    type=click.IntRange(min=0),
    default=large.N_TRACKS,
    show_default=True,
    help="Tracks that one process ranks; 0 leaves them out.",
)
@click.option("--postgresql", is_flag=True, help="Keep the databases in PostgreSQL.")
def main(sizes: list[Size], data: Path, out: Path, n_large: int, *, postgresql: bool) -> None:
    """Measure what every call costs as tracks, listeners and answers grow."""
    began = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Interrupted."))  # so that servers end too
    snapshot, example = _example()
    data = data.resolve()  # servers run in another folder
    kept = data / "results" / _commit() / ("postgresql" if postgresql else "sqlite")
    kept.mkdir(parents=True, exist_ok=True)
    heading = _heading(sizes, n_large, postgresql=postgresql)
    with _stored(data, postgresql=postgresql) as store:
        trials = {}
        for size in sorted(sizes):
            path = kept / f"{size.name}.json"
            if not path.exists():
                build(store, size, snapshot, example)
                say(f"Measuring {size} …")
                measured = trial.measure(
                    store, size, data / "server", is_isolated=size == ISOLATED
                )
                measured.write(path)
            trials[size] = trial.Trial.read(path)
            say(f"{size} is measured, after {time.monotonic() - began:.0f} s.")
    results = page.Results(
        trials, _passes(sizes, snapshot), _large(n_large, data, kept), _polls(kept, snapshot)
    )
    out.mkdir(parents=True, exist_ok=True)
    (out / "index.md").write_text(page.page(results, heading), encoding="utf-8")
    page.draw(results, out)
    say(f"The page is {out / 'index.md'}, after {time.monotonic() - began:.0f} s.")


def _example() -> tuple[Snapshot, Example]:
    snapshot, extractor = shipped()
    return snapshot, Example.of(snapshot, extractor).without_segments()


@contextmanager
def _stored(data: Path, *, postgresql: bool) -> Iterator[Store]:
    """Yield the databases of a folder; a server may refuse a folder that it cannot reach."""
    if not postgresql:
        yield SqliteStore(data)
        return
    data.mkdir(parents=True, exist_ok=True)
    with Postgres(data / "postgresql") as cluster:
        yield PostgresStore(cluster)


def _passes(sizes: Sequence[Size], snapshot: Snapshot) -> dict[int, float]:
    """Return the processor time of one pass over the bytes of each catalogue, in milliseconds."""
    width = n_columns(snapshot.listener_model.components.n_components)
    steps = {}
    for n_tracks in sorted({size.n_tracks for size in sizes} & set(PASSED)):
        rows, weights = np.ones((n_tracks, width), np.float32), np.ones((width, 2), np.float32)
        steps[str(n_tracks)] = Step(lambda rows=rows, weights=weights: rows @ weights)
    return {int(n): cost.cpu_ms for n, cost in in_turn(steps, costs.Size(PASSES)).items()}


def _large(n_tracks: int, data: Path, kept: Path) -> large.Large | None:
    if not n_tracks:
        return None
    path = kept / f"large-{n_tracks}.json"
    if not path.exists():
        large.measure(data / f"large-{n_tracks}", n_tracks).write(path)
    return large.Large.read(path)


def _polls(kept: Path, snapshot: Snapshot) -> replicas.Polls:
    path = kept / "polls.json"
    if not path.exists():
        with new_cluster() as cluster:
            replicas.measure(cluster, snapshot).write(path)
    return replicas.Polls.read(path)


def _heading(sizes: Sequence[Size], n_large: int, *, postgresql: bool) -> list[str]:
    options = [f"--size {size.name}" for size in sizes] if set(sizes) != set(SIZES) else []
    options += [f"--large {n_large}"] if n_large != large.N_TRACKS else []
    options += ["--postgresql"] if postgresql else []
    command = " ".join(["python -m tests.bench.scale", *options])
    return [
        f"Printed by `{command}` on {datetime.now(UTC):%Y-%m-%d}, of commit {_commit()}"
        f" ({machine_name()} when it began). One worker serves each database, which is in"
        f" {'PostgreSQL' if postgresql else 'SQLite'}; its tracks have audio and lyrics and no"
        " segments. Processor time is what counts; wall time depends on what else the machine"
        " does. Databases are made in bulk; a test compares a small one with one that calls made.",
    ]


def _commit() -> str:
    """Return the commit that is measured; files that are not committed are named."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607  # a developer's own git
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


if __name__ == "__main__":
    main()
