"""Repeats: ask again about a labelled track, to measure how consistently a user answers.

Consistency is no upper bound for accuracy: a user who gives one answer with probability 0.7 and
another with 0.3 repeats an answer with probability 0.58, and a model can predict 0.70.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.query import Question
from service.answers import Answers

N_BETWEEN = 5
"""Number of labels of other tracks after which a track may be repeated."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a list of questions.

    Attributes:
        repeat: The repeated question; None leaves the place to a strategy.
        odds: Probability of this outcome: of the repeat, or of leaving the place to a strategy.
    """

    repeat: Question | None
    odds: float


def repeatable_tracks(answers: Answers) -> list[str]:
    """Return the tracks that may be repeated, in the order they were answered.

    Their label is `N_BETWEEN` labels old and does not answer a repeat.
    """
    labels = answers.take(~answers.is_retracted)
    old = np.argsort(labels.seqs)[: max(0, len(labels) - N_BETWEEN)]
    is_due = labels.is_answered & ~labels.is_repeat
    return [labels.track_ids[place] for place in old[is_due[old]].tolist()]


def draw_places(
    n: int, share: float, track_ids: Sequence[str], rng: np.random.Generator
) -> list[Place]:
    """Return ``n`` places; each repeats a uniformly drawn track with probability ``share``.

    No track is drawn twice. Once none is left, the remaining places go to the strategy.
    """
    left = list(track_ids)
    places = []
    for _ in range(n):
        place = Place(None, 1.0)
        if left and share > 0:
            place = Place(None, 1 - share)
            if rng.random() < share:
                odds = share / len(left)
                track_id = left.pop(int(rng.integers(len(left))))
                place = Place(Question(track_id, 0.0, propensity=odds, is_repeat=True), odds)
        places.append(place)
    return places


def without_propensity(place: Place) -> Place:
    """Return a place whose repeat, if it is one, has no known propensity."""
    if place.repeat is None:
        return place
    return replace(place, repeat=replace(place.repeat, propensity=None))


def fill_places(places: Iterable[Place], questions: Iterable[Question]) -> Iterator[Question]:
    """Yield the repeats in their places, and a strategy's questions in the others."""
    others = iter(questions)
    for place in places:
        if place.repeat is not None:
            yield place.repeat
        elif (question := next(others, None)) is not None:
            odds = question.propensity
            yield replace(question, propensity=None if odds is None else odds * place.odds)
