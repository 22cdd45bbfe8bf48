"""Update: learn from a user's answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.db.label_log import LabelLog
from service.foretell import foretell
from service.labels import Appended, DatedLabel, Label, RepeatableCall
from service.listeners import Listener, Listeners


@dataclass(frozen=True, slots=True, eq=False)
class Updated:
    """What became of the labels, and what the user's model is now.

    Attributes:
        accepted: How many labels were new.
        duplicates: How many had been recorded before, word for word.
        n_recorded: How many this call recorded: none where it repeats another, of which
            `accepted` and `duplicates` then speak.
    """

    accepted: int
    duplicates: int
    n_recorded: int
    listener: Listener


def update(
    user_id: str,
    labels: Sequence[Label],
    *,
    log: LabelLog,
    listeners: Listeners,
    call: RepeatableCall | None = None,
) -> Updated:
    """Record a user's answers, all or none, and return the model that has learnt them.

    What was told of the tracks a moment before is noted with the answers. Safe to repeat, and safe
    to interrupt between any two lines.

    Raises:
        UserForgottenError: The user was forgotten.
        CallConflictError: The call's key was used before with another body.
        TrackNotFoundError: A label is about a track that is not there.
        EventConflictError: An event id was used before for another answer.
    """
    foretold = foretell(user_id, labels, listeners)
    return _learnt(log.append(user_id, labels, call, foretold=foretold), user_id, listeners)


def restore(
    user_id: str, dated: Sequence[DatedLabel], *, log: LabelLog, listeners: Listeners
) -> Updated:
    """Record what was exported from a user's log, all or none; as safe to repeat as `update`.

    Raises:
        UserForgottenError: The user was forgotten.
        TrackNotFoundError: A label is about a track that is not there.
        EventConflictError: An event id was used before for another answer.
    """
    return _learnt(log.restore(user_id, dated), user_id, listeners)


def _learnt(appended: Appended, user_id: str, listeners: Listeners) -> Updated:
    if appended.accepted:
        listener = listeners.advance(user_id, through=appended.last_seq)
    else:
        listener = listeners.current(user_id)
    n_recorded = 0 if appended.is_repetition else appended.accepted
    return Updated(appended.accepted, appended.duplicates, n_recorded, listener)
