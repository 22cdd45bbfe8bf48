"""The lyrics-and-audio notebook's ten fusions by its own recipe, and some with a leak closed.

The recipe is plain scikit-learn and torch on unscaled embeddings. Only a description of it is
known; where that is silent, this module makes the usual choice:

- a single SVM and the early one answer by ``SVC.predict``, which also defines their accuracies and
  recalls; the fusions read ``SVC.predict_proba``;
- a quadrant without training tracks has recall 0 and probability 0;
- every random state is the seed, set again for the forest, the network and each SVM;
- ``random_forest`` and ``logistic_regression`` answer by ``predict``, the network by its largest
  output after the last epoch; its last batch may be smaller;
- torch's layers keep their default initial weights.

The leaks: ``weighted`` weighs by accuracies on the test tracks; ``adjusted_confidence`` and the
three stackers are fitted to the SVMs' predictions for their own training tracks. Closed, all are
fitted to out-of-fold predictions of SVMs with the same settings, with folds grouped by artist.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score

from models.arrays import FloatMatrix, IntVector, Proba
from models.emotion import N_QUADRANTS
from models.errors import AttuneError
from training.datasets.folds import Fold, grouped_folds
from training.datasets.laa import PLACES
from training.datasets.tracks import PairedTable
from training.experiments.fusion.notebook_svm import Fit, Rows, SvmAnswers, svm_answers

NAMES = (
    "lyrics",
    "audio",
    "average",
    "weighted",
    "max_confidence",
    "adjusted_confidence",
    "random_forest",
    "logistic_regression",
    "neural_network",
    "early",
)
"""The ten fusions in the notebook's order."""
CLOSED = (
    "weighted",
    "adjusted_confidence",
    "random_forest",
    "logistic_regression",
    "neural_network",
)
"""Fusions with a leak that can be closed."""
N_FOLDS = 5
_BOTH = ("lyrics", "audio")

_Network: TypeAlias = Callable[[Proba, IntVector, Proba, int], IntVector]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Quadrants of the test tracks, as class indices ``(n_tracks,)``.

    Attributes:
        as_notebook: Answers of each of ``NAMES``.
        closed: Answers of each of ``CLOSED`` without its leak.
    """

    as_notebook: dict[str, IntVector]
    closed: dict[str, IntVector]


class _LabelledAnswers(NamedTuple):
    """Answers of both SVMs to labelled tracks.

    Attributes:
        answers: Answers of the lyrics' SVM, then of the audio's.
        y: Labels in the notebook's order ``(n_tracks,)``.
    """

    answers: list[SvmAnswers]
    y: IntVector

    @property
    def accuracies(self) -> NDArray[np.float64]:
        """Share of right answers of each SVM ``(2,)``."""
        return np.array([(each.answers == self.y).mean() for each in self.answers])

    @property
    def recalls(self) -> NDArray[np.float64]:
        """Share of each label's tracks that each SVM answers rightly ``(2, n_labels)``."""
        labels = np.arange(N_QUADRANTS)
        return np.array(
            [
                recall_score(self.y, each.answers, labels=labels, average=None, zero_division=0)
                for each in self.answers
            ]
        )

    @property
    def proba(self) -> NDArray[np.float64]:
        """Probabilities by each SVM ``(2, n_tracks, n_labels)``."""
        return np.stack([each.proba for each in self.answers])


def answer(train: PairedTable, test: PairedTable, seed: int, kept: Path | None) -> Answers:
    """Fit all fusions to one table and answer another.

    Args:
        train: Table with all four quadrants; folds are grouped by its artists.
        test: Table to answer; its labels only define the notebook's weights.
        seed: The same seed gives the same answers.
        kept: Folder that stores each SVM's answers, so that a run can be resumed; None stores
            nothing.

    Raises:
        AttuneError: Torch is not installed.
        DatasetError: There are fewer artists than folds, fewer tracks of every quadrant, or a
            stored file is damaged.
        EngineError: An SVM could not be fitted.
    """
    _network()  # fail before the SVMs, which take long
    folds = list(grouped_folds(train.y, train.groups, N_FOLDS, seed))
    labels = np.argsort(PLACES)  # of our class indices
    rows = Rows(_features(train, test), labels[np.r_[train.y, test.y]], seed)
    n_train = len(train.y)
    fits = _fits(n_train, len(test.y), folds)
    lyrics, audio, early, *apart = svm_answers(fits, rows, kept)
    trained = _LabelledAnswers(
        [_part(answers, slice(n_train)) for answers in (lyrics, audio)], rows.y[:n_train]
    )
    tested = _LabelledAnswers(
        [_part(answers, slice(n_train, None)) for answers in (lyrics, audio)], rows.y[n_train:]
    )
    halves = (apart[: len(folds)], apart[len(folds) :])
    out_of_fold = _LabelledAnswers([_joined(half, folds) for half in halves], trained.y)
    found = _unfitted_fusions(tested) | {"early": early.answers}
    found |= _fitted_fusions(tested.accuracies, trained, tested.proba, seed)
    without_leak = _fitted_fusions(out_of_fold.accuracies, out_of_fold, tested.proba, seed)
    return Answers(
        as_notebook={name: PLACES[found[name]] for name in NAMES},
        closed={name: PLACES[each] for name, each in without_leak.items()},
    )


def _features(train: PairedTable, test: PairedTable) -> dict[str, FloatMatrix]:
    audio = np.concatenate([train.audio, test.audio])
    lyrics = np.concatenate([train.lyrics, test.lyrics])
    return {"lyrics": lyrics, "audio": audio, "early": np.hstack([audio, lyrics])}


def _fits(n_train: int, n_test: int, folds: Sequence[Fold]) -> list[Fit]:
    """Return the notebook's three SVMs, and those of each fold for both modalities."""
    train, every = np.arange(n_train), np.arange(n_train + n_test)
    three = [Fit("lyrics", train, every), Fit("audio", train, every)]
    three.append(Fit("early", train, every[n_train:]))
    return three + [Fit(name, *fold) for name in _BOTH for fold in folds]


def _part(answers: SvmAnswers, at: slice) -> SvmAnswers:
    return SvmAnswers(answers.proba[at], answers.answers[at])


def _joined(by_fold: Sequence[SvmAnswers], folds: Sequence[Fold]) -> SvmAnswers:
    """Return the answers to the folds' test parts, in the order of the tracks."""
    back = np.argsort(np.concatenate([fold.test for fold in folds]))
    proba, answers = (np.concatenate(parts)[back] for parts in zip(*by_fold, strict=True))
    return SvmAnswers(proba, answers)


def _unfitted_fusions(tested: _LabelledAnswers) -> dict[str, IntVector]:
    """Return the answers of the fusions that need no fit."""
    return {
        **{name: answers.answers for name, answers in zip(_BOTH, tested.answers, strict=True)},
        "average": tested.proba.sum(axis=0).argmax(axis=1),
        "max_confidence": tested.proba.max(axis=0).argmax(axis=1),
    }


def _fitted_fusions(
    weights: NDArray[np.float64], labelled: _LabelledAnswers, test: NDArray[np.float64], seed: int
) -> dict[str, IntVector]:
    """Return the answers of the fusions that are fitted to the SVMs' answers.

    Args:
        weights: Weights of the lyrics' probabilities and of the audio's.
        labelled: Answers to fit to.
        test: Probabilities of the tracks to answer ``(2, n_tracks, n_labels)``.
        seed: Seed of the forest and the network.
    """
    seen, new = np.hstack(list(labelled.proba)), np.hstack(list(test))
    forest = RandomForestClassifier(random_state=seed).fit(seen, labelled.y)
    regression = LogisticRegression(max_iter=1000).fit(seen, labelled.y)
    return {
        "weighted": (weights[:, None, None] * test).sum(axis=0).argmax(axis=1),
        "adjusted_confidence": (labelled.recalls[:, None] * test).max(axis=0).argmax(axis=1),
        "random_forest": forest.predict(new),
        "logistic_regression": regression.predict(new),
        "neural_network": _network()(seen, labelled.y, new, seed),
    }


def _network() -> _Network:
    try:
        from training.experiments.fusion.notebook_network import (
            answers_of_network,  # only this needs torch
        )
    except ModuleNotFoundError as error:
        raise AttuneError(
            "The notebook's network needs torch: install the extra 'training'."
        ) from error
    return answers_of_network
