"""What the program says of it in words: who is better, what sets cover, how sure it may be."""

from collections.abc import Iterator

from training.experiments.few_labels.method import NOMINAL
from training.reporting.cells import number, p_value, plain, signed
from training.reporting.few_labels.findings import QUALITY, Contrast, Findings
from training.reporting.scores import PARTS

TOLERANCE = 0.03
MOST_ECE = 0.05
MARKS = {"trompa": {"warm": 0.589, "cold": 0.473}}
"""What a pilot's Gaussian model reached at 52 labels, on other splits."""
_MARKED_AT = 52
_ALL = 0
_ROUNDING = 1e-9


def verdicts(found: Findings) -> Iterator[str]:
    """Yield a sentence for each thing that was to be shown, of each of our methods."""
    for name in found.ours:
        yield _learns(found, name)
        yield from marks(found, name)
        yield from (_held(one) for one in found.contrasts(name, _ALL))
        yield _harms(found, name)
        yield from coverage(found, name)
        yield calibration(found, name)


def _learns(found: Findings, name: str) -> str:
    ends = [
        f"{part} {plain(found.f1.at(found.place(name), row, 0))} →"
        f" {plain(found.f1.at(found.place(name), row, -1))}"
        for row, part in enumerate(PARTS)
    ]
    return f"`{name}`, weighted F1 from 0 to {found.n_labels[-1]} labels: {'; '.join(ends)}."


def marks(found: Findings, name: str) -> Iterator[str]:
    """Yield how a method stands beside the pilot's marks."""
    marked = MARKS.get(found.plan.protocol.dataset, {})
    if not marked or _MARKED_AT not in found.n_labels:
        return
    step = found.n_labels.index(_MARKED_AT)
    beside = []
    for part, mark in marked.items():
        here = float(found.f1.estimate[found.place(name), PARTS.index(part), step])
        verdict = "reached" if here >= mark else f"**missed by {mark - here:.3f}**"
        beside.append(f"{part} tracks {number(here)}, mark {number(mark)}: {verdict}")
    yield (
        f"`{name}` beside the pilot's marks at {_MARKED_AT} labels (measured on other splits):"
        f" {'; '.join(beside)}."
    )


def _held(one: Contrast) -> str:
    line = one.line
    if not line.is_judged:
        return f"`{one.subject}` minus {told(one.against)}: too few listeners to tell."
    firm = "" if line.is_firm or not line.is_better else ", though not by every test"
    return (
        f"`{one.subject}` minus {told(one.against)}, {one.n_labels} labels:"
        f" {signed(line.difference)}, corrected p {p_value(line.corrected)}:"
        f" {line.verdict}{firm}."
    )


def told(against: str) -> str:
    """Return what a method is held against: a method's name, or itself at the start."""
    return "itself at 0 labels" if against == "0 labels" else f"`{against}`"


def _harms(found: Findings, name: str) -> str:
    shares = []
    for n in found.judged_at:
        count, interval = found.harmed(name, n)
        shares.append(f"{count} of {len(found.listeners)} ({plain(interval)}) at {n} labels")
    return f"`{name}` harms, compared with itself at 0 labels: {'; '.join(shares)}."


def coverage(found: Findings, name: str) -> Iterator[str]:
    """Yield whether a method's sets cover what they promise, part by part."""
    if name not in found.with_sets:
        yield f"`{name}` has no prediction sets."
        return
    means = found.covered(name).estimate
    for row, part in enumerate(PARTS):
        gaps = [
            f"{mean:.1%} at {n} labels ({_gap(mean)})"
            for n, mean in zip(found.n_labels, means[row], strict=True)
            if not abs(mean - NOMINAL) <= TOLERANCE + _ROUNDING
        ]
        asked = f"{NOMINAL:.0%} ± {100 * TOLERANCE:.0f} of {part} tracks"
        verdict = (
            f"**not everywhere** within {asked}: {'; '.join(gaps)}"
            if gaps
            else _within(asked, float(means[row].min()), float(means[row].max()))
        )
        yield f"Prediction sets of `{name}`: {verdict}."


def _within(asked: str, low: float, high: float) -> str:
    return f"within {asked} at every number of labels ({low:.1%} to {high:.1%})"


def _gap(mean: float) -> str:
    side = "under" if mean < NOMINAL else "over"
    missed = 100 * (abs(mean - NOMINAL) - TOLERANCE)
    return f"{missed:.1f} points {side} the range"


def calibration(found: Findings, name: str) -> str:
    """Return whether a method is as sure as it is right."""
    row = list(QUALITY).index("ECE")
    values = found.quality[row, found.place(name)]
    ends = zip((found.n_labels[0], found.n_labels[-1]), values, strict=True)
    parts = [
        f"{number(float(value))} at {n} labels, "
        + ("within" if value <= MOST_ECE else f"**{value - MOST_ECE:.3f} above**")
        for n, value in ends
    ]
    return f"ECE of `{name}`, asked to be at most {MOST_ECE:.2f}: {'; '.join(parts)}."
