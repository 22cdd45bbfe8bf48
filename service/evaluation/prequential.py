"""Prequential records: forecasts of answers, made before they were learnt.

A forecast is evaluated by later answers only (Dawid 1984: the prequential approach). So each first
answer on a track is recorded with the forecast of its user's model and that of the population
model just before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

import numpy as np

from models.emotion import QUADRANTS, Quadrant
from service.evaluation.intervals import PairedCounts
from service.labels import Label


@dataclass(frozen=True, slots=True)
class Forecast:
    """A forecast of a user's answer on a track.

    Attributes:
        snapshot: Version of the shared models.
        n_labels: Number of the user's tracks that the model had learnt from.
        personal: Probabilities of Q1 to Q4 by the user's model.
        population: Probabilities of Q1 to Q4 by the population model.
    """

    snapshot: str
    n_labels: int
    personal: tuple[float, float, float, float]
    population: tuple[float, float, float, float]


NO_FORECASTS: Mapping[str, Forecast] = MappingProxyType({})
"""Forecasts of no track."""

LABELS_SO_FAR: tuple[tuple[int, int | None], ...] = (
    (0, 0),
    (1, 4),
    (5, 9),
    (10, 19),
    (20, 49),
    (50, None),
)
"""Bins of labels learnt before: first and last number; None is unbounded."""


@dataclass(frozen=True, slots=True)
class PrequentialRecord:
    """The forecasts of one answer.

    Attributes:
        track_id: The answered track.
        snapshot: Version of the shared models.
        n_labels: Number of the user's tracks that the model had learnt from.
        quadrant: The answer; after a correction the corrected one.
        forecast: Forecast of the user's model.
        forecast_population: Forecast of the population model.
        p: Forecast probability of the answered quadrant; None after a correction, because the
            other probabilities are not stored.
        p_population: The same by the population model.
        strategy: Query strategy that chose the track, as reported by the client.
        is_random: Whether the track was drawn uniformly, as reported by the client.
    """

    track_id: str
    snapshot: str
    n_labels: int
    quadrant: Quadrant
    forecast: Quadrant
    forecast_population: Quadrant
    p: float | None
    p_population: float | None
    strategy: str | None
    is_random: bool

    @classmethod
    def of(cls, label: Label, quadrant: Quadrant, forecast: Forecast) -> "PrequentialRecord":
        """Return the record of an answer."""
        return cls(
            track_id=label.track_id,
            snapshot=forecast.snapshot,
            n_labels=forecast.n_labels,
            quadrant=quadrant,
            forecast=QUADRANTS[int(np.argmax(forecast.personal))],
            forecast_population=QUADRANTS[int(np.argmax(forecast.population))],
            p=forecast.personal[quadrant.index],
            p_population=forecast.population[quadrant.index],
            strategy=label.strategy,
            is_random=label.is_random,
        )


@dataclass(slots=True)
class PrequentialChanges:
    """Changes of stored records that follow from labels; each track is in one collection only.

    Attributes:
        gone: Tracks without an answer.
        corrected: New answers on tracks with a record.
        new: Event ids and records of first answers, by track.
    """

    gone: set[str] = field(default_factory=set)
    corrected: dict[str, Quadrant] = field(default_factory=dict)
    new: dict[str, tuple[str, PrequentialRecord]] = field(default_factory=dict)

    def withdraw(self, track_id: str) -> None:
        """Record that a track has no answer any more."""
        self.new.pop(track_id, None)
        self.corrected.pop(track_id, None)
        self.gone.add(track_id)

    def correct(self, track_id: str, quadrant: Quadrant) -> None:
        """Record a corrected answer."""
        self.gone.discard(track_id)
        self.corrected[track_id] = quadrant


def prequential_changes(
    standing: Mapping[str, Quadrant | None],
    labels: Sequence[Label],
    forecasts: Mapping[str, Forecast],
) -> PrequentialChanges:
    """Return the changes of records that follow from labels.

    The first answer on a track is recorded. A correction replaces the answer of its record. A
    repeat is a further answer after the first was learnt, and changes nothing. A retraction
    deletes the record.

    Args:
        standing: The user's previous answer by track; None or missing without one.
        labels: New labels, in order.
        forecasts: Forecasts by track, made before these labels.
    """
    changes = PrequentialChanges()
    for label in labels:
        track_id, is_repeat = label.track_id, label.is_repeat
        if label.quadrant is None:
            changes.withdraw(track_id)
        elif standing.get(track_id) is not None:
            # A forecast made before this call came from a model that knew the answer.
            if not is_repeat:
                changes.correct(track_id, label.quadrant)
        elif track_id in forecasts and not (is_repeat and track_id in changes.new):
            forecast = PrequentialRecord.of(label, label.quadrant, forecasts[track_id])
            changes.gone.discard(track_id)
            changes.new[track_id] = label.event_id, forecast
    return changes


@dataclass(frozen=True, slots=True)
class BinTally:
    """Counts in a bin of labels learnt before; ``to_labels`` is None if unbounded."""

    from_labels: int
    to_labels: int | None
    tally: PairedCounts


@dataclass(frozen=True, slots=True)
class StrategyTally:
    """Counts of randomly drawn tracks that a query strategy chose."""

    strategy: str
    tally: PairedCounts


@dataclass(frozen=True, slots=True)
class SnapshotTally:
    """Counts under a snapshot, with the times of its first and last record.

    Attributes:
        role: Present role of the snapshot.
    """

    snapshot: str
    tally: PairedCounts
    first_at: datetime
    last_at: datetime
    role: str = "past"
