"""How a listener's answers change the committee, round by round."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, MemberLogits
from models.members import (
    BoostedTrees,
    GaussianNaiveBayes,
    LearningFamily,
    LogisticRegressionSgd,
)
from models.members.cnn import LastLayers
from models.members.family import Delta
from training.simulate.start import Start

Arrays = dict[str, NDArray[np.generic]]


class Learner(Protocol):
    """Learns in rounds; starts from the shared models."""

    start: Start

    def learn(self, asked: IntVector, newest: IntVector) -> None:
        """Take in answers.

        Args:
            asked: All tracks answered so far, the newest among them, as places in the start.
            newest: Those answered in this round.
        """
        ...

    @property
    def raw(self) -> Mapping[str, MemberLogits]:
        """Each algorithm's uncalibrated logits now ``(n_folds, n_tracks, n_quadrants)``."""
        ...

    @property
    def arrays(self) -> Arrays:
        """The personal model, ``algorithm/name`` to array."""
        ...


class Refit:
    """Every round, all answers are learnt anew on the shared models: what the service does."""

    def __init__(self, start: Start) -> None:
        self.start = start
        self.raw: Mapping[str, MemberLogits] = start.raw
        self._deltas: dict[str, Delta] = {}

    def learn(self, asked: IntVector, newest: IntVector) -> None:
        """Take in answers."""
        del newest
        start, raw = self.start, dict(self.start.raw)
        asked = np.sort(asked)  # sums round alike, however the answers came in
        for name, family in start.committee.learners.items():
            x = start.committee.read_by(name, start.x)
            delta = family.learn(x[asked], start.y[asked], start.raw[name][:, asked])
            self._deltas[name] = delta
            raw[name] = delta.logits(x, start.raw[name])
        self.raw = raw

    @property
    def arrays(self) -> Arrays:
        """The personal model."""
        return {
            f"{name}/{key}": array
            for name, delta in self._deltas.items()
            for key, array in delta.to_arrays().items()
        }


class _Step(Protocol):
    """One algorithm, going on from where the last round left it."""

    raw: MemberLogits

    @property
    def arrays(self) -> Arrays:
        """The personal model."""
        ...

    def go(self, x: FloatMatrix, y: IntVector, asked: IntVector, newest: IntVector) -> None:
        """Take in answers."""
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
    """A round's trees, or change of last layers, are added to what the rounds before have left."""

    def __init__(self, family: LearningFamily, raw: MemberLogits) -> None:
        self.raw = raw
        self._family = family
        self._added: list[Arrays] = []

    def go(self, x: FloatMatrix, y: IntVector, asked: IntVector, newest: IntVector) -> None:
        del asked
        delta = self._family.learn(x[newest], y[newest], self.raw[:, newest])
        self.raw = delta.logits(x, self.raw)
        self._added.append(delta.to_arrays())

    @property
    def arrays(self) -> Arrays:
        """All rounds' trees as one delta's; of last layers, all that was added."""
        names = self._added[0] if self._added else ()
        rounds = {name: [added[name] for added in self._added] for name in names}
        if "change" in rounds:
            return {"change": np.sum(rounds["change"], axis=0, dtype=np.float32)}
        return {name: np.concatenate(arrays, axis=1) for name, arrays in rounds.items()}


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
        """What all rounds together changed."""
        return {"change": (self._now.weight - self._start.weight).astype(np.float16)}


class _Networks:
    """Whole networks go on from where they are."""

    def __init__(self, family: LearningFamily, raw: MemberLogits) -> None:
        self.raw = raw
        self._now = family
        self.arrays: Arrays = {}

    def go(self, x: FloatMatrix, y: IntVector, asked: IntVector, newest: IntVector) -> None:
        del asked
        delta = self._now.learn(x[newest], y[newest], self.raw[:, newest])
        self.raw, self.arrays = delta.logits(x, self.raw), delta.to_arrays()
        self._now = cast("Successive", delta).family


class Successive(Protocol):
    """A delta that is a family by itself."""

    @property
    def family(self) -> LearningFamily:
        """Where the next answers are learnt."""
        ...


_STEPS: Mapping[type, Callable[[LearningFamily, MemberLogits], _Step]] = {
    GaussianNaiveBayes: _Moments,
    LogisticRegressionSgd: _Weights,
    BoostedTrees: _Offsets,
    LastLayers: _Offsets,
}


class Newest:
    """Every round, the newest answers are learnt on top of the last round's models (the paper).

    Trees are added to trees; the linear models go on from where they were, pulled back to there
    rather than to the shared ones. Gaussian moments add up the same either way.
    """

    def __init__(self, start: Start) -> None:
        self.start = start
        self._steps = {
            name: _STEPS.get(type(family), _Networks)(family, start.raw[name])
            for name, family in start.committee.learners.items()
        }

    def learn(self, asked: IntVector, newest: IntVector) -> None:
        """Take in answers."""
        start = self.start
        for name, step in self._steps.items():
            x = start.committee.read_by(name, start.x)
            step.go(x, start.y, np.sort(asked), np.sort(newest))

    @property
    def raw(self) -> Mapping[str, MemberLogits]:
        """Each algorithm's logits now."""
        learnt = {name: step.raw for name, step in self._steps.items()}
        return {**self.start.raw, **learnt}

    @property
    def arrays(self) -> Arrays:
        """The personal model."""
        return {
            f"{name}/{key}": array
            for name, step in self._steps.items()
            for key, array in step.arrays.items()
        }


LEARNERS: Mapping[str, Callable[[Start], Learner]] = {"newest": Newest, "refit": Refit}
