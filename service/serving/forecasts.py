"""Forecasts: predictions of tracks for one user, beside those of the population model."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import Proba, Votes
from models.emotion import N_QUADRANTS, in_quadrant
from models.personal import PersonalLogistic, PersonalModel
from models.personal.logistic import n_columns
from models.prediction.predictor import predict_all
from models.track import Track, TrackSummary
from service.errors import StoreUnavailableError
from service.evaluation.prequential import NO_FORECASTS, Forecast
from service.labels import Label
from service.serving.personal_models import UserModels, UserState

LOG = logging.getLogger("bentoml.attune.forecasts")
Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class TrackForecasts:
    """Predictions of tracks by one model.

    Attributes:
        proba: Distributions over the quadrants ``(n_tracks, n_quadrants)``.
        mean: Valence and arousal in [-1, 1] ``(n_tracks, 2)``.
        sd: Standard deviation of ``mean`` ``(n_tracks, 2)``.
    """

    proba: Proba
    mean: Doubles
    sd: Doubles


@dataclass(frozen=True, slots=True, eq=False)
class ForecastPair:
    """Predictions of the same tracks by a user's personal model and by the population model.

    Both use the same votes, so that the user's own answers alone make the difference.

    Attributes:
        track_ids: Ids in the order of the rows.
    """

    track_ids: Sequence[str]
    personal: TrackForecasts
    population: TrackForecasts


def forecast_answers(
    user_id: str, labels: Sequence[Label], listeners: UserModels
) -> Mapping[str, Forecast]:
    """Return forecasts for the tracks of labels that are not recorded yet.

    The model is the one before the first of these labels. Tracks that cannot be predicted are left
    out. If the database cannot be read the result is empty: recording an answer matters more than
    its forecast.
    """
    track_ids = list(dict.fromkeys(each.track_id for each in labels if each.quadrant is not None))
    if not track_ids:
        return NO_FORECASTS
    try:
        listener = listeners.current(user_id)
        both = forecast_pair(track_ids, listener, listeners)
    except StoreUnavailableError as error:
        LOG.warning("The forecasts of %d answers are not recorded: %s", len(track_ids), error)
        return NO_FORECASTS
    snapshot, n_labels = listeners.snapshot.serving_version, listener.n_labels
    return {
        track_id: Forecast(snapshot, n_labels, tuple(personal), tuple(population))
        for track_id, personal, population in zip(
            both.track_ids,
            both.personal.proba.tolist(),
            both.population.proba.tolist(),
            strict=True,
        )
    }


def forecast_pair(
    track_ids: Collection[str], listener: UserState, listeners: UserModels
) -> ForecastPair:
    """Return personal and population predictions of those tracks that can be predicted.

    Args:
        track_ids: Distinct ids.
        listener: The user with the present model.
        listeners: The models of all users.
    """
    population_model = listeners.personaliser.population_model
    model = listener.model if listener.is_used else population_model
    known, (personal, population) = predict_each(
        track_ids, listener, [model, population_model], listeners
    )
    return ForecastPair(known, personal, population)


def predict_each(
    track_ids: Collection[str],
    listener: UserState,
    models: Sequence[PersonalModel | None],
    listeners: UserModels,
) -> tuple[list[str], list[TrackForecasts]]:
    """Return the ids of the tracks that can be predicted, and each model's predictions.

    All models use the same votes, so that they alone make the difference.

    Args:
        track_ids: Distinct ids.
        listener: The user whose own votes do not count.
        models: Models of one personaliser.
        listeners: The models of all users.
    """
    if all(isinstance(model, PersonalLogistic) for model in models):
        summaries, votes = _predictable(track_ids, listener, listeners)
        forecasts = [
            _from_features(m, summaries, votes) for m in models if isinstance(m, PersonalLogistic)
        ]
        return [summary.track_id for summary in summaries], forecasts
    tracks = list(listeners.catalogue.learnt_from(track_ids).values())
    votes = listeners.votes_of_others(listener, tracks)
    forecasts = [_from_tracks(model, tracks, votes, listeners) for model in models]
    return [track.track_id for track in tracks], forecasts


def _predictable(
    track_ids: Collection[str], listener: UserState, listeners: UserModels
) -> tuple[list[TrackSummary], Votes]:
    """Return the tracks with a prediction or votes, and others' votes on them."""
    summaries = list(listeners.catalogue.summaries(track_ids).values())
    votes = listeners.votes_of_others(listener, summaries)
    has_votes = votes.any(axis=1)
    is_known = np.array([not summary.is_unknown for summary in summaries], np.bool_) | has_votes
    kept = [summary for summary, known in zip(summaries, is_known, strict=True) if known]
    return kept, votes[is_known]


def _from_features(
    model: PersonalLogistic, summaries: Sequence[TrackSummary], votes: Votes
) -> TrackForecasts:
    """Return the predictions of a logistic model, which reads stored track features only."""
    width = n_columns(model.shared.components.n_components)
    rows = np.array([summary.sketch for summary in summaries], np.float32).reshape(-1, width)
    proba = model.proba(rows, votes)
    mean, sd = model.points(proba)
    return TrackForecasts(proba, in_quadrant(mean, proba.argmax(axis=1)), sd)


def _from_tracks(
    model: PersonalModel | None, tracks: Sequence[Track], votes: Votes, listeners: UserModels
) -> TrackForecasts:
    snapshot = listeners.snapshot
    recognitions = predict_all(
        snapshot, tracks, personal=model, fusion=snapshot.default_fusion, votes=votes
    )
    axes = [(each.valence, each.arousal) for each in recognitions]
    mean = np.array([[valence.mean, arousal.mean] for valence, arousal in axes]).reshape(-1, 2)
    sd = np.array([[valence.sd, arousal.sd] for valence, arousal in axes]).reshape(-1, 2)
    return TrackForecasts(
        np.array([each.proba for each in recognitions]).reshape(-1, N_QUADRANTS), mean, sd
    )
