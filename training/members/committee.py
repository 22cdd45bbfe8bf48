"""Fits a committee: each algorithm on each of five folds, calibrated out of fold."""

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
    Frames,
    Names,
    Offsets,
    balanced_weights,
    fit_frames,
    strata,
    with_offsets,
)
from training.members.families import ALGORITHMS, FITS, Part, Recipe, standardised

__all__ = [
    "ALGORITHMS",
    "FittedCommittee",
    "Labelled",
    "PreparedLabels",
    "Recipe",
    "fit_committee",
    "require_quadrants",
]

N_FOLDS = 5
KEPT_FROM_ALL = -2
SVM = "svm"


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Features and labels to fit on.

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
        """Return the committee's folds: by artist, alike in corpora and quadrants."""
        return list(grouped_folds(strata(self.y, self.corpus), self.groups, N_FOLDS, seed))


@dataclass(frozen=True, slots=True, eq=False)
class PreparedLabels:
    """A family that was fitted elsewhere, on the committee's own folds, to features of its own.

    Attributes:
        name: What the committee calls the algorithm.
        family: Its members.
        n_features: How many of the features, the last of all, are its own.
        kept_from: Which member each track was kept from ``(n_tracks,)``; ``KEPT_FROM_ALL`` where
            no member was fitted to it.
    """

    name: str
    family: Family
    n_features: int
    kept_from: IntVector


@dataclass(frozen=True, slots=True, eq=False)
class FittedCommittee:
    """A committee, and what its members said of tracks they had not seen.

    Attributes:
        committee: The whole of it.
        data: What it was fitted to, as it is read where the corpus is not known.
        frames: What brings the features of a known corpus to the level and scale of the others'.
        offsets: What is added to the log consensus where the corpus is known.
        fold: Which fold's members were not fitted on a track's artist ``(n_tracks,)``.
        logits_out_of_fold: What these say, by algorithm, uncalibrated ``(n_tracks, n_quadrants)``,
            of features on the reference's level and scale.
    """

    committee: Committee
    data: Labelled
    frames: Frames
    offsets: Offsets
    fold: IntVector
    logits_out_of_fold: dict[str, Logits]

    @property
    def out_of_fold(self) -> Proba:
        """The consensus of the members that were not fitted on a track's artist.

        Features are on the reference's level and scale; offsets are not added
        ``(n_tracks, n_quadrants)``.
        """
        return self._calibration.consensus(self.logits_out_of_fold)

    @property
    def served_out_of_fold(self) -> Proba:
        """The same of features as they are: what is said of tracks of an unknown corpus."""
        logits = {
            name: _out_of_fold(self.committee, name, self.data.x, self.fold)
            for name in self.committee.families
        }
        return self._calibration.consensus(logits)

    @property
    def member_out_of_fold(self) -> dict[str, Proba]:
        """What each algorithm says out of fold by itself ``(n_tracks, n_quadrants)``."""
        calibration = self._calibration
        return {n: calibration.member(n, said) for n, said in self.logits_out_of_fold.items()}

    @property
    def _calibration(self) -> Calibration:
        return Calibration(self.committee.temperatures, self.committee.sharpness)

    def consensus(self, x: FloatMatrix, dataset: Names | None = None) -> Proba:
        """Return what the committee says of other tracks ``(n_tracks, n_quadrants)``.

        Args:
            x: Features ``(n_tracks, n_features)``.
            dataset: The corpus of each, whose level, scale and offset are then gone by.
        """
        if dataset is None:
            return self.committee.consensus(self.committee.member_logits(x))
        aligned = self.frames.align(x, dataset)
        told = self.committee.consensus(self.committee.member_logits(aligned))
        return with_offsets(told, dataset, self.offsets)

    def without(self, algorithm: str) -> Committee:
        """Return the committee that there would be without an algorithm, calibrated anew."""
        return self.committee.only([n for n in self.committee.families if n != algorithm])


def fit_committee(
    data: Labelled, recipe: Recipe, *, seed: int, title: str, ready: PreparedLabels | None = None
) -> FittedCommittee:
    """Fit the recipe's algorithms on five folds grouped by artist.

    A fold that lacks a quadrant is fitted without it; see :func:`require_quadrants`.

    A fold's scaler, projection and members see only its training tracks; level and scale of a
    corpus, which know no labels, are those of all its tracks. A temperature for each algorithm,
    the offsets of the corpora and the sharpness are fitted on the predictions out of fold.

    Args:
        data: What to fit to.
        recipe: All knobs.
        seed: Of folds and of everything random.
        title: Of the progress bar; empty for none.
        ready: A family that joins as it is.

    Raises:
        DatasetError: There are fewer artists than folds, or the family that is ready was fitted
            on other folds.
    """
    folds = data.folds(seed)
    fold = _fold_of(folds)
    n_common = _n_common(data, ready, fold)
    frames = fit_frames(data.x, data.corpus if recipe.has_frames else np.full(len(fold), ""))
    x = frames.align(data.x, data.corpus)
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
    return FittedCommittee(committee, data, frames, calibration.offsets, fold, logits)


def _parts(data: Labelled, folds: Sequence[Fold], recipe: Recipe) -> list[Part]:
    """Return the training tracks of each fold, weighted as the recipe says."""
    most = recipe.most_weight
    weight = None if most is None else balanced_weights(data.y, data.corpus, most)
    return [
        standardised(data.x[t], data.y[t], None if weight is None else weight[t])
        for t in (part.train for part in folds)
    ]


def require_quadrants(data: Labelled, seed: int) -> None:
    """Refuse labels of which a fold would lack a quadrant.

    Args:
        data: What would be fitted to.
        seed: Of the folds.

    Raises:
        DatasetError: A fold lacks one, or there are fewer artists than folds.
    """
    for part in data.folds(seed):
        y = data.y[part.train]
        for quadrant in QUADRANTS:
            if quadrant.index not in y:
                raise DatasetError(f"{quadrant} has none of the {len(y)} tracks to fit a fold to.")


def _fold_of(folds: Sequence[Fold]) -> IntVector:
    """Return the fold that each track is kept from ``(n_tracks,)``."""
    fold = np.zeros(sum(len(part.test) for part in folds), np.int64)
    for index, part in enumerate(folds):
        fold[part.test] = index
    return fold


def _n_common(data: Labelled, ready: PreparedLabels | None, fold: IntVector) -> int | None:
    """Return how many of the features are not those of a family that is ready.

    Raises:
        DatasetError: It was fitted on other folds.
    """
    if ready is None:
        return None
    kept = (ready.kept_from == fold) | (ready.kept_from == KEPT_FROM_ALL)
    strangers = int((~kept).sum())
    if strangers:
        raise DatasetError(
            f"The {ready.name} was fitted on other folds: of {len(fold)} tracks, {strangers} were"
            " not kept from the member that must not know them. Train it anew, with this seed and"
            " on this data."
        )
    return int(data.x.shape[1]) - ready.n_features


def _frequencies(scores: Logits, y: IntVector) -> NDArray[np.float64]:
    """Return what to add to balanced machines' decision values ``(n_quadrants,)``."""
    fitted = fit_shifted_temperature(scores, y)
    return fitted.shift * fitted.value


def _shifted(family: Family, shift: NDArray[np.float64]) -> RbfSvms:
    """Return machines whose decision values are higher by so much."""
    machines = cast("RbfSvms", family).machines
    return RbfSvms(
        tuple(
            replace(each, intercept=(each.intercept + shift).astype(np.float32))
            for each in machines
        )
    )


def _out_of_fold(committee: Committee, algorithm: str, x: FloatMatrix, fold: IntVector) -> Logits:
    """Return what each track's own fold says of it ``(n_tracks, n_quadrants)``."""
    logits = np.zeros((len(x), N_QUADRANTS))
    family, read = committee.families[algorithm], committee.read_by(algorithm, x)
    for index in range(N_FOLDS):
        own = fold == index
        logits[own] = family.logits(read[own])[index]
    return logits
