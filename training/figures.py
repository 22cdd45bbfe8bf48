"""How figures look, and the two that show how a classifier errs.

Colours are Okabe and Ito's (2008), told apart by every kind of colour vision; shades run from
light to dark, so that they survive a grey print. Figures are drawn without a window and without
global state.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.typing import RcKeyType
from numpy.typing import NDArray

from models.arrays import IntVector, Proba
from models.emotion import N_QUADRANTS, QUADRANTS
from training.metrics import confusion, equal_mass_bins

BLUE, GREY = "#0072B2", "#6E6E6E"
PANEL_INCHES = 2.9
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
    """Give one panel a name, side by side, and write them as a PNG when done."""
    with mpl.rc_context(_STYLE):
        size = PANEL_INCHES * len(names), PANEL_INCHES + 0.3
        figure = Figure(figsize=size, layout="constrained")
        row = list(figure.subplots(1, len(names), squeeze=False)[0])
        for axes, name in zip(row, names, strict=True):
            axes.set_title(name)
        yield row
        # Without the writer's name the same numbers give the same bytes.
        figure.savefig(path, dpi=_RESOLUTION_DPI, metadata={"Software": None})


def draw_confusion(y: IntVector, proba: Mapping[str, Proba], path: Path) -> None:
    """Draw a confusion matrix for each prediction.

    A cell holds its number of tracks and its share of its row, which is also its shade.
    """
    with panels(list(proba), path) as row:
        for axes, said in zip(row, proba.values(), strict=True):
            _confusion(axes, confusion(y, said))
        row[0].set_ylabel("labelled")


def draw_reliability(y: IntVector, proba: Mapping[str, Proba], path: Path) -> None:
    """Draw how often each prediction is right against how sure it is, in the bins of the ECE."""
    with panels(list(proba), path) as row:
        for axes, said in zip(row, proba.values(), strict=True):
            _reliability(axes, y, said)
        row[0].set_ylabel("share that is right")


def _confusion(axes: Axes, counts: NDArray[np.int64]) -> None:
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(share, cmap="Blues", vmin=0.0, vmax=1.0)
    for (labelled, answered), count in np.ndenumerate(counts):
        is_dark = share[labelled, answered] > _DARK
        colour = "white" if is_dark else "black"
        text = f"{count}\n{share[labelled, answered]:.0%}"
        axes.text(answered, labelled, text, ha="center", va="center", color=colour, fontsize=8)
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
