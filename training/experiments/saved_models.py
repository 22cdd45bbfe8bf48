"""Store and load a listener's models and the shared committee that they were learnt on."""

import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.committee import Committee
from models.members.booster import Booster
from models.snapshot.committees import StoredCommittee, restore, store
from training.atomic_files import whole, write_json
from training.experiments.protocol import PlanError
from training.experiments.result_folder import read_arrays, write_arrays
from training.experiments.source_dataset import Standardisation

DELTA = "delta.npz"
_FACTS = "committee.json"
_ARRAYS = "committee.npz"
_BASE = "base.json"
_BOOSTER = "{fold}.ubj"


class SavedModels(Protocol):
    """Models that can be written."""

    def write(self, folder: Path) -> None:
        """Write the models into a folder of their own."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class SavedArrays:
    """Deltas on top of a shared committee, ``algorithm/name`` to array."""

    arrays: Mapping[str, NDArray[np.generic]]

    def write(self, folder: Path) -> None:
        """Write ``delta.npz``."""
        write_arrays(folder / DELTA, **self.arrays)


@dataclass(frozen=True, slots=True, eq=False)
class SharedCommittee:
    """A committee that deltas are learnt on, and its input.

    Attributes:
        committee: The committee.
        n_features: Number of features of a row.
        standard: Standardisation of the features; None if the committee reads raw features.
    """

    committee: Committee
    n_features: int
    standard: Standardisation | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SavedCommittee:
    """A shared committee in its stored form.

    Attributes:
        arrays: The content of ``committee.npz``: arrays, and boosters in xgboost's format,
            compressed to a sixth of their size.
        facts: The content of ``committee.json``.
        standard: As in :class:`SharedCommittee`.
    """

    arrays: bytes
    facts: Mapping[str, Any]
    standard: Standardisation | None

    @classmethod
    def of(cls, shared: SharedCommittee) -> "SavedCommittee":
        """Return the stored form of a committee."""
        stored = store(shared.committee)
        boosters = {
            _BOOSTER.format(fold=fold): np.frombuffer(booster.content, np.uint8)
            for fold, booster in enumerate(stored.boosters)
        }
        content = io.BytesIO()
        np.savez_compressed(content, allow_pickle=False, **stored.arrays, **boosters)
        facts = {
            "algorithms": list(shared.committee.families),
            "n_features": shared.n_features,
            "n_boosters": len(boosters),
            "is_standardised": shared.standard is not None,
            "numbers": stored.numbers,
        }
        return cls(content.getvalue(), facts, shared.standard)

    def write(self, folder: Path) -> None:
        """Write into a folder; ``committee.json`` comes last and marks the folder as complete."""
        if self.standard is not None:
            self.standard.write(folder)
        with whole(folder / _ARRAYS) as unfinished:
            unfinished.write_bytes(self.arrays)
        write_json(folder / _FACTS, self.facts)


def has_committee(folder: Path) -> bool:
    """Return whether a folder holds a complete shared committee."""
    return (folder / _FACTS).is_file()


def read_committee(folder: Path) -> SharedCommittee:
    """Return a stored shared committee.

    Raises:
        PlanError: The folder holds none.
    """
    if not has_committee(folder):
        raise PlanError(
            f"The shared models in {folder.resolve()} are missing, and a listener's models need"
            " them. A simulation stores them unless whole networks learn (--cnn full); run the"
            " simulation again if an earlier version made it."
        )
    facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
    arrays = read_arrays(folder / _ARRAYS)
    boosters = [
        Booster.from_ubj(arrays.pop(_BOOSTER.format(fold=fold)).tobytes())
        for fold in range(facts["n_boosters"])
    ]
    committee = restore(StoredCommittee(arrays, boosters, facts["numbers"]), facts["algorithms"])
    standard = Standardisation.read(folder) if facts["is_standardised"] else None
    return SharedCommittee(committee, facts["n_features"], standard)


def write_base(folder: Path, base: Path) -> None:
    """Write into a unit's folder the path of the committee that its delta was learnt on."""
    write_json(folder / _BASE, {"committee": Path(os.path.relpath(base, folder)).as_posix()})


def read_base(folder: Path) -> Path:
    """Return the folder of the committee that a unit's delta was learnt on.

    Raises:
        PlanError: The unit's folder does not name it.
    """
    path = folder / _BASE
    if not path.is_file():
        raise PlanError(
            f"{folder} has no {_BASE} that names the shared models of its {DELTA}: run the"
            " simulation again, because an earlier version made it."
        )
    relative: str = json.loads(path.read_text(encoding="utf-8"))["committee"]
    return folder / relative


def read_deltas(folder: Path) -> dict[str, dict[str, NDArray[np.generic]]]:
    """Return the deltas, algorithm to name to array."""
    deltas: dict[str, dict[str, NDArray[np.generic]]] = {}
    for path, array in read_arrays(folder / DELTA).items():
        algorithm, _, name = path.partition("/")
        deltas.setdefault(algorithm, {})[name] = array
    return deltas
