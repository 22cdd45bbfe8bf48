"""Evaluate every fusion on a table of paired embeddings, in folds by artist or on a test table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from models.arrays import IntVector, Proba
from models.emotion import N_QUADRANTS, QUADRANTS, Modality
from models.errors import DatasetError
from models.fusion import DEFAULT_FUSION, FUSIONS
from training.datasets import mirex
from training.datasets.feature_cache import FeatureCache
from training.datasets.folds import Fold, grouped_folds
from training.datasets.tracks import PairedTable
from training.members.committee import Recipe, require_quadrants
from training.members.corpus import Corpus, load_recognised, paired_corpus
from training.members.pipeline import System, fit_system, labelled, predict
from training.reporting.fusion import Evaluation

N_REPEATS = 3
RECIPE = Recipe(algorithms=("sgd", "svm"), svm_c=3.0, svm_width=0.1, svm_shift=True)
"""Recipe of both committees: an SVM, as in the notebook, and a logistic regression, which learns
from listeners. Set once on mirex; a search over nine pairs of penalty and width in every fold took
longer and was no better there."""
_RECIPES = dict.fromkeys(Modality, RECIPE)


@dataclass(frozen=True, slots=True)
class Source:
    """A public dataset to compare fusions on.

    Attributes:
        about: Description of the data for the page.
        load: Loads the table from the folder of all datasets.
    """

    about: str
    load: Callable[[Path], PairedTable]


SOURCES: Mapping[str, Source] = {
    "mirex": Source(
        "MIREX-like mood dataset (Panda et al. 2013): PANNs embeddings of the audio (256 numbers)"
        " and BERT embeddings of the lyrics (768); a track's mood adjective names its quadrant.",
        lambda data: mirex.load(data / "mirex"),
    ),
    "taffc4q": Source(
        "4Q audio emotion dataset (Panda et al. 2018): the service's own features of 30 s clips"
        " and of what a speech recogniser heard in them, where it is more than 40 characters. The"
        " lyrics are poor: this tries the path and says little about real lyrics.",
        lambda data: load_recognised(data, FeatureCache.open()),
    ),
}


def cross_validate(
    tracks: PairedTable, seed: int, n_folds: int, n_repeats: int = N_REPEATS
) -> Evaluation:
    """Predict every track out of fold, once in each repeat.

    Raises:
        DatasetError: There are fewer artists than folds, or a quadrant has too few tracks; this is
            checked before anything is fitted.
    """
    corpus = paired_corpus(tracks)
    parts = folds(tracks, seed, n_folds, n_repeats)
    for repeat, (train, _) in parts:
        _require_fit(corpus, train, seed + repeat)
    proba = {name: np.zeros((n_repeats, len(tracks.y), N_QUADRANTS)) for name in FUSIONS}
    weights = []
    for repeat, (train, test) in tqdm(parts, desc="outer folds", unit="fold"):
        system = fit_system(corpus.take(train), seed=seed + repeat, recipes=_RECIPES, title="")
        for name, predicted in predict(system, corpus.take(test)).fused.items():
            proba[name][repeat, test] = predicted
        weights.append(_pool_weights(system))
    return Evaluation(tracks.y, tracks.groups, proba, np.array(weights))


def folds(
    tracks: PairedTable, seed: int, n_folds: int, n_repeats: int
) -> Sequence[tuple[int, Fold]]:
    """Return the outer folds of all repeats, each with the index of its repeat.

    Raises:
        DatasetError: There are fewer artists than folds.
    """
    return [
        (repeat, fold)
        for repeat in range(n_repeats)
        for fold in grouped_folds(tracks.y, tracks.groups, n_folds, seed + repeat)
    ]


def fit(tracks: PairedTable, seed: int) -> System:
    """Fit both committees and every fusion to all tracks of a table.

    Raises:
        DatasetError: A quadrant has too few tracks, or there are too few artists.
    """
    corpus = paired_corpus(tracks)
    _require_fit(corpus, np.arange(len(corpus)), seed)
    return fit_system(corpus, seed=seed, recipes=_RECIPES)


def judge(system: System, tracks: PairedTable) -> Evaluation:
    """Predict the tracks of a table that a system was not fitted to."""
    fused = predict(system, paired_corpus(tracks)).fused
    return Evaluation(
        tracks.y,
        tracks.groups,
        {name: _once(proba) for name, proba in fused.items()},
        _pool_weights(system)[None],
    )


def _once(proba: Proba) -> NDArray[np.float64]:
    """Return distributions with an axis for one repeat."""
    return np.asarray(proba[None])


def _pool_weights(system: System) -> NDArray[np.float64]:
    return np.asarray(system.fusions[DEFAULT_FUSION].to_arrays()["weights"], np.float64)


def _require_fit(corpus: Corpus, rows: IntVector, seed: int) -> None:
    """Check that a system can be fitted to rows.

    Raises:
        DatasetError: The rows lack a quadrant, or cannot be split into folds.
    """
    for index, quadrant in enumerate(QUADRANTS):
        has_quadrant = corpus.y == index
        if has_quadrant[rows].any():
            continue
        if not has_quadrant.any():
            raise DatasetError(
                f"{quadrant} has none of the {len(corpus.y)} tracks; fusions need tracks of all"
                " four quadrants."
            )
        raise DatasetError(
            f"All {has_quadrant.sum()} tracks of {quadrant} are in one fold, so none is left to"
            f" fit to; they are by {len(np.unique(corpus.groups[has_quadrant]))} of the artists."
            f" Add tracks of {quadrant} by other artists."
        )
    require_quadrants(labelled(corpus.take(rows), Modality.AUDIO), seed)
