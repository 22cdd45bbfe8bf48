"""``embed``: compute the features of tracks, for the service to import."""

from pathlib import Path

import click

from models.errors import AttuneError
from training.arguments import LIBRARY, WEIGHTS
from training.cli.options import PATH, engine_options, snapshot_option

SHOWN_FAILURES = 20


@click.command()
@click.argument("source", type=PATH)
@click.option("--out", type=PATH, default=LIBRARY, show_default=True, help="File to write.")
@click.option(
    "--weights", type=PATH, default=WEIGHTS, show_default=True, help="Folder of encoders."
)
@snapshot_option
@engine_options[0]
@engine_options[1]
def embed(  # noqa: PLR0913  # as many as there are options
    *, source: Path, out: Path, weights: Path, snapshot: Path, engine: str, workers: int
) -> None:
    """Compute the features of tracks, for the service to import.

    SOURCE is a folder of recordings, or a CSV file with the columns track_id and path. Features
    that were computed before an interruption are kept.
    """
    from training.engine import engine as engine_of
    from training.library.embedding import ExtractorFactory
    from training.library.embedding import embed as embed_all

    opening = ExtractorFactory.for_snapshot(snapshot, weights)
    try:
        done = embed_all(source, out, opening, engine_of(engine, workers))
    except KeyboardInterrupt:
        raise AttuneError(
            "Stopped; what was heard is kept, and the same command goes on from there."
        ) from None
    click.echo(f"{done.n_tracks} tracks are in {out}; {done.n_heard} are new.")
    if done.lost:
        click.echo(f"{len(done.lost)} failed; {out}.failures.csv lists them:")
        for one in done.lost[:SHOWN_FAILURES]:
            click.echo(f"  {one.path}: {one.why}")
