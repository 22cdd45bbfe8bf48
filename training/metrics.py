"""Metrics of predictions, with bootstrap intervals."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Proba
from models.emotion import N_QUADRANTS

N_BINS = 15
N_SAMPLES = 2000
LEAST_PROBA = 1e-12  # keeps the mean finite when the true quadrant has probability 0

Weights: TypeAlias = NDArray[np.float64]
Metric: TypeAlias = Callable[[IntVector, Proba, Weights], Weights]
"""Maps labels ``(n_tracks,)``, distributions ``(n_tracks, n_quadrants)`` and weights ``(n_samples,
n_tracks)`` to one figure for each sample ``(n_samples,)``. A weight is how often a track is in a
bootstrap sample: weighting is faster than copying tracks."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its 95 % interval."""

    estimate: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return the estimate and its bounds to three digits."""
        return f"{self.estimate:z.3f} [{self.low:z.3f}, {self.high:z.3f}]"


def confusion(y: IntVector, proba: Proba) -> NDArray[np.int64]:
    """Return how often each true quadrant (row) was predicted as each quadrant (column)."""
    counts = np.zeros((N_QUADRANTS, N_QUADRANTS), dtype=np.int64)
    np.add.at(counts, (y, proba.argmax(axis=1)), 1)
    return counts


def accuracy(y: IntVector, proba: Proba, weights: Weights) -> Weights:
    """Return the share of tracks whose most likely quadrant is the label."""
    return _mean(proba.argmax(axis=1) == y, weights)


def weighted_f1(y: IntVector, proba: Proba, weights: Weights) -> Weights:
    """Return the mean F1 score of the quadrants, weighted by their numbers of labels."""
    predicted = proba.argmax(axis=1)
    total = np.zeros(len(weights))
    for k in range(N_QUADRANTS):
        n_hit = weights @ ((y == k) & (predicted == k)).astype(float)
        n_true = weights @ (y == k).astype(float)
        n_predicted = weights @ (predicted == k).astype(float)
        total += n_true * _ratio(2.0 * n_hit, n_true + n_predicted)
    return _ratio(total, weights.sum(axis=1))


def macro_f1(y: IntVector, proba: Proba, weights: Weights) -> Weights:
    """Return the unweighted mean F1 score of the quadrants; one without tracks counts 0.

    A model that ignores rare quadrants can have a high accuracy, but not a high macro F1.
    """
    predicted = proba.argmax(axis=1)
    total = np.zeros(len(weights))
    for k in range(N_QUADRANTS):
        n_hit = weights @ ((y == k) & (predicted == k)).astype(float)
        n_both = weights @ (y == k).astype(float) + weights @ (predicted == k).astype(float)
        total += _ratio(2.0 * n_hit, n_both)
    return np.asarray(total / N_QUADRANTS)


def nll(y: IntVector, proba: Proba, weights: Weights) -> Weights:
    """Return the mean negative log-likelihood in nats; uniform forecasts score ln 4 = 1.386."""
    return _mean(-np.log(np.maximum(proba[np.arange(len(y)), y], LEAST_PROBA)), weights)


def brier(y: IntVector, proba: Proba, weights: Weights) -> Weights:
    """Return the mean squared distance to the one-hot truth, in [0, 2] (Brier, 1950)."""
    return _mean(((proba - np.eye(N_QUADRANTS)[y]) ** 2).sum(axis=1), weights)


def ece(y: IntVector, proba: Proba, weights: Weights) -> Weights:
    """Return the expected calibration error of the most likely quadrant (Naeini et al. 2015).

    The mean of ``|accuracy - confidence|`` over 15 bins of equal mass, so that no bin is empty.
    All bootstrap samples share the bins of the full set. With n tracks, a perfectly calibrated
    forecast scores about ``0.4 * sqrt(15 / n)``, not 0.
    """
    gap = (proba.argmax(axis=1) == y) - proba.max(axis=1)
    total = np.zeros(len(weights))
    for members in equal_mass_bins(proba):
        total += np.abs(weights[:, members] @ gap[members])
    return _ratio(total, weights.sum(axis=1))


@dataclass(frozen=True, slots=True)
class Bin:
    """A bin of tracks with similar confidence.

    Attributes:
        n: Number of tracks.
        confidence: Mean probability of the most likely quadrants.
        accuracy: Share of tracks whose most likely quadrant is the label.
    """

    n: int
    confidence: float
    accuracy: float


def reliability(y: IntVector, proba: Proba, n_bins: int) -> list[Bin]:
    """Return confidence and accuracy in bins of equal mass, in ascending confidence."""
    order = np.argsort(proba.max(axis=1), kind="stable")
    hit, confidence = proba.argmax(axis=1) == y, proba.max(axis=1)
    return [
        Bin(len(part), float(confidence[part].mean()), float(hit[part].mean()))
        for part in np.array_split(order, min(n_bins, len(order)))
    ]


def equal_mass_bins(proba: Proba) -> list[IntVector]:
    """Return positions in at most 15 bins of nearly equal size, in ascending confidence."""
    by_confidence = np.argsort(proba.max(axis=1), kind="stable")
    return np.array_split(by_confidence, min(N_BINS, len(proba)))


def score(metric: Metric, y: IntVector, proba: Proba) -> float:
    """Return a metric's value; each track counts once."""
    return float(metric(y, proba, np.ones((1, len(y))))[0])


def bootstrap_by_group(
    metric: Metric, y: IntVector, proba: Proba, groups: IntVector, rng: np.random.Generator
) -> Interval:
    """Return a metric and its 95 % percentile interval; bootstrap samples are of artists."""
    samples = metric(y, proba, _resample(groups, rng))
    return _interval(score(metric, y, proba), samples)


def bootstrap_difference(
    metric: Metric,
    y: IntVector,
    pair: tuple[Proba, Proba],
    groups: IntVector,
    rng: np.random.Generator,
) -> Interval:
    """Return the difference of a metric, first minus second prediction, on the same samples."""
    weights = _resample(groups, rng)
    first, second = pair
    samples = metric(y, first, weights) - metric(y, second, weights)
    return _interval(score(metric, y, first) - score(metric, y, second), samples)


def _resample(groups: IntVector, rng: np.random.Generator) -> Weights:
    """Return how often each track is in each sample of artists ``(n_samples, n_tracks)``."""
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
