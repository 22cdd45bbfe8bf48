"""Accuracy of quadrants from lyrics embeddings, in English by artist and in other languages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from models.arrays import FloatMatrix, IntVector
from models.emotion import N_QUADRANTS
from training.datasets.folds import grouped_folds
from training.members.svm import fit_rbf_svm
from training.metrics import Interval, accuracy, bootstrap_by_group

_SVM_C, _LINEAR_C, _RIDGE_ALPHA = 2.0, 0.003, 1_000.0
_N_FOLDS, _SEEDS = 5, 2


@dataclass(frozen=True, slots=True, eq=False)
class Songs:
    """Songs of one corpus with lyrics that are read.

    Attributes:
        y: Class indices ``(n_songs,)``.
        groups: Artists ``(n_songs,)``.
        texts: Lyrics.
        x: Features of the shipped encoders ``(n_songs, n_lyrics_features)``.
    """

    y: IntVector
    groups: IntVector
    texts: Sequence[str]
    x: FloatMatrix


def by_artist(songs: Songs, x: FloatMatrix) -> Interval:
    """Return the out-of-fold accuracy of an RBF SVM, with folds grouped by artist."""
    runs = []
    for seed in range(_SEEDS):
        answered = np.zeros(len(songs.y), np.int64)
        for fold in grouped_folds(songs.y, songs.groups, _N_FOLDS, seed):
            machine = fit_rbf_svm(x[fold.train], songs.y[fold.train], c=_SVM_C)
            answered[fold.test] = machine.scores(x[fold.test]).argmax(axis=1)
        runs.append(np.eye(N_QUADRANTS)[answered])
    y, groups = np.tile(songs.y, _SEEDS), np.tile(songs.groups, _SEEDS)
    return bootstrap_by_group(accuracy, y, np.concatenate(runs), groups, np.random.default_rng(0))


def across(
    x: FloatMatrix, y: IntVector, elsewhere: Mapping[str, FloatMatrix], truth: IntVector
) -> dict[str, float]:
    """Return the accuracy in each language of a linear model fitted to songs in English.

    Args:
        x: Embeddings of the songs ``(n_songs, n_features)``.
        y: Class indices of the songs ``(n_songs,)``.
        elsewhere: Language to embeddings of the same texts ``(n_texts, n_features)``.
        truth: Class indices of the texts ``(n_texts,)``.
    """
    model = make_pipeline(StandardScaler(), _linear()).fit(x, y)
    return {code: float((model.predict(z) == truth).mean()) for code, z in elsewhere.items()}


def mapped(
    source: FloatMatrix, target: FloatMatrix, elsewhere: Mapping[str, FloatMatrix]
) -> dict[str, FloatMatrix]:
    """Return embeddings mapped to another space by a ridge regression on songs.

    Args:
        source: Embeddings of songs ``(n_songs, n_source)``.
        target: Other embeddings of the same songs ``(n_songs, n_target)``.
        elsewhere: Language to embeddings in the source space ``(n_texts, n_source)``.
    """
    scaler = StandardScaler().fit(target)
    ridge = make_pipeline(StandardScaler(), Ridge(alpha=_RIDGE_ALPHA))
    ridge.fit(source, scaler.transform(target))
    return {
        code: np.asarray(scaler.inverse_transform(ridge.predict(z)), np.float32)
        for code, z in elsewhere.items()
    }


def _linear() -> LogisticRegression:
    return LogisticRegression(C=_LINEAR_C, class_weight="balanced", max_iter=500)
