"""Users: summarise, export and forget their labels."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from models.emotion import Quadrant
from service.db.label_log import LabelLog
from service.errors import UserNotFoundError
from service.labels import LabelEvent, latest
from service.serving.personal_models import PersonalUse, UserModels


@dataclass(frozen=True, slots=True)
class Profile:
    """Summary of a user's labels."""

    user_id: str
    n_events: int
    n_labels: int
    n_cant_tell: int
    quadrants: Mapping[Quadrant, int]
    personal: PersonalUse
    first_label_at: datetime
    last_label_at: datetime


def show_user(user_id: str, *, log: LabelLog, listeners: UserModels) -> Profile:
    """Return a summary of a user's labels.

    Raises:
        UserNotFoundError: Nothing is recorded for the user.
    """
    events = list(export_labels(user_id, log=log))
    labels = [event.label for event in latest(events)]
    quadrants = [label.quadrant for label in labels if label.quadrant is not None]
    listener = listeners.current(user_id)
    return Profile(
        user_id=user_id,
        n_events=len(events),
        n_labels=len(quadrants),
        n_cant_tell=sum(label.cant_tell for label in labels),
        quadrants={quadrant: quadrants.count(quadrant) for quadrant in Quadrant},
        personal=PersonalUse(user_id, len(quadrants), listener.is_used),
        first_label_at=min(event.created_at for event in events),
        last_label_at=max(event.created_at for event in events),
    )


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
