"""Empirical Bayes: the prior that maximises the evidence of many listeners' answers.

The evidence is the probability of a listener's answers with level and taste integrated out
(Laplace's approximation; Bishop 2006, 4.4.1), given *other* listeners' votes on the same tracks: a
composite likelihood (Varin, Reid and Firth 2011). It is averaged over densities of others' votes,
from none to many, so that one prior fits tracks with few and with many votes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.arrays import IntVector, Proba, Votes
from models.personal.logistic.evidence_gradient import evidence_slopes
from models.personal.logistic.laplace import Batch, batches, find_modes, gathered
from models.personal.logistic.prior import Doubles, Prior

MOST_ANSWERS = 100
"""Number of a listener's last answers that count."""
NAMES = ("kappa", "gamma", "tau", "omega")
LEAST = Prior(kappa=0.05, gamma=0.05, tau=1e-3, omega=1e-4)
"""Lower bounds of the fit, small enough to have no effect."""
MOST = Prior(kappa=100.0, gamma=4.0, tau=10.0, omega=10.0)
_DIGITS = 4  # significant digits; the order of sums changes later ones
_STEPS = 60
_TOLERANCE = {"ftol": 1e-7, "gtol": 1e-5}


@dataclass(frozen=True, eq=False)
class StudyEvidence:
    """Many listeners' answers, each listener's in chronological order.

    Attributes:
        listener: Listener of each answer, by any name or number ``(n_answers,)``.
        log_p0: Log of the population model for the track ``(n_answers, n_quadrants)``.
        phi: The track's components on which taste depends ``(n_answers, n_components)``.
        e: The answers as distributions ``(n_answers, n_quadrants)``.
        others: Others' votes on the track, for each density
            ``(n_densities, n_answers, n_quadrants)``.
    """

    listener: IntVector
    log_p0: Doubles
    phi: Doubles
    e: Proba
    others: Votes

    @cached_property
    def groups(self) -> list[IntVector]:
        """Rows of each listener's last answers, in the order of listeners."""
        order = np.argsort(self.listener, kind="stable")
        starts = np.flatnonzero(np.diff(self.listener[order])) + 1
        return [rows[-MOST_ANSWERS:] for rows in np.split(order, starts) if len(rows)]

    @property
    def n_answers(self) -> int:
        """The number of answers that count."""
        return sum(len(rows) for rows in self.groups)


def log_evidence(studied: StudyEvidence, prior: Prior) -> float:
    """Return the mean log evidence of an answer, in nats, over all densities of votes."""
    return _Search(studied).evidence(prior)[0]


def fit_prior(
    studies: Sequence[StudyEvidence], start: Prior, *, shrinkage: float | None = None
) -> Prior:
    """Return the prior of the highest mean evidence of an answer, averaged over studies.

    Args:
        studies: At least one, each with at least one answer.
        start: Initial value of the search.
        shrinkage: Standard deviation of a normal prior on each number's logarithm around that of
            ``start``, which regularises fits to few listeners. None for no regularisation.
    """
    searches = [_Search(studied) for studied in studies]
    low, origin, high = (_logs(prior) for prior in (LEAST, start, MOST))
    origin = np.clip(origin, low, high)
    n_answers = sum(search.n_answers for search in searches)
    stiffness = 0.0 if shrinkage is None else 0.5 / (shrinkage**2 * n_answers)

    def loss(logs: Doubles) -> tuple[float, Doubles]:
        evidence = [search.evidence(_prior(logs)) for search in searches]
        mean = float(np.mean([nats for nats, _ in evidence]))
        slopes = np.mean([slopes for _, slopes in evidence], axis=0)
        moved = logs - origin
        return stiffness * float(moved @ moved) - mean, 2.0 * stiffness * moved - slopes

    from scipy.optimize import minimize  # imported here: slow, and only calibration needs it

    bounds = list(zip(low, high, strict=True))
    options = {"maxiter": _STEPS, **_TOLERANCE}
    found = minimize(loss, origin, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return _rounded(_prior(found.x))


class _Search:
    """The evidence of one study under successive priors; each search starts at the last modes."""

    def __init__(self, studied: StudyEvidence) -> None:
        self.n_answers = studied.n_answers
        self._studied = studied
        self._rows, self._batches, self._starts = [], [], []
        design = np.column_stack([np.ones(len(studied.e)), studied.phi])
        for _, rows in batches(studied.groups):
            batch = Batch(gathered(studied.e, rows), gathered(design, rows))
            self._rows.append(rows)
            self._batches.append(batch)
            self._starts.append([batch.start() for _ in studied.others])

    def evidence(self, prior: Prior) -> tuple[float, Doubles]:
        """Return the mean log evidence of an answer over all densities, and its derivatives.

        The derivatives are with respect to the logarithms of the four hyperparameters.
        """
        scale = np.sqrt([prior.tau, *[prior.omega] * self._studied.phi.shape[1]])
        nats, slopes = 0.0, np.zeros(len(NAMES))
        for density, others in enumerate(self._studied.others):
            item, by_kappa, by_gamma = _item(prior, self._studied.log_p0, others)
            for rows, batch, starts in zip(self._rows, self._batches, self._starts, strict=True):
                modes = find_modes(batch, gathered(item, rows), scale, starts[density])
                starts[density] = modes.weights
                nats += float(modes.log_evidence.sum())
                items = np.stack([gathered(by_kappa, rows), gathered(by_gamma, rows)])
                slopes += evidence_slopes(batch, scale, modes, items)
        n = self.n_answers * len(self._studied.others)
        return nats / n, slopes / n


def _item(prior: Prior, log_p0: Doubles, votes: Votes) -> tuple[Doubles, Doubles, Doubles]:
    """Return the log item prior, and its derivatives wrt the logarithms of kappa and gamma."""
    proba = np.exp(prior.population(log_p0))
    total = votes.sum(axis=-1, keepdims=True) + prior.kappa
    share = prior.kappa * proba / (votes + prior.kappa * proba)
    surprise = log_p0 - (proba * log_p0).sum(axis=-1, keepdims=True)
    return prior.item(log_p0, votes), share - prior.kappa / total, share * prior.gamma * surprise


def _logs(prior: Prior) -> Doubles:
    """Return the logarithms of the hyperparameters, finite for a variance of 0 ``(4,)``."""
    numbers = np.array([getattr(prior, name) for name in NAMES])
    return np.asarray(np.log(np.maximum(numbers, np.finfo(np.float64).tiny)))


def _prior(logs: Doubles) -> Prior:
    return Prior(**dict(zip(NAMES, np.exp(logs).tolist(), strict=True)))


def _rounded(prior: Prior) -> Prior:
    return Prior(**{name: float(f"{getattr(prior, name):.{_DIGITS}g}") for name in NAMES})
