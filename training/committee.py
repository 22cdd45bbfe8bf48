"""Fits a committee: each algorithm on each of five folds, calibrated out of fold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from models.arrays import FloatMatrix, IntVector, Logits, Proba
from models.calibration import fit_shifted_temperature
from models.committee import Committee
from models.emotion import N_QUADRANTS, QUADRANTS
from models.errors import DatasetError
from models.members import Family, LearningFamily, RbfSvms
from training.calibration import calibrate
from training.families import ALGORITHMS, FITS, Recipe, standardised
from training.folds import Fold, grouped_folds

__all__ = [
    "ALGORITHMS",
    "Fitted",
    "Labelled",
    "Ready",
    "Recipe",
    "fit_committee",
    "require_quadrants",
]

N_FOLDS = 5
SVM = "svm"


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


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """A family that was fitted elsewhere, on the committee's own folds, to features of its own.

    Attributes:
        name: What the committee calls the algorithm.
        family: Its members.
        n_features: How many of the features, the last of all, are its own.
        kept_from: Which member each track was kept from ``(n_tracks,)``.
    """

    name: str
    family: Family
    n_features: int
    kept_from: IntVector


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A committee, and what its members said of tracks they had not seen.

    Attributes:
        committee: The whole of it.
        y: The labels ``(n_tracks,)``.
        fold: Which fold's members were not fitted on a track's artist ``(n_tracks,)``.
        logits_out_of_fold: What these say, by algorithm, uncalibrated ``(n_tracks, n_quadrants)``.
        out_of_fold: The consensus of the members that were not fitted on a track's artist
            ``(n_tracks, n_quadrants)``.
        member_out_of_fold: The same of each algorithm by itself, calibrated.
    """

    committee: Committee
    y: IntVector
    fold: IntVector
    logits_out_of_fold: dict[str, Logits]
    out_of_fold: Proba
    member_out_of_fold: dict[str, Proba]

    def without(self, algorithm: str) -> Committee:
        """Return the committee that there would be without an algorithm, calibrated anew."""
        whole = self.committee
        rest = {n: said for n, said in self.logits_out_of_fold.items() if n != algorithm}
        calibration = calibrate(rest, self.y)
        return replace(
            whole,
            families={n: each for n, each in whole.families.items() if n != algorithm},
            learners={n: each for n, each in whole.learners.items() if n != algorithm},
            temperatures=calibration.temperatures,
            sharpness=calibration.sharpness,
            apart=whole.apart - {algorithm},
        )


def fit_committee(
    data: Labelled, recipe: Recipe, *, seed: int, title: str, ready: Ready | None = None
) -> Fitted:
    """Fit the recipe's algorithms on five folds grouped by artist.

    A fold that lacks a quadrant is fitted without it; see :func:`require_quadrants`.

    A fold's scaler, projection and members see only its training tracks. A temperature for each
    algorithm and the sharpness are fitted on the predictions out of fold.

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
    folds = list(grouped_folds(data.y, data.groups, N_FOLDS, seed))
    fold = _fold_of(folds)
    n_common = _n_common(data, ready, fold)
    parts = [standardised(data.x[part.train, :n_common], data.y[part.train]) for part in folds]
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
    logits = {name: _out_of_fold(raw, name, data.x, folds) for name in families}
    if recipe.svm_shift:
        shift = _frequencies(logits[SVM], data.y)
        logits[SVM] = logits[SVM] + shift
        families[SVM] = _shifted(families[SVM], shift)
    calibration = calibrate(logits, data.y)
    return Fitted(
        replace(raw, temperatures=calibration.temperatures, sharpness=calibration.sharpness),
        data.y,
        fold,
        logits,
        calibration.consensus(logits),
        {name: calibration.member(name, said) for name, said in logits.items()},
    )


def require_quadrants(data: Labelled, seed: int) -> None:
    """Refuse labels of which a fold would lack a quadrant.

    Args:
        data: What would be fitted to.
        seed: Of the folds.

    Raises:
        DatasetError: A fold lacks one, or there are fewer artists than folds.
    """
    for part in grouped_folds(data.y, data.groups, N_FOLDS, seed):
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


def _n_common(data: Labelled, ready: Ready | None, fold: IntVector) -> int | None:
    """Return how many of the features are not those of a family that is ready.

    Raises:
        DatasetError: It was fitted on other folds.
    """
    if ready is None:
        return None
    strangers = int((ready.kept_from != fold).sum())
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


def _out_of_fold(
    committee: Committee, algorithm: str, x: FloatMatrix, folds: Sequence[Fold]
) -> Logits:
    """Return what each track's own fold says of it ``(n_tracks, n_quadrants)``."""
    logits = np.zeros((len(x), N_QUADRANTS))
    family, read = committee.families[algorithm], committee.read_by(algorithm, x)
    for index, fold in enumerate(folds):
        logits[fold.test] = family.logits(read[fold.test])[index]
    return logits
