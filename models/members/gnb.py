"""Gaussian naive Bayes over principal components; it learns from a user by merging moments.

Naive Bayes assumes independent features, so each fold whitens its embeddings first.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, MemberLogits
from models.emotion import N_QUADRANTS

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class GaussianNaiveBayes:
    """Naive Bayes with one normal distribution for each quadrant and component.

    Attributes:
        projection: Features to whitened principal components
            ``(n_folds, n_features, n_components)``.
        offset: Projection of the training tracks' mean, which is subtracted
            ``(n_folds, n_components)``.
        log_prior: Shape ``(n_folds, n_quadrants)``.
        mean: Shape ``(n_folds, n_quadrants, n_components)``.
        variance: Same shape as ``mean``, above 0.
        prior_strength: Pseudo-count of the parent in each quadrant, above 0.
    """

    projection: Singles
    offset: Singles
    log_prior: Floats
    mean: Floats
    variance: Floats
    prior_strength: float = 5.0

    def logits(self, x: FloatMatrix) -> MemberLogits:
        """Return joint log-likelihoods up to a constant."""
        # Expanding the square into matrix products avoids an array of tracks by quadrants by
        # components.
        components = self.components(x)
        precision = 1.0 / self.variance
        linear = components @ (self.mean * precision).swapaxes(1, 2)
        squared = components**2 @ precision.swapaxes(1, 2)
        constant = (self.mean**2 * precision + np.log(self.variance)).sum(axis=2)
        return np.asarray(self.log_prior[:, None] + linear - 0.5 * (squared + constant[:, None]))

    def components(self, x: FloatMatrix) -> Singles:
        """Return each fold's whitened components ``(n_folds, n_tracks, n_components)``."""
        return x @ self.projection - self.offset[:, None]

    def learn(self, x: FloatMatrix, y: IntVector, parent: MemberLogits) -> "GnbDelta":
        """Return the moments of a user's labelled tracks."""
        del parent
        one_hot = np.eye(N_QUADRANTS)[y]
        components = self.components(x).astype(np.float64)
        count = one_hot.sum(axis=0)
        mean = one_hot.T @ components / np.maximum(count, 1.0)[:, None]
        scatter = one_hot.T @ (components - mean[:, y]) ** 2
        # Single precision, so that a stored model equals the fitted one.
        return self.delta({"count": count, "mean": mean, "scatter": scatter})

    def delta(self, arrays: Mapping[str, NDArray[np.generic]]) -> "GnbDelta":
        """Restore a stored delta."""
        count, mean, scatter = (
            arrays[name].astype(np.float32) for name in ("count", "mean", "scatter")
        )
        return GnbDelta(self, count, mean, scatter)


@dataclass(frozen=True, slots=True, eq=False)
class GnbDelta:
    """The moments of a user's labelled tracks, without the parent's.

    Attributes:
        parent: The shared members.
        count: Labels in each quadrant ``(n_quadrants,)``.
        mean: Mean components ``(n_folds, n_quadrants, n_components)``; 0 without labels.
        scatter: Sum of squared deviations from ``mean``; same shape.
    """

    parent: GaussianNaiveBayes
    count: Singles
    mean: Singles
    scatter: Singles

    def logits(self, x: FloatMatrix, parent: MemberLogits) -> MemberLogits:
        """Return the joint log-likelihoods under the merged Gaussians."""
        del parent
        return self.merged().logits(x)

    def merged(self) -> GaussianNaiveBayes:
        """Merge the Gaussians of parent and user (Chan, Golub & LeVeque, 1983).

        The variance is a sum of non-negative terms and the parent's positive one, so that no
        cancellation can make it 0.
        """
        shared, weight = self.parent, self.parent.prior_strength
        count = self.count.astype(np.float64)[:, None]
        n = weight + count
        between = weight * count / n * (self.mean - shared.mean) ** 2
        prior = N_QUADRANTS * weight * np.exp(shared.log_prior) + self.count
        return GaussianNaiveBayes(
            projection=shared.projection,
            offset=shared.offset,
            log_prior=np.log(prior / prior.sum(axis=1, keepdims=True)),
            mean=(weight * shared.mean + count * self.mean) / n,
            variance=(weight * shared.variance + self.scatter + between) / n,
            prior_strength=weight,
        )

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return counts, means and scatter."""
        return {"count": self.count, "mean": self.mean, "scatter": self.scatter}
