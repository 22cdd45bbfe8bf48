"""The tables of the page over all listeners."""

from collections.abc import Callable, Sequence

from training.experiments.active_learning.results import COMMITTEE
from training.reporting.active_learning.comparison import Comparison
from training.reporting.active_learning.findings import Findings
from training.reporting.active_learning.listener import QUALITY, STAGES
from training.reporting.blocks import Table
from training.reporting.cells import UNKNOWN, code, number, p_value, plain, signed, span
from training.reporting.scores import CONSENSUS, PARTS, SCORED


def scores(found: Findings, part: int) -> Table:
    """Return weighted F1 of one part of the tracks: at 0 labels, and at the end by mode."""
    cohort = found.cohort
    rows = [
        [code(how), code(predictor), SCORED[scored]]
        + [plain(found.curves[0].at(part, scored, place, 0))]
        + [plain(found.curves[way].at(part, scored, place, -1)) for way in _of(found, how)]
        for how in cohort.plan.personalisers
        for place, predictor in enumerate(cohort.predictors)
        for scored in range(len(SCORED))
    ]
    return Table(["learning", "predictor", "scored by", "0 labels", *_modes_at_end(found)], rows)


def baseline_scores(found: Findings) -> Table:
    """Return the baselines' weighted F1 on all parts, first and last."""
    rows = [
        [code(name)]
        + [
            plain(found.baselines.at(part, place, end))
            for part in range(len(PARTS))
            for end in (0, -1)
        ]
        for place, name in enumerate(found.cohort.baselines)
    ]
    return Table(["baseline", *_at_both_ends(found, PARTS)], rows)


def slopes(found: Findings) -> Table:
    """Return how many listeners' curves rise, and how steep they are."""

    def cell(way: int, scored: int, place: int) -> str:
        return _count(found, int(found.n_positive[way, scored, place]))

    return _main(found, cell)


def mean_slopes(found: Findings) -> Table:
    """Return the mean slope for ten labels."""
    return _main(found, lambda way, scored, place: signed(found.slope.at(way, scored, place)))


def made_worse(found: Findings) -> Table:
    """Return how many listeners end below where they began."""

    def cell(way: int, scored: int, place: int) -> str:
        return _count(found, int(found.n_worse[way, scored, place]))

    return _main(found, cell)


def quality(found: Findings) -> Table:
    """Return NLL, Brier score and ECE: at 0 labels, and at the end by mode."""
    cohort = found.cohort
    rows = [
        [name, code(how), code(predictor)]
        + [plain(found.quality.at(0, metric, place, 0))]
        + [plain(found.quality.at(way, metric, place, -1)) for way in _of(found, how)]
        for metric, name in enumerate(QUALITY)
        for how in cohort.plan.personalisers
        for place, predictor in enumerate(cohort.predictors)
    ]
    return Table(["measure", "learning", "predictor", "0 labels", *_modes_at_end(found)], rows)


def baseline_quality(found: Findings) -> Table:
    """Return the same of the baselines, first and last."""
    rows = [
        [code(name)]
        + [
            plain(found.baseline_quality.at(metric, place, end))
            for metric in range(len(QUALITY))
            for end in (0, -1)
        ]
        for place, name in enumerate(found.cohort.baselines)
    ]
    return Table(["baseline", *_at_both_ends(found, tuple(QUALITY))], rows)


def differences(comparisons: Sequence[Comparison]) -> Table:
    """Return a family of paired differences."""
    head = ["learning", "mode", "minus", "predictor", "outcome", "difference"]
    rows = [
        [
            *(code(name) for name in (*one.first, one.second, one.predictor)),
            one.outcome,
            signed(one.difference),
            span(*one.together),
            p_value(one.p),
            p_value(one.corrected),
            one.verdict,
        ]
        for one in comparisons
    ]
    return Table([*head, "all lines together", "p", "corrected p", "verdict"], rows)


def tests(comparisons: Sequence[Comparison]) -> Table:
    """Return the committee's corrected p-values by every test."""
    chosen = [one for one in comparisons if one.predictor == COMMITTEE]
    names = list(chosen[0].by_other_tests) if chosen else []
    rows = [
        [
            *(code(name) for name in (*one.first, one.second)),
            one.outcome,
            p_value(one.corrected),
            *(p_value(one.by_other_tests[name]) for name in names),
        ]
        for one in chosen
    ]
    return Table(["learning", "mode", "minus", "outcome", "signs", *names], rows)


def time(found: Findings) -> Table:
    """Return where the seconds of a unit go."""
    protocol = found.cohort.plan.protocol
    rows = []
    for (how, mode), stages in zip(found.cohort.ways, found.seconds(), strict=True):
        total = float(stages.sum())
        shares = [f"{stage / total:.0%}" if total else UNKNOWN for stage in stages]
        per_round = f"{1000 * total / protocol.n_rounds:.1f}"
        rows.append([code(how), code(mode), *shares, f"{total:.3f}", per_round])
    return Table(["learning", "mode", *STAGES, "s a unit", "ms a round"], rows)


def listeners(found: Findings) -> Table:
    """Return the committee's weighted F1 of each listener, first and last."""
    cohort = found.cohort
    rows = [
        [one.listener, f"{one.n_judged[0]:.1f}", number(one.f1[0, 0, CONSENSUS, -1, 0])]
        + [number(float(value)) for value in one.f1[:, 0, CONSENSUS, -1, -1]]
        for one in cohort.scores
    ]
    ways = [f"{mode}, {how}" for how, mode in cohort.ways]
    return Table(["listener", "tracks judged", "0 labels", *ways], rows)


def _main(found: Findings, cell: Callable[[int, int, int], str]) -> Table:
    """Return a table of what is compared, by mode."""
    cohort = found.cohort
    rows = [
        [code(how), code(cohort.predictors[place])]
        + [cell(way, scored, place) for way in _of(found, how)]
        for how in cohort.plan.personalisers
        for scored, place in cohort.main
    ]
    return Table(["learning", "predictor", *map(code, cohort.plan.modes)], rows)


def _of(found: Findings, how: str) -> list[int]:
    """Return the ways of a personaliser, in the order of modes."""
    return [way for way, (each, _) in enumerate(found.cohort.ways) if each == how]


def _modes_at_end(found: Findings) -> list[str]:
    return [f"{code(mode)}, {found.cohort.n_labels[-1]}" for mode in found.cohort.plan.modes]


def _at_both_ends(found: Findings, names: Sequence[str]) -> list[str]:
    return [f"{name}, {n} labels" for name in names for n in found.cohort.n_labels[[0, -1]]]


def _count(found: Findings, n_hits: int) -> str:
    return f"{n_hits} of {len(found.cohort.scores)}: {plain(found.share(n_hits))}"
