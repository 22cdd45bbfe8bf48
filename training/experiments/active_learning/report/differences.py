"""Paired differences of weighted F1 within the listeners of a simulation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.experiments.active_learning.report.findings import Findings
from training.experiments.active_learning.report.listener import Way
from training.experiments.cohort import QUALITY
from training.reporting.comparison import Line, compare
from training.reporting.scores import Floats

OUTCOMES = ("area", "final")
"""Mean of the learning curve from the first round on, and its last value."""
LOG_SCORE = "log score"
"""Mean log-probability of the answers after the last round, minus NLL; logistic model only."""
_START: Way = ("", "0 labels")
_ALL_TRACKS = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """One line of a table of differences.

    Attributes:
        first: Personaliser and mode.
        second: Name of the subtracted way.
        predictor: An algorithm, or the committee.
        outcome: One of ``OUTCOMES``, or ``LOG_SCORE``.
        line: The difference with its tests.
    """

    first: Way
    second: str
    predictor: str
    outcome: str
    line: Line


def against_control(found: Findings) -> list[Comparison]:
    """Return every mode minus random questions, under the same personaliser."""
    control = found.control
    if control is None:
        return []
    others = ((how, mode) for how, mode in found.ways if mode != control)
    return _compare(found, [((how, mode), (how, control), control) for how, mode in others])


def against_start(found: Findings) -> list[Comparison]:
    """Return every mode and personaliser minus itself at 0 labels."""
    return _compare(found, [(way, _START, _START[1]) for way in found.ways])


def against_first_personaliser(found: Findings) -> list[Comparison]:
    """Return every other personaliser minus the first, with the same mode."""
    reference, *others = found.plan.personalisers
    modes = found.plan.modes
    return _compare(
        found, [((how, m), (reference, m), reference) for how in others for m in modes]
    )


def _compare(found: Findings, pairs: Sequence[tuple[Way, Way, str]]) -> list[Comparison]:
    """Return a line for each outcome, pair and main predictor, corrected as one family.

    Args:
        found: The findings.
        pairs: Two ways and the name of the second.
    """
    if not pairs:
        return []
    figures = _figures(found)
    family = [
        (outcome, pair, scored, place)
        for outcome in _outcomes(found)
        for pair in pairs
        for scored, place in found.compared
    ]
    differences = [
        (figures[outcome, first] - figures[outcome, second])[:, scored, place]
        for outcome, (first, second, _), scored, place in family
    ]
    lines = compare(found.bootstrap, np.stack(differences, axis=1))
    return [
        Comparison(first, name, found.predictors[place], outcome, line)
        for line, (outcome, (first, _, name), _, place) in zip(lines, family, strict=True)
    ]


def _figures(found: Findings) -> dict[tuple[str, Way], Floats]:
    """Return the values of each outcome and way ``(n_listeners, n_scored, n_predictors)``."""
    curves = found.over(lambda one: one.f1[:, _ALL_TRACKS])
    values = {}
    for place, way in enumerate(found.ways):
        values["area", way] = curves[:, place, :, :, 1:].mean(axis=-1)
        values["final", way] = curves[:, place, ..., -1]
    values |= {(outcome, _START): curves[:, 0, ..., 0] for outcome in OUTCOMES}
    nll = found.over(lambda one: one.quality[:, list(QUALITY).index("NLL")])
    score = -np.stack([nll, nll], axis=2)  # the same for single models and consensus
    values |= {(LOG_SCORE, way): score[:, place, ..., -1] for place, way in enumerate(found.ways)}
    return values | {(LOG_SCORE, _START): score[:, 0, ..., 0]}


def _outcomes(found: Findings) -> tuple[str, ...]:
    return (*OUTCOMES, LOG_SCORE) if found.is_logistic else OUTCOMES
