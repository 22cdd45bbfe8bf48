"""F1 against labels, reliability and coverage."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from training.experiments.few_labels.method import NOMINAL
from training.experiments.few_labels.methods import METHODS
from training.experiments.few_labels.report import tables
from training.experiments.few_labels.report.findings import Findings, pooled
from training.experiments.few_labels.report.targets import TOLERANCE
from training.reporting.bootstrap import Bands
from training.reporting.figures import COLOURS, DASHES, GREY, MARKERS, draw_reliability
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
from training.reporting.scores import PARTS

BASELINES = ("majority", "population", "others", "own")
_THIN, _USUAL, _THICK = 1.0, 1.7, 2.4


def looks(found: Findings) -> dict[str, Look]:
    """Return how each method's line looks: ours thick, baselines grey."""
    grey = zip(BASELINES, BASELINE_DASHES, strict=True)
    drawn = {name: Look(name, GREY, dashes, _THIN) for name, dashes in grey}
    rest = [name for name in found.plan.methods if name not in drawn]
    rest.sort(key=lambda name: name not in found.ours)  # the first colour is ours
    styles = zip(rest, cycle(COLOURS), cycle(DASHES), cycle(MARKERS), strict=False)
    for name, colour, dashes, marker in styles:
        width = _THICK if name in found.ours else _USUAL
        drawn[name] = Look(name, colour, dashes, width, marker)
    return {name: drawn[name] for name in found.plan.methods}


def draw_curves(found: Findings, path: Path) -> None:
    """Draw weighted F1 against the number of labels, on warm and on cold tracks.

    Only our methods have bands, so that lines can be told apart.
    """
    parts = found.parts[1:] if len(found.parts) == len(PARTS) else found.parts[:1]
    with labelled_panels([f"{part} tracks" for part in parts], path) as row:
        for part, axes in zip(parts, row, strict=True):
            _draw_methods(axes, found, found.f1, PARTS.index(part), looks(found))
        finish(row, F1_LABEL)


def draw_crowds(crowds: Sequence[Findings], path: Path) -> None:
    """Draw the NLL of methods that go by others' votes, a panel for each crowd of others."""
    names = [name for name in crowds[0].plan.methods if METHODS[name].reads_votes]
    drawn = {name: look for name, look in looks(crowds[0]).items() if name in names}
    with labelled_panels([tables.others(found) for found in crowds], path) as row:
        for found, axes in zip(crowds, row, strict=True):
            _draw_methods(axes, found, found.figures["NLL"], 0, drawn)
        finish(row, "NLL")


def _draw_methods(
    axes: Axes, found: Findings, bands: Bands, part: int, drawn: Mapping[str, Look]
) -> None:
    n_labels = np.array(found.n_labels)
    for name, look in drawn.items():
        line = band_at(bands, found.place(name), part)
        if name in found.ours:
            draw_band(axes, n_labels, line, look)
        else:
            draw_line(axes, n_labels, line.estimate, look)


def draw_sureness(found: Findings, path: Path) -> None:
    """Draw how often methods are right against how sure they are, at the most labels."""
    y, proba = pooled(found.listeners)
    shown = {f"{name}, {n} labels": (name, step) for name, n, step in _shown(found)}
    said = {title: proba[found.place(name), step] for title, (name, step) in shown.items()}
    draw_reliability(y, said, path)


def _shown(found: Findings) -> list[tuple[str, int, int]]:
    """Return ours at both ends, and the strongest others at the last."""
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
    """Draw how many tracks nominal 80 % sets cover, against the number of labels."""
    n_labels = np.array(found.n_labels)
    drawn = looks(found)
    with labelled_panels([f"{part} tracks" for part in found.parts], path) as row:
        for part, axes in zip(map(PARTS.index, found.parts), row, strict=True):
            axes.axhspan(NOMINAL - TOLERANCE, NOMINAL + TOLERANCE, color=GREY, alpha=0.15)
            axes.axhline(NOMINAL, color=GREY, linewidth=1.0)
            for name in found.with_sets:
                draw_band(axes, n_labels, band_at(found.covered(name), part), drawn[name])
        finish(row, "share covered")
