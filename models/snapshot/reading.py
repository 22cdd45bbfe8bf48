"""Read a snapshot."""

from collections.abc import Collection, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.committee import Committee
from models.emotion import Modality, Readout
from models.errors import IncompatibleSnapshotError
from models.features.embeddings import EmbeddingSpec
from models.fusion import FUSIONS, Fusion, from_arrays
from models.members.booster import Booster
from models.personal.logistic import SHIPPED, Components, LogisticModel
from models.population import PopulationReference
from models.snapshot import files
from models.snapshot.committees import XGB, StoredCommittee, restore
from models.snapshot.snapshot import Snapshot, version_with

Arrays = dict[str, NDArray[np.generic]]
Contents = Mapping[str, bytes]
"""File name to content."""


def load_snapshot(folder: Path, algorithms: Collection[str] = ()) -> Snapshot:
    """Load and verify the snapshot in a folder.

    A folder that changes during the read is rejected, unless each file was complete when it was
    read. A symbolic link is resolved once, so that all files come from one folder.

    Args:
        folder: Folder of the snapshot.
        algorithms: Algorithms of its committees to use; none for all.

    Raises:
        SnapshotError: A file is missing, was changed or is of another format, or the committees
            lack one of the algorithms.
    """
    folder = folder.resolve()
    manifest = files.read_manifest(folder)
    try:
        snapshot = _read(folder, manifest, files.read_files(folder, manifest["files"]))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # The digests are right, so this code and the snapshot differ in version.
        raise IncompatibleSnapshotError(
            f"{folder} holds snapshot {manifest['version']}, which this code cannot read"
            f" ({type(error).__name__}: {error}): train it again, or serve it with the code that"
            " made it."
        ) from error
    return snapshot.only(algorithms)


def version_in(folder: Path, algorithms: Collection[str] = ()) -> str:
    """Return the version in a folder's manifest, with some algorithms; none for all."""
    return version_with(str(files.read_manifest(folder.resolve())["version"]), algorithms)


def _read(folder: Path, manifest: dict[str, Any], contents: Contents) -> Snapshot:
    readout = Readout.from_arrays(_arrays(contents[files.READOUT]))
    return Snapshot(
        version=manifest["version"],
        feature_digest=manifest["feature_digest"],
        committees={modality: _committee(contents, modality, manifest) for modality in Modality},
        fusions=_fusions(_arrays(contents[files.FUSION]), manifest["fusion"]["rules"]),
        default_fusion=manifest["fusion"]["default"],
        readout=readout,
        listener_model=_listener_model(contents, readout),
        limits={
            frozenset(map(Modality, name.split("+"))): limit
            for name, limit in manifest["limits"].items()
        },
        manifest=manifest,
        network=folder / files.NETWORK if files.NETWORK in contents else None,
        embeddings=EmbeddingSpec.of_facts(manifest["feature_spec"]),
        population=_population(contents),
    )


def _listener_model(contents: Contents, readout: Readout) -> LogisticModel:
    if files.LISTENERS in contents:
        return LogisticModel.from_arrays(_arrays(contents[files.LISTENERS]), readout)
    # A snapshot older than the logistic model: its components are the same, and its limits of
    # prediction sets differ by at most 0.03 on the shipped snapshots.
    earlier = _arrays(contents[files.GAUSSIAN])
    under = "components."
    stored = {n.removeprefix(under): a for n, a in earlier.items() if n.startswith(under)}
    limits = earlier["limits"].astype(np.float64)
    return LogisticModel(SHIPPED, Components.from_arrays(stored), limits, readout)


def _population(contents: Contents) -> PopulationReference | None:
    if files.POPULATION not in contents:
        return None
    return PopulationReference.from_arrays(_arrays(contents[files.POPULATION]))


def _committee(contents: Contents, modality: Modality, manifest: dict[str, Any]) -> Committee:
    arrays = _arrays(contents[files.committee_file(modality)])
    numbers = manifest["committees"][modality]
    n_boosters = numbers["n_folds"] if XGB in numbers else 0
    names = [files.booster_file(modality, fold) for fold in range(n_boosters)]
    boosters = [Booster.from_ubj(contents[name]) for name in names]
    return restore(StoredCommittee(arrays, boosters, numbers))


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


def _arrays(content: bytes) -> Arrays:
    with np.load(BytesIO(content), allow_pickle=False) as file:
        return dict(file)
