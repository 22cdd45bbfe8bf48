"""Paired comparison of personal and population forecasts of the same answers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, stdtrit

from service.evaluation.prequential import PrequentialRecord

_UPPER = 0.975
_SMALLEST = 1e-12
"""Lower bound of a stored probability: a forecast of 0 must not make the mean infinite."""


@dataclass(frozen=True, slots=True)
class MeanDifference:
    """Mean of paired differences with Student's 95 % confidence interval.

    Attributes:
        n: Number of differences.
        value: Their mean.
        low: Lower bound; None, as is ``high``, for fewer than two differences.
    """

    n: int
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class PairedComparison:
    """Correctness of the personal and the population forecast of the same answers.

    Attributes:
        both: Answers that both forecast correctly.
        only_personal: Answers that only the personal model forecast correctly.
        only_population: Answers that only the population model forecast correctly.
        neither: Answers that neither forecast correctly.
        p_value: Exact two-sided McNemar test; 1 if the models are never correct on different
            answers.
        log_likelihood: Personal minus population log-probability of the answered quadrant, in nats
            an answer; None without stored probabilities.
    """

    both: int
    only_personal: int
    only_population: int
    neither: int
    p_value: float
    log_likelihood: MeanDifference | None

    @property
    def n(self) -> int:
        """Number of answers."""
        return self.both + self.only_personal + self.only_population + self.neither


def paired(prequential_records: Sequence[PrequentialRecord]) -> PairedComparison:
    """Return the paired comparison of one user's forecasts.

    Only answers on which exactly one forecast was correct tell which model is better (McNemar
    1947). Corrected answers count too, but have no stored probability.

    Args:
        prequential_records: Records of one user.
    """
    personal = np.array([each.forecast == each.quadrant for each in prequential_records], np.bool_)
    population = np.array(
        [each.forecast_population == each.quadrant for each in prequential_records], np.bool_
    )
    only_personal = int((personal & ~population).sum())
    only_population = int((population & ~personal).sum())
    return PairedComparison(
        both=int((personal & population).sum()),
        only_personal=only_personal,
        only_population=only_population,
        neither=int((~personal & ~population).sum()),
        p_value=mcnemar(only_personal, only_population),
        log_likelihood=mean_difference(_log_ratios(prequential_records)),
    )


def mcnemar(n_first: int, n_second: int) -> float:
    """Return the exact two-sided p-value of McNemar's test.

    Args:
        n_first: Pairs in which only the first is correct.
        n_second: Pairs in which only the second is correct.

    >>> mcnemar(0, 5), mcnemar(3, 3), mcnemar(0, 0)
    (0.0625, 1.0, 1.0)
    """
    return min(1.0, 2.0 * float(bdtr(min(n_first, n_second), n_first + n_second, 0.5)))


def mean_difference(differences: NDArray[np.float64]) -> MeanDifference | None:
    """Return the mean of differences ``(n,)`` with its interval; None without any."""
    n = len(differences)
    if not n:
        return None
    value = float(differences.mean())
    if n == 1:
        return MeanDifference(n, value, None, None)
    margin = float(stdtrit(n - 1, _UPPER) * differences.std(ddof=1)) / math.sqrt(n)
    return MeanDifference(n, value, value - margin, value + margin)


def _log_ratios(prequential_records: Sequence[PrequentialRecord]) -> NDArray[np.float64]:
    kept = [
        (each.p, each.p_population)
        for each in prequential_records
        if each.p is not None and each.p_population is not None
    ]
    proba = np.array(kept, np.float64).reshape(-1, 2)
    return -np.diff(np.log(np.maximum(proba, _SMALLEST)), axis=1)[:, 0]
