"""Results of a simulation on disk: one file a unit, written atomically and never recomputed.

``<folder>/protocol.json`` holds the shared settings. ``<folder>/listeners/<listener>/`` holds
``units/<split>-<mode>-<personaliser>.npz``, ``baselines/<split>.npz``, the listener's personal
models and, after the report, a readable evaluation. The shared committee is in
``population/<split>/`` there, or in ``<folder>/population/`` where all listeners share one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector
from training.experiments.active_learning.plan import Protocol, UnitKey
from training.experiments.protocol import OTHERS
from training.experiments.result_folder import Folder, read_arrays, write_arrays
from training.experiments.saved_models import (
    SavedArrays,
    SavedCommittee,
    SavedModels,
    has_committee,
    write_base,
)
from training.experiments.splits import JudgedTracks

Floats = NDArray[np.float32]
COMMITTEE = "committee"
BASELINES = ("majority", "population", "others", "own")
_UNIT = re.compile(r"(?P<split>\d+)-(?P<mode>.+)-(?P<personaliser>[a-z]+)\.npz")


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """Results of one unit, round by round.

    Attributes:
        key: Identity of the unit.
        judged: The test tracks.
        n_labels: Number of learnt answers ``(n_rounds + 1,)``; the first is 0.
        labelled: The tracks in order, as places among the study's features ``(n_questions,)``.
        predictors: The algorithms, then ``committee``: the second axis of ``proba``.
        proba: Each algorithm's mean distribution over its folds, and the committee's consensus
            ``(n_rounds + 1, n_predictors, n_test, n_quadrants)``.
        answers: Likeliest quadrant of each single member
            ``(n_rounds + 1, n_members, n_test)``; members ordered by algorithm, then fold.
        seconds: Time spent ``asking``, ``learning`` and ``predicting``.
    """

    key: UnitKey
    judged: JudgedTracks
    n_labels: IntVector
    labelled: IntVector
    predictors: Sequence[str]
    proba: Floats
    answers: NDArray[np.int8]
    seconds: Mapping[str, float]

    def starts_like(self, other: "Unit") -> bool:
        """Return whether both units predict the same for the same tracks at 0 labels."""
        return (
            np.array_equal(self.proba[0], other.proba[0])
            and np.array_equal(self.answers[0], other.answers[0])
            and self.judged.equals(other.judged)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Baselines:
    """Predictions of the baselines for one listener and split.

    Attributes:
        listener: Name of the listener.
        split: Index of the split.
        judged: The test tracks.
        n_labels: Number of learnt answers, as in :class:`Unit` ``(n_rounds + 1,)``.
        names: The second axis of ``proba``: ``majority`` of the other listeners' labels,
            ``population`` (the shared committee), ``others`` (their smoothed votes on the track),
            ``own`` (a model of the listener's own answers alone, to random questions).
        proba: Shape ``(n_rounds + 1, n_names, n_test, n_quadrants)``.
    """

    listener: str
    split: int
    judged: JudgedTracks
    n_labels: IntVector
    names: Sequence[str]
    proba: Floats


class Results(Folder):
    """A folder of results under one protocol.

    Raises:
        PlanError: The folder holds results under another protocol.
    """

    def __init__(self, folder: Path, protocol: Protocol) -> None:
        super().__init__(folder, protocol)
        self._is_fitted_to_others = protocol.population == OTHERS

    def population(self, listener: str, split: int) -> Path:
        """Return the folder of a split's shared committee."""
        if self._is_fitted_to_others:
            return self.home(listener) / "population" / str(split)
        return self.folder / "population"

    def has_population(self, listener: str, split: int) -> bool:
        """Return whether the shared committee of a split is stored."""
        return has_committee(self.population(listener, split))

    def put_population(self, listener: str, split: int, committee: SavedCommittee) -> None:
        """Store the shared committee of a split, atomically."""
        committee.write(self.population(listener, split))

    def has(self, key: UnitKey) -> bool:
        """Return whether a unit is stored."""
        return self._unit_path(key).exists()

    def has_baselines(self, listener: str, split: int) -> bool:
        """Return whether a split's baselines are stored."""
        return self._baselines_path(listener, split).exists()

    def put_models(self, key: UnitKey, models: SavedModels) -> None:
        """Store a unit's personal models in a folder of their own."""
        folder = self.home(key.listener) / "models" / _name_of(key)
        models.write(folder)
        if isinstance(models, SavedArrays):
            write_base(folder, self.population(key.listener, key.split))

    def put(self, unit: Unit) -> None:
        """Store a unit, atomically."""
        write_arrays(
            self._unit_path(unit.key),
            **unit.judged.arrays,
            n_labels=unit.n_labels,
            asked=unit.labelled,
            predictors=np.array(unit.predictors),
            proba=unit.proba,
            answers=unit.answers,
            seconds_of=np.array(list(unit.seconds)),
            seconds=np.array(list(unit.seconds.values())),
        )

    def put_baselines(self, baselines: Baselines) -> None:
        """Store a split's baselines, atomically."""
        write_arrays(
            self._baselines_path(baselines.listener, baselines.split),
            **baselines.judged.arrays,
            n_labels=baselines.n_labels,
            names=np.array(baselines.names),
            proba=baselines.proba,
        )

    def units(self, listener: str) -> Iterator[Unit]:
        """Yield a listener's units in order of their keys."""
        keys = [
            UnitKey(listener, int(match["split"]), match["mode"], match["personaliser"])
            for path in (self.home(listener) / "units").glob("*.npz")
            if (match := _UNIT.fullmatch(path.name))
        ]
        for key in sorted(keys):
            yield self._unit(key)

    def baselines(self, listener: str) -> Iterator[Baselines]:
        """Yield a listener's baselines in order of splits."""
        paths = (self.home(listener) / "baselines").glob("*.npz")
        for split in sorted(int(path.stem) for path in paths):
            stored = read_arrays(self._baselines_path(listener, split))
            yield Baselines(
                listener=listener,
                split=split,
                judged=JudgedTracks.of(stored),
                n_labels=stored["n_labels"].astype(np.int64),
                names=[str(name) for name in stored["names"]],
                proba=stored["proba"].astype(np.float32),
            )

    def _unit(self, key: UnitKey) -> Unit:
        stored = read_arrays(self._unit_path(key))
        spent = zip(stored["seconds_of"], stored["seconds"].astype(float), strict=True)
        return Unit(
            key=key,
            judged=JudgedTracks.of(stored),
            n_labels=stored["n_labels"].astype(np.int64),
            labelled=stored["asked"].astype(np.int64),
            predictors=[str(name) for name in stored["predictors"]],
            proba=stored["proba"].astype(np.float32),
            answers=stored["answers"].astype(np.int8),
            seconds={str(name): float(value) for name, value in spent},
        )

    def _unit_path(self, key: UnitKey) -> Path:
        return self.home(key.listener) / "units" / f"{_name_of(key)}.npz"

    def _baselines_path(self, listener: str, split: int) -> Path:
        return self.home(listener) / "baselines" / f"{split}.npz"


def _name_of(key: UnitKey) -> str:
    return f"{key.split}-{key.mode}-{key.personaliser}"
