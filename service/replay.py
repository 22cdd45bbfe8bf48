"""Replay: have a snapshot judge every track and learn every user's answers, before it is needed.

What is not replayed is judged and learnt when it is first asked for: a replay changes no answer,
only how long it takes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from service.listeners import Listeners

TRACKS_AT_ONCE = 64
"""Tracks whose beliefs are kept in one transaction."""
USERS_AT_ONCE = 500
"""Users of whom is read in one go what they have answered."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much there is to do.

    Attributes:
        n_tracks: Tracks that the snapshot has not judged.
        n_foreign: Tracks that it cannot judge: they hold other features than it reads.
        n_users: Users who have answered something, learnt or not.
    """

    n_tracks: int
    n_foreign: int
    n_users: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was done so far.

    Attributes:
        n_users: Users who were looked at.
        n_learnt: Those of them whose answers had to be learnt.
    """

    n_tracks: int = 0
    n_users: int = 0
    n_learnt: int = 0


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was deleted of what had been derived under snapshots that are not served any more.

    Attributes:
        n_models: Personal models.
        n_beliefs: What was said of a track.
        n_folders: Folders of sketches on this machine.
    """

    n_models: int
    n_beliefs: int
    n_folders: int


class Backlog(Protocol):
    """What one snapshot has yet to judge and to learn."""

    def extent(self) -> Extent:
        """Return how much it is."""
        ...

    def tracks(self, after: str, limit: int) -> Sequence[str]:
        """Return the first ids after one, in their order, of tracks that are to be judged."""
        ...

    def judge(self, track_ids: Sequence[str]) -> None:
        """Judge tracks, and keep what is thought of those that do not change meanwhile."""
        ...

    def users(self, after: str, limit: int) -> Mapping[str, bool]:
        """Return the first users after one, in their order, and whether answers are not learnt."""
        ...


def replay(backlog: Backlog, listeners: Listeners, told: Callable[[Replayed], None]) -> Replayed:
    """Judge every track and learn every user's answers; what was done before is not done again.

    It may be interrupted at any moment and begun again.

    Args:
        backlog: What there is to do under the listeners' snapshot.
        listeners: Learn.
        told: Called with what was done so far, again and again.

    Raises:
        StoreUnavailableError: The database cannot be used now; what was done stays done.
    """
    done = Replayed()
    after = ""
    while track_ids := backlog.tracks(after, TRACKS_AT_ONCE):
        backlog.judge(track_ids)
        after = track_ids[-1]
        done = replace(done, n_tracks=done.n_tracks + len(track_ids))
        told(done)
    after = ""
    while users := backlog.users(after, USERS_AT_ONCE):
        for after, is_due in users.items():
            if is_due:
                listeners.advance(after)
            done = replace(done, n_users=done.n_users + 1, n_learnt=done.n_learnt + int(is_due))
            told(done)
    return done
