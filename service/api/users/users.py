"""Users: list, summarise, export and forget their labels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.api.cursors import cursor_after, id_after
from service.db.counts import UsageCounts, UserCounts
from service.db.label_log import LabelLog
from service.errors import UserNotFoundError
from service.labels import LabelEvent
from service.serving.personal_models import PersonalUse, UserModels


@dataclass(frozen=True, slots=True)
class Profile:
    """Summary of a user's labels."""

    counts: UserCounts
    personal: PersonalUse


@dataclass(frozen=True, slots=True)
class UserPage:
    """A page of users; ``next_cursor`` is None on the last page."""

    users: Sequence[UserCounts]
    next_cursor: str | None


def show_user(user_id: str, *, usage_counts: UsageCounts, listeners: UserModels) -> Profile:
    """Return a summary of a user's labels.

    Raises:
        UserNotFoundError: Nothing is recorded for the user.
    """
    counts = usage_counts.user(user_id)
    if counts is None:
        raise UserNotFoundError(user_id)
    is_used = listeners.current(user_id).is_used
    return Profile(counts, PersonalUse(user_id, counts.n_labels, is_used))


def list_users(cursor: str | None, limit: int, *, usage_counts: UsageCounts) -> UserPage:
    """Return up to ``limit`` users with recorded labels after the cursor, by id.

    Raises:
        InvalidCursorError: The cursor does not come from a page.
    """
    found = usage_counts.users(id_after(cursor), limit + 1)
    more = cursor_after(found[limit - 1].user_id) if len(found) > limit else None
    return UserPage(found[:limit], more)


def export_labels(user_id: str, *, log: LabelLog) -> Iterator[LabelEvent]:
    """Return the user's events in order, read lazily; the user is looked up immediately.

    Raises:
        UserNotFoundError: Nothing is recorded for the user.
    """
    last = log.last_seq(user_id)
    if not last:
        raise UserNotFoundError(user_id)
    return log.events(user_id, through=last)


def forget_user(user_id: str, *, log: LabelLog, listeners: UserModels) -> None:
    """Delete the data of a user and everything derived from it; accept unknown users.

    The log records nothing more for the user, so a late retry does not restore them. Other
    processes drop the user when they are notified
    (:meth:`~service.serving.personal_models.UserModels.drop_forgotten`).
    """
    log.forget(user_id)
    listeners.forget(user_id)


def readmit_user(user_id: str, *, log: LabelLog) -> None:
    """Let a forgotten user label again, as a new user; accept other users, too."""
    log.readmit(user_id)
