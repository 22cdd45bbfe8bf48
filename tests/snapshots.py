"""Second snapshots, cheaply: copies of one that say something else, whole and of a new version."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.emotion import N_QUADRANTS, Modality
from models.features.embeddings import EmbeddingSpec
from models.features.extraction import FeatureSpec
from models.features.snapshot_network import Network
from models.personal.logistic import Components
from models.snapshot import Origin, ReadoutParts, Snapshot, save_snapshot
from models.snapshot.files import MANIFEST, version_of
from tests import small_models, small_service
from training.members.pipeline import fit_system

EMBEDDINGS = EmbeddingSpec(n_audio_features=6, n_lyrics_features=5, encoder="tests")
"""What the small snapshot of :func:`reading_embeddings` reads."""


def reading_embeddings(folder: Path, spec: EmbeddingSpec = EMBEDDINGS, *, scale: float = 1) -> str:
    """Write a small snapshot that reads callers' embeddings; return its version.

    All families, all fusions and a listener model, in some seconds. The embeddings it was fitted
    to are noise of variance 1 around a centre for each quadrant, times a scale.
    """
    sizes = (spec.n_audio_features, spec.n_lyrics_features)
    corpus = small_models.corpus(sizes=sizes, scale=scale)
    system = fit_system(corpus, seed=0, recipes=small_models.RECIPES)
    shared, n_audio = small_service.snapshot(), spec.n_audio_features
    components = Components(np.zeros(n_audio), 0.5 / scale * np.eye(n_audio, 2))
    listener_model = replace(shared.listener_model, components=components)
    hearing = ReadoutParts(shared.readout, listener_model, shared.limits)
    origin = Origin(spec, data={}, seed=0, versions={}, figures={})
    return save_snapshot(folder, system.committees, system.fusions, hearing, origin)


def embedding(quadrant: int, modality: Modality, *, seed: int = 0) -> list[float]:
    """An embedding that the small snapshot reads, of a track of a quadrant, as JSON has it."""
    size = EMBEDDINGS.sizes[modality]
    noise: NDArray[np.float64] = np.random.default_rng(seed).normal(0, 0.5, size)
    return [float(number) for number in noise + 2 * np.eye(N_QUADRANTS, size)[quadrant]]


def tempered(source: Path, target: Path, factor: float = 2.0) -> str:
    """Copy a snapshot to a folder, its members less sure of themselves; return its version."""
    shutil.copytree(source, target)
    manifest = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
    for committee in manifest["committees"].values():
        message = committee["temperatures"]
        committee["temperatures"] = {name: factor * value for name, value in message.items()}
    manifest["version"] = version_of(manifest)
    (target / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return str(manifest["version"])


def networked(snapshot: Snapshot, folder: Path) -> str:
    """Write a snapshot with a network of its own, the smallest, to a folder; return its version.

    It reads other features than one without, or with another network.
    """
    with_cnn = small_models.with_cnn(snapshot)
    network = small_models.network(folder.parent / "cnn.onnx", n_folds=5)
    spec = FeatureSpec(network=Network.open(network).spec)
    origin = Origin(spec, {}, 0, {}, {}, network=[network])
    hearing = ReadoutParts(with_cnn.readout, with_cnn.listener_model, with_cnn.limits)
    return save_snapshot(folder, with_cnn.committees, with_cnn.fusions, hearing, origin)


def point(link: Path, target: Path) -> None:
    """Have a symbolic link lead to a folder from one moment to the next."""
    fresh = link.with_name(f"{link.name}.new")
    fresh.symlink_to(target, target_is_directory=True)
    fresh.replace(link)
