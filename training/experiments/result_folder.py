"""A folder of results under one protocol; every file is written atomically."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote, unquote

import numpy as np
from numpy.typing import NDArray

from training.atomic_files import whole
from training.experiments.protocol import PlanError, Protocol

_PROTOCOL = "protocol.json"


class Folder:
    """A folder whose ``protocol.json`` holds the settings that all its results share.

    Args:
        folder: Created if it does not exist.
        protocol: Settings of the results.

    Raises:
        PlanError: The folder holds results under another protocol.
    """

    def __init__(self, folder: Path, protocol: Protocol) -> None:
        self.folder = folder
        expected = asdict(protocol) | {"digest": protocol.digest}
        path = folder / _PROTOCOL
        if path.exists():
            found = json.loads(path.read_text(encoding="utf-8"))
            if found["digest"] != expected["digest"]:
                raise PlanError(_difference(folder, found, json.loads(json.dumps(expected))))
        else:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(expected, indent=2) + "\n", encoding="utf-8")

    def home(self, listener: str) -> Path:
        """Return the folder of one listener."""
        return self.folder / "listeners" / quote(listener, safe="")

    def listeners(self) -> list[str]:
        """Return the listeners with results."""
        return sorted(unquote(path.name) for path in (self.folder / "listeners").glob("*"))


def write_arrays(path: Path, **arrays: NDArray[np.generic]) -> None:
    """Write arrays to a compressed file, atomically."""
    with whole(path) as unfinished, unfinished.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def read_arrays(path: Path) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of a file."""
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


def _difference(folder: Path, found: Mapping[str, object], expected: Mapping[str, object]) -> str:
    differing = [
        name for name in expected if name != "digest" and found.get(name) != expected[name]
    ]
    differences = "; ".join(
        f"{name} {found.get(name)!r}, not {expected[name]!r}" for name in differing
    )
    return (
        f"{folder} holds results of another experiment ({differences or 'of older code'}):"
        " choose another --out, or delete that folder."
    )
