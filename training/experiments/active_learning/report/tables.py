"""Tables of the simulation page."""

from collections.abc import Callable, Sequence

from training.experiments.active_learning.report.differences import Comparison
from training.experiments.active_learning.report.findings import Findings
from training.experiments.active_learning.report.listener import STAGES, way_name
from training.experiments.active_learning.results import COMMITTEE
from training.experiments.cohort import QUALITY
from training.reporting.bootstrap import OTHER_TESTS, Bands, share
from training.reporting.number_format import UNKNOWN, code, number, p_value, percent, plain, signed
from training.reporting.render import Table
from training.reporting.scores import CONSENSUS, PARTS, SCORED


def scores(found: Findings, part: str) -> Table:
    """Return weighted F1 on one part of the tracks: at 0 labels, and at the end by mode."""
    at = PARTS.index(part)
    rows = [
        [code(how), code(predictor), SCORED[scored]]
        + [plain(found.curves[way].at(at, scored, place, end)) for way, end in _ends(found, how)]
        for how in found.plan.personalisers
        for place, predictor in enumerate(found.predictors)
        for scored in range(len(SCORED))
    ]
    return Table(["learning", "predictor", "scored by", "0 labels", *_modes_at_end(found)], rows)


def quality(found: Findings) -> Table:
    """Return NLL, Brier score and ECE: at 0 labels, and at the end by mode."""
    rows = [
        [name, code(how), code(predictor)]
        + [plain(found.quality.at(way, metric, place, end)) for way, end in _ends(found, how)]
        for metric, name in enumerate(QUALITY)
        for how in found.plan.personalisers
        for place, predictor in enumerate(found.predictors)
    ]
    return Table(["measure", "learning", "predictor", "0 labels", *_modes_at_end(found)], rows)


def baseline_scores(found: Findings) -> Table:
    """Return the baselines' weighted F1 on all parts, first and last."""
    return _baselines(found, found.baselines, PARTS)


def baseline_quality(found: Findings) -> Table:
    """Return NLL, Brier score and ECE of the baselines, first and last."""
    return _baselines(found, found.baseline_quality, list(QUALITY))


def slopes(found: Findings) -> Table:
    """Return the number of listeners whose curves rise."""
    return _main(found, lambda *place: _count(found, int(found.n_positive[place])))


def mean_slopes(found: Findings) -> Table:
    """Return the mean slope for ten labels."""
    return _main(found, lambda *place: signed(found.slope.at(*place)))


def made_worse(found: Findings) -> Table:
    """Return the number of listeners whose last F1 is below their first."""
    return _main(found, lambda *place: _count(found, int(found.n_worse[place])))


def differences(comparisons: Sequence[Comparison]) -> Table:
    """Return one family of paired differences."""
    rows = [
        [*map(code, (*one.first, one.second, one.predictor)), one.outcome, *one.line.cells()]
        for one in comparisons
    ]
    head = ["learning", "mode", "minus", "predictor", "outcome", "difference"]
    return Table([*head, "all lines together", "p", "corrected p", "verdict"], rows)


def tests(comparisons: Sequence[Comparison]) -> Table:
    """Return the committee's corrected p-values by every test."""
    rows = [
        [*map(code, (*one.first, one.second)), one.outcome, p_value(one.line.corrected)]
        + [p_value(one.line.by_other_tests[name]) for name in OTHER_TESTS]
        for one in comparisons
        if one.predictor == COMMITTEE
    ]
    return Table(["learning", "mode", "minus", "outcome", "signs", *OTHER_TESTS], rows)


def time(found: Findings) -> Table:
    """Return the seconds of a unit by stage."""
    n_rounds = found.plan.protocol.n_rounds
    rows = []
    for (how, mode), stages in zip(found.ways, found.seconds, strict=True):
        total = float(stages.sum())
        shares = [percent(stage / total) if total else UNKNOWN for stage in stages]
        spent = [f"{total:.3f}", f"{1000 * total / n_rounds:.1f}"]
        rows.append([code(how), code(mode), *shares, *spent])
    return Table(["learning", "mode", *STAGES, "s a unit", "ms a round"], rows)


def listeners(found: Findings) -> Table:
    """Return the committee's weighted F1 of each listener, first and last."""
    return found.table(
        ["0 labels", *map(way_name, found.ways)],
        lambda one: [
            number(f1) for f1 in (one.f1[0, 0, CONSENSUS, -1, 0], *one.f1[:, 0, CONSENSUS, -1, -1])
        ],
    )


def _baselines(found: Findings, bands: Bands, names: Sequence[str]) -> Table:
    """Return figures ``(n_figures, n_baselines, n_labels)`` first and last."""
    ends = [(at, end) for at in range(len(names)) for end in (0, -1)]
    rows = [
        [code(name), *(plain(bands.at(at, place, end)) for at, end in ends)]
        for place, name in enumerate(found.listeners[0].baselines)
    ]
    head = [f"{names[at]}, {found.n_labels[end]} labels" for at, end in ends]
    return Table(["baseline", *head], rows)


def _main(found: Findings, cell: Callable[[int, int, int], str]) -> Table:
    """Return a table of the main predictors by mode."""
    rows = [
        [code(how), code(found.predictors[place])]
        + [cell(way, scored, place) for way in _of(found, how)]
        for how in found.plan.personalisers
        for scored, place in found.main
    ]
    return Table(["learning", "predictor", *map(code, found.plan.modes)], rows)


def _of(found: Findings, how: str) -> list[int]:
    """Return the ways of a personaliser, in the order of modes."""
    return [way for way, (each, _) in enumerate(found.ways) if each == how]


def _ends(found: Findings, how: str) -> list[tuple[int, int]]:
    """Return way and round of the start, and of the end of each of a personaliser's ways."""
    return [(0, 0), *((way, -1) for way in _of(found, how))]


def _modes_at_end(found: Findings) -> list[str]:
    return [f"{code(mode)}, {found.n_labels[-1]}" for mode in found.plan.modes]


def _count(found: Findings, n_hits: int) -> str:
    n_listeners = len(found.listeners)
    return f"{n_hits} of {n_listeners}: {plain(share(n_hits, n_listeners))}"
