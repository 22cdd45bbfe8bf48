"""The newest answers are learnt on top of what the ones before have left.

Trees are added to trees; the linear models go on from where they were, pulled back to there
rather than to the shared ones, and so forget. Gaussian moments add up the same either way.
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
    """One family, going on from where the last answers left it."""

    @property
    def raw(self) -> MemberLogits:
        """Its uncalibrated logits now ``(n_folds, n_tracks, n_quadrants)``."""
        ...

    @property
    def arrays(self) -> Arrays:
        """All that was learnt, as arrays of one delta on the family it began with."""
        ...

    def go(self, x: FloatMatrix, y: IntVector, asked: IntVector, newest: IntVector) -> None:
        """Take in answers.

        Args:
            x: Features of all tracks, the same each time ``(n_tracks, n_features)``.
            y: Quadrants of all tracks, as indices ``(n_tracks,)``.
            asked: Places of those answered so far, the newest among them.
            newest: Places of those answered now.
        """
        ...


class _Moments:
    """Gaussian moments add up: all answers at once give what rounds would."""

    def __init__(self, family: LearningFamily, raw: MemberLogits) -> None:
        self.raw = raw
        self._family, self._start = family, raw
        self.arrays: Arrays = {}

    def go(self, x: FloatMatrix, y: IntVector, asked: IntVector, newest: IntVector) -> None:
        del newest
        delta = self._family.learn(x[asked], y[asked], self._start[:, asked])
        self.raw, self.arrays = delta.logits(x, self._start), delta.to_arrays()


class _Offsets:
    """What a round adds to the logits is added to what the rounds before have left."""

    def __init__(
        self,
        family: LearningFamily,
        raw: MemberLogits,
        together: Callable[[Sequence[Arrays]], Arrays],
    ) -> None:
        self.raw = raw
        self._family, self._together = family, together
        self._added: list[Arrays] = []

    def go(self, x: FloatMatrix, y: IntVector, asked: IntVector, newest: IntVector) -> None:
        del asked
        delta = self._family.learn(x[newest], y[newest], self.raw[:, newest])
        self.raw = delta.logits(x, self.raw)
        self._added.append(delta.to_arrays())

    @property
    def arrays(self) -> Arrays:
        return self._together(self._added) if self._added else {}


class _Weights:
    """Weights move on from where they are, and are pulled back to there."""

    def __init__(self, family: LearningFamily, raw: MemberLogits) -> None:
        self.raw = raw
        self._start = self._now = cast("LogisticRegressionSgd", family)

    def go(self, x: FloatMatrix, y: IntVector, asked: IntVector, newest: IntVector) -> None:
        del asked
        delta = self._now.learn(x[newest], y[newest], self.raw[:, newest])
        self.raw = delta.logits(x, self.raw)
        self._now = replace(self._now, weight=self._now.weight + delta.change)

    @property
    def arrays(self) -> Arrays:
        return {"change": (self._now.weight - self._start.weight).astype(np.float16)}


def _trees(added: Sequence[Arrays]) -> Arrays:
    """Return all rounds' trees, one round's after another's."""
    return {name: np.concatenate([arrays[name] for arrays in added], axis=1) for name in added[0]}


def _changes(added: Sequence[Arrays]) -> Arrays:
    """Return the sum of what the rounds changed."""
    return {"change": np.sum([arrays["change"] for arrays in added], axis=0, dtype=np.float32)}


STEPS: Mapping[type, Callable[[LearningFamily, MemberLogits], Step]] = {
    GaussianNaiveBayes: _Moments,
    LogisticRegressionSgd: _Weights,
    BoostedTrees: partial(_Offsets, together=_trees),
    LastLayers: partial(_Offsets, together=_changes),
}
"""A family's type to how it goes on, from its logits of all tracks."""
