"""What may be said of a mean over listeners: intervals hold, tests keep their level."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from training.reporting.bootstrap import LEAST_LISTENERS, Bootstrap, by_other_tests, share
from training.reporting.comparison import compare


@pytest.mark.slow
def test_intervals_of_sixteen_listeners_hold_what_they_promise():
    drawn = np.random.default_rng(0).normal(size=(16, 3000))

    bands = Bootstrap.of(16, seed=1).bands(drawn)

    held = ((bands.low < 0) & (bands.high > 0)).mean()
    assert 0.935 < held < 0.965


def test_listeners_without_a_figure_are_left_out():
    values = np.random.default_rng(7).normal(size=(12, 2))
    values[8:, 1] = np.nan
    values[:, 0] = 1.0

    bands = Bootstrap.of(12, seed=8).bands(values)

    assert bands.estimate[1] == pytest.approx(values[:8, 1].mean())
    assert bands.low[1] < bands.estimate[1] < bands.high[1]
    assert bands.low[0] == bands.high[0] == 1.0


def test_few_listeners_have_a_mean_and_no_interval():
    values = np.full((10, 2), np.nan)
    values[: LEAST_LISTENERS - 1, 0] = 0.5
    bootstrap = Bootstrap.of(10, seed=9)

    bands = bootstrap.bands(values)

    assert bands.estimate[0] == 0.5
    assert np.isnan(bands.estimate[1])
    assert np.isnan([bands.low, bands.high]).all()
    assert np.isnan(Bootstrap.of(3, seed=0).test(np.ones((3, 2))).p).all()


def test_p_values_of_few_listeners_are_those_of_all_signs():
    values = np.random.default_rng(10).normal(0.4, 1.0, size=(8, 5))

    p = Bootstrap.of(8, seed=11).test(values).p

    signs = np.array(list(product([-1, 1], repeat=8)))
    means = np.abs(signs @ values) / 8
    expected = (means >= np.abs(values.mean(axis=0)) - 1e-12).mean(axis=0)
    np.testing.assert_allclose(p, expected)


@pytest.mark.parametrize("n_listeners", [12, 40])
def test_without_an_effect_few_p_values_are_small(n_listeners):
    drawn = np.random.default_rng(12).standard_t(4, size=(n_listeners, 2000))

    p = Bootstrap.of(n_listeners, seed=13).test(drawn).p

    assert 0.037 < (p < 0.05).mean() < 0.063
    assert (p < 0.005).mean() < 0.01


@pytest.mark.slow
def test_simultaneous_intervals_hold_all_at_once():
    bootstrap = Bootstrap.of(16, seed=17)
    held = [
        bool(np.all((tested.low < 0) & (tested.high > 0)))
        for seed in range(300)
        for tested in [bootstrap.test(np.random.default_rng(seed).normal(size=(16, 20)))]
    ]

    assert 0.92 < np.mean(held) <= 0.985


def test_lines_are_corrected_for_their_number_as_holm_says():
    differences = np.random.default_rng(18).normal(0.3, 1, (12, 5))

    lines = compare(Bootstrap.of(12, seed=19), differences)

    p = np.array([line.p for line in lines])
    order = np.argsort(p)
    stepped = np.maximum.accumulate(p[order] * [5, 4, 3, 2, 1]).clip(max=1)
    assert [lines[place].corrected for place in order] == pytest.approx(list(stepped), abs=0)


def test_lines_of_few_listeners_are_not_judged():
    lines = compare(Bootstrap.of(3, seed=19), np.ones((3, 2)))

    assert not any(line.is_judged for line in lines)
    assert [line.verdict for line in lines] == ["n/a", "n/a"]


@pytest.mark.parametrize(("n_hits", "n"), [(0, 16), (16, 16), (11, 16), (1, 3)])
def test_shares_have_exact_intervals(n_hits, n):
    n_missed = n - n_hits
    low = stats.beta.ppf(0.025, n_hits, n_missed + 1) if n_hits else 0.0
    high = stats.beta.ppf(0.975, n_hits + 1, n_missed) if n_missed else 1.0

    found = share(n_hits, n)

    assert found.estimate == n_hits / n
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)


def test_other_tests_are_scipys_and_know_nothing_of_constants():
    values = np.random.default_rng(3).normal(0.3, 1, (16, 3))
    values[:, 1] = 0.0

    found = by_other_tests(values)

    for column in (0, 2):
        assert found["Student"][column] == pytest.approx(
            stats.ttest_1samp(values[:, column], 0).pvalue
        )
        assert found["Wilcoxon"][column] == pytest.approx(stats.wilcoxon(values[:, column]).pvalue)
    assert [found[name][1] for name in found] == [1.0, 1.0]
    few = by_other_tests(np.ones((4, 2)))
    assert all(np.isnan(p).all() for p in few.values())
