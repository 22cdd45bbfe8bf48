"""Tables of the comparison page."""

from collections.abc import Mapping, Sequence

import numpy as np

from training.experiments.cohort import QUALITY
from training.experiments.few_labels.method import Arrays
from training.experiments.few_labels.methods import METHODS
from training.experiments.few_labels.report.findings import ITSELF, Contrast, Findings, shown_at
from training.reporting.bootstrap import OTHER_TESTS
from training.reporting.number_format import code, fixed, number, plain
from training.reporting.render import Table
from training.reporting.scores import PARTS, known_mean

NUMBERS = ("kappa", "gamma", "tau", "omega")
"""Numbers of the logistic model's prior."""
_MILLI = 1000.0


def scores(found: Findings, part: str, figure: str, names: Sequence[str] = ()) -> Table:
    """Return a figure on one part of the tracks, by method and number of labels."""
    at, steps = PARTS.index(part), range(len(found.n_labels))
    bands = found.figures[figure]
    rows = [
        [code(name), *(plain(bands.at(found.place(name), at, step)) for step in steps)]
        for name in names or found.plan.methods
    ]
    return Table(["method", *_labels(found.n_labels)], rows)


def reading_votes(found: Findings) -> list[str]:
    """Return the methods that read other listeners' votes on a track."""
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
    """Return the name of a contrast's rival: another method, or the method itself at 0 labels."""
    return "itself at 0 labels" if one.against == ITSELF else code(one.against)


def harmed(found: Findings) -> Table:
    """Return the number of listeners whose F1 each method lowers."""
    rows = []
    for name in found.plan.methods:
        counts = [found.harmed(name, n) for n in found.judged_at]
        cells = [f"{n} of {len(found.listeners)}: {plain(share)}" for n, share in counts]
        rows.append([code(name), *cells])
    return Table(["method", *_labels(found.judged_at)], rows)


def changed(found: Findings) -> Table:
    """Return the share of predicted quadrants that a method's labels changed."""
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
    """Return coverage and size of prediction sets."""
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
    """Return median and range of the logistic models' priors over the groups, by method."""
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
    """Return milliseconds of an answer and of making each method."""
    making = known_mean(found.over(lambda one: one.making))
    seconds = known_mean(found.over(lambda one: one.seconds))
    rows = [
        [code(name), *(fixed(_MILLI * value, 3) for value in (*seconds[place], making[place]))]
        for place, name in enumerate(found.plan.methods)
    ]
    return Table(["method", *_labels(found.n_labels), "made once"], rows)


def listeners(found: Findings) -> Table:
    """Return each listener's weighted F1 at the largest number of labels, by method."""
    return found.table(
        list(map(code, found.plan.methods)), lambda one: list(map(number, one.f1[:, 0, -1]))
    )


def others(found: Findings) -> str:
    """Return the number of other listeners who vote, in words."""
    n = found.n_others
    return "all other listeners" if n is None else f"{n} other listeners" if n else "nobody else"


def _labels(numbers: Sequence[int]) -> list[str]:
    return [f"{n} label" if n == 1 else f"{n} labels" for n in numbers]
