"""A calibration's effect and accuracy, in lines for a terminal."""

import math
from collections.abc import Mapping
from typing import Any

from models.calibration.catalogue import CatalogueCalibration
from models.calibration.listeners import LEAST_ANSWERS, LEAST_LISTENERS, ListenerCalibration
from models.emotion import SIGNS
from models.personal.logistic import Prior
from models.personal.logistic.evidence import NAMES
from models.personal.logistic.prequential import Comparison

_LEAST_MOVE = 0.005
_FITTED = {"raw": "without a calibration", "unlabelled": "from the tracks alone", "fitted": "now"}
_SIDES = (("pleasant", "unpleasant"), ("lively", "quiet"))


def lines_of(made: CatalogueCalibration) -> list[str]:
    """Return the description of a calibration, a line each."""
    listeners = [] if made.listeners is None else _listeners(made.listeners)
    return [*_moves(made.offset.tolist()), *_figures(made.figures), *listeners]


def _listeners(made: ListenerCalibration) -> list[str]:
    """Return the users' prior, or why the shipped one stays."""
    if made.judged is None:
        return [
            f"The users' prior is not fitted yet: {made.n_listeners} users gave {LEAST_ANSWERS} "
            f"answers or more, {LEAST_LISTENERS} are needed. Shipped: {_numbers(made.shipped)}."
        ]
    if made.learnt is None:
        return [
            f"On {_amount(made.judged)} held out, the fitted prior of users predicts no better "
            f"than the shipped one: {_against(made.judged)}. Shipped: {_numbers(made.shipped)}."
        ]
    return [
        f"Fitted prior of users: {_numbers(made.learnt)}. Shipped: {_numbers(made.shipped)}.",
        f"On {_amount(made.judged)} held out: {_against(made.judged)}.",
    ]


def _numbers(prior: Prior) -> str:
    return ", ".join(f"{name} {getattr(prior, name):.3g}" for name in NAMES)


def _amount(judged: Comparison) -> str:
    return f"{judged.n_answers} answers of {judged.n_listeners} users"


def _against(judged: Comparison) -> str:
    """Return two mean negative log-likelihoods, and the interval of their difference."""
    nll = f"NLL {judged.learnt:.3f} against {judged.shipped:.3f}"
    if judged.low is None or judged.high is None:
        return nll
    difference = judged.learnt - judged.shipped
    return f"{nll} ({difference:+.3f}, 95 % over users {judged.low:+.3f} to {judged.high:+.3f})"


def _moves(offset: list[float]) -> list[str]:
    """Return the shifts of the quadrants' log probabilities in words."""
    moves = SIGNS.T @ offset / len(offset)
    return [
        f"The odds of {side} against {other} change by a factor of {math.exp(2.0 * move):.2f}."
        for move, (side, other) in zip(moves.tolist(), _SIDES, strict=True)
        if abs(move) >= _LEAST_MOVE
    ]


def _figures(figures: Mapping[str, Any]) -> list[str]:
    """Return figures before and after, a line each; no shares for an empty catalogue."""
    shares = figures["catalogue"]
    lines = [
        f"Share of the catalogue {when}: "
        + ", ".join(f"{quadrant} {share:.0%}" for quadrant, share in shares[when].items())
        for when in ("before", "after")
        if any(shares[when].values())
    ]
    judged = figures["answers"]
    if not judged["n_judged"]:
        return [*lines, "There are too few answers to evaluate it on held-out ones."]
    judgements = [
        f"{words} {judged[name]['accuracy']:.0%} correct (NLL {judged[name]['nll']:.3f})"
        for name, words in _FITTED.items()
    ]
    return [
        *lines,
        f"On {judged['n_judged']} answers held out: {', '.join(judgements)}.",
    ]
