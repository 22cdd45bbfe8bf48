"""Explanations: the parts of a prediction as sentences without statistics."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from models.arrays import Votes
from models.emotion import QUADRANTS, WORDS, Modality
from models.prediction.prediction import TrackPrediction

MIN_LOG_ODDS = 0.1
"""A part that adds less than this to every quadrant's log-odds gets no sentence."""
MAJORITY = 0.5
MIN_LEAD = 0.15
"""Votes count as divided if the two largest shares differ by less than this."""
_SOURCES = {Modality.AUDIO: "sound", Modality.LYRICS: "lyrics"}

Doubles = NDArray[np.float64]


def why_words(recognition: TrackPrediction, votes: Votes) -> str:
    """Return an explanation of a prediction, one sentence for each part with an effect.

    Args:
        recognition: The prediction.
        votes: Other users' votes on the track ``(n_quadrants,)``.
    """
    sentence_of: Mapping[str, Callable[[Doubles], str]] = {
        "population": lambda log_odds: _population(log_odds, recognition.modalities),
        "others": lambda _: _others(votes),
        "level": _level,
        "taste": _taste,
    }
    sentences = [
        sentence_of[name](part.log_odds)
        for name, part in recognition.why.items()
        if np.abs(part.log_odds).max() >= MIN_LOG_ODDS
    ]
    return " ".join(filter(None, sentences)) or "Nothing favours one answer over another."


def _population(log_odds: Doubles, modalities: Mapping[Modality, Doubles | None]) -> str:
    read = [_SOURCES[each] for each in Modality if modalities.get(each) is not None]
    if not read:
        return ""
    proba = np.exp(log_odds) / np.exp(log_odds).sum()
    first, second = (WORDS[QUADRANTS[place]] for place in np.argsort(-proba, kind="stable")[:2])
    called = f"most people would call it {first}"
    if proba.max() < MAJORITY:
        called = f"people would call it {first} or {second}"
    return f"By its {' and '.join(read)} {called}."


def _others(votes: Votes) -> str:
    n = round(float(votes.sum()))
    if not n:
        return ""
    shares = votes / votes.sum()
    order = np.argsort(-shares, kind="stable")
    first, second = (WORDS[QUADRANTS[place]] for place in order[:2])
    whose = "1 other listener leans" if n == 1 else f"{n} other listeners lean"
    if shares[order[0]] - shares[order[1]] >= MIN_LEAD:
        return f"{whose} to {first}."
    if n == 1:
        return f"1 other listener wavers between {first} and {second}."
    return f"{n} other listeners are divided between {first} and {second}."


def _level(log_odds: Doubles) -> str:
    word, often = _strongest(log_odds)
    return f"You answer {word} {often} often than most."


def _taste(log_odds: Doubles) -> str:
    word, often = _strongest(log_odds)
    return f"Music like this you call {word} {often} often than most."


def _strongest(log_odds: Doubles) -> tuple[str, str]:
    """Return the word of the quadrant that changes most, and ``more`` or ``less``."""
    place = int(np.abs(log_odds).argmax())
    return WORDS[QUADRANTS[place]], "more" if log_odds[place] > 0 else "less"
