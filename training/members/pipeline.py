"""Fits committees and fusions, and predicts with them like the service."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import Proba
from models.committee import Committee
from models.emotion import N_QUADRANTS, Modality, Readout, softmax
from models.fusion import Evidence, Fusion
from training.datasets.tracks import PointLabels
from training.members.committee import (
    ExternalFamily,
    FittedCommittee,
    Recipe,
    TrainingSet,
    fit_committee,
    require_quadrants,
)
from training.members.corpus import Corpus
from training.members.corpus_offsets import with_offsets
from training.members.fusions import FusionData, fit_fusions

RECIPES: Mapping[Modality, Recipe] = {
    Modality.AUDIO: Recipe(most_weight=3.0, aligns_corpora=True),
    Modality.LYRICS: Recipe(xgb_rounds=60, svm_c=0.5, most_weight=3.0),
}


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """The fitted committees and fusions."""

    fitted: dict[Modality, FittedCommittee]
    fusions: dict[str, Fusion]

    @property
    def committees(self) -> dict[Modality, Committee]:
        """Modality to its committee."""
        return {modality: fitted.committee for modality, fitted in self.fitted.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """A system's predictions ``(n_tracks, n_quadrants)``; uniform where a modality is missing.

    Attributes:
        consensus: Modality to the committee's distributions, as for an unknown corpus.
        known: The same with the level, scale and offset of each track's corpus.
        members: Modality to algorithm to the mean distribution of its five members, with the
            corpus' level and scale.
        fused: Fusion to distributions; tracks need both modalities.
    """

    consensus: dict[Modality, Proba]
    known: dict[Modality, Proba]
    members: dict[Modality, dict[str, Proba]]
    fused: dict[str, Proba]


def fit_system(
    corpus: Corpus,
    *,
    seed: int,
    recipes: Mapping[Modality, Recipe] = RECIPES,
    ready: Mapping[Modality, ExternalFamily] | None = None,
    title: str = "{} committee",
) -> System:
    """Fit a committee for each modality, and the fusions to the out-of-fold predictions.

    Args:
        corpus: The training tracks.
        seed: Seed of folds and of all random draws.
        recipes: Modality to its committee's hyperparameters.
        ready: Modality to a fitted family to add.
        title: Title of the progress bars, with braces for the modality; empty for none.

    Raises:
        DatasetError: There are fewer artists than folds, a fold lacks a quadrant, or a family was
            fitted on other folds.
    """
    joins = ready or {}
    data = {m: labelled(corpus, m) for m in recipes}
    for m in recipes:
        require_quadrants(data[m], seed)
    fitted = {
        m: fit_committee(data[m], recipe, seed=seed, title=title.format(m), ready=joins.get(m))
        for m, recipe in recipes.items()
    }
    paired = np.flatnonzero(corpus.is_paired)
    evidence = Evidence(
        {m: _spread(fitted[m].out_of_fold, corpus.has[m])[paired] for m in Modality},
        {m: fitted[m].committee.common(corpus.features[m][paired]) for m in Modality},
    )
    lesson = FusionData(evidence, corpus.y[paired], corpus.groups[paired], seed)
    return System(fitted, fit_fusions(lesson))


def labelled(corpus: Corpus, modality: Modality) -> TrainingSet:
    """Return the tracks of a corpus with a modality."""
    places = np.flatnonzero(corpus.has[modality])
    part = corpus.take(places)
    return TrainingSet(part.features[modality], part.y, part.groups, part.dataset)


def predict(system: System, corpus: Corpus) -> Prediction:
    """Return the system's predictions for every track."""
    consensus, known, members = {}, {}, {}
    for modality, fitted in system.fitted.items():
        has, committee = corpus.has[modality], fitted.committee
        x, dataset = corpus.features[modality][has], corpus.dataset[has]
        consensus[modality] = _spread(fitted.consensus(x), has)
        logits = committee.member_logits(fitted.scales.align(x, dataset))
        adjusted = with_offsets(committee.consensus(logits), dataset, fitted.offsets)
        known[modality] = _spread(adjusted, has)
        members[modality] = {
            name: _spread(softmax(logits[committee.rows(name)]).mean(axis=0), has)
            for name in committee.families
        }
    both = corpus.is_paired
    evidence = Evidence(
        {m: proba[both] for m, proba in consensus.items()},
        {m: c.common(corpus.features[m][both]) for m, c in system.committees.items()},
    )
    fused = {name: _spread(rule.fuse(evidence), both) for name, rule in system.fusions.items()}
    return Prediction(consensus, known, members, fused)


def fit_readout(sets: list[PointLabels]) -> Readout:
    """Return mean and variance of the annotations in each quadrant, over all sets."""
    points = np.concatenate([np.stack([part.valence, part.arousal], axis=1) for part in sets])
    quadrant = np.concatenate([part.y for part in sets])
    within = [points[quadrant == index] for index in range(N_QUADRANTS)]
    return Readout(
        mean=np.stack([part.mean(axis=0) for part in within]),
        variance=np.stack([part.var(axis=0) for part in within]),
    )


def _spread(proba: Proba, has: NDArray[np.bool_]) -> Proba:
    """Return rows for all tracks, uniform for tracks without the modality."""
    rows = np.full((len(has), N_QUADRANTS), 1.0 / N_QUADRANTS)
    rows[has] = proba
    return rows
