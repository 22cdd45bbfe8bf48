"""The profile of a user, for the user to see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.emotion import Quadrant
from models.prediction.density import CENTRES, density
from service.api.users.own_music import Habit, OwnTrack, habits, own_tracks
from service.db.forecasts import PrequentialRecords
from service.db.label_log import LabelLog
from service.db.track_features import TrackFeatureStore
from service.errors import UserNotFoundError
from service.evaluation.intervals import Proportion, wilson
from service.evaluation.paired_comparison import PairedComparison, paired
from service.evaluation.prequential import PrequentialRecord
from service.labels import Label, LabelEvent, effective, latest
from service.serving.forecasts import ForecastPair, forecast_pair
from service.serving.personal_models import UserModels
from service.serving.track_sample import MAX_SAMPLE, sample_of
from service.tracks import TrackMetadata

MAX_LABELS = 2_000
MAX_DIFFERENT = 8
WINDOW = 10
"""Width of a window of the accuracy curve, in labels."""


class Point(NamedTuple):
    """A point on the valence-arousal plane."""

    valence: float
    arousal: float


@dataclass(frozen=True, slots=True)
class LabelledTrack:
    """A current label, with the metadata of its track."""

    event: LabelEvent
    quadrant: Quadrant
    track_metadata: TrackMetadata


@dataclass(frozen=True, slots=True)
class TrackDifference:
    """A track with different predictions for the user and by the population model."""

    track_id: str
    track_metadata: TrackMetadata
    personal: Point
    population: Point


@dataclass(frozen=True, slots=True)
class Shift:
    """Personal minus population prediction on one axis."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """The user's predictions compared with those of the population model.

    Attributes:
        axis: Centres of the ``n_cells`` cells, the same on both axes.
        personal: Density of the user's predictions on the plane ``(n_cells, n_cells)``; all 0 if
            no track can be predicted.
        population: Density of the population model's predictions, of the same shape.
        different: The tracks that differ most, largest difference first.
    """

    axis: Sequence[float]
    personal: NDArray[np.float64]
    population: NDArray[np.float64]
    valence: Shift
    arousal: Shift
    different: Sequence[TrackDifference]


@dataclass(frozen=True, slots=True)
class Window:
    """Accuracy of the forecasts made after `from_labels` to `to_labels` labels."""

    from_labels: int
    to_labels: int
    personal: Proportion
    population: Proportion


@dataclass(frozen=True, slots=True)
class Prequential:
    """Prequential accuracy: each answer is forecast before it is learnt."""

    n: int
    personal: Proportion | None
    population: Proportion | None
    curve: Sequence[Window]


@dataclass(frozen=True, slots=True)
class Consistency:
    """How consistently the user answers repeated questions.

    Attributes:
        distance: Root mean squared distance between the points; None without points.
    """

    n: int
    same_quadrant: Proportion | None
    distance: float | None


@dataclass(frozen=True, slots=True, eq=False)
class ListenerProfile:
    """The profile of a user.

    Attributes:
        labels: The current labels, newest first, at most `MAX_LABELS`.
        habits: Answered and expected counts by quadrant, over the newest current labels, at most
            `MAX_SAMPLE`.
        own_tracks: A few sampled tracks of each quadrant, the likeliest for the user.
    """

    user_id: str
    n_labels: int
    n_cant_tell: int
    labels: Sequence[LabelledTrack]
    comparison: Comparison
    prequential: Prequential
    consistency: Consistency
    paired: PairedComparison
    habits: Sequence[Habit]
    own_tracks: Sequence[OwnTrack]
    is_used: bool
    snapshot: str


def listener_profile(
    user_id: str,
    *,
    log: LabelLog,
    prequential_records: PrequentialRecords,
    track_features: TrackFeatureStore,
    listeners: UserModels,
) -> ListenerProfile:
    """Return the profile of a user.

    Raises:
        UserNotFoundError: Nothing is recorded for the user.
    """
    events = list(log.events(user_id))
    if not events:
        raise UserNotFoundError(user_id)
    listener = listeners.current(user_id)
    standing = effective(events)
    shown = standing[: -MAX_LABELS - 1 : -1]
    sampled = sample_of(track_features, listeners.catalogue)
    both = forecast_pair(sampled, listener, listeners)
    farthest = _farthest(both)
    track_ids = {event.label.track_id for event in shown} | {both.track_ids[i] for i in farthest}
    track_metadata_by_id = listeners.catalogue.track_metadata_by_id(track_ids)
    forecasts = prequential_records.of(user_id)
    answered = {
        event.label.track_id: event.label.quadrant
        for event in standing
        if event.label.quadrant is not None
    }
    return ListenerProfile(
        user_id=user_id,
        n_labels=len(standing),
        n_cant_tell=sum(event.label.cant_tell for event in latest(events)),
        labels=[
            LabelledTrack(
                event, quadrant, track_metadata_by_id.get(event.label.track_id, TrackMetadata())
            )
            for event in shown
            if (quadrant := event.label.quadrant) is not None
        ],
        comparison=_compared(both, farthest, track_metadata_by_id),
        prequential=prequential(forecasts),
        consistency=consistency([event.label for event in events if not event.is_superseded]),
        paired=paired(forecasts),
        habits=habits(answered, forecast_pair(list(answered)[-MAX_SAMPLE:], listener, listeners)),
        own_tracks=own_tracks(answered, both, listeners.catalogue),
        is_used=listener.is_used,
        snapshot=listeners.snapshot.version,
    )


def prequential(prequential_records: Sequence[PrequentialRecord]) -> Prequential:
    """Return the accuracy of the forecasts, in total and by number of labels.

    Each forecast is scored by the answer that followed it (Dawid 1984).
    """
    windows: dict[int, list[PrequentialRecord]] = {}
    for record in prequential_records:
        windows.setdefault(record.n_labels // WINDOW * WINDOW, []).append(record)
    curve = [
        Window(start, start + WINDOW - 1, personal, population)
        for start, group in sorted(windows.items())
        if (personal := _hits(group)) and (population := _hits_of_population(group))
    ]
    return Prequential(
        len(prequential_records),
        _hits(prequential_records),
        _hits_of_population(prequential_records),
        curve,
    )


def consistency(labels: Sequence[Label]) -> Consistency:
    """Return how consistent a user's repeated answers are.

    Retracted answers do not count, and a correction replaces the answer that it corrects. *labels*
    holds all labels of the user, in the order of the log.
    """
    given: dict[str, list[Label]] = {}
    for label in labels:
        before = given.setdefault(label.track_id, [])
        if label.is_retraction:
            del before[-1:]
        elif label.quadrant is not None:
            replaced = len(before) if label.is_repeat else max(len(before) - 1, 0)
            before[replaced:] = [label]
    pairs = [pair for answers in given.values() for pair in pairwise(answers)]
    same = sum(one.quadrant == other.quadrant for one, other in pairs)
    squares = [_squared_distance(*pair) for pair in pairs]
    known = [square for square in squares if square is not None]
    distance = float(np.sqrt(np.mean(known))) if known else None
    return Consistency(len(pairs), wilson(same, len(pairs)), distance)


def _squared_distance(one: Label, other: Label) -> float | None:
    """Return the squared distance of two points; None if a label has no point."""
    ends = [one.valence, one.arousal, other.valence, other.arousal]
    points = np.array([end for end in ends if end is not None])
    if len(points) < len(ends):
        return None
    return float(((points[:2] - points[2:]) ** 2).sum())


def _hits(prequential_records: Sequence[PrequentialRecord]) -> Proportion | None:
    return wilson(
        sum(each.forecast == each.quadrant for each in prequential_records),
        len(prequential_records),
    )


def _hits_of_population(prequential_records: Sequence[PrequentialRecord]) -> Proportion | None:
    return wilson(
        sum(each.forecast_population == each.quadrant for each in prequential_records),
        len(prequential_records),
    )


def _farthest(both: ForecastPair) -> list[int]:
    """Return the rows with the largest differences; none where there is no difference."""
    apart = np.linalg.norm(both.personal.mean - both.population.mean, axis=1)
    most = np.argsort(-apart, kind="stable")[:MAX_DIFFERENT]
    return [int(row) for row in most if apart[row] > 0.0]


def _compared(
    both: ForecastPair, farthest: Sequence[int], track_metadata_by_id: Mapping[str, TrackMetadata]
) -> Comparison:
    personal, population = both.personal, both.population
    valence, arousal = _shifts(personal.mean - population.mean)
    return Comparison(
        axis=CENTRES.tolist(),
        personal=density(personal.mean, personal.sd),
        population=density(population.mean, population.sd),
        valence=valence,
        arousal=arousal,
        different=[
            TrackDifference(
                track_id=(track_id := both.track_ids[row]),
                track_metadata=track_metadata_by_id.get(track_id, TrackMetadata()),
                personal=Point(*personal.mean[row].tolist()),
                population=Point(*population.mean[row].tolist()),
            )
            for row in farthest
        ],
    )


def _shifts(difference: NDArray[np.float64]) -> list[Shift]:
    """Return the shifts on valence and arousal of a difference ``(n_tracks, 2)``."""
    if not len(difference):
        return [Shift(0.0, 0.0)] * 2
    mean, sd = difference.mean(axis=0).tolist(), difference.std(axis=0).tolist()
    return [Shift(*each) for each in zip(mean, sd, strict=True)]
