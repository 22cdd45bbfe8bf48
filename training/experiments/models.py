"""A listener's models in their folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from training.experiments.folder import write_arrays


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
