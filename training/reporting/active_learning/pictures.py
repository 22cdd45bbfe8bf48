"""Learning curves: a line a mode, told apart by colour, dash and marker, so in grey too."""

from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

from matplotlib.axes import Axes

from training.experiments.active_learning.plan import Plan
from training.reporting.active_learning.cohort import Cohort
from training.reporting.active_learning.listener import CONTROL, ListenerScores, ways
from training.reporting.bootstrap import Bands
from training.reporting.figures import COLOURS, DASHES, GREY, MARKERS, Dashes
from training.reporting.lines import (
    BASELINE_DASHES,
    F1_LABEL,
    Look,
    band_at,
    draw_band,
    draw_line,
    finish,
    labelled_panels,
)
from training.reporting.scores import CONSENSUS, PARTS

_CONTROL_DASHES: Dashes = (0, (1.1, 1.3))


def looks(modes: Sequence[str]) -> dict[str, Look]:
    """Return how each mode's line looks; random asking is black and dotted."""
    others = (mode for mode in modes if mode != CONTROL)
    drawn = {
        mode: Look(mode, colour, dashes, marker=marker)
        for mode, colour, dashes, marker in zip(
            others, cycle(COLOURS), cycle(DASHES), cycle(MARKERS), strict=False
        )
    }
    return {mode: drawn.get(mode, Look(mode, "black", _CONTROL_DASHES)) for mode in modes}


def draw_curves(cohort: Cohort, curves: Sequence[Bands], how: str, path: Path) -> None:
    """Draw each algorithm's mean single model, and the committee, under one personaliser.

    Args:
        cohort: The listeners.
        curves: Of each way ``(n_parts, n_scored, n_predictors, n_rounds + 1)``.
        how: The personaliser.
        path: Of the PNG.
    """
    with labelled_panels(list(cohort.predictors), path) as row:
        for axes, (scored, place) in zip(row, cohort.main, strict=True):
            for look, way in _ways(cohort, how):
                draw_band(axes, cohort.n_labels, band_at(curves[way], 0, scored, place), look)
            _baselines(axes, cohort, part=0)
        finish(row, F1_LABEL)


def draw_parts(cohort: Cohort, curves: Sequence[Bands], how: str, path: Path) -> None:
    """Draw the committee on warm and on cold tracks."""
    with labelled_panels([f"{part} tracks" for part in PARTS[1:]], path) as row:
        for part, axes in enumerate(row, start=1):
            for look, way in _ways(cohort, how):
                draw_band(axes, cohort.n_labels, band_at(curves[way], part, CONSENSUS, -1), look)
            _baselines(axes, cohort, part)
        finish(row, F1_LABEL)


def draw_differences(cohort: Cohort, how: str, path: Path) -> None:
    """Draw every mode minus random asking, listener by listener, under one personaliser."""
    curves = cohort.over(lambda one: one.f1[:, 0])
    control = curves[:, cohort.ways.index((how, CONTROL))]
    drawn = [
        (look, cohort.bootstrap.bands(curves[:, way] - control))
        for look, way in _ways(cohort, how)
        if look.name != CONTROL
    ]
    with labelled_panels(list(cohort.predictors), path) as row:
        for axes, (scored, place) in zip(row, cohort.main, strict=True):
            axes.axhline(0.0, color="black", linestyle=_CONTROL_DASHES, label=CONTROL)
            for look, bands in drawn:
                draw_band(axes, cohort.n_labels, band_at(bands, scored, place), look)
        finish(row, f"{F1_LABEL} minus {CONTROL}")


def draw_listener(one: ListenerScores, plan: Plan, path: Path) -> None:
    """Draw how one listener's committee got on, by way of learning."""
    with labelled_panels([f"committee, {how}" for how in plan.personalisers], path) as row:
        for axes, how in zip(row, plan.personalisers, strict=True):
            for mode, look in looks(plan.modes).items():
                curve = one.f1[ways(plan).index((how, mode)), 0, CONSENSUS, -1]
                draw_line(axes, one.n_labels, curve, look)
        finish(row, F1_LABEL)


def _ways(cohort: Cohort, how: str) -> list[tuple[Look, int]]:
    """Return each mode's look, and which of the ways it is under a personaliser."""
    drawn = looks(cohort.plan.modes)
    return [(drawn[mode], way) for way, (who, mode) in enumerate(cohort.ways) if who == how]


def _baselines(axes: Axes, cohort: Cohort, part: int) -> None:
    """Draw the baselines, thin and grey."""
    curves = cohort.mean_baselines[part]
    for name, curve, dashes in zip(cohort.baselines, curves, cycle(BASELINE_DASHES), strict=False):
        draw_line(axes, cohort.n_labels, curve, Look(f"baseline: {name}", GREY, dashes, 0.9))
