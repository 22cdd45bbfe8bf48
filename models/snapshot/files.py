"""The files of a snapshot: which there are, and how they are told to be the right ones."""

import hashlib
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from models.emotion import Modality
from models.errors import CorruptSnapshotError, IncompatibleSnapshotError, MissingSnapshotError

FORMAT = 1
MANIFEST = "manifest.json"
FUSION = "fusion.npz"
READOUT = "readout.npz"
GAUSSIAN = "gaussian.npz"
NETWORK = "cnn.onnx"
"""There where the features have a network's numbers."""


def committee_file(modality: Modality) -> str:
    """Return the name of the file that holds a committee's arrays."""
    return f"{modality}.npz"


def booster_file(modality: Modality, fold: int) -> str:
    """Return the name of the file that holds the booster of a fold."""
    return f"{modality}-xgb-{fold}.ubj"


def present(modalities: Collection[Modality]) -> str:
    """Return the name of what a track has, such as ``audio+lyrics``."""
    return "+".join(sorted(modalities))


def version_of(manifest: Mapping[str, Any]) -> str:
    """Return the version that a manifest's contents, and so the digests of all files, imply."""
    contents = {name: value for name, value in manifest.items() if name != "version"}
    canonical = json.dumps(contents, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest, once it and every file it names are found to be whole.

    Raises:
        MissingSnapshotError: A file is not there.
        IncompatibleSnapshotError: It has another format.
        CorruptSnapshotError: The manifest or a file was changed.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise MissingSnapshotError(f"There is no snapshot in {folder}: {MANIFEST} is missing.")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CorruptSnapshotError(f"{path} is not JSON: {error}.") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        found = manifest.get("format") if isinstance(manifest, dict) else None
        raise IncompatibleSnapshotError(
            f"{path} has format {found!r}; this code reads format {FORMAT}."
        )
    claimed, found = manifest.get("version"), version_of(manifest)
    if claimed != found:
        raise CorruptSnapshotError(
            f"{path} says it is version {claimed!r} but its contents are version {found}."
        )
    for name, expected in manifest["files"].items():
        _check(folder / name, expected)
    return manifest


def _check(path: Path, expected: str) -> None:
    if not path.is_file():
        raise MissingSnapshotError(f"{path} is missing; the manifest names it.")
    found = digest_of(path)
    if found != expected:
        raise CorruptSnapshotError(
            f"{path} has digest {found[:16]}; the manifest says {expected[:16]}. "
            "It was changed or cut short."
        )
