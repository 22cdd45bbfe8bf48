"""Update: learn from a user's answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.listeners import Listeners
from service.ports import Label, LabelLog, Listener


@dataclass(frozen=True, slots=True, eq=False)
class Updated:
    """What became of the labels, and what the user's model is now.

    Attributes:
        accepted: How many labels were new.
        duplicates: How many had been recorded before, word for word.
    """

    accepted: int
    duplicates: int
    listener: Listener


def update(
    user_id: str, labels: Sequence[Label], *, log: LabelLog, listeners: Listeners
) -> Updated:
    """Record a user's answers, all or none, and return the model that has learnt them.

    Safe to repeat, and safe to interrupt between any two lines.

    Raises:
        TrackNotFoundError: A label is about a track that is not there.
        EventConflictError: An event id was used before for another answer.
    """
    appended = log.append(user_id, labels)
    learnt = listeners.advance if appended.accepted else listeners.current
    return Updated(appended.accepted, appended.duplicates, learnt(user_id))
