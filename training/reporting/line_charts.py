"""Line charts over the number of labels; colour, dash and marker differ, also in grey."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from matplotlib.axes import Axes

from models.arrays import IntVector
from training.reporting.bootstrap import Bands
from training.reporting.figures import COLOURS, DASHES, MARKERS, Dashes, label_left, panels
from training.reporting.scores import Floats

BASELINE_DASHES: Sequence[Dashes] = ((0, None), (0, (7, 3)), (0, (3, 3)), (0, (1, 3)))
F1_LABEL = "weighted F1"
_SHADE = 0.1

_MARKER_POINTS = 4.0


@dataclass(frozen=True, slots=True)
class LineStyle:
    """Name of a line in the legend, and its style."""

    name: str
    colour: str
    dashes: Dashes
    width: float = 1.7
    marker: str = ""


def line_styles(names: Sequence[str]) -> dict[str, LineStyle]:
    """Return a different style for each name."""
    cycles = zip(names, cycle(COLOURS), cycle(DASHES), cycle(MARKERS), strict=False)
    return {
        name: LineStyle(name, colour, dashes, marker=marker)
        for name, colour, dashes, marker in cycles
    }


@contextmanager
def labelled_panels(names: list[str], path: Path) -> Iterator[list[Axes]]:
    """Yield panels over the number of labels, with one legend below them all."""
    with panels(names, path) as row:
        yield row
        lines, labels = row[0].get_legend_handles_labels()
        row[0].figure.legend(
            lines,
            labels,
            loc="outside lower center",
            ncols=3,
            frameon=False,
            handlelength=3.4,
        )


def finish(row: Sequence[Axes], label: str) -> None:
    """Label the axes and give all panels the same vertical range."""
    bounds = [axes.get_ylim() for axes in row]
    for axes in row:
        axes.set_ylim(min(low for low, _ in bounds), max(high for _, high in bounds))
        axes.set_xlabel("labels")
        axes.grid(axis="y", color="#DDDDDD", linewidth=0.6)
    label_left(row, label)


def band_at(bands: Bands, *place: int) -> Bands:
    """Return the bands at one index of the first axes."""
    return Bands(bands.estimate[place], bands.low[place], bands.high[place])


def draw_band(axes: Axes, n_labels: IntVector, bands: Bands, style: LineStyle) -> None:
    """Draw means with their intervals ``(n_labels,)``."""
    axes.fill_between(
        n_labels, bands.low, bands.high, color=style.colour, alpha=_SHADE, linewidth=0
    )
    draw_line(axes, n_labels, bands.estimate, style)


def draw_line(axes: Axes, n_labels: IntVector, curve: Floats, style: LineStyle) -> None:
    """Draw a curve ``(n_labels,)``."""
    axes.plot(
        n_labels,
        curve,
        color=style.colour,
        linestyle=style.dashes,
        linewidth=style.width,
        marker=style.marker,
        markersize=_MARKER_POINTS,
        markeredgewidth=0.0,
        label=style.name,
        zorder=1.0 + style.width,
    )
