"""The tables of the page."""

from training.reporting.active_learning.comparison import Line
from training.reporting.blocks import Table
from training.reporting.cells import UNKNOWN, code, number, p_value, plain, signed, span
from training.reporting.few_labels.findings import QUALITY, Contrast, Findings
from training.reporting.few_labels.verdicts import told
from training.reporting.scores import PARTS, known_mean

_MILLI = 1000.0


def scores(found: Findings, part: int) -> Table:
    """Return every method's weighted F1 on one part of the tracks."""
    rows = [
        [code(name), *(plain(found.f1.at(place, part, step)) for step in _steps(found))]
        for place, name in enumerate(found.plan.methods)
    ]
    return Table(["method", *_labels(found)], rows)


def contrasts(found: list[Contrast]) -> Table:
    """Return paired differences."""
    head = ["method", "minus", "labels", "difference", "all lines together", "p", "corrected p"]
    others = list(found[0].line.by_other_tests) if found else []
    rows = [
        [code(one.subject), told(one.against), str(one.n_labels), *_cells(one.line, others)]
        for one in found
    ]
    return Table([*head, *others, "verdict"], rows)


def _cells(line: Line, others: list[str]) -> list[str]:
    return [
        signed(line.difference),
        span(*line.together),
        p_value(line.p),
        p_value(line.corrected),
        *(p_value(line.by_other_tests[name]) for name in others),
        line.verdict if line.is_judged else UNKNOWN,
    ]


def harmed(found: Findings) -> Table:
    """Return how many listeners each method leaves worse than it found them."""
    rows = []
    for name in found.plan.methods:
        counts = [found.harmed(name, n) for n in found.judged_at]
        rows.append(
            [code(name), *(f"{n} of {len(found.listeners)}: {plain(one)}" for n, one in counts)]
        )
    return Table(["method", *(f"{n} labels" for n in found.judged_at)], rows)


def quality(found: Findings) -> Table:
    """Return NLL, Brier score and ECE, first and last."""
    ends = (found.n_labels[0], found.n_labels[-1])
    rows = [
        [code(name), *(number(float(value)) for value in found.quality[:, place].ravel())]
        for place, name in enumerate(found.plan.methods)
    ]
    return Table(["method", *(f"{name}, {n} labels" for name in QUALITY for n in ends)], rows)


def coverage(found: Findings) -> Table:
    """Return how many tracks prediction sets cover, and how large they are."""
    head = ["method", "tracks", "labels", "covered", "deviation", "a tenth below", "a tenth above"]
    rows = []
    for name in found.with_sets:
        for row, part in enumerate(PARTS):
            for step, n in enumerate(found.n_labels):
                one = found.coverage(name, row, step)
                told_of = (one.deviation, one.low, one.high, one.size)
                rows.append([code(name), part, str(n), plain(one.mean), *map(number, told_of)])
    return Table([*head, "mean size"], rows)


def time(found: Findings) -> Table:
    """Return milliseconds."""
    making = known_mean(found.over(lambda one: one.making))
    seconds = known_mean(found.over(lambda one: one.seconds))
    rows = [
        [code(name), *(f"{_MILLI * value:.3f}" for value in (*seconds[place], making[place]))]
        for place, name in enumerate(found.plan.methods)
    ]
    return Table(["method", *_labels(found), "made once"], rows)


def listeners(found: Findings) -> Table:
    """Return each listener's weighted F1 at the most labels, by method."""
    rows = [
        [one.listener, f"{one.n_judged[0]:.1f}"] + [number(float(f1)) for f1 in one.f1[:, 0, -1]]
        for one in found.listeners
    ]
    return Table(["listener", "tracks judged", *map(code, found.plan.methods)], rows)


def _labels(found: Findings) -> list[str]:
    return [f"{n} labels" for n in found.n_labels]


def _steps(found: Findings) -> range:
    return range(len(found.n_labels))
