"""Lines over the number of labels, told apart by colour, dash and marker, so in grey too."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from matplotlib.axes import Axes

from models.arrays import IntVector
from training.reporting.bootstrap import Bands
from training.reporting.figures import Dashes, label_left, panels
from training.reporting.scores import Floats

BASELINE_DASHES: Sequence[Dashes] = ((0, None), (0, (7, 3)), (0, (3, 3)), (0, (1, 3)))
F1_LABEL = "weighted F1"
_SHADE = 0.1
_LEGEND_COLUMNS = 3
_MARKER_POINTS = 4.0


@dataclass(frozen=True, slots=True)
class Look:
    """What a line is called in the legend, and how it is drawn."""

    name: str
    colour: str
    dashes: Dashes
    width: float = 1.7
    marker: str = ""


@contextmanager
def labelled_panels(
    names: list[str], path: Path, n_columns: int = _LEGEND_COLUMNS
) -> Iterator[list[Axes]]:
    """Give panels over the number of labels, with one legend below them all.

    Args:
        names: Of the panels.
        path: Of the PNG.
        n_columns: Of the legend.
    """
    with panels(names, path) as row:
        yield row
        lines, told = row[0].get_legend_handles_labels()
        row[0].figure.legend(
            lines,
            told,
            loc="outside lower center",
            ncols=n_columns,
            frameon=False,
            handlelength=3.4,
        )


def finish(row: Sequence[Axes], label: str) -> None:
    """Give all panels the same height, so that they can be compared."""
    bounds = [axes.get_ylim() for axes in row]
    for axes in row:
        axes.set_ylim(min(low for low, _ in bounds), max(high for _, high in bounds))
        axes.set_xlabel("labels")
        axes.grid(axis="y", color="#DDDDDD", linewidth=0.6)
    label_left(row, label)


def band_at(bands: Bands, *place: int) -> Bands:
    """Return the bands of one place on the first axes."""
    return Bands(bands.estimate[place], bands.low[place], bands.high[place])


def draw_band(axes: Axes, n_labels: IntVector, bands: Bands, look: Look) -> None:
    """Draw means with their intervals ``(n_labels,)``."""
    axes.fill_between(
        n_labels, bands.low, bands.high, color=look.colour, alpha=_SHADE, linewidth=0
    )
    draw_line(axes, n_labels, bands.estimate, look)


def draw_line(axes: Axes, n_labels: IntVector, curve: Floats, look: Look) -> None:
    """Draw a curve ``(n_labels,)``."""
    axes.plot(
        n_labels,
        curve,
        color=look.colour,
        linestyle=look.dashes,
        linewidth=look.width,
        marker=look.marker,
        markersize=_MARKER_POINTS,
        markeredgewidth=0.0,
        label=look.name,
        zorder=1.0 + look.width,
    )
