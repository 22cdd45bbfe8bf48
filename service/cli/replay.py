"""``replay``: judge every track and learn every user's answers under a snapshot beforehand."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from models.command_line import INTERRUPTED
from service.cli.options import snapshot_folder, with_settings
from service.cli.progress import INTERRUPTION, Progress

if TYPE_CHECKING:
    from service.cli.factories import ReplayResources
    from service.cli.replaying import ReplayProgress
    from service.db.replay_backlog import Extent
    from service.settings import Settings


@click.command()
@snapshot_folder
@click.option(
    "--prune",
    is_flag=True,
    help="Then delete what was derived under snapshots other than this one, ATTUNE_SNAPSHOT and "
    "ATTUNE_CANDIDATE.",
)
@with_settings
def replay(settings: "Settings", /, *, snapshot: Path | None, prune: bool) -> int:
    """Judge all tracks and learn all answers beforehand.

    Both are done under one snapshot, before it is served. The exit status is 130 after
    Ctrl-C; the same command resumes.
    """
    from service.cli.factories import build_replay

    resources = build_replay(settings, snapshot or settings.snapshot)
    try:
        _replay(resources)
        if prune:
            _prune(resources)
    except KeyboardInterrupt:
        click.echo(INTERRUPTION, err=True)
        return INTERRUPTED
    finally:
        resources.close()
    return 0


def _replay(resources: "ReplayResources") -> None:
    from service.cli.replaying import replay as replay_all

    extent = resources.backlog.extent()
    progress = Progress(is_tty=sys.stderr.isatty(), clock=time.monotonic)
    done = replay_all(
        resources.backlog, resources.listeners, lambda done: progress(_line(done, extent))
    )
    progress.end(_line(done, extent))
    click.echo(
        f"Snapshot {resources.listeners.snapshot.version}: {done.n_tracks} tracks judged, "
        f"the answers of {done.n_learnt} of {done.n_users} users learnt; "
        "all others were before."
    )
    if extent.n_foreign:
        click.echo(
            f"{extent.n_foreign} tracks hold other features than the snapshot reads: once it is "
            "served, it answers about them by what was said of them before, until they are heard "
            "again by `python -m service reembed`."
        )


def _prune(resources: "ReplayResources") -> None:
    pruned = resources.prune()
    click.echo(
        f"Deleted of other snapshots: {pruned.n_models} personal models, {pruned.n_beliefs} "
        f"beliefs about tracks, {pruned.n_folders} folders of sketches."
    )


def _line(done: "ReplayProgress", extent: "Extent") -> str:
    # The service is running, so there may be more to do than at the start.
    n_tracks = max(extent.n_tracks, done.n_tracks)
    n_users = max(extent.n_users, done.n_users)
    return f"{done.n_tracks} of {n_tracks} tracks, {done.n_users} of {n_users} users"
