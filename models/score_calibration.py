"""Calibration of classifier scores to probabilities."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Logits, Proba
from models.emotion import N_QUADRANTS, softmax

TEMPERATURES = (0.01, 100.0)
"""Search bounds: perfect and useless scores have no finite temperature."""
_SHIFT_PENALTY = 1e-3  # keeps the shift finite for a quadrant without labels


@dataclass(frozen=True, slots=True)
class Temperature:
    """Divides logits by one number, which changes confidence but not the order of quadrants.

    Attributes:
        value: Above 1 makes distributions flatter, below 1 sharper (Guo et al. 2017).

    >>> Temperature(2.0).logits(np.array([[4.0, 0.0, -2.0, 0.0]])).tolist()
    [[2.0, 0.0, -1.0, 0.0]]
    """

    value: float

    def logits(self, scores: Logits) -> Logits:
        """Return calibrated logits of the same shape."""
        return scores / self.value

    def proba(self, scores: Logits) -> Proba:
        """Return calibrated distributions of the same shape."""
        return softmax(self.logits(scores))


def fit_temperature(scores: Logits, y: IntVector) -> Temperature:
    """Fit the temperature by maximum likelihood.

    Args:
        scores: Logits or decision values ``(n_tracks, n_quadrants)`` of tracks that the classifier
            was not fitted on.
        y: Class indices ``(n_tracks,)``.
    """
    from scipy.optimize import minimize_scalar  # only training needs it, and it is slow to import

    # The negative log-likelihood is convex in 1/T; the search on a log scale covers four decades.
    low, high = (-float(np.log(bound)) for bound in reversed(TEMPERATURES))
    found = minimize_scalar(
        lambda log_sharpness: _nll(scores * np.exp(log_sharpness), y),
        bounds=(low, high),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return Temperature(float(np.exp(-found.x)))


@dataclass(frozen=True, slots=True, eq=False)
class ShiftedTemperature:
    """Divides logits by one number and adds one to each quadrant (Alexandari et al. 2020).

    The shift restores the quadrants' frequencies for classifiers with balanced class weights.

    Attributes:
        value: As in ``Temperature``.
        shift: Shape ``(n_quadrants,)``.
    """

    value: float
    shift: NDArray[np.float64]

    def logits(self, scores: Logits) -> Logits:
        """Return calibrated logits of the same shape."""
        return scores / self.value + self.shift

    def proba(self, scores: Logits) -> Proba:
        """Return calibrated distributions of the same shape."""
        return softmax(self.logits(scores))


def fit_shifted_temperature(scores: Logits, y: IntVector) -> ShiftedTemperature:
    """Fit temperature and shift by penalised maximum likelihood; see `fit_temperature`."""
    from scipy.optimize import minimize  # as above

    truth = np.eye(N_QUADRANTS)[y]

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        sharpness, shift = parameters[0], parameters[1:]
        logits = scores * sharpness + shift
        error = (softmax(logits) - truth) / len(y)
        gradient = np.r_[(error * scores).sum(), error.sum(axis=0) + _SHIFT_PENALTY * shift]
        return _nll(logits, y) + _SHIFT_PENALTY * float(shift @ shift) / 2.0, gradient

    low, high = (1.0 / bound for bound in reversed(TEMPERATURES))
    start = np.r_[1.0 / fit_temperature(scores, y).value, np.zeros(N_QUADRANTS)]
    bounds = [(low, high)] + [(None, None)] * N_QUADRANTS
    found = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B")
    return ShiftedTemperature(1.0 / float(found.x[0]), found.x[1:] - found.x[1:].mean())


def _nll(logits: Logits, y: IntVector) -> float:
    top = logits.max(axis=1)
    log_sum = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
    return float((log_sum - logits[np.arange(len(y)), y]).mean())
