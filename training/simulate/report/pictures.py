"""Learning curves: a line a mode, told apart by colour and by dash, in print as on a screen."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import TypeAlias

from matplotlib.axes import Axes

from models.arrays import IntVector
from training.figures import BLUE, GREY, panels
from training.simulate.plan import Plan
from training.simulate.report.bootstrap import Bands
from training.simulate.report.cohort import Cohort
from training.simulate.report.listener import CONTROL, ListenerScores, ways
from training.simulate.report.scores import CONSENSUS, PARTS, Floats

Dashes: TypeAlias = tuple[float, tuple[float, ...] | None]

# Okabe and Ito (2008), without the yellow that paper swallows.
_COLOURS = (BLUE, "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
# One dash fewer than colours: a pair of both comes back after thirty modes only.
_DASHES: Sequence[Dashes] = (
    (0, None),
    (0, (6, 1.6)),
    (0, (5, 1.4, 1.2, 1.4)),
    (0, (2.4, 1.2)),
    (0, (7, 1.4, 1.2, 1.4, 1.2, 1.4)),
)
_CONTROL_DASHES: Dashes = (0, (1.1, 1.3))
_BASELINE_DASHES: Sequence[Dashes] = ((0, None), (0, (7, 3)), (0, (3, 3)), (0, (1, 3)))
_Y_LABEL = "weighted F1"
_SHADE = 0.1


@dataclass(frozen=True, slots=True)
class Look:
    """What a line is called in the legend, and how it is drawn."""

    name: str
    colour: str
    dashes: Dashes
    width: float = 1.7


def looks(modes: Sequence[str]) -> dict[str, Look]:
    """Return how each mode's line looks; random asking is black and dotted."""
    others = (mode for mode in modes if mode != CONTROL)
    drawn = {
        mode: Look(mode, colour, dashes)
        for mode, colour, dashes in zip(others, cycle(_COLOURS), cycle(_DASHES), strict=False)
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
    with _figure(list(cohort.predictors), path) as row:
        for axes, (scored, place) in zip(row, cohort.main, strict=True):
            for look, way in _ways(cohort, how):
                _line(axes, cohort.n_labels, _at(curves[way], 0, scored, place), look)
            _baselines(axes, cohort, part=0)
        _finish(row, _Y_LABEL)


def draw_parts(cohort: Cohort, curves: Sequence[Bands], how: str, path: Path) -> None:
    """Draw the committee on warm and on cold tracks."""
    with _figure([f"{part} tracks" for part in PARTS[1:]], path) as row:
        for part, axes in enumerate(row, start=1):
            for look, way in _ways(cohort, how):
                _line(axes, cohort.n_labels, _at(curves[way], part, CONSENSUS, -1), look)
            _baselines(axes, cohort, part)
        _finish(row, _Y_LABEL)


def draw_differences(cohort: Cohort, how: str, path: Path) -> None:
    """Draw every mode minus random asking, listener by listener, under one personaliser."""
    curves = cohort.of_listeners(lambda one: one.f1[:, 0])
    control = curves[:, cohort.ways.index((how, CONTROL))]
    drawn = [
        (look, cohort.bootstrap.bands(curves[:, way] - control))
        for look, way in _ways(cohort, how)
        if look.name != CONTROL
    ]
    with _figure(list(cohort.predictors), path) as row:
        for axes, (scored, place) in zip(row, cohort.main, strict=True):
            axes.axhline(0.0, color="black", linestyle=_CONTROL_DASHES, label=CONTROL)
            for look, bands in drawn:
                _line(axes, cohort.n_labels, _at(bands, scored, place), look)
        _finish(row, f"{_Y_LABEL} minus {CONTROL}")


def draw_listener(one: ListenerScores, plan: Plan, path: Path) -> None:
    """Draw how one listener's committee got on, by way of learning."""
    with _figure([f"committee, {how}" for how in plan.personalisers], path) as row:
        for axes, how in zip(row, plan.personalisers, strict=True):
            for mode, look in looks(plan.modes).items():
                curve = one.f1[ways(plan).index((how, mode)), 0, CONSENSUS, -1]
                _plot(axes, one.n_labels, curve, look)
        _finish(row, _Y_LABEL)


@contextmanager
def _figure(names: list[str], path: Path) -> Iterator[list[Axes]]:
    """Give panels over the number of labels, with one legend below them all."""
    with panels(names, path) as row:
        yield row
        lines, told = row[0].get_legend_handles_labels()
        row[0].figure.legend(
            lines,
            told,
            loc="outside lower center",
            ncols=2 * len(row),
            frameon=False,
            handlelength=3.4,
        )


def _finish(row: Sequence[Axes], label: str) -> None:
    """Give all panels the same height, so that they can be compared."""
    bounds = [axes.get_ylim() for axes in row]
    for axes in row:
        axes.set_ylim(min(low for low, _ in bounds), max(high for _, high in bounds))
        axes.set_xlabel("labels")
        axes.grid(axis="y", color="#DDDDDD", linewidth=0.6)
    row[0].set_ylabel(label)


def _ways(cohort: Cohort, how: str) -> list[tuple[Look, int]]:
    """Return each mode's look, and which of the ways it is under a personaliser."""
    drawn = looks(cohort.plan.modes)
    return [(drawn[mode], way) for way, (who, mode) in enumerate(cohort.ways) if who == how]


def _at(bands: Bands, *place: int) -> Bands:
    return Bands(bands.estimate[place], bands.low[place], bands.high[place])


def _line(axes: Axes, n_labels: IntVector, bands: Bands, look: Look) -> None:
    axes.fill_between(
        n_labels, bands.low, bands.high, color=look.colour, alpha=_SHADE, linewidth=0
    )
    _plot(axes, n_labels, bands.estimate, look)


def _plot(axes: Axes, n_labels: IntVector, curve: Floats, look: Look) -> None:
    axes.plot(
        n_labels,
        curve,
        color=look.colour,
        linestyle=look.dashes,
        linewidth=look.width,
        label=look.name,
        zorder=1.0 + look.width,
    )


def _baselines(axes: Axes, cohort: Cohort, part: int) -> None:
    """Draw the baselines, thin and grey."""
    curves = cohort.mean_baselines[part]
    for name, curve, dashes in zip(
        cohort.baselines, curves, cycle(_BASELINE_DASHES), strict=False
    ):
        _plot(axes, cohort.n_labels, curve, Look(f"baseline: {name}", GREY, dashes, 0.9))
