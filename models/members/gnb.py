"""Gaussian naive Bayes over principal components; it learns from a listener by merging moments.

Naive Bayes takes features for independent; embeddings are anything but, so each fold sees them
through its own whitening.
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
    """Naive Bayes with one normal a quadrant and component.

    Attributes:
        projection: Features to whitened principal components
            ``(n_folds, n_features, n_components)``.
        offset: What is then subtracted ``(n_folds, n_components)``: the projection of the training
            tracks' mean.
        log_prior: Shape ``(n_folds, n_quadrants)``.
        mean: Shape ``(n_folds, n_quadrants, n_components)``.
        variance: Like ``mean``, above 0.
        prior_strength: How many answers the parent is worth within each quadrant when a
            listener's are added; above 0.
    """

    projection: Singles
    offset: Singles
    log_prior: Floats
    mean: Floats
    variance: Floats
    prior_strength: float = 5.0

    def logits(self, x: FloatMatrix) -> MemberLogits:
        """Return joint log-likelihoods up to a constant."""
        # The square is multiplied out into matrix products: no array of tracks by quadrants by
        # components is made.
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
        """Return the listener's own moments."""
        del parent
        one_hot = np.eye(N_QUADRANTS)[y]
        components = self.components(x).astype(np.float64)
        count = one_hot.sum(axis=0)
        mean = one_hot.T @ components / np.maximum(count, 1.0)[:, None]
        scatter = one_hot.T @ (components - mean[:, y]) ** 2
        # Single precision from the start: a model that is read back is the one that was learnt.
        return self.delta({"count": count, "mean": mean, "scatter": scatter})

    def delta(self, arrays: Mapping[str, NDArray[np.generic]]) -> "GnbDelta":
        """Return the delta that was stored as these arrays."""
        count, mean, scatter = (
            arrays[name].astype(np.float32) for name in ("count", "mean", "scatter")
        )
        return GnbDelta(self, count, mean, scatter)


@dataclass(frozen=True, slots=True, eq=False)
class GnbDelta:
    """The moments of a listener's answers, apart from the parent's.

    Attributes:
        parent: The shared members.
        count: Answers in each quadrant ``(n_quadrants,)``.
        mean: Of the answered tracks' components ``(n_folds, n_quadrants, n_components)``; 0 in a
            quadrant that was not answered.
        scatter: The sum of their squared deviations from it, like ``mean``.
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
        """Return the Gaussians of parent and listener together (Chan, Golub & LeVeque, 1983).

        The variance is a sum of terms that are not negative, the parent's above 0: however far
        from the parent a listener's tracks lie, no cancellation can make it 0.
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
