"""Picture: what is known of a listener, to be shown to the listener."""

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
from service.serving.personal_models import Listeners
from service.serving.track_sample import MAX_SAMPLE, sample
from service.tracks import TrackMetadata

MAX_LABELS = 2_000
MAX_DIFFERENT = 8
WINDOW = 10
"""How many labels wide a piece of the curve is."""


class Point(NamedTuple):
    """A point on the plane."""

    valence: float
    arousal: float


@dataclass(frozen=True, slots=True)
class LabelledTrack:
    """An answer that stands, with what its track is called."""

    event: LabelEvent
    quadrant: Quadrant
    track_metadata: TrackMetadata


@dataclass(frozen=True, slots=True)
class TrackDifference:
    """A track of which the listener is told something else than everybody."""

    track_id: str
    track_metadata: TrackMetadata
    personal: Point
    population: Point


@dataclass(frozen=True, slots=True)
class Shift:
    """Personal less population on one axis.

    Attributes:
        mean: Over the sampled tracks.
        sd: How much it differs between them.
    """

    mean: float
    sd: float


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What is expected of the listener beside what is expected of everybody.

    Attributes:
        axis: Centres of the cells, on either axis; ``n_cells`` of them.
        personal: How much of it lies where on the plane ``(n_cells, n_cells)``; all 0 where no
            track can be predicted.
        population: The same of everybody.
        different: The tracks that differ most, the most first.
    """

    axis: Sequence[float]
    personal: NDArray[np.float64]
    population: NDArray[np.float64]
    valence: Shift
    arousal: Shift
    different: Sequence[TrackDifference]


@dataclass(frozen=True, slots=True)
class Window:
    """How often the answers given after so many labels were foretold rightly."""

    from_labels: int
    to_labels: int
    personal: Proportion
    population: Proportion


@dataclass(frozen=True, slots=True)
class Prequential:
    """How often the listener's answers were foretold rightly, before each was learnt."""

    n: int
    personal: Proportion | None
    population: Proportion | None
    curve: Sequence[Window]


@dataclass(frozen=True, slots=True)
class Consistency:
    """How far the listener agrees with themselves, where a track was asked about again.

    Attributes:
        n: How many answers were repeated.
        same_quadrant: How many of these fell into the same quadrant.
        distance: Root of the mean squared distance between the points; None without points.
    """

    n: int
    same_quadrant: Proportion | None
    distance: float | None


@dataclass(frozen=True, slots=True, eq=False)
class ListenerProfile:
    """What is known of a listener.

    Attributes:
        n_labels: How many tracks have an answer now.
        n_cant_tell: Of how many the listener could not tell.
        labels: The answers that stand, the newest first, at most `MAX_LABELS`.
        paired: Personal against population forecasts of the same answers.
        habits: How often each quadrant was answered and was to be expected, over the newest
            answers that stand, at most `MAX_SAMPLE`.
        own_tracks: A few tracks of each quadrant that are likeliest for the listener, from the
            sampled tracks.
        is_used: Whether the answers change what the listener is told.
        snapshot: Version of the shared models.
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
    listeners: Listeners,
) -> ListenerProfile:
    """Return what is known of a user.

    Raises:
        UserNotFoundError: Nothing is.
    """
    events = list(log.events(user_id))
    if not events:
        raise UserNotFoundError(user_id)
    listener = listeners.current(user_id)
    standing = effective(events)
    shown = standing[: -MAX_LABELS - 1 : -1]
    both = forecast_pair(sample(track_features.current()), listener, listeners)
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
        consistency=consistency([event.label for event in events]),
        paired=paired(forecasts),
        habits=habits(answered, forecast_pair(list(answered)[-MAX_SAMPLE:], listener, listeners)),
        own_tracks=own_tracks(answered, both, listeners.catalogue),
        is_used=listener.is_used,
        snapshot=listeners.snapshot.version,
    )


def prequential(prequential_records: Sequence[PrequentialRecord]) -> Prequential:
    """Return how often answers were foretold rightly, all in all and label by label.

    The hits of successive forecasts, each judged by what came after it (Dawid 1984).

    Args:
        prequential_records: Of one listener.
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
    """Return how far a listener's repeated answers are those given before.

    An answer that was taken back was never given, and a correction takes the place of what it
    corrects.

    Args:
        labels: All of one listener, in the order of the log.
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
    """Return how far two points are apart, squared; None where one is a bare quadrant."""
    ends = [one.valence, one.arousal, other.valence, other.arousal]
    points = np.array([end for end in ends if end is not None])
    if len(points) < len(ends):
        return None
    return float(((points[:2] - points[2:]) ** 2).sum())


def _hits(prequential_records: Sequence[PrequentialRecord]) -> Proportion | None:
    return wilson(
        sum(g.foretold == g.quadrant for g in prequential_records), len(prequential_records)
    )


def _hits_of_population(prequential_records: Sequence[PrequentialRecord]) -> Proportion | None:
    return wilson(
        sum(g.foretold_population == g.quadrant for g in prequential_records),
        len(prequential_records),
    )


def _farthest(both: ForecastPair) -> list[int]:
    """Return the rows where listener and everybody differ most; none where they do not."""
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
    """Return what a difference ``(n_tracks, 2)`` is on valence and on arousal."""
    if not len(difference):
        return [Shift(0.0, 0.0)] * 2
    mean, sd = difference.mean(axis=0).tolist(), difference.std(axis=0).tolist()
    return [Shift(*each) for each in zip(mean, sd, strict=True)]
