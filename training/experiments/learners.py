"""How a listener's answers change the committee, round by round."""

from collections.abc import Callable, Mapping
from typing import Protocol, cast

import numpy as np

from models.arrays import FloatMatrix, IntVector, MemberLogits
from models.members import Delta, LearningFamily
from models.members.steps import STEPS, Arrays
from training.experiments.start import Start

__all__ = ["LEARNERS", "Arrays", "Learner", "Newest", "Refit", "Successive"]


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


class Newest:
    """Every round, the newest answers are learnt on top of the last round's models (the paper)."""

    def __init__(self, start: Start) -> None:
        self.start = start
        self._steps = {
            name: STEPS.get(type(family), _Networks)(family, start.raw[name])
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
