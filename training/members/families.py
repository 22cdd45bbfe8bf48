"""Fits a family: one algorithm on the training part of each fold.

A fold that lacks a quadrant is fitted to the others; the missing one keeps a small probability.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xgboost
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.decomposition import PCA
from sklearn.linear_model import SGDClassifier
from sklearn.naive_bayes import GaussianNB

from models.arrays import FloatMatrix, IntVector
from models.emotion import N_QUADRANTS
from models.members import (
    BoostedTrees,
    Family,
    GaussianNaiveBayes,
    LogisticRegressionSgd,
    RbfSvms,
)
from models.members.booster import Booster
from training.members.svm import balanced, fit_rbf_svm

ALGORITHMS = ("gnb", "sgd", "xgb", "svm")
_LEAST_SCALE = 1e-6
_PSEUDO_COUNT = 0.5  # added to each quadrant if one has no track (Jeffreys' prior)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Hyperparameters of a committee, the same in every fold.

    They were chosen once, with cross-validated figures of these datasets.

    Attributes:
        algorithms: The committee's families, in this order.
        n_components: Largest number of whitened principal components for naive Bayes.
        sgd_alpha: Strength of the L2 penalty.
        sgd_epochs: Passes over the data; the weights are averaged over them.
        xgb_rounds: Trees per quadrant.
        svm_c: Penalty of a violated margin.
        svm_width: Kernel coefficient, as a multiple of ``1 / n_features``; None: ``scale`` of
            ``training.members.svm.fit_rbf_svm``.
        svm_shift: Whether to restore the quadrants' frequencies, which balancing removes, by a
            shift of the intercepts that is fitted out of fold.
        most_weight: Largest weight of a track when the quadrants of each corpus are balanced;
            None: no balancing.
        aligns_corpora: Whether to align each corpus' features to the reference corpus.
    """

    algorithms: tuple[str, ...] = ALGORITHMS
    n_components: int = 50
    sgd_alpha: float = 0.1
    sgd_epochs: int = 30
    xgb_rounds: int = 120
    xgb_learning_rate: float = 0.08
    xgb_depth: int = 3
    svm_c: float = 1.0
    svm_width: float | None = None
    svm_shift: bool = False
    most_weight: float | None = None
    aligns_corpora: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A fold's training tracks.

    Attributes:
        x: Features ``(n_tracks, n_features)``.
        y: Class indices ``(n_tracks,)``.
        centre: Means of the features ``(n_features,)``.
        scale: Standard deviations of the features ``(n_features,)``.
        z: Standardised features ``(n_tracks, n_features)``.
        weight: Weight of each track ``(n_tracks,)``; None: 1.
    """

    x: FloatMatrix
    y: IntVector
    centre: NDArray[np.float32]
    scale: NDArray[np.float32]
    z: FloatMatrix
    weight: NDArray[np.float64] | None = None


Fit = Callable[[Sequence[Part], Recipe, int], Family]


def standardised(x: FloatMatrix, y: IntVector, weight: NDArray[np.float64] | None = None) -> Part:
    """Return the training tracks of a fold with standardised features."""
    centre, spread = x.mean(axis=0), x.std(axis=0)
    scale = np.where(spread > _LEAST_SCALE, spread, 1.0).astype(np.float32)
    return Part(x, y, centre, scale, (x - centre) / scale, weight)


def _naive_bayes(parts: Sequence[Part], recipe: Recipe, seed: int) -> Family:
    # The same number in each fold; centring removes one dimension.
    most = min(min(len(part.z) - 1, part.z.shape[1]) for part in parts)
    n_kept = min(recipe.n_components, most)
    whitenings = [_whitening(part.z, n_kept, seed) for part in parts]
    pairs = list(zip(parts, whitenings, strict=True))
    fitted = [_gaussians(part.z @ whitening, part) for part, whitening in pairs]
    return GaussianNaiveBayes(
        projection=_singles(whitening / part.scale[:, None] for part, whitening in pairs),
        offset=_singles((part.centre / part.scale) @ whitening for part, whitening in pairs),
        log_prior=np.stack([np.log(fold.share) for fold in fitted]),
        mean=np.stack([fold.mean for fold in fitted]),
        variance=np.stack([fold.variance for fold in fitted]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Gaussians:
    """A normal distribution for each quadrant.

    Attributes:
        share: Prior of the quadrants ``(n_quadrants,)``.
        mean: Shape ``(n_quadrants, n_components)``.
        variance: Like ``mean``.
    """

    share: NDArray[np.float64]
    mean: NDArray[np.float64]
    variance: NDArray[np.float64]


def _gaussians(components: NDArray[np.floating], part: Part) -> _Gaussians:
    """Fit the normals of a fold; a quadrant without tracks gets that of all tracks."""
    y = part.y
    fitted = GaussianNB().fit(components, y, sample_weight=part.weight)
    if len(fitted.classes_) == N_QUADRANTS:
        return _Gaussians(fitted.class_prior_, fitted.theta_, fitted.var_)
    whole = GaussianNB().fit(components, np.zeros_like(y))
    mean, variance = (np.tile(each[0], (N_QUADRANTS, 1)) for each in (whole.theta_, whole.var_))
    mean[fitted.classes_], variance[fitted.classes_] = fitted.theta_, fitted.var_
    return _Gaussians(_smoothed_shares(y), mean, variance)


def _smoothed_shares(y: IntVector) -> NDArray[np.float64]:
    """Return the share of each quadrant, above 0 even without tracks."""
    counts = np.bincount(y, minlength=N_QUADRANTS) + _PSEUDO_COUNT
    return np.asarray(counts / counts.sum())


def _whitening(z: FloatMatrix, n_components: int, seed: int) -> NDArray[np.float64]:
    pca = PCA(n_components, svd_solver="full", random_state=seed).fit(z)
    # A constant feature leaves a component without variance.
    spread = np.sqrt(np.maximum(pca.explained_variance_, _LEAST_SCALE))
    return np.asarray(pca.components_.T / spread, np.float64)


def _logistic(parts: Sequence[Part], recipe: Recipe, seed: int) -> Family:
    return LogisticRegressionSgd(
        centre=_singles(part.centre for part in parts),
        scale=_singles(part.scale for part in parts),
        weight=_singles(_weights(part, recipe, seed) for part in parts),
    )


def _weights(part: Part, recipe: Recipe, seed: int) -> NDArray[np.float64]:
    """Return weights with the bias in the last column ``(n_quadrants, n_features + 1)``.

    A quadrant without tracks has only a bias, the log-odds of its share.
    """
    share, present = _smoothed_shares(part.y), np.unique(part.y)
    weight = np.zeros((N_QUADRANTS, part.z.shape[1] + 1))
    weight[:, -1] = logit(share)
    if len(present) > 1:
        fitted = SGDClassifier(
            loss="log_loss",
            alpha=recipe.sgd_alpha,
            average=True,
            max_iter=recipe.sgd_epochs,
            tol=None,
            random_state=seed,
        ).fit(part.z, part.y, sample_weight=part.weight)
        learnt = np.column_stack([fitted.coef_, fitted.intercept_])
        # For two quadrants scikit-learn fits one classifier, that of the second.
        weight[present] = learnt if len(learnt) > 1 else np.concatenate([-learnt, learnt])
    return weight


def _boosted(parts: Sequence[Part], recipe: Recipe, seed: int) -> Family:
    settings = {
        "objective": "multi:softprob",
        "num_class": N_QUADRANTS,
        "base_score": 0.0,
        "eta": recipe.xgb_learning_rate,
        "max_depth": recipe.xgb_depth,
        "subsample": 0.7,
        "colsample_bytree": 0.3,
        "min_child_weight": 2,
        "reg_lambda": 3,
        "max_bin": 64,
        "nthread": 1,  # faster than two threads on a shared machine
        "seed": seed,
    }
    data = [xgboost.DMatrix(part.x, label=part.y, weight=part.weight) for part in parts]
    boosters = (xgboost.train(settings, each, num_boost_round=recipe.xgb_rounds) for each in data)
    return BoostedTrees(tuple(Booster.from_ubj(bytes(each.save_raw("ubj"))) for each in boosters))


def _machines(parts: Sequence[Part], recipe: Recipe, seed: int) -> Family:
    del seed
    width = recipe.svm_width
    return RbfSvms(
        tuple(
            fit_rbf_svm(
                part.x,
                part.y,
                c=recipe.svm_c,
                gamma="scale" if width is None else width / part.x.shape[1],
                weight=balanced(part.y, part.weight),
            )
            for part in parts
        )
    )


FITS: Mapping[str, Fit] = {
    "gnb": _naive_bayes,
    "sgd": _logistic,
    "xgb": _boosted,
    "svm": _machines,
}


def _singles(rows: Iterable[NDArray[np.floating]]) -> NDArray[np.float32]:
    return np.stack(list(rows)).astype(np.float32)
