"""Incremental learning: each round learns only the newest labels, on top of earlier rounds.

Trees are appended. Linear models continue from their current weights and are penalised for leaving
those instead of the shared ones, so they forget. Gaussian moments are additive, so rounds give the
same result as all labels at once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, MemberLogits
from models.members.cnn import LastLayers
from models.members.family import LearningFamily
from models.members.gnb import GaussianNaiveBayes
from models.members.sgd import LogisticRegressionSgd
from models.members.xgb import BoostedTrees

Arrays = Mapping[str, NDArray[np.generic]]


class Step(Protocol):
    """Incremental learning of one family."""

    @property
    def raw(self) -> MemberLogits:
        """The current uncalibrated logits ``(n_folds, n_tracks, n_quadrants)``."""
        ...

    @property
    def arrays(self) -> Arrays:
        """Everything learnt, as the arrays of one delta on the initial family."""
        ...

    def update(self, x: FloatMatrix, y: IntVector, answered: IntVector, newest: IntVector) -> None:
        """Learn from labels.

        Args:
            x: Features of all tracks, the same in each round ``(n_tracks, n_features)``.
            y: Class indices of all tracks ``(n_tracks,)``.
            answered: Indices of all tracks labelled so far, including ``newest``.
            newest: Indices of the tracks labelled in this round.
        """
        ...


class _Moments:
    """Fits all labels at once, because Gaussian moments are additive."""

    def __init__(self, family: LearningFamily, raw: MemberLogits) -> None:
        self.raw = raw
        self._family, self._start = family, raw
        self.arrays: Arrays = {}

    def update(self, x: FloatMatrix, y: IntVector, answered: IntVector, newest: IntVector) -> None:
        del newest
        delta = self._family.learn(x[answered], y[answered], self._start[:, answered])
        self.raw, self.arrays = delta.logits(x, self._start), delta.to_arrays()


class _Offsets:
    """Adds each round's delta to the logits of earlier rounds."""

    def __init__(
        self,
        family: LearningFamily,
        raw: MemberLogits,
        combine: Callable[[Sequence[Arrays]], Arrays],
    ) -> None:
        self.raw = raw
        self._family, self._combine = family, combine
        self._added: list[Arrays] = []

    def update(self, x: FloatMatrix, y: IntVector, answered: IntVector, newest: IntVector) -> None:
        del answered
        delta = self._family.learn(x[newest], y[newest], self.raw[:, newest])
        self.raw = delta.logits(x, self.raw)
        self._added.append(delta.to_arrays())

    @property
    def arrays(self) -> Arrays:
        return self._combine(self._added) if self._added else {}


class _Weights:
    """Continues from the current weights, with an L2 penalty on leaving them."""

    def __init__(self, family: LearningFamily, raw: MemberLogits) -> None:
        self.raw = raw
        self._start = self._current = cast("LogisticRegressionSgd", family)

    def update(self, x: FloatMatrix, y: IntVector, answered: IntVector, newest: IntVector) -> None:
        del answered
        delta = self._current.learn(x[newest], y[newest], self.raw[:, newest])
        self.raw = delta.logits(x, self.raw)
        self._current = replace(self._current, weight=self._current.weight + delta.change)

    @property
    def arrays(self) -> Arrays:
        return {"change": (self._current.weight - self._start.weight).astype(np.float16)}


def _trees(added: Sequence[Arrays]) -> Arrays:
    """Concatenate the trees of all rounds."""
    return {name: np.concatenate([arrays[name] for arrays in added], axis=1) for name in added[0]}


def _changes(added: Sequence[Arrays]) -> Arrays:
    """Sum the changes of all rounds."""
    return {"change": np.sum([arrays["change"] for arrays in added], axis=0, dtype=np.float32)}


STEPS: Mapping[type, Callable[[LearningFamily, MemberLogits], Step]] = {
    GaussianNaiveBayes: _Moments,
    LogisticRegressionSgd: _Weights,
    BoostedTrees: partial(_Offsets, combine=_trees),
    LastLayers: partial(_Offsets, combine=_changes),
}
"""Family type to its incremental learner, which starts from the logits of all tracks."""
