"""Fits a committee: four algorithms on each of five folds, calibrated out of fold."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xgboost
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import SGDClassifier
from sklearn.naive_bayes import GaussianNB
from tqdm import tqdm

from models.arrays import FloatMatrix, IntVector, Logits, Proba
from models.calibration import fit_temperature
from models.committee import Committee, sharpen
from models.emotion import N_QUADRANTS, QUADRANTS, softmax
from models.errors import DatasetError
from models.members import BoostedTrees, GaussianNaiveBayes, LogisticRegressionSgd, RbfSvms
from models.svm import RbfSvm
from training.folds import Fold, grouped_folds
from training.svm import fit_rbf_svm

ALGORITHMS = ("gnb", "sgd", "xgb", "svm")
N_FOLDS = 5
_LEAST_SCALE = 1e-6


@dataclass(frozen=True, slots=True)
class Recipe:
    """All knobs of a committee's training.

    They were set once, with cross-validated figures of these datasets in view, and are the same in
    every fold.

    Attributes:
        n_components: Whitened principal components that naive Bayes sees.
        sgd_alpha: Strength of the L2 penalty.
        sgd_epochs: Passes over the data, whose weights are averaged.
        xgb_rounds: Trees a quadrant.
        svm_c: Penalty of a violated margin.
    """

    n_components: int = 50
    sgd_alpha: float = 0.1
    sgd_epochs: int = 30
    xgb_rounds: int = 120
    xgb_learning_rate: float = 0.08
    xgb_depth: int = 3
    svm_c: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Features and labels to fit on.

    Attributes:
        x: Shape ``(n_tracks, n_features)``.
        y: Class indices ``(n_tracks,)``.
        groups: Artist of each track ``(n_tracks,)``.
    """

    x: FloatMatrix
    y: IntVector
    groups: IntVector

    def take(self, places: IntVector) -> "Labelled":
        """Return some of the tracks."""
        return Labelled(self.x[places], self.y[places], self.groups[places])


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A committee, and what its members said of tracks they had not seen.

    Attributes:
        committee: The whole of it.
        out_of_fold: The consensus of the members that were not fitted on a track's artist
            ``(n_tracks, n_quadrants)``.
        member_out_of_fold: The same of each algorithm by itself, calibrated.
    """

    committee: Committee
    out_of_fold: Proba
    member_out_of_fold: dict[str, Proba]


@dataclass(frozen=True, slots=True, eq=False)
class _Members:
    """One fold's members, and how it standardises features."""

    centre: NDArray[np.float32]
    scale: NDArray[np.float32]
    whitening: NDArray[np.float64]
    gnb: GaussianNB
    sgd: SGDClassifier
    xgb: xgboost.Booster
    svm: RbfSvm


def fit_committee(data: Labelled, recipe: Recipe, *, seed: int, title: str) -> Fitted:
    """Fit four algorithms on five folds grouped by artist.

    A fold's scaler, projection and members see only its training tracks. Temperatures and
    sharpness, five numbers, are fitted on the predictions out of fold.

    Raises:
        DatasetError: There are fewer artists than folds, or a fold lacks a quadrant.
    """
    folds = list(grouped_folds(data.y, data.groups, N_FOLDS, seed))
    members = [
        _fit_fold(data.take(fold.train), recipe, seed)
        for fold in tqdm(folds, desc=title, unit="fold", leave=False)
    ]
    raw = _assemble(members, dict.fromkeys(ALGORITHMS, 1.0), 1.0)
    logits = _out_of_fold(raw, data.x, folds)
    temperatures = {name: fit_temperature(logits[name], data.y).value for name in ALGORITHMS}
    calibrated = {name: softmax(logits[name] / temperatures[name]) for name in ALGORITHMS}
    consensus: Proba = np.mean(list(calibrated.values()), axis=0)
    sharpness = 1.0 / fit_temperature(np.log(consensus), data.y).value
    committee = _assemble(members, temperatures, sharpness)
    return Fitted(committee, sharpen(consensus, sharpness), calibrated)


def _fit_fold(train: Labelled, recipe: Recipe, seed: int) -> _Members:
    for quadrant in QUADRANTS:
        if quadrant.index not in train.y:
            raise DatasetError(
                f"{quadrant} has none of the {len(train.y)} tracks to fit a fold to."
            )
    centre = train.x.mean(axis=0)
    spread = train.x.std(axis=0)
    scale = np.where(spread > _LEAST_SCALE, spread, 1.0).astype(np.float32)
    z = (train.x - centre) / scale
    whitening = _whitening(z, recipe.n_components, seed)
    sgd = SGDClassifier(
        loss="log_loss",
        alpha=recipe.sgd_alpha,
        average=True,
        max_iter=recipe.sgd_epochs,
        tol=None,
        random_state=seed,
    )
    return _Members(
        centre=centre,
        scale=scale,
        whitening=whitening,
        gnb=GaussianNB().fit(z @ whitening, train.y),
        sgd=sgd.fit(z, train.y),
        xgb=_boost(train.x, train.y, recipe, seed),
        svm=fit_rbf_svm(train.x, train.y, c=recipe.svm_c, class_weight="balanced"),
    )


def _whitening(z: FloatMatrix, n_components: int, seed: int) -> NDArray[np.float64]:
    pca = PCA(n_components, svd_solver="full", random_state=seed).fit(z)
    return np.asarray(pca.components_.T / np.sqrt(pca.explained_variance_), np.float64)


def _boost(x: FloatMatrix, y: IntVector, recipe: Recipe, seed: int) -> xgboost.Booster:
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
    return xgboost.train(settings, xgboost.DMatrix(x, label=y), num_boost_round=recipe.xgb_rounds)


def _assemble(
    members: list[_Members], temperatures: dict[str, float], sharpness: float
) -> Committee:
    def stack(read: Callable[[_Members], NDArray[np.generic]]) -> NDArray[np.float64]:
        return np.stack([np.asarray(read(member), np.float64) for member in members])

    def single(read: Callable[[_Members], NDArray[np.generic]]) -> NDArray[np.float32]:
        return stack(read).astype(np.float32)

    gnb = GaussianNaiveBayes(
        projection=single(lambda fold: fold.whitening / fold.scale[:, None]),
        offset=single(lambda fold: (fold.centre / fold.scale) @ fold.whitening),
        log_prior=stack(lambda fold: np.log(fold.gnb.class_prior_)),
        mean=stack(lambda fold: fold.gnb.theta_),
        variance=stack(lambda fold: fold.gnb.var_),
    )
    sgd = LogisticRegressionSgd(
        centre=single(lambda fold: fold.centre),
        scale=single(lambda fold: fold.scale),
        weight=single(lambda fold: np.column_stack([fold.sgd.coef_, fold.sgd.intercept_])),
    )
    xgb = BoostedTrees(tuple(fold.xgb for fold in members))
    svm = RbfSvms(tuple(fold.svm for fold in members))
    return Committee(
        n_folds=len(members),
        families={"gnb": gnb, "sgd": sgd, "xgb": xgb, "svm": svm},
        learners={"gnb": gnb, "sgd": sgd, "xgb": xgb},
        temperatures=temperatures,
        sharpness=sharpness,
    )


def _out_of_fold(committee: Committee, x: FloatMatrix, folds: list[Fold]) -> dict[str, Logits]:
    logits = {name: np.zeros((len(x), N_QUADRANTS)) for name in ALGORITHMS}
    for index, fold in enumerate(folds):
        said = committee.member_logits(x[fold.test])
        for name in ALGORITHMS:
            logits[name][fold.test] = said[committee.rows(name)][index]
    return logits
