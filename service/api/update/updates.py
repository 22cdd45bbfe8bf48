"""Update: learn from a user's answers."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from service.api.update.effect import Effect, effect_of
from service.db.label_log import LabelLog
from service.db.track_features import TrackFeatureStore
from service.errors import StoreUnavailableError
from service.labels import Appended, DatedLabel, Label, RepeatableCall
from service.serving.forecasts import forecast_answers
from service.serving.personal_models import Listener, Listeners
from service.serving.track_sample import sample

LOG = logging.getLogger("bentoml.attune.update")


@dataclass(frozen=True, slots=True, eq=False)
class UpdateResult:
    """What became of the labels, and what the user's model is now.

    Attributes:
        accepted: How many labels were new.
        duplicates: How many had been recorded before, word for word.
        n_recorded: How many this call recorded: none where it repeats another, of which
            `accepted` and `duplicates` then speak.
        effect: What the labels changed for the user; None where nobody asked.
    """

    accepted: int
    duplicates: int
    n_recorded: int
    listener: Listener
    effect: Effect | None = None


def update(
    user_id: str,
    labels: Sequence[Label],
    *,
    log: LabelLog,
    listeners: Listeners,
    call: RepeatableCall | None = None,
) -> UpdateResult:
    """Record a user's answers, all or none, and return the model that has learnt them.

    What was told of the tracks a moment before is noted with the answers. Safe to repeat, and safe
    to interrupt between any two lines.

    Raises:
        UserForgottenError: The user was forgotten.
        CallConflictError: The call's key was used before with another body.
        TrackNotFoundError: A label is about a track that is not there.
        EventConflictError: An event id was used before for another answer.
    """
    forecasts = forecast_answers(user_id, labels, listeners)
    return _learnt(log.append(user_id, labels, call, forecasts=forecasts), user_id, listeners)


def with_effect(
    user_id: str,
    labels: Sequence[Label],
    record: Callable[[], UpdateResult],
    *,
    track_features: TrackFeatureStore,
    listeners: Listeners,
) -> UpdateResult:
    """Record answers, and return what became of them together with their effect.

    There is no effect where the call recorded nothing new, nor where the state cannot be read: an
    answer is recorded whether or not its effect is known.

    Args:
        user_id: Who answers.
        labels: The answers; their tracks are not compared.
        record: Records them.
        track_features: Of the catalogue, of which a sample is compared.
        listeners: All of them.
    """
    try:
        before = listeners.current(user_id)
        shown = sample(track_features.current())
    except StoreUnavailableError as error:
        LOG.warning("The effect of %d answers is not computed: %s", len(labels), error)
        return record()
    updated = record()
    if not updated.n_recorded:
        return updated
    answered = {label.track_id for label in labels}
    track_ids = [track_id for track_id in shown if track_id not in answered]
    try:
        effect = effect_of(before, updated.listener, track_ids, listeners)
    except StoreUnavailableError as error:
        LOG.warning("The effect of %d answers is not computed: %s", len(labels), error)
        return updated
    return replace(updated, effect=effect)


def restore(
    user_id: str, dated: Sequence[DatedLabel], *, log: LabelLog, listeners: Listeners
) -> UpdateResult:
    """Record what was exported from a user's log, all or none; as safe to repeat as `update`.

    Raises:
        UserForgottenError: The user was forgotten.
        TrackNotFoundError: A label is about a track that is not there.
        EventConflictError: An event id was used before for another answer.
    """
    return _learnt(log.restore(user_id, dated), user_id, listeners)


def _learnt(appended: Appended, user_id: str, listeners: Listeners) -> UpdateResult:
    if appended.accepted:
        listener = listeners.advance(user_id, through=appended.last_seq)
    else:
        listener = listeners.current(user_id)
    n_recorded = 0 if appended.is_repetition else appended.accepted
    return UpdateResult(appended.accepted, appended.duplicates, n_recorded, listener)
