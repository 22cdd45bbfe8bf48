"""What a calibration moved and learnt, and how well it predicts, in lines for a terminal."""

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
    """Return a calibration in words, a line each."""
    listeners = [] if made.listeners is None else _listeners(made.listeners)
    return [*_moves(made.offset.tolist()), *_figures(made.figures), *listeners]


def _listeners(made: ListenerCalibration) -> list[str]:
    """Return what was learnt of listeners, or why nothing was."""
    if made.judged is None:
        return [
            f"Nothing is learnt of listeners yet: {made.n_listeners} gave {LEAST_ANSWERS} answers "
            f"or more, {LEAST_LISTENERS} are needed. As shipped: {_numbers(made.shipped)}."
        ]
    if made.learnt is None:
        return [
            f"Of {_amount(made.judged)} that it did not fit, what listeners taught predicts no "
            f"better than what is shipped: {_against(made.judged)}. As shipped: "
            f"{_numbers(made.shipped)}."
        ]
    return [
        f"Learnt of listeners: {_numbers(made.learnt)}. Shipped: {_numbers(made.shipped)}.",
        f"Of {_amount(made.judged)} that it did not fit: {_against(made.judged)}.",
    ]


def _numbers(prior: Prior) -> str:
    return ", ".join(f"{name} {getattr(prior, name):.3g}" for name in NAMES)


def _amount(judged: Comparison) -> str:
    return f"{judged.n_answers} answers of {judged.n_listeners} listeners"


def _against(judged: Comparison) -> str:
    """Return two mean negative log-likelihoods, and an interval of their difference."""
    nll = f"NLL {judged.learnt:.3f} against {judged.shipped:.3f}"
    if judged.low is None or judged.high is None:
        return nll
    difference = judged.learnt - judged.shipped
    return (
        f"{nll} ({difference:+.3f}, 95 % over listeners {judged.low:+.3f} to {judged.high:+.3f})"
    )


def _moves(offset: list[float]) -> list[str]:
    """Return in words what is added to the log probabilities of the quadrants."""
    moves = SIGNS.T @ offset / len(offset)
    return [
        f"The odds of {side} against {other} are {math.exp(2.0 * move):.2f} times what they were."
        for move, (side, other) in zip(moves.tolist(), _SIDES, strict=True)
        if abs(move) >= _LEAST_MOVE
    ]


def _figures(figures: Mapping[str, Any]) -> list[str]:
    """Return figures before and after, a line each; no shares of a catalogue without tracks."""
    shares = figures["catalogue"]
    lines = [
        f"Share of the catalogue {when}: "
        + ", ".join(f"{quadrant} {share:.0%}" for quadrant, share in shares[when].items())
        for when in ("before", "after")
        if any(shares[when].values())
    ]
    judged = figures["answers"]
    if not judged["n_judged"]:
        return [*lines, "There are too few answers to judge it on some that it did not fit."]
    judgements = [
        f"{words} {judged[name]['accuracy']:.0%} foretold (NLL {judged[name]['nll']:.3f})"
        for name, words in _FITTED.items()
    ]
    return [
        *lines,
        f"Of {judged['n_judged']} answers that it did not fit: {', '.join(judgements)}.",
    ]
