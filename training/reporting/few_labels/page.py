"""The page."""

import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

from training.experiments.few_labels.methods import METHODS
from training.experiments.few_labels.plan import BATCH
from training.experiments.protocol import OTHERS, SNAPSHOT
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
from training.reporting.few_labels import tables
from training.reporting.few_labels.findings import Findings
from training.reporting.few_labels.verdicts import verdicts
from training.reporting.scores import PARTS

CURVES, SURENESS, COVERAGE = "curves.png", "reliability.png", "coverage.png"
LIBRARIES = ("numpy", "scipy", "scikit-learn", "xgboost-cpu")
_MOST_LISTED = 60
_REMARKS = {
    "trompa": "The marks of a pilot, from 0 to 52 labels: warm tracks .554 → .589, cold ones .420"
    " → .473. At 52 labels its committee had .418 on warm and .388 on cold tracks, others' votes"
    " .537 on warm ones, the population .446 on cold ones. All were measured on other splits:"
    " compare, do not subtract.",
    "emotify": "The hyper-parameters of how the committee learns were chosen on this dataset: it"
    " is not untouched, and favours the committee if anything.",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the results do not tell: the command that made the page, and what the data are."""

    command: str
    about: str


def page(found: Findings, told: Told) -> list[Block]:
    """Return the page."""
    return [
        *_opening(found, told),
        *_run(found),
        *_scores(found),
        *_differences(found),
        *_harmed(found),
        *_quality(found),
        *_coverage(found),
        *_time(found),
        *_listeners(found),
    ]


def _opening(found: Findings, told: Told) -> Iterator[Block]:
    protocol = found.plan.protocol
    yield Heading(f"Personal models with few labels: {protocol.dataset}", level=1)
    if told.about:
        yield Paragraph(told.about)
    if protocol.dataset in _REMARKS:
        yield Paragraph(_REMARKS[protocol.dataset])
    yield Paragraph("Every figure, table and picture here is made by:")
    yield Command(told.command)
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    yield Paragraph(
        f"Seed {protocol.seed}; Python {platform.python_version()}, {libraries}; protocol"
        f" {protocol.digest[:12]}. The same results give the same page."
    )
    yield Heading("What came out")
    said = list(verdicts(found))
    yield Points(said) if said else Paragraph("None of the methods run is ours.")


def _fitted_to(population: str) -> str:
    if population == OTHERS:
        return (
            "fitted anew in each split to the other listeners' labels, none of them by an artist"
            " of a cold track"
        )
    if population == SNAPSHOT:
        return "as they ship, fitted to no single listener's labels"
    return f"fitted to {code(population)}"


def _run(found: Findings) -> Iterator[Block]:
    plan, protocol = found.plan, found.plan.protocol
    told = ", ".join(map(str, protocol.n_labels))
    yield Heading("What was run")
    yield Points(
        [
            f"{len(found.listeners)} listeners of {code(protocol.dataset)} (with at least"
            f" {plan.min_labels} labels each), {plan.n_splits} seeded splits each."
            f"{_left_out(found.left_out)}",
            f"Labels: {told}, in one random order a listener and split, the same for every method;"
            " fewer labels are the first of more. Labelled and judged tracks share no artist.",
            f"Shared committee: {', '.join(map(code, protocol.algorithms))},"
            f" {_fitted_to(protocol.population)}; {code('committee-successive')} learns in batches"
            f" of {BATCH}.",
            _judged(found),
            *(f"{code(name)}: {METHODS[name].about}." for name in plan.methods),
        ]
    )
    yield Paragraph(
        "The statistical unit is the listener: figures are averaged over a listener's splits, then"
        f" over listeners. Intervals are 95 % percentile intervals from {N_SAMPLES:,} bootstrap"
        " samples of listeners, the same samples everywhere, with the percentiles moved outwards"
        " as few listeners demand (Hesterberg, 2015); shares have exact binomial ones."
        + _few(found)
    )


def _left_out(names: Sequence[str]) -> str:
    if not names:
        return ""
    listed = ", ".join(names[:_MOST_LISTED])
    return f" Left out, because not all of their units are done: {len(names)} ({listed})."


def _judged(found: Findings) -> str:
    n_all, n_warm, n_cold = found.over(lambda one: one.n_judged).mean(axis=0)
    empty = found.over(lambda one: one.n_empty).sum(axis=0).astype(int)
    return (
        f"Judged in a split, on average: {n_all:.1f} tracks, {n_warm:.1f} of them warm and"
        f" {n_cold:.1f} cold; of a cold track neither it nor its artist is known to the"
        " population, nor voted on. Splits without such a track are left out of that part's mean:"
        f" {empty[1]} without a warm one, {empty[2]} without a cold one, of"
        f" {len(found.listeners) * found.plan.n_splits}."
    )


def _few(found: Findings) -> str:
    if len(found.listeners) >= LEAST_LISTENERS:
        return ""
    return f" With fewer than {LEAST_LISTENERS} listeners there are none."


def _scores(found: Findings) -> Iterator[Block]:
    yield Heading("Weighted F1")
    for part, name in enumerate(PARTS):
        yield Heading(f"{name.capitalize()} tracks", level=3)
        yield tables.scores(found, part)
    yield Picture(
        CURVES,
        "Weighted F1 against the number of labels, on warm and on cold tracks. Grey: baselines."
        " Bands: 95 % over listeners, of our methods.",
    )


def _differences(found: Findings) -> Iterator[Block]:
    yield Heading("Differences within listeners")
    yield Paragraph(
        "Paired: the same listeners, splits, labels and shared models. The interval is of the line"
        " alone; the bounds beside it hold for all lines of the table together (Bonferroni)."
        " p-values are two-sided, from samples in which each listener's difference gets its sign"
        " by lot (a wild bootstrap, exact if the two could change places); corrected ones are"
        " Holm's, over all lines of the table, and so are those by other tests beside them. A"
        " verdict needs a corrected p below .05."
    )
    for name in found.ours:
        for part, title in enumerate(PARTS):
            contrasts = found.contrasts(name, part)
            yield Heading(f"{code(name)}, {title} tracks", level=3)
            yield Paragraph(f"Corrected for {len(contrasts)} comparisons.")
            yield tables.contrasts(contrasts)


def _harmed(found: Findings) -> Iterator[Block]:
    yield Heading("Who is harmed")
    yield Paragraph(
        "Listeners whose weighted F1 on all tracks, by the mean over splits, is below that of the"
        " same method at 0 labels."
    )
    yield tables.harmed(found)


def _quality(found: Findings) -> Iterator[Block]:
    floor = 0.4 * np.sqrt(15 / found.n_predictions)
    yield Heading("Whether probabilities can be believed")
    yield Paragraph(
        f"All {found.n_predictions} predictions of all listeners and splits taken together; lower"
        " is better, and an even guess has NLL 1.386. The ECE has 15 bins of equal mass; even"
        f" perfect calibration would score about {floor:.3f}, and more, as splits share tracks."
    )
    yield tables.quality(found)
    yield Picture(
        SURENESS, "Share of tracks that is right against how sure a method is, in the ECE's bins."
    )


def _coverage(found: Findings) -> Iterator[Block]:
    yield Heading("Whether prediction sets hold what they promise")
    if not found.with_sets:
        yield Paragraph("No method that was run has prediction sets.")
        return
    yield Paragraph(
        "Sets are to hold the track's quadrant 80 % of the time. Shares are of a listener's"
        " tracks, then averaged over listeners; deviation and tenths are over listeners."
    )
    yield tables.coverage(found)
    yield Picture(
        COVERAGE,
        "Share of tracks whose quadrant is in the set, 95 % bands over listeners; grey: 80 % ± 3.",
    )


def _time(found: Findings) -> Iterator[Block]:
    yield Heading("Milliseconds")
    yield Paragraph(
        "Of one answer, on one thread: learning that many labels from none and predicting the"
        " judged tracks. What a method is made of once, whatever the listener says, such as a"
        " prior learnt from others, is told apart; fitting the shared committee is left out."
        " Figures are of the machine and the load of that run."
    )
    yield tables.time(found)


def _listeners(found: Findings) -> Iterator[Block]:
    if len(found.listeners) <= _MOST_LISTED:
        yield Heading("Listeners")
        yield Paragraph(
            f"Weighted F1 on all tracks at {found.n_labels[-1]} labels, means over splits:"
        )
        yield tables.listeners(found)
