"""``replay``: judge every track and learn every user's answers under a snapshot beforehand."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from models.command_line import INTERRUPTED
from service.cli.options import with_settings

if TYPE_CHECKING:
    from service.chores import ReplayParts
    from service.db.backlog import Extent
    from service.replay import Replayed
    from service.settings import Settings

_TTY_S, _PLAIN_S = 1.0, 10.0
"""Seconds between progress lines: on a terminal, where they replace each other; elsewhere."""


@click.command()
@click.option(
    "--snapshot",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of the snapshot; ATTUNE_SNAPSHOT by default.",
)
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
    from service.chores import build_replay

    parts = build_replay(settings, snapshot or settings.snapshot)
    try:
        _replay(parts)
        if prune:
            _prune(parts)
    except KeyboardInterrupt:
        click.echo(
            "\nInterrupted; what is done stays done, and the same command goes on.", err=True
        )
        return INTERRUPTED
    finally:
        parts.close()
    return 0


def _replay(parts: "ReplayParts") -> None:
    from service.replay import replay as replay_all

    extent = parts.backlog.extent()
    progress = _Progress(extent, is_tty=sys.stderr.isatty(), clock=time.monotonic)
    done = replay_all(parts.backlog, parts.listeners, progress)
    progress.end(done)
    click.echo(
        f"Snapshot {parts.listeners.snapshot.version}: {done.n_tracks} tracks judged, "
        f"the answers of {done.n_learnt} of {done.n_users} users learnt; "
        "all others were before."
    )
    if extent.n_foreign:
        click.echo(
            f"{extent.n_foreign} tracks hold other features than the snapshot reads: it answers "
            "nothing about them until they are registered again."
        )


def _prune(parts: "ReplayParts") -> None:
    pruned = parts.prune()
    click.echo(
        f"Deleted of other snapshots: {pruned.n_models} personal models, {pruned.n_beliefs} "
        f"beliefs about tracks, {pruned.n_folders} folders of sketches."
    )


@dataclass(slots=True)
class _Progress:
    """Prints the progress at intervals."""

    extent: "Extent"
    is_tty: bool
    clock: Callable[[], float]
    _written_at: float = float("-inf")

    def __call__(self, done: "Replayed") -> None:
        now = self.clock()
        if now - self._written_at >= (_TTY_S if self.is_tty else _PLAIN_S):
            self._written_at = now
            self._write(done, "\r" if self.is_tty else "\n")

    def end(self, done: "Replayed") -> None:
        """Write the last line."""
        self._write(done, "\n")

    def _write(self, done: "Replayed", end: str) -> None:
        # The service is running, so there may be more to do than at the start.
        n_tracks = max(self.extent.n_tracks, done.n_tracks)
        n_users = max(self.extent.n_users, done.n_users)
        click.echo(
            f"{done.n_tracks} of {n_tracks} tracks, {done.n_users} of {n_users} users{end}",
            nl=False,
            err=True,
        )
