"""The training task of the paper's CNN: binary cross-entropy on a random chunk of each track."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from models.arrays import IntVector
from models.emotion import N_QUADRANTS
from models.errors import DatasetError
from training.cnn.data import Mel, crop
from training.cnn.network import ShortChunkCnn
from training.cnn.paper_onnx import track_proba
from training.cnn.paper_recipe import PaperSchedule
from training.cnn.predictions import judge_chunks


@dataclass(frozen=True, slots=True, eq=False)
class PaperLabels:
    """Tracks and their labels.

    Attributes:
        mels: Log-mels ``(n_frames, 128)`` of any length, in half precision or single; at least
            one.
        y: Class indices ``(n_tracks,)``.

    Raises:
        DatasetError: There is no track, or not one label per track.
    """

    mels: Sequence[Mel]
    y: IntVector

    def __post_init__(self) -> None:
        if not len(self.mels) == len(self.y) > 0:
            raise DatasetError(
                f"There are {len(self.mels)} tracks and {len(self.y)} labels for the cnn; it "
                "needs at least 1 track and one label per track."
            )


@dataclass(frozen=True, slots=True, eq=False)
class PaperTask:
    """One training of a network.

    Attributes:
        start: The initial network; not changed.
        labels: The training tracks.
        validation: The tracks that choose the best epoch.
        recipe: Phases and rates.
        batch: Largest number of tracks per step.
        seed: Seed of order, chunks and dropout.
        device: ``cpu``, ``cuda`` and so on.
    """

    start: ShortChunkCnn
    labels: PaperLabels
    validation: PaperLabels
    recipe: PaperSchedule
    batch: int
    seed: int
    device: str

    def network(self) -> ShortChunkCnn:
        return deepcopy(self.start)

    def batches(self, rng: np.random.Generator) -> Iterator[IntVector]:
        order = rng.permutation(len(self.labels.y))
        if len(order) == 1:  # two chunks of a single track: batch normalisation needs two
            order = np.repeat(order, 2)
        # Equal sizes, for the same reason.
        n_batches = min(-(-len(order) // self.batch), len(order) // 2)
        yield from np.array_split(order, n_batches)

    def loss(self, network: nn.Module, places: IntVector, rng: np.random.Generator) -> Tensor:
        chunks = np.stack([crop(self.labels.mels[place], rng)[0] for place in places])
        output = network(torch.from_numpy(chunks).to(self.device))
        return binary_loss(output.logits, self.labels.y[places])

    def validate(self, network: nn.Module) -> dict[str, float]:
        y = self.validation.y
        by_track, _ = judge_chunks(network, self.validation.mels, device=self.device)
        losses = [
            float(binary_loss(torch.from_numpy(logits), np.full(len(logits), quadrant)))
            for logits, quadrant in zip(by_track, y, strict=True)
        ]
        accuracy = float((track_proba(by_track).argmax(axis=1) == y).mean())
        return {"validation_loss": float(np.mean(losses)), "validation_accuracy": accuracy}


def binary_loss(logits: Tensor, y: IntVector) -> Tensor:
    """Return the binary cross-entropy with one-hot quadrants, averaged over chunks and quadrants.

    Args:
        logits: Logits of chunks ``(n_chunks, n_quadrants)``.
        y: Class indices ``(n_chunks,)``.
    """
    target = torch.eye(N_QUADRANTS, dtype=logits.dtype, device=logits.device)[torch.from_numpy(y)]
    return nn.functional.binary_cross_entropy_with_logits(logits, target)
