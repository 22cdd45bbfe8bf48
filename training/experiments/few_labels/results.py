"""Results on disk: one file a unit, whole or not there, and none of it is computed twice.

``<folder>/protocol.json`` says what all units share. ``<folder>/priors/`` holds
``<group>-<method>-<revision>.npz``, what a method learnt of all listeners but a group, and
``<folder>/listeners/<listener>/`` holds ``population/<split>.npz``, what the shared committee
said, so that a further method need not fit it again, and
``units/<split>-<method>-<revision>.npz``.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector
from training.experiments.few_labels.context import Shared
from training.experiments.few_labels.method import Arrays, Entry
from training.experiments.few_labels.methods import METHODS
from training.experiments.few_labels.peers import Group
from training.experiments.few_labels.plan import UnitKey
from training.experiments.result_folder import Folder, read_arrays, write_arrays
from training.experiments.splits import JudgedTracks

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """What a method said in one split of one listener, at each number of labels.

    Attributes:
        key: Which unit.
        judged: The tracks it is judged on.
        n_labels: What it had learnt from ``(n_steps,)``; the first is 0.
        asked: Places of the labelled tracks among the study's features, in order ``(n_asked,)``.
        proba: Shape ``(n_crowds, n_steps, n_test, n_quadrants)``: beside the votes of as many
            other listeners as the protocol says; one crowd for all where votes change nothing.
        sets: Prediction sets of the same shape; None where the method has none.
        seconds: What each answer took, learning and predicting, under the first crowd
            ``(n_steps,)``.
        making: Seconds that making the method took, and learning its prior.
    """

    key: UnitKey
    judged: JudgedTracks
    n_labels: IntVector
    asked: IntVector
    proba: Floats
    sets: NDArray[np.bool_] | None
    seconds: NDArray[np.float64]
    making: float

    def under(self, crowd: int) -> "Unit":
        """Return the same of one crowd: ``proba`` and ``sets`` lack their first axis."""
        at = min(crowd, len(self.proba) - 1)
        sets = None if self.sets is None else self.sets[at]
        return replace(self, proba=self.proba[at], sets=sets)


@dataclass(frozen=True, slots=True, eq=False)
class LearnedPrior:
    """What a method learnt of listeners.

    Attributes:
        arrays: By name; none where it learns nothing.
        seconds: That it took.
    """

    arrays: Arrays = field(default_factory=dict)
    seconds: float = 0.0


class Results(Folder):
    """A folder of results under one protocol.

    Raises:
        PlanError: The folder holds results under another protocol.
    """

    def has(self, key: UnitKey) -> bool:
        """Tell whether a unit is done, by the method as it is now."""
        return self._unit_path(key).exists()

    def put(self, unit: Unit) -> None:
        """Keep a unit, whole or not at all."""
        some = {} if unit.sets is None else {"sets": unit.sets}
        write_arrays(
            self._unit_path(unit.key),
            **unit.judged.arrays,
            n_labels=unit.n_labels,
            asked=unit.asked,
            proba=unit.proba,
            seconds=unit.seconds,
            making=np.array(unit.making),
            **some,
        )

    def unit(self, key: UnitKey) -> Unit:
        """Return a unit that is done."""
        stored = read_arrays(self._unit_path(key))
        return Unit(
            key=key,
            judged=JudgedTracks.of(stored),
            n_labels=stored["n_labels"].astype(np.int64),
            asked=stored["asked"].astype(np.int64),
            proba=stored["proba"].astype(np.float32),
            sets=stored["sets"].astype(np.bool_) if "sets" in stored else None,
            seconds=stored["seconds"].astype(np.float64),
            making=float(stored["making"]),
        )

    def put_learnt(self, group: Group, method: str, learnt: LearnedPrior) -> None:
        """Keep what a method learnt of all listeners but a group, or of other studies."""
        path = self._learnt_path(group, method)
        write_arrays(path, **learnt.arrays, seconds=np.array(learnt.seconds))

    def learnt(self, group: Group, method: str) -> LearnedPrior | None:
        """Return what a method learnt, if it did."""
        path = self._learnt_path(group, method)
        if not path.exists():
            return None
        stored = read_arrays(path)
        return LearnedPrior(stored, float(stored.pop("seconds")))

    def put_shared(self, listener: str, split: int, shared: Shared) -> None:
        """Keep what the shared committee of a split says."""
        write_arrays(
            self._shared_path(listener, split), out_of_fold=shared.out_of_fold, proba=shared.proba
        )

    def shared(self, listener: str, split: int) -> Shared | None:
        """Return what the shared committee of a split says, if that is known."""
        path = self._shared_path(listener, split)
        if not path.exists():
            return None
        stored = read_arrays(path)
        return Shared(stored["out_of_fold"].astype(float), stored["proba"].astype(float))

    def _unit_path(self, key: UnitKey) -> Path:
        entry: Entry = METHODS[key.method]
        name = f"{key.split}-{key.method}-{entry.revision}.npz"
        return self.home(key.listener) / "units" / name

    def _learnt_path(self, group: Group, method: str) -> Path:
        name = f"{group}-{method}-{METHODS[method].revision}.npz"
        return self.folder / "priors" / name

    def _shared_path(self, listener: str, split: int) -> Path:
        return self.home(listener) / "population" / f"{split}.npz"
