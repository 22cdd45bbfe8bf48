"""Users: what is recorded of them, and how to be forgotten."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from models.emotion import Quadrant
from service.db.label_log import LabelLog
from service.errors import UserNotFoundError
from service.labels import LabelEvent, latest
from service.serving.personal_models import Listeners, PersonalUse


@dataclass(frozen=True, slots=True)
class Profile:
    """What is recorded of a user.

    Attributes:
        n_events: How many answers, corrections and retractions the log holds.
        n_labels: How many tracks the user's answers stand for now.
        n_cant_tell: Of how many others the user said last that they cannot tell.
        quadrants: How many of these tracks are in each quadrant; all four are there.
        personal: Whether these answers change what the user is told.
        first_label_at: When the first event of the log was recorded.
        last_label_at: When the last one was.
    """

    user_id: str
    n_events: int
    n_labels: int
    n_cant_tell: int
    quadrants: Mapping[Quadrant, int]
    personal: PersonalUse
    first_label_at: datetime
    last_label_at: datetime


def show_user(user_id: str, *, log: LabelLog, listeners: Listeners) -> Profile:
    """Return what is recorded of a user.

    Raises:
        UserNotFoundError: Nothing is.
    """
    events = list(export_labels(user_id, log=log))
    said = [event.label for event in latest(events)]
    standing = [label.quadrant for label in said if label.quadrant is not None]
    listener = listeners.current(user_id)
    return Profile(
        user_id=user_id,
        n_events=len(events),
        n_labels=len(standing),
        n_cant_tell=sum(label.cant_tell for label in said),
        quadrants={quadrant: standing.count(quadrant) for quadrant in Quadrant},
        personal=PersonalUse(user_id, len(standing), listener.is_used),
        first_label_at=events[0].created_at,
        last_label_at=events[-1].created_at,
    )


def export_labels(user_id: str, *, log: LabelLog) -> Iterator[LabelEvent]:
    """Return the user's events in order, read little by little; the user is looked up at once.

    Raises:
        UserNotFoundError: Nothing is recorded of this user.
    """
    last = log.last_seq(user_id)
    if not last:
        raise UserNotFoundError(user_id)
    return log.events(user_id, through=last)


def forget_user(user_id: str, *, log: LabelLog, listeners: Listeners) -> None:
    """Delete all that is recorded of a user and all that was derived; an unknown user is fine.

    Nothing is recorded of them any more, so a late retry does not bring them back. Other processes
    drop them when they are notified
    (:meth:`~service.serving.personal_models.Listeners.drop_forgotten`).
    """
    log.forget(user_id)
    listeners.forget(user_id)


def readmit_user(user_id: str, *, log: LabelLog) -> None:
    """Let a forgotten user answer again, from nothing; anybody else is fine."""
    log.readmit(user_id)
