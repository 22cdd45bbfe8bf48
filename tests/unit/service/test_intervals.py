"""Shares: intervals that hold what they say, for one listener and over listeners."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from service.evaluation.intervals import PairedCounts, ProportionDifference, wilson

USERS = st.integers(1, 30).flatmap(
    lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(0, n))
)


def tally_of(users):
    """Sums over users who had n answers, h of which were foretold, p by the population."""
    n, h, p = np.array(users).T
    sums = (n.sum(), h.sum(), p.sum(), n @ n, h @ h, p @ p, h @ n, p @ n, h @ p)
    return PairedCounts(len(users), *map(int, sums))


@pytest.mark.parametrize(("hits", "n"), [(0, 1), (3, 10), (10, 10), (499, 1000)])
def test_one_listeners_interval_is_the_score_interval(hits, n):
    share = wilson(hits, n)

    known = stats.binomtest(hits, n).proportion_ci(method="wilson")
    assert (share.n, share.hits, share.value) == (n, hits, hits / n)
    assert (share.low, share.high) == pytest.approx((known.low, known.high), abs=1e-9)


def test_of_nothing_there_is_no_share():
    assert wilson(0, 0) is None


@given(st.lists(USERS, min_size=1, max_size=8))
def test_a_share_lies_in_its_interval_and_a_gain_is_a_difference_of_shares(users):
    tally = tally_of(users)

    personal, population, gain = tally.personal, tally.population, tally.gain

    for share in (personal, population):
        assert 0.0 <= share.low <= share.value + 1e-12
        assert share.value - 1e-12 <= share.high <= 1.0
        assert share.n == sum(n for n, _, _ in users)
    if len(users) == 1:
        assert gain == ProportionDifference(None, None, None)
    else:
        assert gain.value == pytest.approx(personal.value - population.value)
        assert -1.0 <= gain.low <= gain.value <= gain.high <= 1.0


def test_one_user_alone_gets_the_interval_of_one_listener():
    assert tally_of([(20, 12, 9)]).personal == wilson(12, 20)


def test_the_variance_of_a_gain_over_users_is_that_of_a_ratio_of_sums():
    n, h, p = np.array([[10, 6, 4], [20, 12, 9], [5, 1, 3], [40, 30, 20]]).T

    gain = tally_of(np.stack([n, h, p], axis=1)).gain

    value = (h - p).sum() / n.sum()
    residual = (h - p) - value * n
    error = np.sqrt(len(n) * residual.var(ddof=1)) / n.sum()
    margin = stats.t.ppf(0.975, len(n) - 1) * error
    assert (gain.value, gain.low, gain.high) == pytest.approx(
        (value, value - margin, value + margin)
    )


def test_users_who_are_alike_are_worth_no_more_than_one_answer_each():
    alike = tally_of([(100, 50, 50)] * 5).personal

    alone = wilson(250, 500)
    assert alike.low < alone.low
    assert alike.high > alone.high


def simulated(rng, *, n_users=25, n_answers=12, spread=0.25):
    """Users whose own rates differ; the rates' mean is 0.5."""
    rate = np.clip(rng.normal(0.5, spread, n_users), 0.02, 0.98)
    hits = rng.binomial(n_answers, rate)
    population = rng.binomial(n_answers, 0.5, n_users)
    return tally_of(np.stack([np.full(n_users, n_answers), hits, population], axis=1))


def test_intervals_over_users_hold_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(0)
    drawn = [simulated(rng) for _ in range(400)]

    over_users = [t.personal.low <= 0.5 <= t.personal.high for t in drawn]
    naive = [w.low <= 0.5 <= w.high for w in (wilson(t.h, t.n) for t in drawn)]
    gains = [t.gain.low <= 0.0 <= t.gain.high for t in drawn]

    # Of 400 that hold with .95, at least .92 do but once in 200 times.
    assert np.mean(over_users) > 0.92
    assert np.mean(gains) > 0.92
    # Answers of one user are not independent: who takes them for it is wrong far more often.
    assert np.mean(naive) < 0.85
