"""Fits all that a snapshot holds, and predicts with it as the service does."""

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
    FittedCommittee,
    Labelled,
    PreparedLabels,
    Recipe,
    fit_committee,
    require_quadrants,
)
from training.members.corpus import Corpus
from training.members.corpus_offsets import with_offsets
from training.members.fusions import Lesson, fit_fusions

RECIPES: Mapping[Modality, Recipe] = {
    Modality.AUDIO: Recipe(most_weight=3.0, has_frames=True),
    Modality.LYRICS: Recipe(xgb_rounds=60, svm_c=0.5, most_weight=3.0),
}


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """Both committees, as they were fitted, and every fusion."""

    fitted: dict[Modality, FittedCommittee]
    fusions: dict[str, Fusion]

    @property
    def committees(self) -> dict[Modality, Committee]:
        """Modality to its committee."""
        return {modality: fitted.committee for modality, fitted in self.fitted.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What a system says of tracks; rows of tracks that lack what is needed are uniform.

    Attributes:
        consensus: Modality to the committee's distributions ``(n_tracks, n_quadrants)``, of tracks
            of any corpus.
        known: The same where the tracks' corpus is known: with its level, scale and offset.
        members: Modality to algorithm to the mean distribution of its five members, with the
            corpus' level and scale.
        fused: Fusion to distributions; only tracks with both modalities.
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
    ready: Mapping[Modality, PreparedLabels] | None = None,
    title: str = "{} committee",
) -> System:
    """Fit a committee to each modality, and the fusions to what both said out of fold.

    Args:
        corpus: What to fit to.
        seed: Of folds and of everything random.
        recipes: Modality to the knobs of its committee.
        ready: Modality to a family that joins as it is.
        title: Of the progress bars, with the modality in the braces; empty for none.

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
    lesson = Lesson(evidence, corpus.y[paired], corpus.groups[paired], seed)
    return System(fitted, fit_fusions(lesson))


def labelled(corpus: Corpus, modality: Modality) -> Labelled:
    """Return the tracks of a corpus that have a modality."""
    places = np.flatnonzero(corpus.has[modality])
    part = corpus.take(places)
    return Labelled(part.features[modality], part.y, part.groups, part.dataset)


def predict(system: System, corpus: Corpus) -> Prediction:
    """Return what the system says of every track."""
    consensus, known, members = {}, {}, {}
    for modality, fitted in system.fitted.items():
        has, committee = corpus.has[modality], fitted.committee
        x, dataset = corpus.features[modality][has], corpus.dataset[has]
        consensus[modality] = _spread(fitted.consensus(x), has)
        logits = committee.member_logits(fitted.frames.align(x, dataset))
        told = with_offsets(committee.consensus(logits), dataset, fitted.offsets)
        known[modality] = _spread(told, has)
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
    """Return the moments of the annotations that lie in each quadrant, over all sets alike."""
    points = np.concatenate([np.stack([part.valence, part.arousal], axis=1) for part in sets])
    quadrant = np.concatenate([part.y for part in sets])
    within = [points[quadrant == index] for index in range(N_QUADRANTS)]
    return Readout(
        mean=np.stack([part.mean(axis=0) for part in within]),
        variance=np.stack([part.var(axis=0) for part in within]),
    )


def _spread(proba: Proba, has: NDArray[np.bool_]) -> Proba:
    """Return rows for all tracks, uniform for those that were not judged."""
    rows = np.full((len(has), N_QUADRANTS), 1.0 / N_QUADRANTS)
    rows[has] = proba
    return rows
