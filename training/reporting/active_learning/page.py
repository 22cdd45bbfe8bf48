"""The page over all listeners."""

import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

from training.reporting.active_learning import tables
from training.reporting.active_learning.claims import claims
from training.reporting.active_learning.cohort import Cohort
from training.reporting.active_learning.comparison import Comparison
from training.reporting.active_learning.findings import Findings
from training.reporting.active_learning.listener import CONTROL
from training.reporting.blocks import (
    Block,
    Command,
    Heading,
    Paragraph,
    Picture,
    Points,
)
from training.reporting.bootstrap import LEAST_LISTENERS, N_SAMPLES
from training.reporting.cells import code
from training.reporting.scores import PARTS

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "xgboost-cpu")
_MOST_LISTED = 60
_POPULATIONS = {
    "others": "the other listeners' labels, none of them by an artist of a cold track",
    "snapshot": "what the models that ship were trained on; the other listeners' labels are only"
    " votes, none of them on an artist of a cold track",
}
_PERSONALISERS = {
    "successive": "each round learns its own answers on top of the last round's models",
    "paper": "each round the paper's models learn its own answers by the paper's rules",
    "refit": "each round the shared models learn all answers so far anew, as the service does",
}
_CNN = {"last": "only its last layer learns", "full": "all of it learns"}
_KINDS = ("curves", "parts", "differences")


@dataclass(frozen=True, slots=True)
class Told:
    """What the results do not tell: the command that made the page, and what the data are."""

    command: str
    about: str


def picture_name(kind: str, how: str) -> str:
    """Return the file name of a picture: ``curves``, ``parts`` or ``differences``."""
    return f"{kind}-{how}.png"


def picture_kinds(cohort: Cohort) -> Sequence[str]:
    """Return which pictures there are: without random asking nothing is held against it."""
    has_others = cohort.control and len(cohort.plan.modes) > 1
    return _KINDS if has_others else _KINDS[:-1]


def page(found: Findings, told: Told) -> list[Block]:
    """Return the page."""
    return [
        *_opening(found, told),
        *_run(found.cohort),
        *_scores(found),
        *_curves(found.cohort),
        *_gains(found),
        *_differences(found),
        *_quality(found),
        *_time(found),
        *_listeners(found),
    ]


def _opening(found: Findings, told: Told) -> Iterator[Block]:
    protocol = found.cohort.plan.protocol
    yield Heading(f"Simulation: {protocol.dataset}", level=1)
    if told.about:
        yield Paragraph(told.about)
    yield Paragraph("Every figure, table and picture here is made by:")
    yield Command(told.command)
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    yield Paragraph(
        f"Seed {protocol.seed}; Python {platform.python_version()}, {libraries}; protocol"
        f" {protocol.digest[:12]}. The same results give the same page."
    )
    yield Heading("What came out")
    yield Paragraph(
        "Each sentence is made from the tables of differences below, all tracks taken together,"
        " and counts only what is left after correction for the number of comparisons."
    )
    yield Points([str(claim) for claim in claims(found.control, found.start)])


def _run(cohort: Cohort) -> Iterator[Block]:
    plan, protocol = cohort.plan, cohort.plan.protocol
    n_starts = len(cohort.scores) * plan.n_splits
    yield Heading("What was run")
    points = [
        f"{len(cohort.scores)} listeners of {code(protocol.dataset)} (with at least"
        f" {plan.min_labels} labels each), {plan.n_splits} seeded splits each.{_left_out(cohort)}",
        f"{protocol.n_rounds} rounds of {protocol.n_queries} questions; modes:"
        f" {', '.join(map(code, plan.modes))}.",
        *(f"Learning {code(how)}: {_PERSONALISERS[how]}." for how in plan.personalisers),
        f"Algorithms: {', '.join(map(code, protocol.algorithms))}.{_cnn(cohort)}",
        f"Population: {_population(protocol.population)}. The listener"
        " who is judged is held out of it.",
        _judged(cohort),
        f"Identical starts: in each of {n_starts} pairs of listener and split, all"
        f" {len(cohort.ways)} ways of asking and learning were found to predict the same, bit by"
        f" bit, before the first question ({n_starts * len(cohort.ways)} units; otherwise this"
        " page is refused). No unit asked about a track twice.",
    ]
    yield Points(points)
    yield Paragraph(
        "The statistical unit is the listener: figures are averaged over a listener's splits, then"
        f" over listeners. Intervals are 95 % percentile intervals from {N_SAMPLES:,} bootstrap"
        " samples of listeners, the same samples everywhere, with the percentiles moved outwards"
        " as few listeners demand (Hesterberg, 2015); shares have exact binomial ones."
        + _few(cohort)
    )


def _left_out(cohort: Cohort) -> str:
    if not cohort.left_out:
        return ""
    names = ", ".join(cohort.left_out[:_MOST_LISTED])
    return f" Left out, because not all of their units are done: {len(cohort.left_out)} ({names})."


def _cnn(cohort: Cohort) -> str:
    protocol = cohort.plan.protocol
    if "cnn" not in protocol.algorithms:
        return ""
    return f" Of the cnn {_CNN.get(protocol.cnn, protocol.cnn)}."


def _population(name: str) -> str:
    agreed = f"the agreed labels of {code(name)}; the other listeners' labels are only votes"
    return _POPULATIONS.get(name, agreed)


def _judged(cohort: Cohort) -> str:
    n_all, n_warm, n_cold = cohort.of_listeners(lambda one: one.n_judged).mean(axis=0)
    empty = cohort.of_listeners(lambda one: one.n_empty).sum(axis=0).astype(int)
    n_starts = len(cohort.scores) * cohort.plan.n_splits
    return (
        f"Judged in a split, on average: {n_all:.1f} tracks that are never asked about,"
        f" {n_warm:.1f} of them warm and {n_cold:.1f} cold; of a cold track neither it nor its"
        " artist is known to the population, nor voted on. Splits without such a track are left"
        f" out of that part's mean: {empty[1]} without a warm one, {empty[2]} without a cold one,"
        f" of {n_starts}."
    )


def _few(cohort: Cohort) -> str:
    if len(cohort.scores) >= LEAST_LISTENERS:
        return ""
    return f" With fewer than {LEAST_LISTENERS} listeners there are none."


def _scores(found: Findings) -> Iterator[Block]:
    yield Heading("Weighted F1, first and last")
    yield Paragraph(
        "Single models: the mean F1 of an algorithm's members, one by one, which is what the paper"
        " measures; for the committee that of all members. Consensus: the F1 of their mean"
        " distribution, which is what a listener is served. At 0 labels all modes are the same."
    )
    for part, name in enumerate(PARTS):
        yield Heading(f"{name.capitalize()} tracks", level=3)
        yield tables.scores(found, part)
    yield Heading("Baselines", level=3)
    yield Paragraph(
        "`majority`: the quadrant most frequent among the other listeners' labels; `population`:"
        " the shared committee; `others`: other listeners' labels of the very track; `own`: a"
        " logistic regression on the listener's own answers alone, asked at random."
    )
    yield tables.baseline_scores(found)


def _curves(cohort: Cohort) -> Iterator[Block]:
    yield Heading("Learning curves")
    for how in cohort.plan.personalisers:
        yield Picture(
            picture_name("curves", how),
            f"Learning {code(how)}: single models of each algorithm, and the committee's"
            " consensus; all tracks, 95 % bands over listeners. Grey: baselines.",
        )
        yield Picture(
            picture_name("parts", how),
            f"Learning {code(how)}: the committee's consensus on warm and on cold tracks.",
        )


def _gains(found: Findings) -> Iterator[Block]:
    yield Heading("Who gains, and who loses")
    yield Paragraph(
        "A listener's slope is the least-squares slope of weighted F1 on the number of labels, all"
        " tracks. Algorithms are scored by their single models, the committee by its consensus."
        " How many listeners have a positive slope, with the exact binomial interval of the share"
        " (a coin would give .5):"
    )
    yield tables.slopes(found)
    yield Paragraph("The mean slope for ten labels:")
    yield tables.mean_slopes(found)
    yield Paragraph("How many listeners are made worse: their last F1 is below that at 0 labels.")
    yield tables.made_worse(found)


def _differences(found: Findings) -> Iterator[Block]:
    yield Heading("Differences within listeners")
    yield Paragraph(
        "Paired: the same listeners, splits and starting models. `area` is the mean weighted F1"
        " over the rounds from the first on, `final` that of the last; all tracks. The interval is"
        " of the line alone; the bounds beside it hold for all lines of the table together"
        " (Bonferroni). p-values are two-sided, from samples in which each listener's difference"
        " gets its sign by lot (a wild bootstrap, exact if the two could change places); corrected"
        " ones are Holm's, over all lines of the table. A verdict needs a corrected p below .05."
    )
    if found.control:
        yield from _exhausted(found.cohort)
        yield from _family(f"Modes against {code(CONTROL)}", found.control)
        yield Paragraph(
            "As all modes start alike, these are the differences in gain over 0 labels as well."
        )
        yield Paragraph(
            "The committee's lines by other tests, corrected alike for all lines of that table;"
            " where they disagree, a verdict is borderline. `signs` is the test used throughout."
        )
        yield tables.tests(found.control)
        for how in found.cohort.plan.personalisers:
            yield Picture(
                picture_name("differences", how),
                f"Learning {code(how)}: each mode minus {code(CONTROL)}, listener by listener; all"
                " tracks, 95 % bands.",
            )
    else:
        yield Paragraph(f"{code(CONTROL)} and another mode were not both run: nothing to compare.")
    yield from _family("Gain over 0 labels", found.start)
    if found.personalisers:
        yield from _family("Ways of learning", found.personalisers)


def _exhausted(cohort: Cohort) -> Iterator[Block]:
    n_exhausted = sum(one.n_exhausted for one in cohort.scores)
    n_starts = len(cohort.scores) * cohort.plan.n_splits
    if n_exhausted:
        yield Paragraph(
            f"In {n_exhausted} of {n_starts} pairs of listener and split, all modes had asked"
            " about the same tracks by the last round, as no others were left: there `final` says"
            " little or nothing of modes, and `area` is what tells them apart."
        )


def _family(title: str, comparisons: Sequence[Comparison]) -> Iterator[Block]:
    yield Heading(title, level=3)
    yield Paragraph(f"Corrected for {len(comparisons)} comparisons.")
    yield tables.differences(comparisons)


def _quality(found: Findings) -> Iterator[Block]:
    n_judged = found.cohort.of_listeners(lambda one: one.n_judged)[:, 0]
    n_predictions = float(np.mean(n_judged)) * found.cohort.plan.n_splits
    yield Heading("Whether its probabilities can be believed")
    yield Paragraph(
        "Of the mean distributions; lower is better, and an even guess has NLL 1.386. All"
        " predictions of a listener's splits are taken together, then averaged over listeners. The"
        f" ECE has 15 bins of equal mass; with about {n_predictions:.0f} predictions a listener,"
        f" even perfect calibration would score {0.4 * np.sqrt(15 / n_predictions):.3f}, and more,"
        " as splits share tracks."
    )
    yield tables.quality(found)
    yield tables.baseline_quality(found)


def _time(found: Findings) -> Iterator[Block]:
    cohort = found.cohort
    total = found.seconds().sum() * len(cohort.scores) * cohort.plan.n_splits
    yield Heading("Time")
    yield Paragraph(
        "Means over listeners and splits, of one unit (a listener, a split, a mode and a way of"
        " learning). Seconds are of the machine and the load of that run; shares depend on them"
        f" less. All units together: {total:.1f} s, without fitting the population."
    )
    yield tables.time(found)


def _listeners(found: Findings) -> Iterator[Block]:
    yield Heading("Listeners")
    yield Paragraph(
        "Every listener's folder beside the results holds the personal models and an evaluation,"
        " `evaluation.md`."
    )
    if len(found.cohort.scores) <= _MOST_LISTED:
        yield Paragraph("Weighted F1 of the committee's consensus, means over splits:")
        yield tables.listeners(found)
