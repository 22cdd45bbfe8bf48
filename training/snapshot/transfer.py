"""Evaluates the audio committee on genres and corpora that it was not fitted to."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.arrays import Proba
from models.emotion import N_QUADRANTS, Modality
from training.members.committee import FittedCommittee, Recipe, TrainingSet, fit_committee
from training.members.pipeline import RECIPES
from training.snapshot.evaluation import COMMITTEE, UNKNOWN, Truth
from training.snapshot.parallel import in_processes

RECIPE = RECIPES[Modality.AUDIO]


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """A committee to fit."""

    data: TrainingSet
    recipe: Recipe
    seed: int


def _fit(task: _Task) -> FittedCommittee:
    return fit_committee(task.data, task.recipe, seed=task.seed, title="")


def judge_genres(
    data: TrainingSet, genre: NDArray[np.str_], seed: int, recipe: Recipe = RECIPE
) -> dict[str, object]:
    """Return the figures on held-out genres of one corpus.

    The committee is fitted to the other genres and corpora. The corpus' level, scale and offset
    are therefore fitted to its other genres.

    Args:
        data: Audio features of all corpora.
        genre: Genre of each track of the test corpus, empty in the others ``(n_tracks,)``.
        seed: Seed of folds and of all random draws.
        recipe: The committee's hyperparameters.
    """
    names = [name for name in np.unique(genre) if name]
    known, unknown = (np.zeros((len(genre), N_QUADRANTS)) for _ in range(2))
    tasks = [_Task(_part(data, genre != name), recipe, seed) for name in names]
    for name, fitted in zip(names, in_processes(_fit, tasks, "genres left out"), strict=True):
        test = genre == name
        known[test] = fitted.consensus(data.x[test], data.corpus[test])
        unknown[test] = fitted.consensus(data.x[test])
    return _table(data, genre != "", {COMMITTEE: known, UNKNOWN: unknown}, seed) | {
        "genres": [str(name) for name in names]
    }


def judge_transfer(
    data: TrainingSet, dataset: str, seed: int, recipe: Recipe = RECIPE
) -> dict[str, object]:
    """Return the figures on a corpus, by a committee of the other corpora."""
    test = data.corpus == dataset
    fitted = fit_without(data, dataset, seed, recipe)
    proba = np.zeros((len(test), N_QUADRANTS))
    proba[test] = fitted.consensus(data.x[test])
    return _table(data, test, {UNKNOWN: proba}, seed)


def fit_without(
    data: TrainingSet, dataset: str, seed: int, recipe: Recipe = RECIPE
) -> FittedCommittee:
    """Return a committee fitted to all corpora but one."""
    kept = data.corpus != dataset
    return fit_committee(_part(data, kept), recipe, seed=seed, title=f"without {dataset}")


def _part(data: TrainingSet, kept: NDArray[np.bool_]) -> TrainingSet:
    return replace(
        data,
        x=data.x[kept],
        y=data.y[kept],
        groups=data.groups[kept],
        dataset=data.corpus[kept],
    )


def _table(
    data: TrainingSet, chosen: NDArray[np.bool_], rows: dict[str, Proba], seed: int
) -> dict[str, object]:
    truth = Truth(data.y[chosen], data.groups[chosen], seed)
    return truth.table({name: proba[chosen] for name, proba in rows.items()})
