"""The circumplex: quadrants, distributions, entropy, the read-out of valence and arousal."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import special, stats

from models.emotion import (
    N_QUADRANTS,
    QUADRANTS,
    Quadrant,
    Readout,
    entropy,
    quadrant_of,
    softmax,
)
from models.errors import InvalidLabelError

COORDINATES = st.floats(-1, 1)
LOGITS = hnp.arrays(np.float64, (3, N_QUADRANTS), elements=st.floats(-1e3, 1e3))
PROBA = LOGITS.map(lambda logits: softmax(logits / 100))
OF_QUADRANTS = hnp.arrays(np.float64, (N_QUADRANTS, 2), elements=st.floats(-1, 1))


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


@given(COORDINATES, COORDINATES)
def test_opposite_points_lie_in_opposite_quadrants(valence, arousal):
    here = quadrant_of(valence or 1, arousal or 1)

    there = quadrant_of(-valence or -1, -arousal or -1)

    assert (there.index - here.index) % N_QUADRANTS == 2


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


@given(LOGITS, st.floats(-1e3, 1e3))
def test_softmax_does_not_see_what_all_logits_share(logits, shared):
    assert softmax(logits + shared) == pytest.approx(softmax(logits), abs=1e-9)


@given(PROBA)
def test_entropy_is_scipys_and_within_its_bounds(proba):
    ours = entropy(proba)

    assert ours == pytest.approx(stats.entropy(proba, axis=-1), abs=1e-12)
    assert (ours >= 0).all()
    assert (ours <= np.log(4) + 1e-12).all()


def test_certainty_has_no_entropy_and_evenness_the_most():
    assert entropy(np.eye(4)).tolist() == [0, 0, 0, 0]
    assert not np.signbit(entropy(np.eye(4))).any()
    assert entropy(np.full(4, 0.25)) == pytest.approx(np.log(4))


@given(PROBA, OF_QUADRANTS, OF_QUADRANTS)
def test_what_is_read_out_lies_among_the_quadrants_means(proba, mean, spread):
    means, sds = Readout(mean, spread**2)(proba)

    assert means.shape == sds.shape == (len(proba), 2)
    assert (means >= mean.min(axis=0) - 1e-9).all()
    assert (means <= mean.max(axis=0) + 1e-9).all()
    assert (sds >= 0).all()
    # No spread of points between -1 and 1 is more, beside that within the quadrants.
    assert (sds**2 <= 1 + (spread**2).max(axis=0) + 1e-9).all()


def test_certainty_is_read_out_as_its_quadrant():
    mean = np.array([[0.4, 0.3], [-0.4, 0.3], [-0.5, -0.2], [0.4, -0.3]])
    variance = np.array([[0.01, 0.04], [0.09, 0.16], [0.25, 0.01], [0.04, 0.04]])

    means, sds = Readout(mean, variance)(np.eye(4))

    assert means == pytest.approx(mean)
    assert sds**2 == pytest.approx(variance)


def test_the_read_out_is_the_mixtures_mean_and_spread():
    rng = np.random.default_rng(0)
    mean, sd = rng.uniform(-0.5, 0.5, (4, 2)), rng.uniform(0.1, 0.3, (4, 2))
    proba = rng.dirichlet(np.ones(4))
    drawn = rng.choice(4, size=200_000, p=proba)
    points = rng.normal(mean[drawn], sd[drawn])

    means, sds = Readout(mean, sd**2)(proba[None])

    # A mean of 200,000 has a standard error of at most .6/447 = .0013: four of them.
    assert means[0] == pytest.approx(points.mean(axis=0), abs=0.006)
    assert sds[0] == pytest.approx(points.std(axis=0), abs=0.006)


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
