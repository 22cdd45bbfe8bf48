"""Foretell: what a listener is told of tracks, beside what a newcomer would be told of them."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import Proba, Votes
from models.emotion import N_QUADRANTS, in_quadrant
from models.personal import PersonalLogistic, PersonalModel
from models.personal.logistic import n_columns
from models.prediction.predictor import recognise
from models.track import Track, TrackSummary
from service.errors import StoreUnavailableError
from service.evaluation.prequential import NO_FORECASTS, Forecast
from service.labels import Label
from service.serving.personal_models import Listener, Listeners

LOG = logging.getLogger("bentoml.attune.foretell")
Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class TrackForecasts:
    """What somebody is told of tracks.

    Attributes:
        proba: Distributions over the quadrants ``(n_tracks, n_quadrants)``.
        mean: Valence and arousal in [-1, 1] ``(n_tracks, 2)``.
        sd: How sure that is ``(n_tracks, 2)``.
    """

    proba: Proba
    mean: Doubles
    sd: Doubles


@dataclass(frozen=True, slots=True, eq=False)
class ForecastPair:
    """What a listener and a newcomer are told of the same tracks.

    A newcomer is somebody without a label who shares the other listeners' votes with the listener:
    the difference is what the listener's own answers change, and nothing else.

    Attributes:
        track_ids: In the order of the rows.
    """

    track_ids: Sequence[str]
    personal: TrackForecasts
    population: TrackForecasts


def forecast_answers(
    user_id: str, labels: Sequence[Label], listeners: Listeners
) -> Mapping[str, Forecast]:
    """Return what is told of the tracks of labels that have yet to be recorded.

    All labels are foretold with the model before the first of them. Tracks that cannot be
    predicted are left out; where the state cannot be read, all are, for to record an answer
    matters more than to note what was foretold of it.
    """
    track_ids = list(dict.fromkeys(each.track_id for each in labels if each.quadrant is not None))
    if not track_ids:
        return NO_FORECASTS
    try:
        listener = listeners.current(user_id)
        both = forecast_pair(track_ids, listener, listeners)
    except StoreUnavailableError as error:
        LOG.warning("What was foretold of %d answers is not noted: %s", len(track_ids), error)
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
    track_ids: Collection[str], listener: Listener, listeners: Listeners
) -> ForecastPair:
    """Return what a listener and a newcomer are told of those tracks that can be predicted.

    Args:
        track_ids: Each once.
        listener: With the model as it is now.
        listeners: All of them.
    """
    population_model = listeners.personaliser.population_model
    model = listener.model if listener.is_used else population_model
    known, (personal, population) = predict_each(
        track_ids, listener, [model, population_model], listeners
    )
    return ForecastPair(known, personal, population)


def predict_each(
    track_ids: Collection[str],
    listener: Listener,
    models: Sequence[PersonalModel | None],
    listeners: Listeners,
) -> tuple[list[str], list[TrackForecasts]]:
    """Return what each model tells of those tracks that can be predicted, and their ids.

    All models are given the same votes, so that they alone make the difference.

    Args:
        track_ids: Each once.
        listener: Whose own votes do not count.
        models: Of one personaliser.
        listeners: All of them.
    """
    if all(isinstance(model, PersonalLogistic) for model in models):
        summaries, votes = _predictable(track_ids, listener, listeners)
        placed = [_placed(m, summaries, votes) for m in models if isinstance(m, PersonalLogistic)]
        return [summary.track_id for summary in summaries], placed
    tracks = list(listeners.catalogue.learnt_from(track_ids).values())
    votes = listeners.votes_of_others(listener, tracks)
    forecasts = [_recognised(model, tracks, votes, listeners) for model in models]
    return [track.track_id for track in tracks], forecasts


def _predictable(
    track_ids: Collection[str], listener: Listener, listeners: Listeners
) -> tuple[list[TrackSummary], Votes]:
    """Return those tracks of which something is known, and others' votes on them."""
    summaries = list(listeners.catalogue.summaries(track_ids).values())
    votes = listeners.votes_of_others(listener, summaries)
    has_votes = votes.any(axis=1)
    is_known = np.array([not summary.is_flat for summary in summaries], np.bool_) | has_votes
    kept = [summary for summary, known in zip(summaries, is_known, strict=True) if known]
    return kept, votes[is_known]


def _placed(
    model: PersonalLogistic, summaries: Sequence[TrackSummary], votes: Votes
) -> TrackForecasts:
    """Return what a logistic model tells: sketches are all it looks at."""
    width = n_columns(model.shared.components.n_components)
    rows = np.array([summary.sketch for summary in summaries], np.float32).reshape(-1, width)
    proba = model.proba(rows, votes)
    mean, sd = model.points(proba)
    return TrackForecasts(proba, in_quadrant(mean, proba.argmax(axis=1)), sd)


def _recognised(
    model: PersonalModel | None, tracks: Sequence[Track], votes: Votes, listeners: Listeners
) -> TrackForecasts:
    snapshot = listeners.snapshot
    recognitions = recognise(
        snapshot, tracks, personal=model, fusion=snapshot.default_fusion, votes=votes
    )
    axes = [(each.valence, each.arousal) for each in recognitions]
    mean = np.array([[valence.mean, arousal.mean] for valence, arousal in axes]).reshape(-1, 2)
    sd = np.array([[valence.sd, arousal.sd] for valence, arousal in axes]).reshape(-1, 2)
    return TrackForecasts(
        np.array([each.proba for each in recognitions]).reshape(-1, N_QUADRANTS), mean, sd
    )
