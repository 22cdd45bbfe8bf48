"""Write a snapshot."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.committee import Committee
from models.emotion import Modality, Readout
from models.features.embeddings import EmbeddingSpec
from models.features.extraction import FeatureSpec
from models.fusion import DEFAULT_FUSION, Fusion, to_arrays
from models.personal.logistic import LogisticModel
from models.population import PopulationReference
from models.snapshot import files
from models.snapshot.committees import Arrays, store


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of a snapshot, for its manifest.

    Attributes:
        spec: Spec of the features.
        data: Dataset to a description of its use.
        seed: Seed of folds and of all random numbers.
        versions: Library to version.
        figures: Results of the evaluation, as in the model card.
        network: Files of the spec's network, which are copied into the snapshot.
    """

    spec: FeatureSpec | EmbeddingSpec
    data: Mapping[str, Any]
    seed: int
    versions: Mapping[str, str]
    figures: Mapping[str, Any]
    network: Sequence[Path] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ReadoutParts:
    """The models from distributions to predictions.

    Attributes:
        readout: From quadrants to valence and arousal.
        listener_model: The personal logistic model.
        limits: Limits of the population model's prediction sets, by the track's modalities.
        population: Statistics of the training tracks for calibration.
    """

    readout: Readout
    listener_model: LogisticModel
    limits: Mapping[frozenset[Modality], float]
    population: PopulationReference | None = None


def save_snapshot(
    folder: Path,
    committees: Mapping[Modality, Committee],
    fusions: Mapping[str, Fusion],
    readout_parts: ReadoutParts,
    origin: Origin,
) -> str:
    """Write a snapshot and return its version.

    Files of the same names are replaced. The manifest is written last, so that an incomplete
    snapshot is rejected.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / files.READOUT, readout_parts.readout.to_arrays())
    _write(folder / files.FUSION, _fusion_arrays(fusions))
    _write(folder / files.LISTENERS, readout_parts.listener_model.to_arrays())
    names = [files.READOUT, files.FUSION, files.LISTENERS]
    if readout_parts.population is not None:
        names.append(files.POPULATION)
        _write(folder / files.POPULATION, readout_parts.population.to_arrays())
    numbers = {}
    for modality, committee in committees.items():
        stored = store(committee)
        numbers[str(modality)] = stored.numbers
        names.append(files.committee_file(modality))
        _write(folder / names[-1], stored.arrays)
        for fold, booster in enumerate(stored.boosters):
            names.append(files.booster_file(modality, fold))
            (folder / names[-1]).write_bytes(booster.content)
    names += [_copy_file(path, folder) for path in origin.network]
    digests = {name: files.digest_of((folder / name).read_bytes()) for name in sorted(names)}
    limits = {files.present(has): limit for has, limit in readout_parts.limits.items()}
    parts = {
        "files": digests,
        "committees": numbers,
        "fusion": _fusion_facts(fusions),
        "limits": dict(sorted(limits.items())),
    }
    return _write_manifest(folder, parts | _origin_facts(origin))


def _copy_file(path: Path, folder: Path) -> str:
    if path.parent.resolve() != folder.resolve():
        shutil.copyfile(path, folder / path.name)
    return path.name


def _origin_facts(origin: Origin) -> dict[str, Any]:
    return {
        "feature_digest": origin.spec.digest,
        "feature_spec": origin.spec.facts,
        "data": origin.data,
        "seed": origin.seed,
        "versions": origin.versions,
        "figures": origin.figures,
    }


def _fusion_facts(fusions: Mapping[str, Fusion]) -> dict[str, Any]:
    weights = to_arrays(fusions[DEFAULT_FUSION])["weights"]
    return {
        "default": DEFAULT_FUSION,
        "rules": list(fusions),
        "pool_weights": [float(weight) for weight in weights],
    }


def _write_manifest(folder: Path, facts: Mapping[str, Any]) -> str:
    # Convert tuples to lists, as when the version is verified.
    manifest = json.loads(json.dumps({"format": files.FORMAT, **facts}))
    version = files.version_of(manifest)
    text = json.dumps(manifest | {"version": version}, indent=2, sort_keys=True)
    (folder / files.MANIFEST).write_text(f"{text}\n", encoding="utf-8")
    return version


def _fusion_arrays(fusions: Mapping[str, Fusion]) -> Arrays:
    return {
        f"{rule}.{name}": array.astype(np.float16) if name == "vectors" else array
        for rule, fusion in fusions.items()
        for name, array in to_arrays(fusion).items()
    }


def _write(path: Path, arrays: Arrays) -> None:
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
