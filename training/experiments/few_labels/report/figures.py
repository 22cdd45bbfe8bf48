"""Figures of F1 against labels, reliability and coverage."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from training.experiments.few_labels.method import NOMINAL
from training.experiments.few_labels.report import tables
from training.experiments.few_labels.report.findings import Findings, pooled
from training.experiments.few_labels.report.targets import TOLERANCE
from training.reporting.bootstrap import Bands
from training.reporting.figures import GREY, draw_reliability
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
from training.reporting.scores import PARTS

BASELINES = ("majority", "population", "others", "own")
_THIN, _THICK = 1.0, 2.4


def method_styles(found: Findings) -> dict[str, LineStyle]:
    """Return the line style of each method: our methods are thick, baselines grey."""
    grey = zip(BASELINES, BASELINE_DASHES, strict=True)
    styles = {name: LineStyle(name, GREY, dashes, _THIN) for name, dashes in grey}
    rest = [name for name in found.plan.methods if name not in styles]
    rest.sort(key=lambda name: name not in found.ours)  # ours get the first colour
    styles |= line_styles(rest)
    styles |= {name: replace(styles[name], width=_THICK) for name in found.ours}
    return {name: styles[name] for name in found.plan.methods}


def draw_curves(found: Findings, path: Path) -> None:
    """Draw weighted F1 against the number of labels, on warm and on cold tracks.

    Only our methods have bands, so that all lines stay visible.
    """
    parts = found.parts[1:] if len(found.parts) == len(PARTS) else found.parts[:1]
    with labelled_panels([f"{part} tracks" for part in parts], path) as row:
        for part, axes in zip(parts, row, strict=True):
            _draw_methods(axes, found, found.f1, PARTS.index(part), method_styles(found))
        finish(row, F1_LABEL)


def draw_crowds(crowds: Sequence[Findings], path: Path) -> None:
    """Draw the NLL of methods that read others' votes, a panel for each crowd."""
    names = tables.reading_votes(crowds[0])
    styles = {name: style for name, style in method_styles(crowds[0]).items() if name in names}
    with labelled_panels([tables.others(found) for found in crowds], path) as row:
        for found, axes in zip(crowds, row, strict=True):
            _draw_methods(axes, found, found.figures["NLL"], 0, styles)
        finish(row, "NLL")


def _draw_methods(
    axes: Axes, found: Findings, bands: Bands, part: int, styles: Mapping[str, LineStyle]
) -> None:
    n_labels = np.array(found.n_labels)
    for name, style in styles.items():
        line = band_at(bands, found.place(name), part)
        if name in found.ours:
            draw_band(axes, n_labels, line, style)
        else:
            draw_line(axes, n_labels, line.estimate, style)


def draw_sureness(found: Findings, path: Path) -> None:
    """Draw reliability diagrams of methods at the largest number of labels."""
    y, proba = pooled(found.listeners)
    shown = {f"{name}, {n} labels": (name, step) for name, n, step in _shown(found)}
    by_title = {title: proba[found.place(name), step] for title, (name, step) in shown.items()}
    draw_reliability(y, by_title, path)


def _shown(found: Findings) -> list[tuple[str, int, int]]:
    """Return title, method and step of our methods at both ends, and of rivals at the last."""
    last = len(found.n_labels) - 1
    chosen = found.ours or [found.plan.methods[-1]]
    ends = [(name, found.n_labels[step], step) for name in chosen for step in (0, last)]
    beside = [
        (name, found.n_labels[last], last)
        for name in ("gaussian", "level")
        if name in found.plan.methods and name not in chosen
    ]
    return [*ends, *beside]


def draw_coverage(found: Findings, path: Path) -> None:
    """Draw the coverage of nominal 80 % prediction sets against the number of labels."""
    n_labels = np.array(found.n_labels)
    styles = method_styles(found)
    with labelled_panels([f"{part} tracks" for part in found.parts], path) as row:
        for part, axes in zip(map(PARTS.index, found.parts), row, strict=True):
            axes.axhspan(NOMINAL - TOLERANCE, NOMINAL + TOLERANCE, color=GREY, alpha=0.15)
            axes.axhline(NOMINAL, color=GREY, linewidth=1.0)
            for name in found.with_sets:
                draw_band(axes, n_labels, band_at(found.covered(name), part), styles[name])
        finish(row, "share covered")
