"""Updates: record a user's labels and learn from them."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from service.api.update.effect import Effect, effect_of
from service.db.label_log import LabelLog
from service.db.track_features import TrackFeatureStore
from service.errors import FeaturesNotReadyError, StoreUnavailableError
from service.labels import AppendResult, DatedLabel, Label, RepeatableCall
from service.serving.forecasts import forecast_answers
from service.serving.personal_models import UserModels, UserState
from service.serving.track_sample import sample

LOG = logging.getLogger("bentoml.attune.update")
MAX_UNREGISTERED = 100
"""Unregistered tracks that the result of an import names; the rest is only counted."""


@dataclass(frozen=True, slots=True, eq=False)
class UpdateResult:
    """The result of recording labels, and the user's new model.

    Attributes:
        duplicates: Number of labels that were recorded before, with equal content.
        n_recorded: Number of labels that this call recorded: 0 if it repeats an earlier call,
            whose `accepted` and `duplicates` it returns.
        effect: The effect of the labels on predictions; None unless requested.
    """

    accepted: int
    duplicates: int
    n_recorded: int
    listener: UserState
    effect: Effect | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ImportResult(UpdateResult):
    """The result of importing a log.

    Attributes:
        n_superseded: Number of new labels that are older than the current one of their track.
        n_unregistered: Number of tracks of new labels that are not registered.
        unregistered: Ids of the first `MAX_UNREGISTERED` of these tracks, in order.
    """

    n_superseded: int = 0
    n_unregistered: int = 0
    unregistered: Sequence[str] = ()


def update(
    user_id: str,
    labels: Sequence[Label],
    *,
    log: LabelLog,
    listeners: UserModels,
    call: RepeatableCall | None = None,
) -> UpdateResult:
    """Record a user's labels, all or none, and return the model that has learnt them.

    The log stores the forecasts made just before together with the labels. The call is safe to
    repeat, and safe to interrupt at any point.

    Raises:
        UserForgottenError: The user was forgotten.
        CallConflictError: The call's key was used before with another body.
        TrackNotFoundError: A label names a track that does not exist.
        EventConflictError: An event id was used before for another answer.
    """
    forecasts = forecast_answers(user_id, labels, listeners)
    return _learn(log.append(user_id, labels, call, forecasts=forecasts), user_id, listeners)


def with_effect(
    user_id: str,
    labels: Sequence[Label],
    record: Callable[[], UpdateResult],
    *,
    track_features: TrackFeatureStore,
    listeners: UserModels,
) -> UpdateResult:
    """Record labels, and return the result with their effect.

    The effect compares a sample of the catalogue without the labelled tracks. It is None if the
    call recorded nothing new, the track features are being prepared, or the database cannot be
    read: labels are recorded whether or not their effect is known.
    """
    try:
        before = listeners.current(user_id)
        shown = sample(track_features.current())
    except (FeaturesNotReadyError, StoreUnavailableError) as error:
        LOG.warning("The effect of %d labels is not computed: %s", len(labels), error)
        return record()
    result = record()
    if not result.n_recorded:
        return result
    answered = {label.track_id for label in labels}
    track_ids = [track_id for track_id in shown if track_id not in answered]
    try:
        effect = effect_of(before, result.listener, track_ids, listeners)
    except StoreUnavailableError as error:
        LOG.warning("The effect of %d labels is not computed: %s", len(labels), error)
        return result
    return replace(result, effect=effect)


def restore(
    user_id: str,
    dated: Sequence[DatedLabel],
    *,
    log: LabelLog,
    listeners: UserModels,
    may_replace: bool = False,
) -> ImportResult:
    """Record the labels of an exported log, all or none; as safe to repeat as `update`.

    Args:
        user_id: The user who answered.
        dated: The labels, in order; their tracks need not be registered.
        log: The log of labels.
        listeners: The models of all users.
        may_replace: Whether a label may replace a newer one of its track.

    Raises:
        UserForgottenError: The user was forgotten.
        EventConflictError: An event id was used before for another answer.
    """
    appended = log.restore(user_id, dated, may_replace=may_replace)
    learnt = _learn(appended, user_id, listeners)
    return ImportResult(
        learnt.accepted,
        learnt.duplicates,
        learnt.n_recorded,
        learnt.listener,
        n_superseded=appended.n_superseded,
        n_unregistered=len(appended.unregistered),
        unregistered=appended.unregistered[:MAX_UNREGISTERED],
    )


def _learn(appended: AppendResult, user_id: str, listeners: UserModels) -> UpdateResult:
    if appended.accepted:
        listener = listeners.advance(user_id, through=appended.last_seq)
    else:
        listener = listeners.current(user_id)
    n_recorded = 0 if appended.is_repetition else appended.accepted
    return UpdateResult(appended.accepted, appended.duplicates, n_recorded, listener)
