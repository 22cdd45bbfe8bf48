"""Exports trained networks to files that need no torch, and reads them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from models.arrays import FloatMatrix, IntVector, Logits
from models.emotion import N_QUADRANTS, softmax
from models.errors import EncoderError
from models.features import cnn
from models.members.cnn import LastLayers
from training.cnn.data import DATASET, Clips, Parts
from training.cnn.folded_network import Folded, FoldedCnn, fold, span
from training.cnn.graph import build_cnn
from training.cnn.network import ShortChunkCnn
from training.cnn.predictions import judge
from training.cnn.training import State
from training.encoders.graph import save
from training.metrics import accuracy, bootstrap_by_group

GRAPH, ARRAYS, FACTS = "cnn.onnx", "cnn.npz", "cnn.json"
MOST_BYTES = 25_000_000
"""Size limit of all folds together."""
_LEAST_SPREAD = 1e-6
_MARK_DIGITS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """A trained fold.

    Attributes:
        network: The network with the best weights on the validation tracks.
        parts: The fold's tracks.
        state: The final state of training.
    """

    network: ShortChunkCnn
    parts: Parts
    state: State


@dataclass(frozen=True, slots=True, eq=False)
class Exported:
    """The exported networks.

    Attributes:
        graph: The ONNX file.
        family: The last layers of all folds.
        held_out: Marks of each fold's held-out tracks, see :func:`mark`; each track is in one
            fold.
        facts: Settings, training times and evaluation results.
    """

    graph: Path
    family: LastLayers
    held_out: list[list[str]]
    facts: dict[str, Any]


def export(
    folder: Path,
    clips: Clips,
    folds: Sequence[Fold],
    facts: Mapping[str, Any],
    *,
    most_bytes: int = MOST_BYTES,
) -> Exported:
    """Write the networks, their last layers and facts about them; return what was written.

    Raises:
        EncoderError: The networks are larger than ``most_bytes``; nothing is written.
    """
    networks = [_split(clips, part) for part in tqdm(folds, desc="cnn: export", unit="fold")]
    model = build_cnn([network.folded for network in networks])
    _check_size(model.ByteSize(), most_bytes)
    logits = np.zeros((len(clips.ids), N_QUADRANTS))
    for part, network in zip(folds, networks, strict=True):
        logits[part.parts.held_out] = network.held_out
    folder.mkdir(parents=True, exist_ok=True)
    save(model, folder / GRAPH)
    np.savez(
        folder / ARRAYS,
        weight=np.stack([network.weight for network in networks]),
        bias=np.stack([network.bias for network in networks]),
        centre=np.stack([network.centre for network in networks]),
        scale=np.stack([network.scale for network in networks]),
    )
    evaluation = _evaluate(clips, folds, logits)
    document = {**facts, **evaluation, "sha256": _digest(folder / GRAPH)}
    (folder / FACTS).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return load_exported(folder)


def mark(track_id: str) -> str:
    """Return a pseudonym of a track for shipped files, which must not contain datasets' ids."""
    return hashlib.sha256(track_id.encode()).hexdigest()[:_MARK_DIGITS]


def load_exported(folder: Path) -> Exported:
    """Read exported networks.

    Raises:
        EncoderError: A file is missing, or the graph does not match the facts.
    """
    for name in (GRAPH, ARRAYS, FACTS):
        if not (folder / name).is_file():
            raise EncoderError(
                f"{folder / name} is missing; `python -m training pretrain --member cnn` makes it."
            )
    facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    found = _digest(folder / GRAPH)
    if found != facts["sha256"]:
        raise EncoderError(
            f"{folder / GRAPH} has the digest {found[:16]}, not {facts['sha256'][:16]} as in "
            f"{FACTS}; `python -m training pretrain --member cnn` makes it again."
        )
    with np.load(folder / ARRAYS, allow_pickle=False) as stored:
        arrays = dict(stored)
    singles = {name: arrays[name] for name in ("weight", "bias", "centre", "scale")}
    return Exported(
        graph=folder / GRAPH,
        family=LastLayers(**singles),
        held_out=[row["held_out"] for row in facts["folds"]],
        facts=facts,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _SplitNetwork:
    """A fold's network, split into encoder and last layer, and its held-out logits."""

    folded: Folded
    weight: FloatMatrix
    bias: FloatMatrix
    centre: FloatMatrix
    scale: FloatMatrix
    held_out: Logits


def _split(clips: Clips, part: Fold) -> _SplitNetwork:
    """Split a network into encoder and last layer; uses only its own training tracks."""
    network = part.network
    train = [clips.mels[place] for place in part.parts.train]
    _, activation = judge(network, train)
    last, bias = (_array(part) for part in (network.last.weight, network.last.bias))
    projection = span(last, np.concatenate(activation), cnn.N_EMBEDDING)
    folded, weight = fold(network, projection), last @ projection.T
    tracks = np.stack([chunks.mean(axis=0) for chunks in activation]) @ projection.T
    held_out, _ = judge(
        FoldedCnn(folded, weight, bias), [clips.mels[place] for place in part.parts.held_out]
    )
    return _SplitNetwork(
        folded=folded,
        weight=weight,
        bias=bias,
        centre=tracks.mean(axis=0),
        scale=np.maximum(tracks.std(axis=0), _LEAST_SPREAD),
        held_out=held_out,
    )


def _evaluate(clips: Clips, folds: Sequence[Fold], logits: Logits) -> dict[str, Any]:
    """Return training times and evaluation results of each fold, and the overall accuracy."""
    rng = np.random.default_rng(0)
    whole = bootstrap_by_group(accuracy, clips.y, softmax(logits), clips.groups, rng)
    rows = []
    for part in folds:
        history = part.state.history
        best = min(history, key=lambda row: row["validation_loss"])
        rows.append(
            {
                "epochs": len(history),
                "minutes": round(part.state.spent_s / 60, 1),
                "validation_accuracy": round(best["validation_accuracy"], 4),
                "validation_loss": round(best["validation_loss"], 4),
                "held_out_accuracy": round(_share(clips.y, logits, part.parts.held_out), 4),
                "n_fit": len(part.parts.fit),
                "n_validation": len(part.parts.validation),
                "held_out": [mark(clips.ids[place]) for place in part.parts.held_out],
            }
        )
    return {
        "data": {"dataset": DATASET, "tracks": len(clips.ids)},
        "accuracy": {name: round(value, 4) for name, value in asdict(whole).items()},
        "folds": rows,
    }


def _share(y: IntVector, logits: Logits, places: IntVector) -> float:
    return float((logits[places].argmax(axis=1) == y[places]).mean())


def _check_size(n_bytes: int, most_bytes: int) -> None:
    if n_bytes > most_bytes:
        raise EncoderError(
            f"The folds' networks take {n_bytes / 1e6:.1f} MB together; the limit is "
            f"{most_bytes / 1e6:g} MB: train narrower ones with --width."
        )


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _array(tensor: torch.Tensor) -> NDArray[np.float32]:
    return tensor.detach().float().cpu().numpy()
