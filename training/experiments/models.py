"""A listener's models in their folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from training.experiments.folder import write_arrays
from training.experiments.paper.members import Member, file_name


class Kept(Protocol):
    """Models that can be written."""

    def write(self, folder: Path) -> None:
        """Write them into a folder of their own."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class KeptArrays:
    """What was learnt on top of a shared committee, ``algorithm/name`` to array."""

    arrays: Mapping[str, NDArray[np.generic]]

    def write(self, folder: Path) -> None:
        """Write ``delta.npz``."""
        write_arrays(folder / "delta.npz", **self.arrays)


@dataclass(frozen=True, slots=True, eq=False)
class KeptMembers:
    """Whole models, by algorithm and fold."""

    families: Mapping[str, Sequence[Member]]

    def write(self, folder: Path) -> None:
        """Write a file for each model."""
        for name, members in self.families.items():
            for fold, member in enumerate(members):
                member.save(folder / file_name(name, fold))
