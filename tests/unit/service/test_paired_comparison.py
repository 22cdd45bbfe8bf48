"""The paired comparison of personal and population forecasts."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, ttest_1samp

from models.emotion import Quadrant
from service.evaluation.paired_comparison import mcnemar, mean_difference, paired
from service.evaluation.prequential import PrequentialRecord

Q1, Q2, Q3, Q4 = Quadrant
COUNTS = st.integers(0, 60)


def guess(foretold, population, *, p=0.5, p_population=0.25):
    return PrequentialRecord(
        "t", "v1", 0, Q1, foretold, population, p, p_population, None, is_random=False
    )


@given(COUNTS, COUNTS)
def test_mcnemar_is_the_binomial_test_of_the_pairs_that_differ(first, second):
    expected = binomtest(first, first + second).pvalue if first + second else 1.0

    assert mcnemar(first, second) == pytest.approx(expected)
    assert mcnemar(first, second) == mcnemar(second, first)


@given(
    st.lists(st.floats(-3, 3), min_size=2, max_size=30).filter(lambda each: np.std(each) > 1e-3)
)
def test_the_interval_is_students(differences):
    reply = mean_difference(np.array(differences))

    low, high = ttest_1samp(differences, 0.0).confidence_interval()
    assert (reply.low, reply.high) == pytest.approx((low, high))
    assert reply.value == pytest.approx(np.mean(differences))


def test_right_and_wrong_are_counted_in_pairs():
    reply = paired([guess(Q1, Q1), guess(Q1, Q2), guess(Q1, Q3), guess(Q2, Q1), guess(Q2, Q3)])

    assert (reply.both, reply.only_personal, reply.only_population, reply.neither) == (1, 2, 1, 1)
    assert reply.n == 5
    assert reply.p_value == 1.0


def test_a_forecast_that_was_likelier_for_the_listener_counts_for_the_personal_model():
    reply = paired([guess(Q1, Q1), guess(Q1, Q1, p=0.2, p_population=0.4)]).log_likelihood

    assert reply.n == 2
    assert reply.value == pytest.approx(0.0)
    assert reply.low < 0.0 < reply.high


def test_corrected_answers_are_right_or_wrong_but_have_no_likelihood():
    corrected = guess(Q1, Q2, p=None, p_population=None)

    reply = paired([corrected, guess(Q1, Q2)])

    assert reply.only_personal == 2
    assert reply.log_likelihood.value == pytest.approx(math.log(2.0))
    assert (reply.log_likelihood.n, reply.log_likelihood.low) == (1, None)
    assert paired([corrected]).log_likelihood is None


def test_a_forecast_of_nought_leaves_the_mean_finite():
    assert math.isfinite(paired([guess(Q2, Q1, p=0.0)]).log_likelihood.value)


def test_of_nothing_nothing_is_said():
    reply = paired([])

    assert (reply.n, reply.p_value, reply.log_likelihood) == (0, 1.0, None)
