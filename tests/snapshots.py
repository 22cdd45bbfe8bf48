"""Second snapshots, cheaply: copies of one that say something else, whole and of a new version."""

import json
import shutil
from pathlib import Path

from models.snapshot.files import MANIFEST, version_of


def tempered(source: Path, target: Path, factor: float = 2.0) -> str:
    """Copy a snapshot to a folder, its members less sure of themselves; return its version."""
    shutil.copytree(source, target)
    manifest = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
    for committee in manifest["committees"].values():
        told = committee["temperatures"]
        committee["temperatures"] = {name: factor * value for name, value in told.items()}
    manifest["version"] = version_of(manifest)
    (target / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return str(manifest["version"])


def point(link: Path, target: Path) -> None:
    """Have a symbolic link lead to a folder from one moment to the next."""
    fresh = link.with_name(f"{link.name}.new")
    fresh.symlink_to(target, target_is_directory=True)
    fresh.replace(link)
