"""``replay``: judge every track and learn every user's answers under a snapshot beforehand."""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.commands.options import take_database
from service.settings import Settings

if TYPE_CHECKING:
    from service.db.backlog import Extent
    from service.model_chores import ReplayParts
    from service.replay import Replayed

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells know it."""
_TTY_S, _PLAIN_S = 1.0, 10.0
"""Between two tellings of how far it is: on a terminal, which keeps the last alone; elsewhere."""


def add(verbs: Any) -> None:  # argparse does not name the type
    """Describe the verb."""
    parser = verbs.add_parser(
        "replay",
        help="judge every track and learn every user's answers under a snapshot beforehand",
    )
    parser.add_argument(
        "--snapshot", type=Path, metavar="DIR", help="its folder (default: ATTUNE_SNAPSHOT)"
    )
    take_database(parser)
    parser.add_argument(
        "--prune",
        action="store_true",
        help="then delete what was derived under snapshots that are neither this one nor "
        "ATTUNE_SNAPSHOT nor ATTUNE_CANDIDATE",
    )
    parser.set_defaults(run=run)


def run(told: argparse.Namespace, settings: Settings) -> int:
    """Replay, and tell how far it is; the status is 130 if it was interrupted."""
    from service.model_chores import (
        build_replay,  # it takes a second, which the help need not wait for
    )

    parts = build_replay(settings, told.snapshot or settings.snapshot)
    try:
        _replay(parts)
        if told.prune:
            _prune(parts)
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrupted; what is done stays done, and the same command goes on.\n")
        return INTERRUPTED
    finally:
        parts.close()
    return 0


def _replay(parts: "ReplayParts") -> None:
    from service.replay import replay

    extent = parts.backlog.extent()
    progress = _Progress(extent, is_tty=sys.stderr.isatty(), clock=time.monotonic)
    done = replay(parts.backlog, parts.listeners, progress)
    progress.end(done)
    sys.stdout.write(
        f"Snapshot {parts.listeners.snapshot.version}: {done.n_tracks} tracks judged, "
        f"the answers of {done.n_learnt} of {done.n_users} users learnt; "
        "all others were before.\n"
    )
    if extent.n_foreign:
        sys.stdout.write(
            f"{extent.n_foreign} tracks hold other features than the snapshot reads: it answers "
            "nothing about them until they are registered again.\n"
        )


def _prune(parts: "ReplayParts") -> None:
    pruned = parts.prune()
    sys.stdout.write(
        f"Deleted of other snapshots: {pruned.n_models} personal models, {pruned.n_beliefs} "
        f"beliefs about tracks, {pruned.n_folders} folders of sketches.\n"
    )


@dataclass(slots=True)
class _Progress:
    """Writes how far it is, now and then."""

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
        # Others go on meanwhile, so there may be more than there was to do at first.
        n_tracks = max(self.extent.n_tracks, done.n_tracks)
        n_users = max(self.extent.n_users, done.n_users)
        sys.stderr.write(
            f"{done.n_tracks} of {n_tracks} tracks, {done.n_users} of {n_users} users{end}"
        )
        sys.stderr.flush()
