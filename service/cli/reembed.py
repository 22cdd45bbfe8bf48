"""``reembed``: hear the tracks again whose features are of an earlier snapshot."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from models.command_line import INTERRUPTED
from service.cli.options import with_settings
from service.cli.progress import INTERRUPTION, Progress

if TYPE_CHECKING:
    from service.cli.factories import ReembedResources
    from service.cli.reembedding import ReembedCounts
    from service.settings import Settings

UNSENT = 3
"""Exit status where tracks must be registered again."""


@click.command()
@click.option(
    "--list",
    "listed",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the ids of tracks that must be registered again to FILE, not to standard output.",
)
@with_settings
def reembed(settings: "Settings", /, *, listed: Path | None) -> int:
    """Hear tracks again whose features are of an earlier snapshot.

    Their recordings must be kept in ATTUNE_AUDIO. The exit status is 3 if tracks must be
    registered again, and 130 after Ctrl-C; the same command resumes.
    """
    from service.cli.factories import build_reembed

    resources = build_reembed(settings)
    try:
        _hear(resources)
        return _list(resources, listed)
    except KeyboardInterrupt:
        click.echo(INTERRUPTION, err=True)
        return INTERRUPTED
    finally:
        resources.close()


def _hear(resources: "ReembedResources") -> None:
    from service.cli.reembedding import reembed as reembed_all

    n_stale = resources.stale.count()
    progress = Progress(is_tty=sys.stderr.isatty(), clock=time.monotonic)

    def line(done: "ReembedCounts") -> str:
        n_tracks = max(n_stale, done.n_seen)  # the service is running
        return f"{done.n_seen} of {n_tracks} tracks, {done.n_heard} heard again"

    done = reembed_all(
        resources.stale,
        recordings=resources.recordings,
        extractor=resources.extractor,
        progress=lambda done: progress(line(done)),
    )
    progress.end(line(done))
    for refusal in done.refused:
        click.echo(f"{refusal.track_id}: {refusal.error}", err=True)
    click.echo(f"Snapshot {resources.version}: {done.n_heard} tracks heard again.")


def _list(resources: "ReembedResources", listed: Path | None) -> int:
    """Tell which tracks must be registered again; return the exit status."""
    unsent = list(resources.stale.unsent())
    if listed is not None:
        listed.write_text("".join(f"{track_id}\n" for track_id, _ in unsent), encoding="utf-8")
    if not unsent:
        return 0
    n_stale = sum(is_stale for _, is_stale in unsent)
    click.echo(
        f"Tracks to be registered again, with what they were made from: {len(unsent)} "
        f"(without a recording here that can be heard: {n_stale}; "
        f"with lyrics, whose text is not kept: {len(unsent) - n_stale})."
    )
    if listed is None:
        for track_id, _ in unsent:
            click.echo(track_id)
    return UNSENT
