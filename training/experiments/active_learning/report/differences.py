"""Differences of weighted F1 within the listeners of a simulation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.experiments.active_learning.report.findings import Findings
from training.experiments.active_learning.report.listener import QUALITY, Way
from training.reporting.comparison import Line, compare
from training.reporting.scores import Floats

OUTCOMES = ("area", "final")
"""The mean of the learning curve from the first round on, and where it ends."""
LOG_SCORE = "log score"
"""The mean log-probability of the answers at the end: minus NLL; of the logistic model alone."""
_START: Way = ("", "0 labels")
_ALL_TRACKS = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """One line of a table of differences.

    Attributes:
        first: Personaliser and mode that are judged.
        second: What they are held against, in words.
        predictor: Of which algorithm, or the committee.
        outcome: One of ``OUTCOMES``, or ``LOG_SCORE``.
        line: The difference and how sure it is.
    """

    first: Way
    second: str
    predictor: str
    outcome: str
    line: Line


def against_control(found: Findings) -> list[Comparison]:
    """Return every mode minus random asking, under the same personaliser."""
    control = found.control
    if control is None:
        return []
    others = ((how, mode) for how, mode in found.ways if mode != control)
    return _compare(found, [((how, mode), (how, control), control) for how, mode in others])


def against_start(found: Findings) -> list[Comparison]:
    """Return every way minus what it was at 0 labels."""
    return _compare(found, [(way, _START, _START[1]) for way in found.ways])


def against_first_personaliser(found: Findings) -> list[Comparison]:
    """Return every further personaliser minus the first, with the same mode."""
    reference, *others = found.plan.personalisers
    modes = found.plan.modes
    return _compare(
        found, [((how, m), (reference, m), reference) for how in others for m in modes]
    )


def _compare(found: Findings, pairs: Sequence[tuple[Way, Way, str]]) -> list[Comparison]:
    """Return a line for each outcome, pair and main predictor; all of them are one family.

    Args:
        found: What came out.
        pairs: Two ways, and what the second is called.
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
    """Return each outcome of each way ``(n_listeners, n_scored, n_predictors)``."""
    curves = found.over(lambda one: one.f1[:, _ALL_TRACKS])
    told = {}
    for place, way in enumerate(found.ways):
        told["area", way] = curves[:, place, :, :, 1:].mean(axis=-1)
        told["final", way] = curves[:, place, ..., -1]
    told |= {(outcome, _START): curves[:, 0, ..., 0] for outcome in OUTCOMES}
    nll = found.over(lambda one: one.quality[:, list(QUALITY).index("NLL")])
    score = -np.stack([nll, nll], axis=2)  # however single models are scored
    told |= {(LOG_SCORE, way): score[:, place, ..., -1] for place, way in enumerate(found.ways)}
    return told | {(LOG_SCORE, _START): score[:, 0, ..., 0]}


def _outcomes(found: Findings) -> tuple[str, ...]:
    return (*OUTCOMES, LOG_SCORE) if found.is_logistic else OUTCOMES
