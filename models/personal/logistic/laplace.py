"""The modes of many listeners' weights at once, and the Laplace evidence of their answers.

Learning a prior needs the modes of all listeners under many priors, so this solver works on padded
batches. Its weights are divided by their standard deviations, so that a variance may be 0, and lie
along the three orthonormal directions of log-odds; the fourth changes no probability. The solver
for one listener, which is served, is in :mod:`models.personal.logistic.posterior`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.arrays import IntVector, Logits, Proba
from models.emotion import N_QUADRANTS
from models.personal.logistic.posterior import products
from models.personal.logistic.prior import Doubles
from models.population import AXES

N_DIRECTIONS = AXES.shape[1]
PRODUCTS = (AXES[:, :, None] * AXES[:, None, :]).reshape(N_QUADRANTS, -1)
"""Products of pairs of directions ``(n_quadrants, n_directions ** 2)``."""
_CELLS = 20_000  # answers in one batch with padding: some 20 MB
_LEAST_LENGTH, _PADDING = 4, 1.5  # a batch pads n answers to at most _LEAST_LENGTH + _PADDING * n
_STEPS = 30
_HALVINGS = 20
_TOLERANCE = 1e-6  # of a step; the error after it is about its square
_SLACK = 1e-9  # rounding of the objective near its maximum


@dataclass(frozen=True, eq=False)
class Batch:
    """Answers of several listeners, padded with 0 to one length.

    Attributes:
        y: The answers as distributions ``(n_listeners, n_answers, n_quadrants)``.
        design: ``(1, phi)`` of their tracks ``(n_listeners, n_answers, n_weights)``.
    """

    y: Proba
    design: Doubles

    @cached_property
    def squares(self) -> Doubles:
        """Products of pairs of the design ``(n_listeners, n_answers, n_weights ** 2)``."""
        return products(self.design, self.design)

    def start(self) -> Doubles:
        """Return initial weights of 0 ``(n_listeners, n_weights, n_directions)``."""
        n_listeners, _, n_weights = self.design.shape
        return np.zeros((n_listeners, n_weights, N_DIRECTIONS))


@dataclass(frozen=True, slots=True, eq=False)
class Modes:
    """The most probable weights of each listener of a batch.

    Attributes:
        weights: In standard deviations ``(n_listeners, n_weights, n_directions)``.
        proba: Of each answer's track under these weights
            ``(n_listeners, n_answers, n_quadrants)``.
        hessian: Negative Hessian of the log joint density over flat weights
            ``(n_listeners, n_weights * n_directions, n_weights * n_directions)``.
        log_evidence: Of each listener's answers, in nats ``(n_listeners,)``.
    """

    weights: Doubles
    proba: Proba
    hessian: Doubles
    log_evidence: Doubles


def batches(groups: Sequence[IntVector]) -> Iterator[tuple[IntVector, IntVector]]:
    """Yield batches of listeners with similar numbers of answers, of bounded size.

    Args:
        groups: Rows of each listener's answers ``(n_answers,)``.

    Yields:
        Places of a batch's groups among all ``(n_some,)``, and their rows, padded with -1
        ``(n_some, longest)``.
    """
    lengths = np.array([len(rows) for rows in groups], np.int64)
    order = np.argsort(lengths, kind="stable")
    while len(order):
        ordered = lengths[order]
        fits = ordered * np.arange(1, len(order) + 1) <= _CELLS
        n = max(1, int((fits & (ordered <= _LEAST_LENGTH + _PADDING * ordered[0])).sum()))
        some, order = order[:n], order[n:]
        padded = np.full((n, int(lengths[some].max())), -1, np.int64)
        for row, group in enumerate(some):
            padded[row, : lengths[group]] = groups[group]
        yield some, padded


def gathered(values: Doubles, rows: IntVector) -> Doubles:
    """Return values ``(n, width)`` at padded rows ``(..., width)``; 0 where the row is -1."""
    return np.asarray(np.where(rows[..., None] < 0, 0.0, values[rows]))


def find_modes(batch: Batch, log_prior: Logits, scale: Doubles, start: Doubles) -> Modes:
    """Return the most probable weights of each listener.

    Damped Newton steps on a concave objective (multinomial logistic regression; Bishop 2006,
    4.3.4), then Laplace's approximation of the evidence (4.4.1).

    Args:
        batch: The answers.
        log_prior: Log of the item prior, 0 as padding ``(n_listeners, n_answers, n_quadrants)``.
        scale: Standard deviation of each weight ``(n_weights,)``.
        start: Initial weights, in standard deviations.
    """
    problem = batch.y, batch.design * scale, log_prior
    weights = start
    value, proba = _objective(*problem, weights)
    for _ in range(_STEPS):
        gradient = problem[1].swapaxes(1, 2) @ ((batch.y - proba) @ AXES) - weights
        hessian = _hessian(batch, scale, proba)
        flat = np.linalg.solve(hessian, gradient.reshape(len(weights), -1, 1))
        step = np.asarray(flat, np.float64).reshape(weights.shape)
        weights, value, proba = _damped(problem, weights, step, value)
        if np.abs(step).max() < _TOLERANCE:
            break
    hessian = _hessian(batch, scale, proba)
    _, log_volume = np.linalg.slogdet(hessian)
    return Modes(weights, proba, hessian, value - 0.5 * log_volume)


def _objective(
    y: Proba, design: Doubles, log_prior: Logits, weights: Doubles
) -> tuple[Doubles, Proba]:
    """Return the log joint density of each listener up to a constant, and the probabilities."""
    logits = log_prior + design @ weights @ AXES.T
    logits -= logits.max(axis=-1, keepdims=True)
    proba = np.exp(logits)
    total = proba.sum(axis=-1, keepdims=True)
    fit = (y * (logits - np.log(total))).sum(axis=(1, 2))
    return fit - 0.5 * (weights**2).sum(axis=(1, 2)), proba / total


def _hessian(batch: Batch, scale: Doubles, proba: Proba) -> Doubles:
    n_listeners, n_weights, size = len(proba), len(scale), len(scale) * N_DIRECTIONS
    mean = proba @ AXES
    spread = proba @ PRODUCTS - products(mean, mean)
    blocks = (batch.squares.swapaxes(1, 2) @ spread) * np.outer(scale, scale).reshape(-1, 1)
    shape = n_listeners, n_weights, n_weights, N_DIRECTIONS, N_DIRECTIONS
    hessian = blocks.reshape(shape).swapaxes(2, 3).reshape(n_listeners, size, size)
    hessian[:, range(size), range(size)] += 1.0
    return np.asarray(hessian)


def _damped(
    problem: tuple[Proba, Doubles, Logits], weights: Doubles, step: Doubles, value: Doubles
) -> tuple[Doubles, Doubles, Proba]:
    """Take a step, halved for listeners until their density does not fall."""
    share = np.ones((len(weights), 1, 1))
    after, proba = _objective(*problem, weights + step)
    for _ in range(_HALVINGS):
        falls = after < value - _SLACK
        if not falls.any():
            break
        share[falls] /= 2.0
        after, proba = _objective(*problem, weights + share * step)
    return weights + share * step, after, proba
