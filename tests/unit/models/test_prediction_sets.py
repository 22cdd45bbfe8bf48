"""Prediction sets: what is always in them, and how many answers they hold."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.emotion import AMBIGUOUS_BELOW, N_QUADRANTS
from models.prediction_sets import COVERAGE, prediction_sets, scores, threshold

LIMITS = st.floats(0.0, 1.0)


@st.composite
def distributions(draw):
    """Rows from nearly even to certain, some with ties."""
    shape = draw(st.integers(1, 60)), N_QUADRANTS
    weights = draw(arrays(np.float64, shape, elements=st.floats(0.0, 1.0))) + 1e-3
    sharp = weights ** draw(st.sampled_from([0.1, 1.0, 8.0]))
    return sharp / sharp.sum(axis=1, keepdims=True)


@given(distributions(), LIMITS)
def test_where_no_quadrant_holds_half_the_set_has_two_members_that_do(proba, limit):
    is_ambiguous = proba.max(axis=1) < AMBIGUOUS_BELOW

    sets = prediction_sets(proba, limit)[is_ambiguous]

    assert (sets.sum(axis=1) >= 2).all()
    held = np.where(sets, proba[is_ambiguous], 0.0).sum(axis=1)
    assert (held >= 0.5 - 1e-12).all()


@given(distributions(), LIMITS)
def test_the_likeliest_quadrant_is_in_and_none_outside_is_likelier_than_one_inside(proba, limit):
    sets = prediction_sets(proba, limit)

    assert sets[np.arange(len(proba)), proba.argmax(axis=1)].all()
    least_inside = np.where(sets, proba, 1.0).min(axis=1)
    most_outside = np.where(sets, 0.0, proba).max(axis=1)
    assert (most_outside <= least_inside).all()


@given(distributions(), LIMITS, st.integers(0, 10))
def test_an_answer_is_in_the_set_where_its_score_is_within_the_limit(proba, limit, seed):
    y = np.random.default_rng(seed).integers(0, N_QUADRANTS, len(proba))

    is_in = prediction_sets(proba, limit)[np.arange(len(y)), y]

    assert (is_in == (scores(proba, y) <= limit)).all()


@given(distributions(), st.integers(0, 10))
def test_sets_hold_their_share_of_the_answers_that_set_the_limit(proba, seed):
    y = np.random.default_rng(seed).integers(0, N_QUADRANTS, len(proba))
    n = len(y)

    sets = prediction_sets(proba, threshold(scores(proba, y)))

    assert sets[np.arange(n), y].sum() >= min(n, math.ceil((n + 1) * COVERAGE))


def test_sets_hold_their_share_of_new_answers():
    """Over 200 splits the mean coverage is at least what is stated, less its standard error."""
    rng = np.random.default_rng(0)
    held = []
    for _ in range(200):
        proba = rng.dirichlet(np.full(N_QUADRANTS, 0.7), 300)
        reply = proba**0.5 / (proba**0.5).sum(axis=1, keepdims=True)  # flatter than the truth
        y = (rng.random(300)[:, None] < proba.cumsum(axis=1)).argmax(axis=1)
        limit = threshold(scores(reply[:100], y[:100]))
        held.append(prediction_sets(reply[100:], limit)[np.arange(200), y[100:]].mean())

    assert np.mean(held) >= COVERAGE - 3 * np.std(held) / np.sqrt(len(held))
