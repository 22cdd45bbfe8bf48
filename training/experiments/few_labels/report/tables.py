"""The tables of the page."""

from collections.abc import Mapping, Sequence

import numpy as np

from training.experiments.few_labels.method import Arrays
from training.experiments.few_labels.methods import METHODS
from training.experiments.few_labels.report.findings import (
    ITSELF,
    QUALITY,
    Contrast,
    Findings,
    shown_at,
)
from training.reporting.bootstrap import OTHER_TESTS
from training.reporting.number_format import code, fixed, number, plain
from training.reporting.render import Table
from training.reporting.scores import PARTS, known_mean

NUMBERS = ("kappa", "gamma", "tau", "omega")
"""Of the logistic model's prior."""
_MILLI = 1000.0


def scores(found: Findings, part: str, figure: str, names: Sequence[str] = ()) -> Table:
    """Return a figure of methods on one part of the tracks, at each number of labels.

    Args:
        found: What came out.
        part: Of the tracks.
        figure: Which.
        names: Of the methods; all without.
    """
    at, steps = PARTS.index(part), range(len(found.n_labels))
    bands = found.figures[figure]
    rows = [
        [code(name), *(plain(bands.at(found.place(name), at, step)) for step in steps)]
        for name in names or found.plan.methods
    ]
    return Table(["method", *_labels(found.n_labels)], rows)


def reading_votes(found: Findings) -> list[str]:
    """Return the methods that go by other listeners' votes on the very track."""
    return [name for name in found.plan.methods if METHODS[name].reads_votes]


def contrasts(found: Sequence[Contrast]) -> Table:
    """Return paired differences."""
    rows = [
        [rival(one), str(one.n_labels), *one.line.cells(*OTHER_TESTS)[:-1], one.verdict]
        for one in found
    ]
    head = ["minus", "labels", "difference", "all lines together", "p", "corrected p"]
    return Table([*head, *OTHER_TESTS, "verdict"], rows)


def rival(one: Contrast) -> str:
    """Return what a method is held against: another, or itself at the start."""
    return "itself at 0 labels" if one.against == ITSELF else code(one.against)


def harmed(found: Findings) -> Table:
    """Return how many listeners each method leaves worse than it found them."""
    rows = []
    for name in found.plan.methods:
        counts = [found.harmed(name, n) for n in found.judged_at]
        cells = [f"{n} of {len(found.listeners)}: {plain(share)}" for n, share in counts]
        rows.append([code(name), *cells])
    return Table(["method", *_labels(found.judged_at)], rows)


def changed(found: Findings) -> Table:
    """Return which share of the predicted quadrants a method's labels changed."""
    steps = range(1, len(found.n_labels))
    rows = [
        [code(name), *(plain(found.changed(name, step)) for step in steps)]
        for name in found.plan.methods
    ]
    return Table(["method", *_labels(found.n_labels[1:])], rows)


def quality(found: Findings) -> Table:
    """Return NLL, Brier score and ECE of all predictions together."""
    labels = _labels(shown_at(found.n_labels))
    rows = [
        [code(name), *map(number, found.quality[:, place].ravel())]
        for place, name in enumerate(found.plan.methods)
    ]
    return Table(["method", *(f"{name}, {end}" for name in QUALITY for end in labels)], rows)


def coverage(found: Findings) -> Table:
    """Return how many tracks prediction sets cover, and how large they are."""
    rows = []
    for name in found.with_sets:
        for part in found.parts:
            for n in shown_at(found.n_labels):
                one = found.coverage(name, PARTS.index(part), found.n_labels.index(n))
                cells = map(number, (one.deviation, one.low, one.high, one.size))
                rows.append([code(name), part, str(n), plain(one.mean), *cells])
    head = ["method", "tracks", "labels", "covered", "deviation", "a tenth below", "a tenth above"]
    return Table([*head, "mean size"], rows)


def priors(learnt: Mapping[str, Sequence[Arrays]]) -> Table:
    """Return what the logistic models learnt of other listeners, over the groups left out.

    Args:
        learnt: What was learnt of each group, by method.
    """
    rows = [
        [code(name), *(_range([float(one[number]) for one in of_groups]) for number in NUMBERS)]
        for name, of_groups in learnt.items()
    ]
    return Table(["method", *NUMBERS], rows)


def _range(values: Sequence[float]) -> str:
    middle = float(np.median(values))
    if len(values) == 1:
        return number(middle)
    return f"{number(middle)} ({number(min(values))} to {number(max(values))})"


def time(found: Findings) -> Table:
    """Return milliseconds."""
    making = known_mean(found.over(lambda one: one.making))
    seconds = known_mean(found.over(lambda one: one.seconds))
    rows = [
        [code(name), *(fixed(_MILLI * value, 3) for value in (*seconds[place], making[place]))]
        for place, name in enumerate(found.plan.methods)
    ]
    return Table(["method", *_labels(found.n_labels), "made once"], rows)


def listeners(found: Findings) -> Table:
    """Return each listener's weighted F1 at the most labels, by method."""
    return found.table(
        list(map(code, found.plan.methods)), lambda one: list(map(number, one.f1[:, 0, -1]))
    )


def others(found: Findings) -> str:
    """Return how many other listeners vote, in words."""
    n = found.n_others
    return "all other listeners" if n is None else f"{n} other listeners" if n else "nobody else"


def _labels(numbers: Sequence[int]) -> list[str]:
    return [f"{n} label" if n == 1 else f"{n} labels" for n in numbers]
