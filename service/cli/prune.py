"""``prune``: delete old rows of the database, and segments of tracks."""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Literal

import click

from models.command_line import INTERRUPTED
from service.cli.options import with_settings
from service.cli.progress import INTERRUPTION, Progress

if TYPE_CHECKING:
    from service.db.database import Database
    from service.settings import Settings

LEAST_DAYS_OF_EVENTS = 90
"""`/overview` counts the answers of 90 days, and one that is sent again is recorded anew."""
_days = partial(click.option, metavar="DAYS", default=None)


@click.command("prune")
@click.option(
    "--segments",
    type=click.Choice(["coarse", "none"]),
    help="Make stored segments coarse, or delete them, as ATTUNE_SEGMENTS does for new tracks.",
)
@_days(
    "--forecasts",
    type=click.IntRange(min=1),
    help="Delete forecasts of answers that are older; profiles then count the younger ones only.",
)
@_days(
    "--calls",
    type=click.IntRange(min=1),
    help="Delete Idempotency-Keys that are older.",
)
@_days(
    "--events",
    type=click.IntRange(min=LEAST_DAYS_OF_EVENTS),
    help="Delete answers that are older and that the user corrected or retracted since. Exports "
    f"then lack them, and sent again they count as new. {LEAST_DAYS_OF_EVENTS} or more.",
)
@click.option("--yes", is_flag=True, help="Do it; without it, only count.")
@with_settings
def prune(
    settings: "Settings",
    /,
    *,
    segments: Literal["coarse", "none"] | None,
    yes: bool,
    **days: int | None,
) -> int:
    """Delete old rows, and segments of tracks, beside the running service.

    Without --yes it prints what it would do. The exit status is 130 after Ctrl-C; the same
    command resumes.
    """
    from service.cli.factories import open_database

    if segments is None and not any(days.values()):
        raise click.UsageError("Say what to prune: --segments, --forecasts, --calls or --events.")
    database = open_database(settings)
    try:
        if segments is not None:
            click.echo(_prune_segments(database, segments, will_write=yes))
        for name, n_days in days.items():
            if n_days is not None:
                click.echo(_prune_rows(database, name, n_days, will_write=yes))
    except KeyboardInterrupt:
        click.echo(INTERRUPTION, err=True)
        return INTERRUPTED
    finally:
        database.close()
    if not yes:
        click.echo("Nothing was changed; --yes does it.")
    return 0


def _prune_rows(database: "Database", name: str, n_days: int, *, will_write: bool) -> str:
    """Delete old rows of a kind, or count them; return a line about it."""
    from service.db.retention import CALLS, FORECASTS, REPLACED_EVENTS, count_old, delete_old

    old = {"forecasts": FORECASTS, "calls": CALLS, "events": REPLACED_EVENTS}[name]
    before = datetime.now(UTC) - timedelta(days=n_days)
    if will_write:
        return f"{name}: {delete_old(database, old, before, _progress(name)):,} deleted"
    return f"{name}: {count_old(database, old, before):,} to delete"


def _prune_segments(
    database: "Database", segments: Literal["coarse", "none"], *, will_write: bool
) -> str:
    """Make segments coarse or delete them, or only measure them; return a line about it."""
    from service.db.retention import reduce_segments, size_of_segments

    before = size_of_segments(database)
    if not will_write:
        return f"segments: {before.n_tracks:,} tracks with {before.n_bytes / 1e6:,.1f} MB"
    n_changed = reduce_segments(database, segments, _progress("segments"))
    after = size_of_segments(database)
    return (
        f"segments: {n_changed:,} tracks changed, "
        f"{before.n_bytes / 1e6:,.1f} MB before, {after.n_bytes / 1e6:,.1f} MB now"
    )


def _progress(name: str) -> Callable[[int], None]:
    progress = Progress(is_tty=sys.stderr.isatty(), clock=time.monotonic)
    return lambda n_done: progress(f"{name}: {n_done:,}")
