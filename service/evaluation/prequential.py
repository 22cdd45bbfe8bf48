"""Guesses: what was foretold of answers before they were learnt.

A forecast is judged by what came true after it was made, and by nothing else (Dawid 1984: the
prequential way). So each first answer about a track is noted with what its listener would have
been told of it a moment before, and with what a newcomer would have been told.
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
    """What was told of a track before its listener answered.

    Attributes:
        snapshot: Version of the shared models that told it.
        n_labels: How many of the listener's tracks had been learnt from.
        personal: How likely each quadrant was called to the listener, Q1 to Q4.
        population: How likely each would have been called to a newcomer.
    """

    snapshot: str
    n_labels: int
    personal: tuple[float, float, float, float]
    population: tuple[float, float, float, float]


NO_FORECASTS: Mapping[str, Forecast] = MappingProxyType({})
"""Of no track was anything told."""

LABELS_SO_FAR: tuple[tuple[int, int | None], ...] = (
    (0, 0),
    (1, 4),
    (5, 9),
    (10, 19),
    (20, 49),
    (50, None),
)
"""How many labels had been learnt before, from and to; None is without end."""


@dataclass(frozen=True, slots=True)
class PrequentialRecord:
    """What was foretold of one answer.

    Attributes:
        track_id: What the answer is about.
        snapshot: Version of the shared models.
        n_labels: How many of the listener's tracks had been learnt from.
        quadrant: What was answered; after a correction, what is answered now.
        foretold: What was told to the listener.
        foretold_population: What would have been told to a newcomer.
        p: How likely the answered quadrant was called to the listener; None after a correction,
            for it is not kept what the others were called.
        p_population: How likely it would have been called to a newcomer.
        strategy: Which one asked about the track, as the client told.
        is_random: Whether the track was drawn evenly, as the client told.
    """

    track_id: str
    snapshot: str
    n_labels: int
    quadrant: Quadrant
    foretold: Quadrant
    foretold_population: Quadrant
    p: float | None
    p_population: float | None
    strategy: str | None
    is_random: bool

    @classmethod
    def of(cls, label: Label, quadrant: Quadrant, forecast: Forecast) -> "PrequentialRecord":
        """Return what was foretold of an answer."""
        return cls(
            track_id=label.track_id,
            snapshot=forecast.snapshot,
            n_labels=forecast.n_labels,
            quadrant=quadrant,
            foretold=QUADRANTS[int(np.argmax(forecast.personal))],
            foretold_population=QUADRANTS[int(np.argmax(forecast.population))],
            p=forecast.personal[quadrant.index],
            p_population=forecast.population[quadrant.index],
            strategy=label.strategy,
            is_random=label.is_random,
        )


@dataclass(slots=True)
class PrequentialChanges:
    """What labels change of the guesses that are kept; tracks are in one of them each.

    Attributes:
        gone: Tracks that have no answer any more.
        corrected: What is answered now of tracks with an answer that was foretold before.
        new: By track, what was foretold of first answers, and the event ids of these.
    """

    gone: set[str] = field(default_factory=set)
    corrected: dict[str, Quadrant] = field(default_factory=dict)
    new: dict[str, tuple[str, PrequentialRecord]] = field(default_factory=dict)

    def withdraw(self, track_id: str) -> None:
        """Note that there is no answer any more."""
        self.new.pop(track_id, None)
        self.corrected.pop(track_id, None)
        self.gone.add(track_id)

    def correct(self, track_id: str, quadrant: Quadrant) -> None:
        """Note what is answered now instead of what stood before."""
        self.gone.discard(track_id)
        self.corrected[track_id] = quadrant


def noted(
    standing: Mapping[str, Quadrant | None],
    labels: Sequence[Label],
    foretold: Mapping[str, Forecast],
) -> PrequentialChanges:
    """Return what is to be noted of labels.

    Of a track without an answer, the first answer is noted. A correction says what the answer
    should have been, so that the guess is judged by that; a repeat is another answer, after the
    first was learnt, and judges nothing. Where there is no answer any more, the guess goes.

    Args:
        standing: What the user said of each track before; None or nothing for no answer.
        labels: What the user says now, in order; none of them known.
        foretold: What was told of tracks before.
    """
    notes = PrequentialChanges()
    for label in labels:
        track_id, is_repeat = label.track_id, label.is_repeat
        if label.quadrant is None:
            notes.withdraw(track_id)
        elif standing.get(track_id) is not None:
            # What was told of it before this call came from a model that knew the answer.
            if not is_repeat:
                notes.correct(track_id, label.quadrant)
        elif track_id in foretold and not (is_repeat and track_id in notes.new):
            forecast = PrequentialRecord.of(label, label.quadrant, foretold[track_id])
            notes.gone.discard(track_id)
            notes.new[track_id] = label.event_id, forecast
    return notes


@dataclass(frozen=True, slots=True)
class BinTally:
    """What was foretold after so many labels; ``to_labels`` is None without end."""

    from_labels: int
    to_labels: int | None
    tally: PairedCounts


@dataclass(frozen=True, slots=True)
class StrategyTally:
    """What was foretold of evenly drawn tracks that a strategy asked about."""

    strategy: str
    tally: PairedCounts


@dataclass(frozen=True, slots=True)
class SnapshotTally:
    """What was foretold under a snapshot, and when first and last.

    Attributes:
        role: What the snapshot serves as now.
    """

    snapshot: str
    tally: PairedCounts
    first_at: datetime
    last_at: datetime
    role: str = "past"
