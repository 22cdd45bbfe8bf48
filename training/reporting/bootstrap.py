"""Intervals and tests of means over listeners."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest, norm, t, ttest_1samp, wilcoxon

from training.metrics import Interval
from training.reporting.scores import Floats, known_mean

N_SAMPLES = 10_000
LEAST_LISTENERS = 5
"""With fewer listeners there are no intervals and no tests."""
LEVEL = 0.05
OTHER_TESTS = ("Student", "Wilcoxon")
_MOST_EXACT = 16
_ROUNDING = 1e-12  # difference between sums of the same numbers in another order
_COLUMNS = 512  # columns at a time, to limit memory


@dataclass(frozen=True, slots=True, eq=False)
class Bands:
    """Means over listeners with the bounds of their 95 % intervals, all of the same shape."""

    estimate: Floats
    low: Floats
    high: Floats

    def at(self, *place: int) -> Interval:
        """Return the figure at one index."""
        return Interval(
            float(self.estimate[place]), float(self.low[place]), float(self.high[place])
        )


@dataclass(frozen=True, slots=True, eq=False)
class TestResult:
    """Tests of means against 0.

    Attributes:
        p: Two-sided p-values ``(n_means,)``.
        low: Lower bounds of simultaneous 95 % intervals ``(n_means,)``.
        high: Upper bounds ``(n_means,)``.
    """

    p: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Bootstrap:
    """Samples of listeners, the same for every figure, so that comparisons are paired.

    Attributes:
        weights: Count of each listener in each sample ``(n_samples, n_listeners)``.
        signs: Signs for tests, 1 or -1 ``(n_draws, n_listeners)``; the first draw is all 1.
    """

    weights: Floats
    signs: Floats

    @classmethod
    def of(cls, n_listeners: int, seed: int) -> "Bootstrap":
        """Draw the samples."""
        rng = np.random.default_rng(seed)
        even = np.full(n_listeners, 1.0 / n_listeners)
        weights = rng.multinomial(n_listeners, even, size=N_SAMPLES)
        return cls(weights.astype(np.float64), _signs(n_listeners, rng))

    def bands(self, values: Floats) -> Bands:
        """Return the mean over listeners and its 95 % percentile interval.

        Args:
            values: Shape ``(n_listeners, ...)``. NaN values are left out. The bounds are NaN if
                fewer than five listeners have a value.
        """
        flat = values.reshape(len(values), -1)
        blocks = [
            self._bounds(flat[:, at : at + _COLUMNS]) for at in range(0, flat.shape[1], _COLUMNS)
        ]
        low, high = np.concatenate(blocks, axis=1).reshape(2, *values.shape[1:])
        return Bands(known_mean(values), low, high)

    def _bounds(self, values: Floats) -> Floats:
        is_known = ~np.isnan(values)
        count = self.weights @ is_known.astype(np.float64)
        total = self.weights @ np.where(is_known, values, 0.0)
        means = np.where(count > 0, total / np.maximum(count, 1.0), known_mean(values))
        bounds = np.percentile(means, percentiles(len(values)), axis=0)
        return np.where(is_known.sum(axis=0) >= LEAST_LISTENERS, bounds, np.nan)

    def test(self, values: Floats) -> TestResult:
        """Test the means of differences ``(n_listeners, n_means)`` against 0.

        The samples follow the null hypothesis: every listener's difference gets a random sign (the
        wild bootstrap of Wu, 1986, with signs). The p-value is exact for any number of listeners
        if the two compared values are exchangeable; up to 16 listeners, all signs are enumerated.
        The simultaneous intervals are Student's with Bonferroni's correction, because such extreme
        percentiles would need more samples.
        """
        n_listeners, n_means = values.shape
        if n_listeners < LEAST_LISTENERS:
            unknown = np.full(n_means, np.nan)
            return TestResult(unknown, unknown, unknown)
        mean = values.mean(axis=0)
        by_lot = np.abs(self.signs @ values) / n_listeners
        p = (by_lot >= np.abs(mean) - _ROUNDING).mean(axis=0)
        error = values.std(axis=0, ddof=1) / np.sqrt(n_listeners)
        reach = float(t.isf(LEVEL / (2 * n_means), n_listeners - 1)) * error
        return TestResult(p, mean - reach, mean + reach)


def by_other_tests(values: Floats) -> dict[str, Floats]:
    """Return p-values of the means of differences ``(n_listeners, n_means)`` by other tests.

    Student's test assumes normal differences, Wilcoxon's symmetric ones. A verdict should not
    depend on the choice of the test.
    """
    if len(values) < LEAST_LISTENERS:
        return dict.fromkeys(OTHER_TESTS, np.full(values.shape[1], np.nan))
    varies = (values != values[0]).any(axis=0)  # constant differences cannot be tested
    found = {name: np.ones(values.shape[1]) for name in OTHER_TESTS}
    if varies.any():
        found["Student"][varies] = ttest_1samp(values[:, varies], 0.0).pvalue
        found["Wilcoxon"][varies] = wilcoxon(values[:, varies], axis=0).pvalue
    return found


def _signs(n_listeners: int, rng: np.random.Generator) -> Floats:
    """Return all choices of signs up to a common sign; a random sample for many listeners."""
    if n_listeners <= _MOST_EXACT:
        choices = np.arange(2 ** (n_listeners - 1))[:, None] >> np.arange(n_listeners)
        return np.asarray(1.0 - 2.0 * (choices & 1))
    signs = rng.choice([-1.0, 1.0], size=(N_SAMPLES, n_listeners))
    signs[0] = 1.0
    return signs


def percentiles(n_listeners: int) -> tuple[float, float]:
    """Return the percentiles of the samples that bound a 95 % interval.

    The usual percentiles are too narrow for few listeners, so they are moved outwards
    (Hesterberg, 2015, "expanded percentile interval").

    >>> [round(bound, 2) for bound in percentiles(16)]
    [1.39, 98.61]
    >>> [round(bound, 2) for bound in percentiles(1000)]
    [2.48, 97.52]
    """
    freedom = max(n_listeners - 1, 1)
    reach = np.sqrt(n_listeners / freedom) * t.isf(LEVEL / 2, freedom)
    low = 100.0 * float(norm.sf(reach))
    return low, 100.0 - low


def share(n_hits: int, n_listeners: int) -> Interval:
    """Return a share with its exact binomial 95 % interval (Clopper and Pearson, 1934)."""
    bounds = binomtest(n_hits, n_listeners).proportion_ci(1 - LEVEL, method="exact")
    return Interval(n_hits / n_listeners, float(bounds.low), float(bounds.high))
