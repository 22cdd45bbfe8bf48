"""Gaussian naive Bayes over principal components, and how it learns from a listener by adding up moments.

Naive Bayes takes features for independent; embeddings are anything but, so each fold sees them through its own whitening.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, MemberLogits
from models.emotion import N_QUADRANTS
from models.members.family import FoldFeatures

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class GaussianNaiveBayes:
    """Naive Bayes with one normal a quadrant and component.

    Attributes:
        projection: Standardised features to whitened principal components ``(n_folds, n_features, n_components)``.
        log_prior: Shape ``(n_folds, n_quadrants)``.
        mean: Shape ``(n_folds, n_quadrants, n_components)``.
        variance: Like ``mean``.
        prior_strength: How many answers the parent is worth within each quadrant when a listener's are added.
    """

    projection: Floats
    log_prior: Floats
    mean: Floats
    variance: Floats
    prior_strength: float = 20.0

    def logits(self, z: FoldFeatures) -> MemberLogits:
        """Return the joint log-likelihood up to a constant, ``(n_folds, n_tracks, n_quadrants)``."""
        # The square is multiplied out into two matrix products: no (tracks x quadrants x components) array is made.
        components = z @ self.projection
        precision = 1.0 / self.variance
        linear = components @ (self.mean * precision).swapaxes(1, 2)
        squared = components**2 @ precision.swapaxes(1, 2)
        constant = (self.mean**2 * precision + np.log(self.variance)).sum(axis=2)
        return np.asarray(self.log_prior[:, None] + linear - 0.5 * (squared + constant[:, None]))

    def learn(self, z: FoldFeatures, y: IntVector, parent: MemberLogits) -> "GnbDelta":
        """Return the listener's own moments."""
        del parent
        one_hot = np.eye(N_QUADRANTS)[y]
        components = z @ self.projection
        # Single precision from the start: a model read back from the store is the model that was learnt, bit for bit.
        return GnbDelta(
            parent=self,
            count=one_hot.sum(axis=0).astype(np.float32),
            total=(one_hot.T @ components).astype(np.float32),
            squares=(one_hot.T @ components**2).astype(np.float32),
        )

    def delta(self, arrays: dict[str, NDArray[np.generic]]) -> "GnbDelta":
        """Return the delta that was stored as these arrays."""
        return GnbDelta(
            self, *(arrays[name].astype(np.float32) for name in ("count", "total", "squares"))
        )


@dataclass(frozen=True, slots=True, eq=False)
class GnbDelta:
    """A listener's sufficient statistics: they add to the parent's, so an answer can be taken back exactly.

    Attributes:
        parent: The shared members.
        count: Answers in each quadrant ``(n_quadrants,)``.
        total: Sum of the answered tracks' components ``(n_folds, n_quadrants, n_components)``.
        squares: Sum of their squares, like ``total``.
    """

    parent: GaussianNaiveBayes
    count: NDArray[np.float32]
    total: NDArray[np.float32]
    squares: NDArray[np.float32]

    def logits(self, z: FoldFeatures, parent: MemberLogits) -> MemberLogits:
        """Return the logits of the merged Gaussians."""
        del parent
        return self._merged().logits(z)

    def _merged(self) -> GaussianNaiveBayes:
        """Return the Gaussians of parent and listener together: moments weighted by their counts."""
        shared = self.parent
        weight = shared.prior_strength
        n = (weight + self.count)[None, :, None]
        mean = (weight * shared.mean + self.total) / n
        second = (weight * (shared.variance + shared.mean**2) + self.squares) / n
        prior = N_QUADRANTS * weight * np.exp(shared.log_prior) + self.count
        return GaussianNaiveBayes(
            projection=shared.projection,
            log_prior=np.log(prior / prior.sum(axis=1, keepdims=True)),
            mean=mean,
            variance=second - mean**2,
            prior_strength=weight,
        )

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return counts and sums."""
        return {"count": self.count, "total": self.total, "squares": self.squares}
