"""The look of figures: lines are told apart with any eyes and in grey, and letters can be read."""

from itertools import combinations, islice

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from training.experiments.active_learning.report.figures import mode_styles
from training.reporting.figures import (
    COLOURS,
    DASHES,
    GREY,
    LEAST_POINTS,
    MARKERS,
    SHADES,
    SHEET_INCHES,
)
from training.reporting.line_charts import BASELINE_DASHES, LineStyle, draw_line, labelled_panels

# How colours look to who lacks a kind of cone (Machado, Oliveira and Fernandes, 2009, severity 1),
# in linear light.
EYES = {
    "usual": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE_XYZ = np.array([0.95047, 1.0, 1.08883])
TOLD_APART = 12.0
"""Distance in CIELAB; 2.3 is just to be noticed side by side, lines that cross want far more."""
MOST_MODES = 16
"""As many strategies as were ever drawn in one figure."""


def linear(colour):
    light = np.array(to_rgb(colour))
    return np.where(light <= 0.04045, light / 12.92, ((light + 0.055) / 1.055) ** 2.4)


def lab(light):
    """Return a linear colour in CIELAB under D65."""
    share = TO_XYZ @ np.clip(light, 0.0, 1.0) / WHITE_XYZ
    bent = np.where(share > 216 / 24389, np.cbrt(share), (24389 / 27 * share + 16) / 116)
    return np.array([116 * bent[1] - 16, 500 * (bent[0] - bent[1]), 200 * (bent[1] - bent[2])])


def lightness(colour):
    return lab(linear(colour))[0]


@pytest.mark.parametrize("eyes", EYES)
def test_colours_are_told_apart_by_every_kind_of_eyes(eyes):
    seen = {c: lab(np.array(EYES[eyes]) @ linear(c)) for c in (*COLOURS, "black", GREY)}

    distance = {
        pair: np.linalg.norm(seen[pair[0]] - seen[pair[1]]) for pair in combinations(seen, 2)
    }

    assert {pair: far for pair, far in distance.items() if far < TOLD_APART} == {}


def test_without_colour_lines_differ_by_dash_and_by_marker():
    drawn = mode_styles([f"mode {place}" for place in range(MOST_MODES)])

    assert len({(look.dashes, look.marker) for look in drawn.values()}) == MOST_MODES
    first = list(islice(drawn.values(), min(len(DASHES), len(MARKERS))))
    for one, other in combinations(first, 2):
        assert one.dashes != other.dashes
        assert one.marker != other.marker
        assert one.colour != other.colour
    assert len(set(BASELINE_DASHES)) == len(BASELINE_DASHES)
    assert all(look.marker for look in drawn.values())  # baselines have none


def test_lines_stand_out_from_paper():
    assert max(lightness(colour) for colour in (*COLOURS, GREY)) < 75


def test_shades_survive_a_grey_print():
    steps = [lightness(mpl.colormaps[SHADES](share)[:3]) for share in np.linspace(0, 1, 11)]

    assert (np.diff(steps) < -2).all()


def letters(figure):
    return [
        text.get_fontsize()
        for text in figure.findobj(Text)
        if text.get_text() and text.get_visible()
    ]


@pytest.mark.parametrize("n_panels", [1, 2, 3, 4, 5, 7])
def test_a_figure_is_printed_in_its_own_size(n_panels, tmp_path):
    names = [f"committee of panel {place}" for place in range(n_panels)]

    with labelled_panels(names, tmp_path / "drawn.png") as row:
        for axes in row:
            draw_line(
                axes, np.arange(3), np.array([0.1, 0.2, 0.3]), LineStyle("mc", "black", DASHES[0])
            )

    figure = row[0].figure
    assert len(figure.axes) == n_panels
    assert figure.get_size_inches()[0] <= SHEET_INCHES + 1e-9
    assert min(letters(figure)) >= LEAST_POINTS
