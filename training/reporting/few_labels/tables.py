"""The tables of the page."""

from collections.abc import Sequence

from training.reporting.bootstrap import OTHER_TESTS
from training.reporting.cells import code, fixed, number, plain
from training.reporting.few_labels.findings import QUALITY, Contrast, Findings
from training.reporting.render import Table
from training.reporting.scores import PARTS, known_mean

_MILLI = 1000.0


def scores(found: Findings, part: str) -> Table:
    """Return every method's weighted F1 on one part of the tracks."""
    at, steps = PARTS.index(part), range(len(found.n_labels))
    rows = [
        [code(name), *(plain(found.f1.at(place, at, step)) for step in steps)]
        for place, name in enumerate(found.plan.methods)
    ]
    return Table(["method", *_labels(found.n_labels)], rows)


def contrasts(found: Sequence[Contrast]) -> Table:
    """Return paired differences."""
    rows = [
        [code(one.subject), rival(one), str(one.n_labels), *one.line.cells(*OTHER_TESTS)]
        for one in found
    ]
    head = ["method", "minus", "labels", "difference", "all lines together", "p", "corrected p"]
    return Table([*head, *OTHER_TESTS, "verdict"], rows)


def rival(one: Contrast) -> str:
    """Return what a method is held against: another, or itself at the start."""
    return "itself at 0 labels" if one.against == "0 labels" else code(one.against)


def harmed(found: Findings) -> Table:
    """Return how many listeners each method leaves worse than it found them."""
    rows = []
    for name in found.plan.methods:
        counts = [found.harmed(name, n) for n in found.judged_at]
        told = [f"{n} of {len(found.listeners)}: {plain(share)}" for n, share in counts]
        rows.append([code(name), *told])
    return Table(["method", *_labels(found.judged_at)], rows)


def quality(found: Findings) -> Table:
    """Return NLL, Brier score and ECE, first and last."""
    ends = _labels((found.n_labels[0], found.n_labels[-1]))
    rows = [
        [code(name), *map(number, found.quality[:, place].ravel())]
        for place, name in enumerate(found.plan.methods)
    ]
    return Table(["method", *(f"{name}, {end}" for name in QUALITY for end in ends)], rows)


def coverage(found: Findings) -> Table:
    """Return how many tracks prediction sets cover, and how large they are."""
    rows = []
    for name in found.with_sets:
        for row, part in enumerate(PARTS):
            for step, n in enumerate(found.n_labels):
                one = found.coverage(name, row, step)
                told = map(number, (one.deviation, one.low, one.high, one.size))
                rows.append([code(name), part, str(n), plain(one.mean), *told])
    head = ["method", "tracks", "labels", "covered", "deviation", "a tenth below", "a tenth above"]
    return Table([*head, "mean size"], rows)


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


def _labels(numbers: Sequence[int]) -> list[str]:
    return [f"{n} labels" for n in numbers]
