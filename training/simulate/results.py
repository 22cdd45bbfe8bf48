"""Results on disk: one file a unit, whole or not there, and none of it is computed twice.

``<folder>/protocol.json`` says what all units share. ``<folder>/listeners/<listener>/`` holds
``units/<split>-<mode>-<personaliser>.npz``, ``baselines/<split>.npz``, the listener's personal
models and, once the report is written, a readable evaluation.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote, unquote

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector
from training.files import whole
from training.simulate.plan import PlanError, Protocol, UnitKey

Floats = NDArray[np.float32]
Arrays = Mapping[str, NDArray[np.generic]]
COMMITTEE = "committee"
BASELINES = ("majority", "population", "others", "own")
_PROTOCOL = "protocol.json"
_UNIT = re.compile(r"(?P<split>\d+)-(?P<mode>.+)-(?P<personaliser>[a-z]+)\.npz")


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """The tracks a listener's models are judged on, in one split.

    Attributes:
        y: What the listener said of them, as class indices ``(n_test,)``.
        is_cold: Nobody else's label of the track, nor of its artist, was in the population
            ``(n_test,)``; the others are warm.
    """

    y: IntVector
    is_cold: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """What came of asking one listener in one way, round by round.

    Attributes:
        key: Which unit.
        judged: The tracks it is judged on.
        n_labels: Answers the models had learnt from ``(n_rounds + 1,)``; the first is 0.
        asked: Places of the tracks asked about, among the study's features, in order
            ``(n_asked,)``.
        predictors: The algorithms, then ``committee``; what the second axis of ``proba`` stands
            for.
        proba: Each algorithm's mean distribution over its folds, and the committee's consensus
            ``(n_rounds + 1, n_predictors, n_test, n_quadrants)``.
        answers: The likeliest quadrant by each single member
            ``(n_rounds + 1, n_members, n_test)``; members ordered by algorithm, then fold.
        seconds: Time spent ``asking``, ``learning`` and ``predicting``.
    """

    key: UnitKey
    judged: Judged
    n_labels: IntVector
    asked: IntVector
    predictors: Sequence[str]
    proba: Floats
    answers: NDArray[np.int8]
    seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Baselines:
    """What a listener's models must beat, in one split.

    Attributes:
        listener: Whose.
        split: Which.
        judged: The tracks they are judged on.
        n_labels: As of a unit ``(n_rounds + 1,)``.
        names: What the second axis stands for: ``majority`` of the other listeners' labels,
            ``population`` (the shared committee), ``others`` (their votes on the very track,
            smoothed), ``own`` (a model of the listener's own answers alone, asked at random).
        proba: Shape ``(n_rounds + 1, n_names, n_test, n_quadrants)``.
    """

    listener: str
    split: int
    judged: Judged
    n_labels: IntVector
    names: Sequence[str]
    proba: Floats


class Results:
    """A folder of results under one protocol.

    Raises:
        PlanError: The folder holds results under another protocol.
    """

    def __init__(self, folder: Path, protocol: Protocol) -> None:
        self.folder = folder
        told = asdict(protocol) | {"digest": protocol.digest}
        path = folder / _PROTOCOL
        if path.exists():
            found = json.loads(path.read_text(encoding="utf-8"))
            if found["digest"] != protocol.digest:
                raise PlanError(_difference(folder, found, json.loads(json.dumps(told))))
        else:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")

    def home(self, listener: str) -> Path:
        """Return a listener's own folder."""
        return self.folder / "listeners" / quote(listener, safe="")

    def listeners(self) -> list[str]:
        """Return whoever has results."""
        return sorted(unquote(path.name) for path in (self.folder / "listeners").glob("*"))

    def has(self, key: UnitKey) -> bool:
        """Tell whether a unit is done."""
        return self._unit_path(key).exists()

    def has_baselines(self, listener: str, split: int) -> bool:
        """Tell whether a split's baselines are done."""
        return self._baselines_path(listener, split).exists()

    def put_models(self, key: UnitKey, models: Arrays) -> None:
        """Keep a unit's personal models, whole or not at all."""
        write_arrays(self.home(key.listener) / "models" / _file_of(key), **models)

    def put(self, unit: Unit) -> None:
        """Keep a unit, whole or not at all."""
        write_arrays(
            self._unit_path(unit.key),
            y=unit.judged.y,
            is_cold=unit.judged.is_cold,
            n_labels=unit.n_labels,
            asked=unit.asked,
            predictors=np.array(unit.predictors),
            proba=unit.proba,
            answers=unit.answers,
            seconds_of=np.array(list(unit.seconds)),
            seconds=np.array(list(unit.seconds.values())),
        )

    def put_baselines(self, baselines: Baselines) -> None:
        """Keep a split's baselines, whole or not at all."""
        write_arrays(
            self._baselines_path(baselines.listener, baselines.split),
            y=baselines.judged.y,
            is_cold=baselines.judged.is_cold,
            n_labels=baselines.n_labels,
            names=np.array(baselines.names),
            proba=baselines.proba,
        )

    def units(self, listener: str) -> Iterator[Unit]:
        """Yield a listener's units, in order."""
        keys = [
            UnitKey(listener, int(match["split"]), match["mode"], match["personaliser"])
            for path in (self.home(listener) / "units").glob("*.npz")
            if (match := _UNIT.fullmatch(path.name))
        ]
        for key in sorted(keys):
            yield self._unit(key)

    def baselines(self, listener: str) -> Iterator[Baselines]:
        """Yield a listener's baselines, in the order of splits."""
        paths = (self.home(listener) / "baselines").glob("*.npz")
        for split in sorted(int(path.stem) for path in paths):
            stored = read_arrays(self._baselines_path(listener, split))
            yield Baselines(
                listener=listener,
                split=split,
                judged=Judged(stored["y"].astype(np.int64), stored["is_cold"].astype(np.bool_)),
                n_labels=stored["n_labels"].astype(np.int64),
                names=[str(name) for name in stored["names"]],
                proba=stored["proba"].astype(np.float32),
            )

    def _unit(self, key: UnitKey) -> Unit:
        stored = read_arrays(self._unit_path(key))
        spent = zip(stored["seconds_of"], stored["seconds"].astype(float), strict=True)
        return Unit(
            key=key,
            judged=Judged(stored["y"].astype(np.int64), stored["is_cold"].astype(np.bool_)),
            n_labels=stored["n_labels"].astype(np.int64),
            asked=stored["asked"].astype(np.int64),
            predictors=[str(name) for name in stored["predictors"]],
            proba=stored["proba"].astype(np.float32),
            answers=stored["answers"].astype(np.int8),
            seconds={str(name): float(value) for name, value in spent},
        )

    def _unit_path(self, key: UnitKey) -> Path:
        return self.home(key.listener) / "units" / _file_of(key)

    def _baselines_path(self, listener: str, split: int) -> Path:
        return self.home(listener) / "baselines" / f"{split}.npz"


def _file_of(key: UnitKey) -> str:
    return f"{key.split}-{key.mode}-{key.personaliser}.npz"


def write_arrays(path: Path, **arrays: NDArray[np.generic]) -> None:
    """Write arrays to a compressed file, whole or not at all."""
    with whole(path) as unfinished, unfinished.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def read_arrays(path: Path) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of a file."""
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


def _difference(folder: Path, found: Mapping[str, object], told: Mapping[str, object]) -> str:
    differing = [name for name in told if name != "digest" and found.get(name) != told[name]]
    said = "; ".join(f"{name} {found.get(name)!r}, not {told[name]!r}" for name in differing)
    return (
        f"{folder} holds results of another experiment ({said or 'of older code'}):"
        " choose another --out, or delete that folder."
    )
