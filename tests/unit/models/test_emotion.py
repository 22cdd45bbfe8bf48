"""The circumplex: quadrants, distributions, entropy, the read-out of valence and arousal."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import special, stats

from models.emotion import (
    BORDER,
    N_QUADRANTS,
    QUADRANTS,
    SIGNS,
    Quadrant,
    Readout,
    entropy,
    in_quadrant,
    quadrant_named,
    quadrant_of,
    softmax,
)
from models.errors import InvalidLabelError

LOGITS = hnp.arrays(np.float64, (3, N_QUADRANTS), elements=st.floats(-1e3, 1e3))
PROBA = LOGITS.map(lambda logits: softmax(logits / 100))
OF_QUADRANTS = hnp.arrays(np.float64, (N_QUADRANTS, 2), elements=st.floats(-1, 1))


@pytest.mark.parametrize(
    ("name", "quadrant"),
    [
        ("Q1", "Q1"),
        ("q2", "Q2"),
        ("happy", "Q1"),
        ("TENSE", "Q2"),
        (" Sad\n", "Q3"),
        ("calm", "Q4"),
        ("angry", "Q2"),
        ("Relaxed", "Q4"),
    ],
)
def test_a_quadrant_is_called_by_name_or_word(name, quadrant):
    assert quadrant_named(name) == quadrant


@pytest.mark.parametrize("name", ["", "Q5", "1", "glad", "Q 1", "happy sad"])
def test_an_unknown_quadrant_is_an_error_with_those_there_are(name):
    with pytest.raises(ValueError, match="Q1 or happy, Q2 or tense, Q3 or sad, Q4 or calm"):
        quadrant_named(name)


@pytest.mark.parametrize(
    ("valence", "arousal", "expected"),
    [
        (0.5, 0.5, Quadrant.Q1),
        (-0.5, 0.5, Quadrant.Q2),
        (-0.5, -0.5, Quadrant.Q3),
        (0.5, -0.5, Quadrant.Q4),
        (0, 0, Quadrant.Q1),
        (-0.0, -0.0, Quadrant.Q1),
        (0, -1, Quadrant.Q4),
        (-1, 0, Quadrant.Q2),
    ],
)
def test_an_axis_belongs_to_its_positive_side(valence, arousal, expected):
    assert quadrant_of(valence, arousal) is expected


@pytest.mark.parametrize("outside", [1.0001, -1.0001, np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("axis", ["valence", "arousal"])
def test_a_point_outside_the_plane_is_refused(outside, axis):
    point = {"valence": 0.0, "arousal": 0.0} | {axis: outside}

    with pytest.raises(InvalidLabelError) as refusal:
        quadrant_of(**point)

    assert str(refusal.value) == f"{axis} is {outside}; it must lie in [-1, 1]."


def test_quadrants_stand_in_every_array_in_their_order():
    assert [quadrant.index for quadrant in QUADRANTS] == [0, 1, 2, 3]
    assert [str(quadrant) for quadrant in QUADRANTS] == ["Q1", "Q2", "Q3", "Q4"]


@given(LOGITS)
def test_softmax_is_scipys(logits):
    assert softmax(logits) == pytest.approx(special.softmax(logits, axis=-1))


@given(PROBA)
def test_entropy_is_scipys_and_not_negative(proba):
    ours = entropy(np.concatenate([proba, np.eye(4)]))

    assert ours == pytest.approx([*stats.entropy(proba, axis=-1), 0, 0, 0, 0], abs=1e-12)
    assert not np.signbit(ours).any()


@given(PROBA, OF_QUADRANTS, OF_QUADRANTS)
def test_the_read_out_is_the_mixtures_mean_and_spread(proba, mean, spread):
    means, sds = Readout(mean, spread**2)(proba)

    moments = [(row @ mean, row @ (spread**2 + (mean - row @ mean) ** 2)) for row in proba]
    assert means == pytest.approx(np.array([mean for mean, _ in moments]))
    assert sds**2 == pytest.approx(np.array([variance for _, variance in moments]), abs=1e-9)


def test_the_gain_stretches_each_axis_as_far_as_the_plane_goes():
    mean = np.array([[0.4, 0.3], [-0.4, 0.3], [-0.5, -0.2], [0.4, -0.3]])
    variance = np.full((4, 2), 0.04)

    means, sds = Readout(mean, variance, np.array([1.5, 4.0]))(np.eye(4))

    expected = [[0.6, 1.0], [-0.6, 1.0], [-0.75, -0.8], [0.6, -1.0]]
    assert means == pytest.approx(np.array(expected))
    assert sds == pytest.approx(0.2)


def test_a_readout_that_was_stored_without_a_gain_has_a_gain_of_one():
    mean, variance = np.full((4, 2), 0.3), np.full((4, 2), 0.1)

    readout = Readout.from_arrays({"mean": mean, "variance": variance})

    assert readout.gain.tolist() == [1.0, 1.0]


@given(
    hnp.arrays(np.float64, (7, 2), elements=st.floats(-3, 3)),
    hnp.arrays(np.int64, 7, elements=st.integers(0, 3)),
)
def test_a_point_is_moved_into_its_quadrant_and_no_further(points, quadrants):
    moved = in_quadrant(points, quadrants)

    for (valence, arousal), place in zip(moved.tolist(), quadrants, strict=True):
        assert quadrant_of(valence, arousal) is QUADRANTS[place]
    is_inside = (points >= 0) == (SIGNS[quadrants] > 0)
    assert (moved[is_inside] == np.clip(points, -1, 1)[is_inside]).all()
    assert (np.abs(moved[~is_inside]) <= BORDER).all()
