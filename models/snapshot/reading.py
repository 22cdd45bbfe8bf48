"""Reads a snapshot."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.committee import Committee
from models.emotion import Modality, Readout
from models.errors import IncompatibleSnapshotError
from models.fusion import FUSIONS, Fusion, from_arrays
from models.members.xgb import load_booster
from models.personal.gaussian import Gaussian
from models.snapshot import files
from models.snapshot.committees import StoredCommittee, restore
from models.snapshot.snapshot import Snapshot

Arrays = dict[str, NDArray[np.generic]]


def load_snapshot(folder: Path) -> Snapshot:
    """Return the snapshot in a folder.

    Raises:
        SnapshotError: A file is missing, was changed, or is of another format.
    """
    manifest = files.read_manifest(folder)
    try:
        return _read(folder, manifest)
    except (KeyError, TypeError, ValueError) as error:
        # The files are the ones that were written; it is the code that expects others.
        raise IncompatibleSnapshotError(
            f"{folder} holds snapshot {manifest['version']}, which this code cannot read"
            f" ({type(error).__name__}: {error}): train anew, or serve it with the code it is of."
        ) from error


def _read(folder: Path, manifest: dict[str, Any]) -> Snapshot:
    readout = _arrays(folder / files.READOUT)
    return Snapshot(
        version=manifest["version"],
        feature_digest=manifest["feature_digest"],
        committees={modality: _committee(folder, modality, manifest) for modality in Modality},
        fusions=_fusions(_arrays(folder / files.FUSION), manifest["fusion"]["rules"]),
        default_fusion=manifest["fusion"]["default"],
        readout=Readout(
            readout["mean"].astype(np.float64), readout["variance"].astype(np.float64)
        ),
        gaussian=Gaussian.from_arrays(_arrays(folder / files.GAUSSIAN)),
        limits={
            frozenset(map(Modality, name.split("+"))): limit
            for name, limit in manifest["limits"].items()
        },
        manifest=manifest,
        network=folder / files.NETWORK if files.NETWORK in manifest["files"] else None,
    )


def _committee(folder: Path, modality: Modality, manifest: dict[str, Any]) -> Committee:
    arrays = _arrays(folder / files.committee_file(modality))
    n_folds = manifest["committees"][modality]["n_folds"]
    names = [files.booster_file(modality, fold) for fold in range(n_folds)]
    boosters = [load_booster((folder / name).read_bytes()) for name in names]
    return restore(StoredCommittee(arrays, boosters, manifest["committees"][modality]))


def _fusions(arrays: Arrays, rules: list[str]) -> dict[str, Fusion]:
    for rule in rules:
        if rule not in FUSIONS:
            raise IncompatibleSnapshotError(
                f"The snapshot has a fusion {rule!r}; this code knows {', '.join(FUSIONS)}."
            )
    by_rule: dict[str, Arrays] = {rule: {} for rule in rules}
    for path, array in arrays.items():
        rule, _, name = path.partition(".")
        by_rule[rule][name] = array
    return {rule: from_arrays(rule, by_rule[rule]) for rule in FUSIONS if rule in by_rule}


def _arrays(path: Path) -> Arrays:
    with np.load(path, allow_pickle=False) as file:
        return dict(file)
