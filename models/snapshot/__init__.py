"""Snapshots: the shared models that training exports and the service serves, as verified files."""

from models.snapshot.reading import load_snapshot, version_in
from models.snapshot.snapshot import Snapshot, serving_version
from models.snapshot.writing import Origin, ReadoutParts, save_snapshot

__all__ = [
    "Origin",
    "ReadoutParts",
    "Snapshot",
    "load_snapshot",
    "save_snapshot",
    "serving_version",
    "version_in",
]
