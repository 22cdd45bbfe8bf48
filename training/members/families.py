"""Fits a family: one algorithm on the training part of each fold.

A fold that lacks a quadrant is fitted to those it has, and leaves the missing one a small share.
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
_PSEUDO_COUNT = 0.5  # tracks added to each quadrant where one has none (Jeffreys' prior)


@dataclass(frozen=True, slots=True)
class Recipe:
    """All knobs of a committee's training.

    They were set once, with cross-validated figures of these datasets in view, and are the same in
    every fold.

    Attributes:
        algorithms: Which families the committee has, in this order.
        n_components: Whitened principal components that naive Bayes sees; all there are where
            there are fewer.
        sgd_alpha: Strength of the L2 penalty.
        sgd_epochs: Passes over the data, whose weights are averaged.
        xgb_rounds: Trees a quadrant.
        svm_c: Penalty of a violated margin.
        svm_width: Kernel coefficient, as a multiple of ``1 / n_features``; None: ``scale`` of
            ``training.members.svm.fit_rbf_svm``.
        svm_shift: Whether the quadrants' frequencies, which balancing takes out of the machines,
            are put back into their intercepts, fitted out of fold.
        most_weight: In each corpus the quadrants count alike, but no track weighs more than this;
            None: every track counts once.
        has_frames: Whether each corpus' features are brought to the reference's level and scale.
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
    has_frames: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A fold's training tracks, and how the fold standardises features.

    Attributes:
        weight: How often each track counts ``(n_tracks,)``; None: once.
    """

    x: FloatMatrix
    y: IntVector
    centre: NDArray[np.float32]
    scale: NDArray[np.float32]
    z: FloatMatrix
    weight: NDArray[np.float64] | None = None


Fit = Callable[[Sequence[Part], Recipe, int], Family]


def standardised(x: FloatMatrix, y: IntVector, weight: NDArray[np.float64] | None = None) -> Part:
    """Return the training tracks of a fold."""
    centre, spread = x.mean(axis=0), x.std(axis=0)
    scale = np.where(spread > _LEAST_SCALE, spread, 1.0).astype(np.float32)
    return Part(x, y, centre, scale, (x - centre) / scale, weight)


def _naive_bayes(parts: Sequence[Part], recipe: Recipe, seed: int) -> Family:
    # As many in each fold; a mean takes one dimension away from the tracks.
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
    """A normal for each quadrant.

    Attributes:
        share: Of the quadrants ``(n_quadrants,)``.
        mean: Shape ``(n_quadrants, n_components)``.
        variance: Like ``mean``.
    """

    share: NDArray[np.float64]
    mean: NDArray[np.float64]
    variance: NDArray[np.float64]


def _gaussians(components: NDArray[np.floating], part: Part) -> _Gaussians:
    """Return the normals of a fold; a quadrant without tracks has that of all tracks."""
    y = part.y
    fitted = GaussianNB().fit(components, y, sample_weight=part.weight)
    if len(fitted.classes_) == N_QUADRANTS:
        return _Gaussians(fitted.class_prior_, fitted.theta_, fitted.var_)
    whole = GaussianNB().fit(components, np.zeros_like(y))
    mean, variance = (np.tile(each[0], (N_QUADRANTS, 1)) for each in (whole.theta_, whole.var_))
    mean[fitted.classes_], variance[fitted.classes_] = fitted.theta_, fitted.var_
    return _Gaussians(_smoothed_shares(y), mean, variance)


def _smoothed_shares(y: IntVector) -> NDArray[np.float64]:
    """Return the share of each quadrant, above 0 also where it has no tracks."""
    counts = np.bincount(y, minlength=N_QUADRANTS) + _PSEUDO_COUNT
    return np.asarray(counts / counts.sum())


def _whitening(z: FloatMatrix, n_components: int, seed: int) -> NDArray[np.float64]:
    pca = PCA(n_components, svd_solver="full", random_state=seed).fit(z)
    # A feature that never varies leaves a component without variance.
    spread = np.sqrt(np.maximum(pca.explained_variance_, _LEAST_SCALE))
    return np.asarray(pca.components_.T / spread, np.float64)


def _logistic(parts: Sequence[Part], recipe: Recipe, seed: int) -> Family:
    return LogisticRegressionSgd(
        centre=_singles(part.centre for part in parts),
        scale=_singles(part.scale for part in parts),
        weight=_singles(_weights(part, recipe, seed) for part in parts),
    )


def _weights(part: Part, recipe: Recipe, seed: int) -> NDArray[np.float64]:
    """Return weights, the bias last ``(n_quadrants, n_features + 1)``.

    A quadrant without tracks has a bias alone, the log-odds of its share.
    """
    share, there = _smoothed_shares(part.y), np.unique(part.y)
    weight = np.zeros((N_QUADRANTS, part.z.shape[1] + 1))
    weight[:, -1] = logit(share)
    if len(there) > 1:  # of one quadrant there is nothing to tell
        fitted = SGDClassifier(
            loss="log_loss",
            alpha=recipe.sgd_alpha,
            average=True,
            max_iter=recipe.sgd_epochs,
            tol=None,
            random_state=seed,
        ).fit(part.z, part.y, sample_weight=part.weight)
        learnt = np.column_stack([fitted.coef_, fitted.intercept_])
        # Of two quadrants scikit-learn fits one classifier, which stands for the second.
        weight[there] = learnt if len(learnt) > 1 else np.concatenate([-learnt, learnt])
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
        "nthread": 1,  # two threads that wait for each other on a shared machine are slower
        "seed": seed,
    }
    answers = [xgboost.DMatrix(part.x, label=part.y, weight=part.weight) for part in parts]
    grown = (xgboost.train(settings, told, num_boost_round=recipe.xgb_rounds) for told in answers)
    return BoostedTrees(tuple(Booster.from_ubj(bytes(each.save_raw("ubj"))) for each in grown))


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
