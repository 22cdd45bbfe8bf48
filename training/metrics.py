"""How good predictions are, and how sure of that we may be."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Proba
from models.emotion import N_QUADRANTS

N_BINS = 15
N_SAMPLES = 2000
LEAST_PROBA = 1e-12  # one certain mistake must not make a mean infinite

Weights: TypeAlias = NDArray[np.float64]
Metric: TypeAlias = Callable[[IntVector, Proba, Weights], Weights]
"""Labels ``(n_tracks,)``, distributions ``(n_tracks, n_quadrants)`` and weights ``(n_samples,
n_tracks)``, how often each track counts in each sample, to one figure for each sample
``(n_samples,)``. Weights are what makes the bootstrap fast."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and the bounds of its 95 % interval."""

    estimate: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return the figure and its bounds to three digits."""
        return f"{self.estimate:z.3f} [{self.low:z.3f}, {self.high:z.3f}]"


def confusion(y: IntVector, proba: Proba) -> NDArray[np.int64]:
    """Return how often each quadrant (row) was answered with each (column)."""
    counts = np.zeros((N_QUADRANTS, N_QUADRANTS), dtype=np.int64)
    np.add.at(counts, (y, proba.argmax(axis=1)), 1)
    return counts


def accuracy(y: IntVector, proba: Proba, weights: Weights) -> Weights:
    """Return the share of tracks whose likeliest quadrant is theirs."""
    return _mean(proba.argmax(axis=1) == y, weights)


def weighted_f1(y: IntVector, proba: Proba, weights: Weights) -> Weights:
    """Return the F1 score of each quadrant, averaged by how many tracks are truly there."""
    answered = proba.argmax(axis=1)
    total = np.zeros(len(weights))
    for k in range(N_QUADRANTS):
        hit = weights @ ((y == k) & (answered == k)).astype(float)
        true = weights @ (y == k).astype(float)
        said = weights @ (answered == k).astype(float)
        total += true * _ratio(2.0 * hit, true + said)
    return _ratio(total, weights.sum(axis=1))


def macro_f1(y: IntVector, proba: Proba, weights: Weights) -> Weights:
    """Return the F1 score of each quadrant, averaged with equal weights.

    It tells accuracy that comes from ignoring rare quadrants. A quadrant without tracks counts 0.
    """
    answered = proba.argmax(axis=1)
    total = np.zeros(len(weights))
    for k in range(N_QUADRANTS):
        hit = weights @ ((y == k) & (answered == k)).astype(float)
        told = weights @ (y == k).astype(float) + weights @ (answered == k).astype(float)
        total += _ratio(2.0 * hit, told)
    return np.asarray(total / N_QUADRANTS)


def nll(y: IntVector, proba: Proba, weights: Weights) -> Weights:
    """Return the mean negative log-likelihood in nats; ln 4 = 1.386 is no idea."""
    return _mean(-np.log(np.maximum(proba[np.arange(len(y)), y], LEAST_PROBA)), weights)


def brier(y: IntVector, proba: Proba, weights: Weights) -> Weights:
    """Return the mean squared distance to the one-hot truth, in [0, 2] (Brier, 1950)."""
    return _mean(((proba - np.eye(N_QUADRANTS)[y]) ** 2).sum(axis=1), weights)


def ece(y: IntVector, proba: Proba, weights: Weights) -> Weights:
    """Return the expected calibration error of the likeliest quadrant (Naeini et al. 2015).

    The mean of ``|accuracy - confidence|`` over 15 bins of equal mass: tracks sorted by confidence
    and cut evenly, so that no bin is empty. The bins are cut once, on the tracks as given; the
    bootstrap weighs tracks within them. With n tracks a perfectly calibrated forecast still scores
    about ``0.4 * sqrt(15 / n)``: compare, do not expect zero.
    """
    gap = (proba.argmax(axis=1) == y) - proba.max(axis=1)
    total = np.zeros(len(weights))
    for members in equal_mass_bins(proba):
        total += np.abs(weights[:, members] @ gap[members])
    return _ratio(total, weights.sum(axis=1))


@dataclass(frozen=True, slots=True)
class Bin:
    """Tracks of about the same confidence.

    Attributes:
        n: How many.
        confidence: Mean probability of their likeliest quadrants.
        accuracy: Share of them whose likeliest quadrant is theirs.
    """

    n: int
    confidence: float
    accuracy: float


def reliability(y: IntVector, proba: Proba, n_bins: int) -> list[Bin]:
    """Return confidence and accuracy in bins of equal mass, the least sure first."""
    order = np.argsort(proba.max(axis=1), kind="stable")
    hit, confidence = proba.argmax(axis=1) == y, proba.max(axis=1)
    return [
        Bin(len(part), float(confidence[part].mean()), float(hit[part].mean()))
        for part in np.array_split(order, min(n_bins, len(order)))
    ]


def equal_mass_bins(proba: Proba) -> list[IntVector]:
    """Return positions cut into at most 15 bins of nearly equal size, the least sure first."""
    by_confidence = np.argsort(proba.max(axis=1), kind="stable")
    return np.array_split(by_confidence, min(N_BINS, len(proba)))


def score(metric: Metric, y: IntVector, proba: Proba) -> float:
    """Return a metric in which every track counts once."""
    return float(metric(y, proba, np.ones((1, len(y))))[0])


def bootstrap_by_group(
    metric: Metric, y: IntVector, proba: Proba, groups: IntVector, rng: np.random.Generator
) -> Interval:
    """Return a metric and its 95 % percentile interval, resampling whole artists."""
    samples = metric(y, proba, _resample(groups, rng))
    return _interval(score(metric, y, proba), samples)


def bootstrap_difference(
    metric: Metric,
    y: IntVector,
    pair: tuple[Proba, Proba],
    groups: IntVector,
    rng: np.random.Generator,
) -> Interval:
    """Return how far the first of two predictions is above the second, on the same samples."""
    weights = _resample(groups, rng)
    first, second = pair
    samples = metric(y, first, weights) - metric(y, second, weights)
    return _interval(score(metric, y, first) - score(metric, y, second), samples)


def _resample(groups: IntVector, rng: np.random.Generator) -> Weights:
    """Return how often each track is in each sample of artists, ``(n_samples, n_tracks)``."""
    _, group = np.unique(groups, return_inverse=True)
    n_groups = int(group.max()) + 1
    counts = rng.multinomial(n_groups, np.full(n_groups, 1.0 / n_groups), size=N_SAMPLES)
    return counts[:, group].astype(np.float64)


def _interval(estimate: float, samples: Weights) -> Interval:
    low, high = np.percentile(samples, [2.5, 97.5])
    return Interval(estimate, float(low), float(high))


def _mean(value: NDArray[np.generic], weights: Weights) -> Weights:
    return _ratio(weights @ value.astype(np.float64), weights.sum(axis=1))


def _ratio(top: Weights, bottom: Weights) -> Weights:
    return np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)
