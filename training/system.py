"""Fits all that a snapshot holds, and predicts with it as the service does."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Proba
from models.committee import Committee
from models.emotion import N_QUADRANTS, Modality, Readout, softmax
from models.fusion import Evidence, Fusion
from training.committee import ALGORITHMS, Fitted, Labelled, Recipe, fit_committee
from training.corpus import Corpus
from training.datasets.tracks import PointLabels
from training.fusions import Lesson, fit_fusions

RECIPES: Mapping[Modality, Recipe] = {
    Modality.AUDIO: Recipe(),
    Modality.LYRICS: Recipe(xgb_rounds=60, svm_c=0.5),
}


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """Both committees and every fusion."""

    committees: dict[Modality, Committee]
    fusions: dict[str, Fusion]


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What a system says of tracks; rows of tracks that lack what is needed are uniform.

    Attributes:
        consensus: Modality to the committee's distributions ``(n_tracks, n_quadrants)``.
        members: Modality to algorithm to the mean distribution of its five members.
        fused: Fusion to distributions; only tracks with both modalities.
    """

    consensus: dict[Modality, Proba]
    members: dict[Modality, dict[str, Proba]]
    fused: dict[str, Proba]


def fit_system(
    corpus: Corpus, *, seed: int, recipes: Mapping[Modality, Recipe] = RECIPES
) -> System:
    """Fit a committee to each modality, and the fusions to what both said out of fold.

    Raises:
        DatasetError: There are fewer artists than folds, or a quadrant without tracks.
    """
    fitted = {m: _fit_modality(corpus, m, recipe, seed) for m, recipe in recipes.items()}
    paired = np.flatnonzero(corpus.is_paired)
    evidence = Evidence(
        {m: _spread(fitted[m].out_of_fold, corpus.has[m])[paired] for m in Modality},
        {m: corpus.features[m][paired] for m in Modality},
    )
    lesson = Lesson(evidence, corpus.y[paired], corpus.groups[paired], seed)
    return System({m: fitted[m].committee for m in Modality}, fit_fusions(lesson))


def predict(system: System, corpus: Corpus) -> Prediction:
    """Return what the system says of every track."""
    consensus, members = {}, {}
    for modality, committee in system.committees.items():
        has = corpus.has[modality]
        logits = committee.member_logits(corpus.features[modality][has])
        consensus[modality] = _spread(committee.consensus(logits), has)
        members[modality] = {
            name: _spread(softmax(logits[committee.rows(name)]).mean(axis=0), has)
            for name in ALGORITHMS
        }
    both = corpus.is_paired
    evidence = Evidence(
        {m: proba[both] for m, proba in consensus.items()},
        {m: corpus.features[m][both] for m in Modality},
    )
    fused = {name: _spread(rule.fuse(evidence), both) for name, rule in system.fusions.items()}
    return Prediction(consensus, members, fused)


def fit_readout(sets: list[PointLabels]) -> Readout:
    """Return the moments of the annotations that lie in each quadrant, over all sets alike."""
    points = np.concatenate([np.stack([part.valence, part.arousal], axis=1) for part in sets])
    quadrant = np.concatenate([part.y for part in sets])
    within = [points[quadrant == index] for index in range(N_QUADRANTS)]
    return Readout(
        mean=np.stack([part.mean(axis=0) for part in within]),
        variance=np.stack([part.var(axis=0) for part in within]),
    )


def _fit_modality(corpus: Corpus, modality: Modality, recipe: Recipe, seed: int) -> Fitted:
    places: IntVector = np.flatnonzero(corpus.has[modality])
    data = Labelled(corpus.features[modality][places], corpus.y[places], corpus.groups[places])
    return fit_committee(data, recipe, seed=seed, title=f"{modality} committee")


def _spread(proba: Proba, has: NDArray[np.bool_]) -> Proba:
    """Return rows for all tracks, uniform for those that were not judged."""
    rows = np.full((len(has), N_QUADRANTS), 1.0 / N_QUADRANTS)
    rows[has] = proba
    return rows
