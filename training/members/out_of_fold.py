"""Out-of-fold predictions of the shared models for their training tracks."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Proba
from models.emotion import N_QUADRANTS, Modality
from models.fusion import DEFAULT_FUSION, Evidence
from training.members.corpus import Corpus
from training.members.corpus_offsets import Names
from training.members.pipeline import System

AUDIO = frozenset({Modality.AUDIO})


@dataclass(frozen=True, slots=True, eq=False)
class UnseenProba:
    """Out-of-fold predictions of the default fusion for training tracks.

    Tracks are predicted as of an unknown corpus: without its level, scale and offset.

    Attributes:
        corpus: The tracks.
        proba: Modalities to distributions of the tracks with these ``(n_present, n_quadrants)``.
        has: Modalities to whether each track has these ``(n_tracks,)``.
    """

    corpus: Corpus
    proba: Mapping[frozenset[Modality], Proba]
    has: Mapping[frozenset[Modality], NDArray[np.bool_]]

    def by_corpus(self, present: frozenset[Modality]) -> dict[str, NDArray[np.bool_]]:
        """Return a mask for each corpus, over the tracks with these modalities."""
        dataset = self.dataset(present)
        return {str(name): dataset == name for name in np.unique(dataset)}

    def y(self, present: frozenset[Modality]) -> IntVector:
        """Return the labels of the tracks with these modalities."""
        return self.corpus.y[self.has[present]]

    def dataset(self, present: frozenset[Modality]) -> Names:
        """Return the corpora of the tracks with these modalities."""
        return self.corpus.dataset[self.has[present]]


def predict_unseen(system: System, corpus: Corpus) -> UnseenProba:
    """Return the out-of-fold predictions for the tracks that the system was fitted to."""
    single = {m: _of_all(f.served_out_of_fold, corpus, m) for m, f in system.fitted.items()}
    common = {m: c.common(corpus.features[m]) for m, c in system.committees.items()}
    proba, has = {}, {}
    for present in ({Modality.AUDIO}, {Modality.LYRICS}, set(Modality)):
        key = frozenset(present)
        has[key] = np.logical_and.reduce([corpus.has[m] for m in sorted(present)])
        evidence = Evidence(
            {m: single[m][has[key]] for m in Modality if m in present},
            {m: common[m][has[key]] for m in Modality if m in present},
        )
        proba[key] = system.fusions[DEFAULT_FUSION].fuse(evidence)
    return UnseenProba(corpus, proba, has)


def _of_all(out_of_fold: Proba, corpus: Corpus, modality: Modality) -> Proba:
    """Return rows for all tracks; those without the modality are zero."""
    rows = np.zeros((len(corpus.y), N_QUADRANTS))
    rows[corpus.has[modality]] = out_of_fold
    return rows
