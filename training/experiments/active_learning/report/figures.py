"""Learning curves: a line a mode, told apart by colour, dash and marker, so in grey too."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path

from training.experiments.active_learning.plan import Plan
from training.experiments.active_learning.report.findings import Findings
from training.experiments.active_learning.report.listener import CONTROL, ListenerScores, ways
from training.reporting.figures import COLOURS, DASHES, GREY, MARKERS, Dashes
from training.reporting.line_charts import (
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


def draw_curves(found: Findings, how: str, path: Path) -> None:
    """Draw each algorithm's mean single model, and the committee, under one personaliser."""
    titles = dict(zip(found.predictors, found.main, strict=True))
    _draw(found, how, {title: (0, *place) for title, place in titles.items()}, path)


def draw_parts(found: Findings, how: str, path: Path) -> None:
    """Draw the committee on warm and on cold tracks."""
    panels = {f"{PARTS[part]} tracks": (part, CONSENSUS, -1) for part in (1, 2)}
    _draw(found, how, panels, path)


def draw_differences(found: Findings, how: str, path: Path) -> None:
    """Draw every mode minus random asking, listener by listener, under one personaliser."""
    curves = found.over(lambda one: one.f1[:, 0])
    control = curves[:, found.ways.index((how, CONTROL))]
    drawn = [
        (look, found.bootstrap.bands(curves[:, way] - control))
        for look, way in _ways(found, how)
        if look.name != CONTROL
    ]
    with labelled_panels(list(found.predictors), path) as row:
        for axes, place in zip(row, found.main, strict=True):
            axes.axhline(0.0, color="black", linestyle=_CONTROL_DASHES, label=CONTROL)
            for look, bands in drawn:
                draw_band(axes, found.n_labels, band_at(bands, *place), look)
        finish(row, f"{F1_LABEL} minus {CONTROL}")


def draw_listener(one: ListenerScores, plan: Plan, path: Path) -> None:
    """Draw how one listener's committee got on, by way of learning."""
    with labelled_panels([f"committee, {how}" for how in plan.personalisers], path) as row:
        for axes, how in zip(row, plan.personalisers, strict=True):
            for mode, look in looks(plan.modes).items():
                curve = one.f1[ways(plan).index((how, mode)), 0, CONSENSUS, -1]
                draw_line(axes, one.n_labels, curve, look)
        finish(row, F1_LABEL)


def _draw(
    found: Findings, how: str, panels: Mapping[str, tuple[int, int, int]], path: Path
) -> None:
    """Draw every mode under one personaliser, and the baselines, thin and grey.

    Args:
        found: What came out.
        how: The personaliser.
        panels: By title the part of the tracks, how it is scored and which predictor.
        path: Of the PNG.
    """
    names = found.listeners[0].baselines
    with labelled_panels(list(panels), path) as row:
        for axes, place in zip(row, panels.values(), strict=True):
            for look, way in _ways(found, how):
                draw_band(axes, found.n_labels, band_at(found.curves[way], *place), look)
            for at, (name, dashes) in enumerate(zip(names, BASELINE_DASHES, strict=False)):
                look = Look(f"baseline: {name}", GREY, dashes, 0.9)
                draw_line(axes, found.n_labels, found.baselines.estimate[place[0], at], look)
        finish(row, F1_LABEL)


def _ways(found: Findings, how: str) -> list[tuple[Look, int]]:
    """Return each mode's look, and which of the ways it is under a personaliser."""
    drawn = looks(found.plan.modes)
    return [(drawn[mode], way) for way, (who, mode) in enumerate(found.ways) if who == how]
