"""The lyrics-and-audio notebook's ten answers by its own recipe, and some with a leak closed.

The recipe is plain scikit-learn and torch on embeddings that are not scaled. It is known from a
description only; where that is silent the most ordinary choice is made:

- an SVM alone, and the early one, answers by ``SVC.predict``, and so are its accuracies and its
  recalls counted; whatever is fused goes by ``SVC.predict_proba``;
- a quadrant without training tracks has recall 0 and probability 0;
- every random state is the seed, set anew for the forest, the network and each SVM;
- ``random_forest`` and ``logistic_regression`` answer by ``predict``, the network by its largest
  output after the last epoch; its last batch may be smaller;
- torch's layers keep the first weights that they come with.

The leaks. ``weighted`` weighs by accuracies on the test tracks; ``adjusted_confidence`` and the
three stackers are fitted to what the SVMs say of their own training tracks, which they know too
well. Closed, all are fitted to what SVMs of the same settings say out of fold, the folds grouped
by artist.
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
from training.experiments.fusion.notebook_svm import Fit, Rows, SvmAnswers, ask_machines

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
"""The ten in the notebook's order."""
CLOSED = (
    "weighted",
    "adjusted_confidence",
    "random_forest",
    "logistic_regression",
    "neural_network",
)
"""Those with a leak that can be closed."""
N_FOLDS = 5
_BOTH = ("lyrics", "audio")

_Network: TypeAlias = Callable[[Proba, IntVector, Proba, int], IntVector]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Quadrants of the test tracks, as class indices ``(n_tracks,)``.

    Attributes:
        as_notebook: By each of ``NAMES``.
        closed: By each of ``CLOSED``.
    """

    as_notebook: dict[str, IntVector]
    closed: dict[str, IntVector]


class _Lesson(NamedTuple):
    """What both SVMs said of tracks whose labels are known, lyrics first.

    Attributes:
        said: Of the lyrics and of the audio.
        y: Labels in the notebook's order ``(n_tracks,)``.
    """

    said: list[SvmAnswers]
    y: IntVector

    @property
    def accuracies(self) -> NDArray[np.float64]:
        """Share of right answers of each SVM ``(2,)``."""
        return np.array([(each.answers == self.y).mean() for each in self.said])

    @property
    def recalls(self) -> NDArray[np.float64]:
        """Share of each label's tracks that each SVM answers rightly ``(2, n_labels)``."""
        labels = np.arange(N_QUADRANTS)
        return np.array(
            [
                recall_score(self.y, each.answers, labels=labels, average=None, zero_division=0)
                for each in self.said
            ]
        )

    @property
    def proba(self) -> NDArray[np.float64]:
        """Probabilities by each SVM ``(2, n_tracks, n_labels)``."""
        return np.stack([each.proba for each in self.said])


def answer(train: PairedTable, test: PairedTable, seed: int, kept: Path | None) -> Answers:
    """Fit all to one table and answer another.

    Args:
        train: With all four quadrants; its artists make the folds.
        test: Its labels decide the notebook's weights, and nothing else.
        seed: The same seed gives the same answers.
        kept: Where what each SVM says is kept and read again, so that a run can be resumed; None
            keeps nothing.

    Raises:
        AttuneError: Torch is not installed.
        DatasetError: There are fewer artists than folds, fewer tracks of every quadrant, or a kept
            file is damaged.
        EngineError: An SVM could not be fitted.
    """
    _network()  # sought first: the SVMs take long
    folds = list(grouped_folds(train.y, train.groups, N_FOLDS, seed))
    labels = np.argsort(PLACES)  # of our class indices
    rows = Rows(_features(train, test), labels[np.r_[train.y, test.y]], seed)
    n_train = len(train.y)
    fits = _fits(n_train, len(test.y), folds)
    lyrics, audio, early, *apart = ask_machines(fits, rows, kept)
    trained = _Lesson([_part(said, slice(n_train)) for said in (lyrics, audio)], rows.y[:n_train])
    tested = _Lesson(
        [_part(said, slice(n_train, None)) for said in (lyrics, audio)], rows.y[n_train:]
    )
    halves = (apart[: len(folds)], apart[len(folds) :])
    honest = _Lesson([_joined(half, folds) for half in halves], trained.y)
    found = _untaught(tested) | {"early": early.answers}
    found |= _taught(tested.accuracies, trained, tested.proba, seed)
    mended = _taught(honest.accuracies, honest, tested.proba, seed)
    return Answers(
        as_notebook={name: PLACES[found[name]] for name in NAMES},
        closed={name: PLACES[each] for name, each in mended.items()},
    )


def _features(train: PairedTable, test: PairedTable) -> dict[str, FloatMatrix]:
    audio = np.concatenate([train.audio, test.audio])
    lyrics = np.concatenate([train.lyrics, test.lyrics])
    return {"lyrics": lyrics, "audio": audio, "early": np.hstack([audio, lyrics])}


def _fits(n_train: int, n_test: int, folds: Sequence[Fold]) -> list[Fit]:
    """Return the notebook's three machines, and those of each fold for both modalities."""
    train, every = np.arange(n_train), np.arange(n_train + n_test)
    three = [Fit("lyrics", train, every), Fit("audio", train, every)]
    three.append(Fit("early", train, every[n_train:]))
    return three + [Fit(name, *fold) for name in _BOTH for fold in folds]


def _part(said: SvmAnswers, at: slice) -> SvmAnswers:
    return SvmAnswers(said.proba[at], said.answers[at])


def _joined(said: Sequence[SvmAnswers], folds: Sequence[Fold]) -> SvmAnswers:
    """Return what was said of the folds' test parts, in the order of the tracks."""
    back = np.argsort(np.concatenate([fold.test for fold in folds]))
    proba, answers = (np.concatenate(parts)[back] for parts in zip(*said, strict=True))
    return SvmAnswers(proba, answers)


def _untaught(tested: _Lesson) -> dict[str, IntVector]:
    """Return the answers of what is fitted to nothing that the SVMs say."""
    return {
        **{name: said.answers for name, said in zip(_BOTH, tested.said, strict=True)},
        "average": tested.proba.sum(axis=0).argmax(axis=1),
        "max_confidence": tested.proba.max(axis=0).argmax(axis=1),
    }


def _taught(
    weights: NDArray[np.float64], lesson: _Lesson, asked: NDArray[np.float64], seed: int
) -> dict[str, IntVector]:
    """Return the answers of what is fitted to what the SVMs say.

    Args:
        weights: Of the lyrics' probabilities and of the audio's.
        lesson: What the rest is fitted to.
        asked: Probabilities of the tracks to answer ``(2, n_tracks, n_labels)``.
        seed: Of the forest and the network.
    """
    seen, new = np.hstack(list(lesson.proba)), np.hstack(list(asked))
    forest = RandomForestClassifier(random_state=seed).fit(seen, lesson.y)
    regression = LogisticRegression(max_iter=1000).fit(seen, lesson.y)
    return {
        "weighted": (weights[:, None, None] * asked).sum(axis=0).argmax(axis=1),
        "adjusted_confidence": (lesson.recalls[:, None] * asked).max(axis=0).argmax(axis=1),
        "random_forest": forest.predict(new),
        "logistic_regression": regression.predict(new),
        "neural_network": _network()(seen, lesson.y, new, seed),
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
