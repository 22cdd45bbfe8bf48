"""Results of a comparison on disk: one file a unit, written atomically and never recomputed.

``<folder>/protocol.json`` holds the shared settings, and ``<folder>/priors/`` the priors learnt
without each group, ``<group>-<method>-<revision>.npz``. ``<folder>/listeners/<listener>/`` holds
``units/<split>-<method>-<revision>.npz`` and, so that another method need not fit the shared
committee again, its predictions in ``population/<split>.npz``.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector
from training.experiments.few_labels.context import Shared
from training.experiments.few_labels.method import Arrays
from training.experiments.few_labels.methods import METHODS
from training.experiments.few_labels.peers import Group
from training.experiments.few_labels.plan import UnitKey
from training.experiments.result_folder import Folder, read_arrays, write_arrays
from training.experiments.splits import JudgedTracks

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """A method's predictions in one split of one listener, at each number of labels.

    Attributes:
        key: Identity of the unit.
        judged: The test tracks.
        n_labels: Numbers of learnt answers ``(n_steps,)``; the first is 0.
        labelled: The tracks in order, as places among the study's features ``(n_questions,)``.
        proba: Shape ``(n_crowds, n_steps, n_test, n_quadrants)``, a crowd for each ``n_others`` of
            the protocol; one crowd if the method does not read votes.
        sets: Prediction sets of the same shape; None if the method has none.
        seconds: Time of learning and predicting under the first crowd ``(n_steps,)``.
        making: Seconds to make the method and to learn its prior.
    """

    key: UnitKey
    judged: JudgedTracks
    n_labels: IntVector
    labelled: IntVector
    proba: Floats
    sets: NDArray[np.bool_] | None
    seconds: NDArray[np.float64]
    making: float

    def under(self, crowd: int) -> "Unit":
        """Return the unit under one crowd, without the first axis of ``proba`` and ``sets``."""
        at = min(crowd, len(self.proba) - 1)
        sets = None if self.sets is None else self.sets[at]
        return replace(self, proba=self.proba[at], sets=sets)


@dataclass(frozen=True, slots=True, eq=False)
class LearnedPrior:
    """A prior that a method learnt from listeners.

    Attributes:
        arrays: Arrays by name; empty if the method has no prior.
        seconds: Time of learning.
    """

    arrays: Arrays = field(default_factory=dict)
    seconds: float = 0.0


class Results(Folder):
    """A folder of results under one protocol.

    Raises:
        PlanError: The folder holds results under another protocol.
    """

    def has(self, key: UnitKey) -> bool:
        """Return whether a unit is stored for the method's current revision."""
        return self._unit_path(key).exists()

    def put(self, unit: Unit) -> None:
        """Store a unit, atomically."""
        optional = {} if unit.sets is None else {"sets": unit.sets}
        write_arrays(
            self._unit_path(unit.key),
            **unit.judged.arrays,
            n_labels=unit.n_labels,
            asked=unit.labelled,
            proba=unit.proba,
            seconds=unit.seconds,
            making=np.array(unit.making),
            **optional,
        )

    def unit(self, key: UnitKey) -> Unit:
        """Return a stored unit."""
        stored = read_arrays(self._unit_path(key))
        return Unit(
            key=key,
            judged=JudgedTracks.of(stored),
            n_labels=stored["n_labels"].astype(np.int64),
            labelled=stored["asked"].astype(np.int64),
            proba=stored["proba"].astype(np.float32),
            sets=stored["sets"].astype(np.bool_) if "sets" in stored else None,
            seconds=stored["seconds"].astype(np.float64),
            making=float(stored["making"]),
        )

    def put_learnt(self, group: Group, method: str, learnt: LearnedPrior) -> None:
        """Store the prior that a method learnt without a group, or from other studies."""
        path = self._learnt_path(group, method)
        write_arrays(path, **learnt.arrays, seconds=np.array(learnt.seconds))

    def learnt(self, group: Group, method: str) -> LearnedPrior | None:
        """Return a stored prior, or None."""
        path = self._learnt_path(group, method)
        if not path.exists():
            return None
        stored = read_arrays(path)
        return LearnedPrior(stored, float(stored.pop("seconds")))

    def put_shared(self, listener: str, split: int, shared: Shared) -> None:
        """Store the predictions of a split's shared committee."""
        write_arrays(
            self._shared_path(listener, split), out_of_fold=shared.out_of_fold, proba=shared.proba
        )

    def shared(self, listener: str, split: int) -> Shared | None:
        """Return the stored predictions of a split's shared committee, or None."""
        path = self._shared_path(listener, split)
        if not path.exists():
            return None
        stored = read_arrays(path)
        return Shared(stored["out_of_fold"].astype(float), stored["proba"].astype(float))

    def _unit_path(self, key: UnitKey) -> Path:
        name = f"{key.split}-{key.method}-{METHODS[key.method].revision}.npz"
        return self.home(key.listener) / "units" / name

    def _learnt_path(self, group: Group, method: str) -> Path:
        name = f"{group}-{method}-{METHODS[method].revision}.npz"
        return self.folder / "priors" / name

    def _shared_path(self, listener: str, split: int) -> Path:
        return self.home(listener) / "population" / f"{split}.npz"
