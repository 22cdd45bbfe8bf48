"""The calibrated logarithmic opinion pool: the default fusion."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from models.arrays import Proba
from models.emotion import Modality, softmax
from models.fusion.evidence import Arrays, Evidence, log_proba


@dataclass(frozen=True, slots=True, eq=False)
class LogOpinionPool:
    """Multiplies distributions, each raised to a weight (Genest & Zidek, 1986).

    ``p(q) ~ prior(q)^(1 - sum w_m) * prod p_m(q)^(w_m)``. With weights of 1 this is Bayes' rule
    for independent modalities, each of which includes the prior; weights below 1 allow for their
    dependence. A missing modality drops its term and the others keep their weights, so less
    evidence gives a distribution closer to the prior.

    Attributes:
        weights: Shape ``(n_modalities,)``, audio first, at least 0.
        prior: Shape ``(n_quadrants,)``, above 0, sums to 1.
    """

    weights: NDArray[np.float64]
    prior: NDArray[np.float64]
    requires: ClassVar[frozenset[Modality]] = frozenset()

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Return the fusion that ``to_arrays`` wrote."""
        return cls(*(np.asarray(arrays[name], dtype=np.float64) for name in ("weights", "prior")))

    def fuse(self, evidence: Evidence) -> Proba:
        prior = np.log(self.prior)
        weights = dict(zip(Modality, self.weights, strict=True))
        terms = [
            weights[modality] * (log_proba(evidence.proba[modality]) - prior)
            for modality in evidence.present()
        ]
        return softmax(prior + sum(terms))

    def to_arrays(self) -> Arrays:
        return {"weights": self.weights, "prior": self.prior}
