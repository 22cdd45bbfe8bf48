"""``replay``: predict all tracks and fit all personal models under a snapshot beforehand.

What is not replayed is computed when it is first needed: a replay changes no reply, only how long
it takes.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from models.command_line import INTERRUPTED
from service.cli.options import snapshot_folder, with_settings
from service.cli.progress import INTERRUPTION, Progress

if TYPE_CHECKING:
    from service.cli.factories import ReplayResources
    from service.db.replay_backlog import Backlog, Extent
    from service.serving.personal_models import UserModels
    from service.settings import Settings

TRACKS_AT_ONCE = 64
"""Tracks whose predictions are stored in one transaction."""
USERS_AT_ONCE = 500
"""Users whose state is read at once."""


@dataclass(frozen=True, slots=True)
class ReplayProgress:
    """Work done so far.

    Attributes:
        n_users: Users that were checked.
        n_learnt: Users whose model was fitted.
    """

    n_tracks: int = 0
    n_users: int = 0
    n_learnt: int = 0


@click.command("replay")
@snapshot_folder
@click.option(
    "--prune",
    is_flag=True,
    help="Then delete what was derived under snapshots other than this one, ATTUNE_SNAPSHOT and "
    "ATTUNE_CANDIDATE.",
)
@with_settings
def replay_command(settings: "Settings", /, *, snapshot: Path | None, prune: bool) -> int:
    """Predict all tracks and fit all personal models beforehand.

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


def replay(
    backlog: "Backlog", listeners: "UserModels", progress: Callable[[ReplayProgress], None]
) -> ReplayProgress:
    """Predict every track and fit every user's model, unless that was done before.

    It may be interrupted at any time and started again.

    Args:
        backlog: The work to do under the snapshot.
        listeners: The users' models under the same snapshot.
        progress: Called repeatedly with the work done so far.

    Raises:
        StoreUnavailableError: The database cannot be used now; finished work is kept.
    """
    done = ReplayProgress()
    after = ""
    while track_ids := backlog.tracks(after, TRACKS_AT_ONCE):
        backlog.predict(track_ids)
        after = track_ids[-1]
        done = replace(done, n_tracks=done.n_tracks + len(track_ids))
        progress(done)
    after = ""
    while users := backlog.users(after, USERS_AT_ONCE):
        for after, is_due in users.items():
            if is_due:
                listeners.advance(after)
            done = replace(done, n_users=done.n_users + 1, n_learnt=done.n_learnt + int(is_due))
            progress(done)
    return done


def _replay(resources: "ReplayResources") -> None:
    extent = resources.backlog.extent()
    progress = Progress(is_tty=sys.stderr.isatty(), clock=time.monotonic)
    done = replay(
        resources.backlog, resources.listeners, lambda done: progress(_line(done, extent))
    )
    progress.end(_line(done, extent))
    click.echo(
        f"Snapshot {resources.listeners.snapshot.version}: {done.n_tracks} tracks predicted, "
        f"models of {done.n_learnt} of {done.n_users} users fitted; all others were up to date."
    )
    if extent.n_foreign:
        click.echo(
            f"{extent.n_foreign} tracks hold features of another snapshot: their earlier "
            "predictions are used until `python -m service reembed` extracts their features again."
        )


def _prune(resources: "ReplayResources") -> None:
    pruned = resources.prune()
    click.echo(
        f"Deleted of other snapshots: {pruned.n_models} personal models, {pruned.n_predictions} "
        f"predictions of tracks, {pruned.n_folders} folders of track features."
    )


def _line(done: ReplayProgress, extent: "Extent") -> str:
    # The service is running, so there may be more to do than at the start.
    n_tracks = max(extent.n_tracks, done.n_tracks)
    n_users = max(extent.n_users, done.n_users)
    return f"{done.n_tracks} of {n_tracks} tracks, {done.n_users} of {n_users} users"
