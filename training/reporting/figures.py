"""Style of figures, confusion matrices and reliability diagrams.

Colours are Okabe and Ito's (2008), which all kinds of colour vision distinguish. Lines also differ
by dash and marker, and shades run from light to dark, so that figures work in grey. A figure is at
most as wide as the text of a page, and no letter is smaller than 8 points. Figures need no window
and no global state.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.typing import RcKeyType
from numpy.typing import NDArray

from models.arrays import IntVector, Proba
from models.emotion import N_QUADRANTS, QUADRANTS
from training.metrics import confusion, equal_mass_bins

Dashes: TypeAlias = tuple[float, tuple[float, ...] | None]

BLUE, GREY = "#0072B2", "#6E6E6E"
COLOURS = (BLUE, "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Without yellow, which is too light on paper."""
# Numbers of colours, dashes and markers have no common divisor: a style repeats after 210 lines.
DASHES: Sequence[Dashes] = (
    (0, None),
    (0, (6, 1.6)),
    (0, (5, 1.4, 1.2, 1.4)),
    (0, (2.4, 1.2)),
    (0, (7, 1.4, 1.2, 1.4, 1.2, 1.4)),
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
SHEET_INCHES = 6.7
"""The width of the text on A4 with margins of 2 cm."""
LEAST_POINTS = 8.0
"""Smallest size of letters."""
SHADES = "Blues"
_ABREAST = {1: 1, 2: 2, 4: 2}
_MOST_ABREAST = 3
"""Most panels in a row; ``_ABREAST`` holds exceptions by number of panels."""
_WIDEST_INCHES = 3.3
_TITLE_INCHES = 0.35
_RESOLUTION_DPI = 160
_DARK = 0.7
_Z_95 = 1.96
_STYLE: dict[RcKeyType, float | str | bool] = {
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.8,
    "xtick.color": "#333333",
    "ytick.color": "#333333",
}


@contextmanager
def panels(names: list[str], path: Path) -> Iterator[list[Axes]]:
    """Yield a panel for each name, at most three in a row, and write them as a PNG on exit."""
    n_columns = _ABREAST.get(len(names), _MOST_ABREAST)
    n_rows = -(-len(names) // n_columns)
    side = min(_WIDEST_INCHES, SHEET_INCHES / n_columns)
    with mpl.rc_context(_STYLE):
        size = side * n_columns, (side + _TITLE_INCHES) * n_rows
        figure = Figure(figsize=size, layout="constrained")
        grid = list(figure.subplots(n_rows, n_columns, squeeze=False).flat)
        for unused in grid[len(names) :]:
            figure.delaxes(unused)
        row = grid[: len(names)]
        for axes, name in zip(row, names, strict=True):
            axes.set_title(name)
        yield row
        # Without the library's version, so that the same numbers give the same bytes.
        figure.savefig(path, dpi=_RESOLUTION_DPI, metadata={"Software": None})


def label_left(row: Sequence[Axes], label: str) -> None:
    """Label the vertical axis of the first panel of each row."""
    for axes in row[:: _ABREAST.get(len(row), _MOST_ABREAST)]:
        axes.set_ylabel(label)


def draw_confusion(y: IntVector, proba: Mapping[str, Proba], path: Path) -> None:
    """Draw a confusion matrix for each prediction.

    A cell shows its number of tracks and its share of the row, which is also its shade.
    """
    with panels(list(proba), path) as row:
        for axes, distribution in zip(row, proba.values(), strict=True):
            draw_matrix(axes, confusion(y, distribution))
        label_left(row, "labelled")


def draw_reliability(y: IntVector, proba: Mapping[str, Proba], path: Path) -> None:
    """Draw a reliability diagram for each prediction, in the bins of the ECE."""
    with panels(list(proba), path) as row:
        for axes, distribution in zip(row, proba.values(), strict=True):
            _reliability(axes, y, distribution)
        label_left(row, "share that is right")


def draw_matrix(axes: Axes, counts: NDArray[np.int64]) -> None:
    """Draw counts by labelled and by answered quadrant, ``(n_quadrants, n_quadrants)``."""
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(share, cmap=SHADES, vmin=0.0, vmax=1.0)
    for (labelled, answered), count in np.ndenumerate(counts):
        is_dark = share[labelled, answered] > _DARK
        colour = "white" if is_dark else "black"
        text = f"{count}\n{share[labelled, answered]:.0%}"
        centred = axes.text(answered, labelled, text, ha="center", va="center", color=colour)
        centred.set(fontsize=LEAST_POINTS, linespacing=0.95)
    axes.set_xticks(range(N_QUADRANTS), [str(quadrant) for quadrant in QUADRANTS])
    axes.set_yticks(range(N_QUADRANTS), [str(quadrant) for quadrant in QUADRANTS])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("answered")


def _reliability(axes: Axes, y: IntVector, proba: Proba) -> None:
    right = (proba.argmax(axis=1) == y).astype(np.float64)
    confidence = proba.max(axis=1)
    bins = equal_mass_bins(proba)
    sure = np.array([confidence[members].mean() for members in bins])
    share = np.array([right[members].mean() for members in bins])
    size = np.array([len(members) for members in bins])
    low, high = _wilson(share, size)
    axes.plot([0.25, 1.0], [0.25, 1.0], color=GREY, linewidth=1.0, linestyle=(0, (4, 3)))
    axes.vlines(sure, low, high, color=BLUE, linewidth=1.2, alpha=0.5)
    axes.plot(sure, share, "o", color=BLUE, markersize=4.5)
    axes.set(xlim=(0.2, 1.02), ylim=(-0.02, 1.02), aspect="auto", xlabel="confidence")


def _wilson(share: NDArray[np.float64], size: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the bounds of the 95 % interval of a share, ``(2, n_bins)`` (Wilson, 1927)."""
    shrink = 1.0 + _Z_95**2 / size
    centre = (share + _Z_95**2 / (2 * size)) / shrink
    half = _Z_95 / shrink * np.sqrt(share * (1 - share) / size + _Z_95**2 / (4 * size**2))
    return np.stack([centre - half, centre + half])
