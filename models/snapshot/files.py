"""The files of a snapshot: names, manifest and verification."""

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
LISTENERS = "listeners.npz"
GAUSSIAN = "gaussian.npz"
"""Replaces ``listeners.npz`` in snapshots older than the logistic model."""
POPULATION = "population.npz"
"""Optional: statistics of the training tracks."""
NETWORK = "cnn.onnx"
"""Optional: the network that appends features."""


def committee_file(modality: Modality) -> str:
    """Return the file name of a committee's arrays."""
    return f"{modality}.npz"


def booster_file(modality: Modality, fold: int) -> str:
    """Return the file name of a fold's booster."""
    return f"{modality}-xgb-{fold}.ubj"


def present(modalities: Collection[Modality]) -> str:
    """Return the name of a set of modalities, such as ``audio+lyrics``."""
    return "+".join(sorted(modalities))


def version_of(manifest: Mapping[str, Any]) -> str:
    """Return the version, a digest of the manifest and so of all files."""
    contents = {name: value for name, value in manifest.items() if name != "version"}
    canonical = json.dumps(contents, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read and verify the manifest, without the files that it names.

    Raises:
        MissingSnapshotError: It does not exist.
        IncompatibleSnapshotError: It has another format.
        CorruptSnapshotError: It was changed.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(_content(path, f"There is no snapshot in {folder}: {MANIFEST}"))
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
            f"{path} states version {claimed!r} but its contents are version {found}."
        )
    return manifest


def read_files(folder: Path, digests: Mapping[str, str]) -> dict[str, bytes]:
    """Read files once, verify their digests (SHA-256 by name), and return contents by name.

    Raises:
        MissingSnapshotError: A file does not exist.
        CorruptSnapshotError: A file was changed.
    """
    return {name: _checked(folder / name, digest) for name, digest in digests.items()}


def _checked(path: Path, expected: str) -> bytes:
    content = _content(path, str(path))
    found = digest_of(content)
    if found != expected:
        raise CorruptSnapshotError(
            f"{path} has digest {found[:16]}; the manifest says {expected[:16]}. "
            "It was changed or cut short."
        )
    return content


def _content(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise MissingSnapshotError(f"{name} is missing.") from error
    except OSError as error:
        raise CorruptSnapshotError(f"{path} cannot be read: {error.strerror}.") from error
