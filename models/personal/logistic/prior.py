"""The prior of a listener: the distribution of answers before the first one.

::

    p_s(q)      ∝ v_s(q) + kappa · pi_s(q),   pi_s ∝ p0_s^gamma
    p(q | u, s) ∝ p_s(q) · exp(b_u(q) + w_u(q) · phi_s),   b ~ N(0, tau I),  w ~ N(0, omega I)

``v_s`` are other listeners' votes on track ``s``, ``p0_s`` is the population model's distribution,
``b_u`` the listener's level and ``w_u`` their taste over the components ``phi_s``. ``p_s`` is the
posterior mean under a Dirichlet prior around ``pi_s`` (Gelman et al. 2013, 3.4).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import Votes

Doubles = NDArray[np.float64]
LEAST_VARIANCE = 1e-6
"""Lower bound of a variance; the posterior divides by it."""


@dataclass(frozen=True, slots=True)
class Prior:
    """The four hyperparameters, learnt from listeners by marginal likelihood.

    Attributes:
        kappa: Weight of the population model in votes, above 0.
        gamma: Power of the population model: below 1 if single listeners answer less predictably
            than the model predicts.
        tau: Variance of a listener's level, in each quadrant's log-odds.
        omega: Variance of a listener's taste, for a track whose components have length 1.
    """

    kappa: float
    gamma: float
    tau: float
    omega: float

    def population(self, log_p0: Doubles) -> Doubles:
        """Return ``log pi``, the prior of a track without votes ``(..., n_quadrants)``.

        Args:
            log_p0: Log of the population model, up to a constant ``(..., n_quadrants)``.
        """
        return log_softmax(self.gamma * log_p0)

    def item(self, log_p0: Doubles, votes: Votes) -> Doubles:
        """Return ``log p_s``, the prior of a track given others' votes ``(n, n_quadrants)``.

        Args:
            log_p0: Log of the population model, up to a constant ``(n, n_quadrants)``.
            votes: Other listeners' votes ``(n, n_quadrants)``.
        """
        log_pi = self.population(log_p0)
        return log_pi + self.others(log_pi, votes)

    def others(self, log_pi: Doubles, votes: Votes) -> Doubles:
        """Return ``log p_s - log pi``, exactly 0 without votes ``(n, n_quadrants)``.

        Args:
            log_pi: Result of `population` ``(n, n_quadrants)``.
            votes: Other listeners' votes ``(n, n_quadrants)``.
        """
        agreed = np.log1p(votes / (self.kappa * np.exp(log_pi)))
        return np.asarray(agreed - np.log1p(votes.sum(axis=-1, keepdims=True) / self.kappa))

    def variances(self, n_components: int) -> Doubles:
        """Return the variance of a quadrant's weights, the level first ``(1 + n_components,)``."""
        taste = np.full(n_components, self.omega)
        return np.maximum(np.concatenate([[self.tau], taste]), LEAST_VARIANCE)

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the hyperparameters by name."""
        return {name: np.asarray(value) for name, value in asdict(self).items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> "Prior":
        """Return the prior that ``to_arrays`` wrote."""
        return cls(**{name: float(arrays[name]) for name in ("kappa", "gamma", "tau", "omega")})


SHIPPED = Prior(kappa=3.0, gamma=0.6, tau=0.4, omega=0.1)
"""The prior of snapshots that store none."""


def log_softmax(logits: Doubles) -> Doubles:
    """Return the log softmax of logits along the last axis."""
    # Quadrants are rows here: NumPy sums few long rows faster than many short ones.
    turned = np.array(np.moveaxis(logits, -1, 0), order="C")
    turned -= turned.max(axis=0)
    turned -= np.log(np.exp(turned).sum(axis=0))
    return np.moveaxis(turned, 0, -1)


def centred(log_odds: Doubles) -> Doubles:
    """Return log-odds minus their mean over the quadrants ``(..., n_quadrants)``."""
    return np.asarray(log_odds - log_odds.mean(axis=-1, keepdims=True))
