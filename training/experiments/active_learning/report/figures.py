"""Figures of learning curves, one line a mode."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from training.experiments.active_learning.plan import Plan
from training.experiments.active_learning.report.findings import Findings
from training.experiments.active_learning.report.listener import CONTROL, ListenerScores, ways
from training.reporting.figures import GREY, Dashes
from training.reporting.line_charts import (
    BASELINE_DASHES,
    F1_LABEL,
    LineStyle,
    band_at,
    draw_band,
    draw_line,
    finish,
    labelled_panels,
    line_styles,
)
from training.reporting.scores import CONSENSUS, PARTS

_CONTROL_DASHES: Dashes = (0, (1.1, 1.3))


def mode_styles(modes: Sequence[str]) -> dict[str, LineStyle]:
    """Return the line style of each mode; random questions are black and dotted."""
    styles = line_styles([mode for mode in modes if mode != CONTROL])
    control = LineStyle(CONTROL, "black", _CONTROL_DASHES)
    return {mode: styles.get(mode, control) for mode in modes}


def draw_curves(found: Findings, how: str, path: Path) -> None:
    """Draw each algorithm's mean single model, and the committee, under one personaliser."""
    titles = dict(zip(found.predictors, found.main, strict=True))
    _draw(found, how, {title: (0, *place) for title, place in titles.items()}, path)


def draw_parts(found: Findings, how: str, path: Path) -> None:
    """Draw the committee on warm and on cold tracks."""
    panels = {f"{PARTS[part]} tracks": (part, CONSENSUS, -1) for part in (1, 2)}
    _draw(found, how, panels, path)


def draw_differences(found: Findings, how: str, path: Path) -> None:
    """Draw the paired differences of every mode and random questions, under one personaliser."""
    curves = found.over(lambda one: one.f1[:, 0])
    control = curves[:, found.ways.index((how, CONTROL))]
    drawn = [
        (style, found.bootstrap.bands(curves[:, way] - control))
        for style, way in _styles(found, how)
        if style.name != CONTROL
    ]
    with labelled_panels(list(found.predictors), path) as row:
        for axes, place in zip(row, found.main, strict=True):
            axes.axhline(0.0, color="black", linestyle=_CONTROL_DASHES, label=CONTROL)
            for style, bands in drawn:
                draw_band(axes, found.n_labels, band_at(bands, *place), style)
        finish(row, f"{F1_LABEL} minus {CONTROL}")


def draw_listener(one: ListenerScores, plan: Plan, path: Path) -> None:
    """Draw the learning curves of one listener's committee, a panel for each personaliser."""
    with labelled_panels([f"committee, {how}" for how in plan.personalisers], path) as row:
        for axes, how in zip(row, plan.personalisers, strict=True):
            for mode, style in mode_styles(plan.modes).items():
                curve = one.f1[ways(plan).index((how, mode)), 0, CONSENSUS, -1]
                draw_line(axes, one.n_labels, curve, style)
        finish(row, F1_LABEL)


def _draw(
    found: Findings, how: str, panels: Mapping[str, tuple[int, int, int]], path: Path
) -> None:
    """Draw every mode under one personaliser, and the baselines as thin grey lines.

    Args:
        found: The findings.
        how: The personaliser.
        panels: Title to indices of the part of the tracks, the scoring and the predictor.
        path: Path of the PNG.
    """
    names = found.listeners[0].baselines
    with labelled_panels(list(panels), path) as row:
        for axes, place in zip(row, panels.values(), strict=True):
            for style, way in _styles(found, how):
                draw_band(axes, found.n_labels, band_at(found.curves[way], *place), style)
            for at, (name, dashes) in enumerate(zip(names, BASELINE_DASHES, strict=False)):
                style = LineStyle(f"baseline: {name}", GREY, dashes, 0.9)
                draw_line(axes, found.n_labels, found.baselines.estimate[place[0], at], style)
        finish(row, F1_LABEL)


def _styles(found: Findings, how: str) -> list[tuple[LineStyle, int]]:
    """Return each mode's style and its index among the ways, under one personaliser."""
    styles = mode_styles(found.plan.modes)
    return [(styles[mode], way) for way, (each, mode) in enumerate(found.ways) if each == how]
