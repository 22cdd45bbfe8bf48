"""Fits a committee: each algorithm on five folds, calibrated on out-of-fold predictions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from models.arrays import FloatMatrix, IntVector, Logits, Proba
from models.committee import Committee
from models.emotion import N_QUADRANTS, QUADRANTS
from models.errors import DatasetError
from models.members import Family, LearningFamily, RbfSvms
from models.score_calibration import fit_shifted_temperature
from training.datasets.folds import Fold, grouped_folds
from training.members.calibration import Calibration, calibrate, calibrate_parts
from training.members.corpus_offsets import (
    CorpusScales,
    Names,
    Offsets,
    balanced_weights,
    fit_corpus_scales,
    strata,
    with_offsets,
)
from training.members.families import ALGORITHMS, FITS, Part, Recipe, standardised

__all__ = [
    "ALGORITHMS",
    "ExternalFamily",
    "FittedCommittee",
    "Recipe",
    "TrainingSet",
    "fit_committee",
    "require_quadrants",
]

N_FOLDS = 5
KEPT_FROM_ALL = -2
SVM = "svm"


@dataclass(frozen=True, slots=True, eq=False)
class TrainingSet:
    """Features and labels of training tracks.

    Attributes:
        x: Shape ``(n_tracks, n_features)``.
        y: Class indices ``(n_tracks,)``.
        groups: Artist of each track ``(n_tracks,)``.
        dataset: The corpus of each track ``(n_tracks,)``; None: one for all.
    """

    x: FloatMatrix
    y: IntVector
    groups: IntVector
    dataset: Names | None = None

    @property
    def corpus(self) -> Names:
        """The corpus of each track ``(n_tracks,)``."""
        return np.full(len(self.y), "") if self.dataset is None else self.dataset

    def folds(self, seed: int) -> list[Fold]:
        """Return the committee's folds, grouped by artist and balanced by corpus and quadrant."""
        return list(grouped_folds(strata(self.y, self.corpus), self.groups, N_FOLDS, seed))


@dataclass(frozen=True, slots=True, eq=False)
class ExternalFamily:
    """A family fitted elsewhere, on the committee's folds and on its own features.

    Attributes:
        name: The algorithm's name in the committee.
        family: The members.
        n_features: Number of its own features, which are the last columns.
        kept_from: The member that each track was held out from ``(n_tracks,)``; ``KEPT_FROM_ALL``
            if it was held out from all.
    """

    name: str
    family: Family
    n_features: int
    kept_from: IntVector


@dataclass(frozen=True, slots=True, eq=False)
class FittedCommittee:
    """A committee and its out-of-fold predictions.

    Attributes:
        committee: The committee.
        data: The training set, with features not aligned to the reference corpus.
        scales: Aligns the features of known corpora to the reference corpus.
        offsets: Summands of the log consensus for tracks of known corpora.
        fold: The fold that each track is held out from ``(n_tracks,)``.
        logits_out_of_fold: Algorithm to uncalibrated out-of-fold logits of aligned features
            ``(n_tracks, n_quadrants)``.
    """

    committee: Committee
    data: TrainingSet
    scales: CorpusScales
    offsets: Offsets
    fold: IntVector
    logits_out_of_fold: dict[str, Logits]

    @property
    def out_of_fold(self) -> Proba:
        """Out-of-fold consensus of aligned features, without offsets."""
        return self._calibration.consensus(self.logits_out_of_fold)

    @property
    def served_out_of_fold(self) -> Proba:
        """Out-of-fold consensus of features as they are, as for tracks of an unknown corpus."""
        logits = {
            name: _out_of_fold(self.committee, name, self.data.x, self.fold)
            for name in self.committee.families
        }
        return self._calibration.consensus(logits)

    @property
    def member_out_of_fold(self) -> dict[str, Proba]:
        """Algorithm to its out-of-fold distributions ``(n_tracks, n_quadrants)``."""
        calibration = self._calibration
        return {n: calibration.member(n, scores) for n, scores in self.logits_out_of_fold.items()}

    @property
    def _calibration(self) -> Calibration:
        return Calibration(self.committee.temperatures, self.committee.sharpness)

    def consensus(self, x: FloatMatrix, dataset: Names | None = None) -> Proba:
        """Return the consensus for new tracks ``(n_tracks, n_quadrants)``.

        Args:
            x: Features ``(n_tracks, n_features)``.
            dataset: The corpus of each track, to use its level, scale and offset; None if unknown.
        """
        if dataset is None:
            return self.committee.consensus(self.committee.member_logits(x))
        aligned = self.scales.align(x, dataset)
        proba = self.committee.consensus(self.committee.member_logits(aligned))
        return with_offsets(proba, dataset, self.offsets)

    def without(self, algorithm: str) -> Committee:
        """Return the recalibrated committee without one algorithm."""
        return self.committee.only([n for n in self.committee.families if n != algorithm])


def fit_committee(
    data: TrainingSet,
    recipe: Recipe,
    *,
    seed: int,
    title: str,
    ready: ExternalFamily | None = None,
) -> FittedCommittee:
    """Fit the recipe's algorithms on five folds grouped by artist.

    A fold that lacks a quadrant is fitted without it; see :func:`require_quadrants`.

    A fold's scaler, projection and members use only its training tracks. Level and scale of a
    corpus use no labels and are computed from all its tracks. Temperatures, offsets and sharpness
    are fitted to the out-of-fold predictions.

    Args:
        data: The training set.
        recipe: Hyperparameters.
        seed: Seed of folds and of all random draws.
        title: Title of the progress bar; empty for none.
        ready: A fitted family to add.

    Raises:
        DatasetError: There are fewer artists than folds, or the added family was fitted on other
            folds.
    """
    folds = data.folds(seed)
    fold = _fold_of(folds)
    n_common = _n_common(data, ready, fold)
    scales = fit_corpus_scales(
        data.x, data.corpus if recipe.aligns_corpora else np.full(len(fold), "")
    )
    x = scales.align(data.x, data.corpus)
    parts = _parts(replace(data, x=x[:, :n_common]), folds, recipe)
    families = {
        name: FITS[name](parts, recipe, seed)
        for name in tqdm(
            recipe.algorithms, desc=title, unit="algorithm", leave=False, disable=not title
        )
    }
    if ready:
        families[ready.name] = ready.family
    raw = Committee(
        n_folds=N_FOLDS,
        families=families,
        learners={n: f for n, f in families.items() if isinstance(f, LearningFamily)},
        temperatures=dict.fromkeys(families, 1.0),
        n_common=n_common,
        apart=frozenset(families) - frozenset(recipe.algorithms),
    )
    logits = {name: _out_of_fold(raw, name, x, fold) for name in families}
    if recipe.svm_shift:
        shift = _frequencies(logits[SVM], data.y)
        logits[SVM] = logits[SVM] + shift
        families[SVM] = _shifted(families[SVM], shift)
    calibration = calibrate(logits, data.y, data.corpus)
    committee = replace(
        raw,
        temperatures=calibration.temperatures,
        sharpness=calibration.sharpness,
        sharpness_of=calibrate_parts(calibration, logits, data.y, data.corpus),
    )
    return FittedCommittee(committee, data, scales, calibration.offsets, fold, logits)


def _parts(data: TrainingSet, folds: Sequence[Fold], recipe: Recipe) -> list[Part]:
    """Return the training tracks of each fold, with the recipe's weights."""
    most = recipe.most_weight
    weight = None if most is None else balanced_weights(data.y, data.corpus, most)
    return [
        standardised(data.x[t], data.y[t], None if weight is None else weight[t])
        for t in (part.train for part in folds)
    ]


def require_quadrants(data: TrainingSet, seed: int) -> None:
    """Check that every fold has all quadrants.

    Args:
        data: The training set.
        seed: Seed of the folds.

    Raises:
        DatasetError: A fold lacks one, or there are fewer artists than folds.
    """
    for part in data.folds(seed):
        y = data.y[part.train]
        for quadrant in QUADRANTS:
            if quadrant.index not in y:
                raise DatasetError(f"{quadrant} has none of the {len(y)} tracks to fit a fold to.")


def _fold_of(folds: Sequence[Fold]) -> IntVector:
    """Return the fold that each track is held out from ``(n_tracks,)``."""
    fold = np.zeros(sum(len(part.test) for part in folds), np.int64)
    for index, part in enumerate(folds):
        fold[part.test] = index
    return fold


def _n_common(data: TrainingSet, ready: ExternalFamily | None, fold: IntVector) -> int | None:
    """Return the number of features that are not the added family's own.

    Raises:
        DatasetError: The family was fitted on other folds.
    """
    if ready is None:
        return None
    kept = (ready.kept_from == fold) | (ready.kept_from == KEPT_FROM_ALL)
    n_leaked = int((~kept).sum())
    if n_leaked:
        raise DatasetError(
            f"The {ready.name} was fitted on other folds: of {len(fold)} tracks, {n_leaked} are in"
            " the training data of their held-out member. Train it again with this seed and data."
        )
    return int(data.x.shape[1]) - ready.n_features


def _frequencies(scores: Logits, y: IntVector) -> NDArray[np.float64]:
    """Return the shift that restores the quadrants' frequencies ``(n_quadrants,)``."""
    fitted = fit_shifted_temperature(scores, y)
    return fitted.shift * fitted.value


def _shifted(family: Family, shift: NDArray[np.float64]) -> RbfSvms:
    """Return the machines with shifted decision values."""
    machines = cast("RbfSvms", family).machines
    return RbfSvms(
        tuple(
            replace(each, intercept=(each.intercept + shift).astype(np.float32))
            for each in machines
        )
    )


def _out_of_fold(committee: Committee, algorithm: str, x: FloatMatrix, fold: IntVector) -> Logits:
    """Return out-of-fold logits ``(n_tracks, n_quadrants)``."""
    logits = np.zeros((len(x), N_QUADRANTS))
    family, read = committee.families[algorithm], committee.read_by(algorithm, x)
    for index in range(N_FOLDS):
        own = fold == index
        logits[own] = family.logits(read[own])[index]
    return logits
