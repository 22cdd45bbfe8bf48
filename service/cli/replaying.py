"""Replay: have a snapshot judge every track and learn every user's answers, before it is needed.

What is not replayed is judged and learnt when it is first asked for: a replay changes no answer,
only how long it takes.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from service.db.replay_backlog import Backlog
from service.serving.personal_models import Listeners

TRACKS_AT_ONCE = 64
"""Tracks whose beliefs are kept in one transaction."""
USERS_AT_ONCE = 500
"""Users of whom is read in one go what they have answered."""


@dataclass(frozen=True, slots=True)
class ReplayProgress:
    """What was done so far.

    Attributes:
        n_users: Users who were looked at.
        n_learnt: Those of them whose answers had to be learnt.
    """

    n_tracks: int = 0
    n_users: int = 0
    n_learnt: int = 0


@dataclass(frozen=True, slots=True)
class PruneCounts:
    """What was deleted of what had been derived under snapshots that are not served any more.

    Attributes:
        n_models: Personal models.
        n_beliefs: What was said of a track.
        n_folders: Folders of sketches on this machine.
    """

    n_models: int
    n_beliefs: int
    n_folders: int


def replay(
    backlog: Backlog, listeners: Listeners, progress: Callable[[ReplayProgress], None]
) -> ReplayProgress:
    """Judge every track and learn every user's answers; what was done before is not done again.

    It may be interrupted at any moment and begun again.

    Args:
        backlog: What there is to do under the listeners' snapshot.
        listeners: Learn.
        progress: Called with what was done so far, again and again.

    Raises:
        StoreUnavailableError: The database cannot be used now; what was done stays done.
    """
    done = ReplayProgress()
    after = ""
    while track_ids := backlog.tracks(after, TRACKS_AT_ONCE):
        backlog.judge(track_ids)
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
