import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.emotion import softmax
from models.score_calibration import (
    TEMPERATURES,
    Temperature,
    fit_shifted_temperature,
    fit_temperature,
)


def _labels_drawn_from(proba, rng):
    return (proba.cumsum(axis=1) < rng.random((len(proba), 1))).sum(axis=1)


@given(st.floats(0.05, 20.0), st.integers(0, 1000))
def test_no_other_temperature_makes_the_labels_likelier(other, seed):
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(60, 4))
    y = _labels_drawn_from(softmax(scores), rng)

    found = fit_temperature(scores, y)

    assert _nll(found, scores, y) <= _nll(Temperature(other), scores, y) + 1e-6


def test_useless_scores_are_flattened_and_perfect_ones_sharpened_to_a_bound():
    y = np.arange(40) % 4
    perfect = np.eye(4)[y]

    useless_at, perfect_at = fit_temperature(-perfect, y), fit_temperature(perfect, y)

    assert useless_at.value == pytest.approx(TEMPERATURES[1], rel=1e-3)
    assert perfect_at.value < 0.1  # beyond that the likelihood is flat to the last digit


def test_the_temperature_and_shift_that_made_the_labels_are_found():
    rng = np.random.default_rng(6)
    scores = rng.normal(0.0, 4.0, (20_000, 4))
    shift = np.array([1.0, 0.0, 0.5, -1.5])
    y = _labels_drawn_from(softmax(scores / 2.0 + shift), rng)

    found = fit_shifted_temperature(scores, y)

    # Four standard deviations with 20,000 labels; the penalty draws the shift in by less.
    assert found.value == pytest.approx(2.0, rel=0.06)
    np.testing.assert_allclose(found.shift, shift, atol=0.12)


def test_a_quadrant_that_was_never_seen_keeps_a_finite_shift():
    rng = np.random.default_rng(7)
    y = rng.integers(0, 3, 90)

    found = fit_shifted_temperature(rng.normal(size=(90, 4)), y)

    assert np.isfinite(found.shift).all()
    assert found.shift.argmin() == 3


def _nll(temperature, scores, y):
    return -np.log(temperature.proba(scores)[np.arange(len(y)), y]).mean()
