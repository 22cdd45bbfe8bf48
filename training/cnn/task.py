"""The training task of the shipped recipe: labels, a teacher and augmented chunks."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.arrays import FloatVector, IntVector, LogMel
from models.emotion import N_QUADRANTS
from training.cnn.data import Clips, Parts, crop, teacher_target
from training.cnn.network import CnnOutput, ShortChunkCnn, build
from training.cnn.predictions import autocast, judge
from training.cnn.recipe import Recipe

_LEAST_SPREAD = 1e-6
_LOUDNESS_DB = 6.0
_MASKS = 2
_MOST_BANDS, _MOST_FRAMES = 16, 24
_MIXING = 0.3  # parameter of the beta distribution: most mixtures are nearly one clip


@dataclass(frozen=True, eq=False)  # no slots: cached_property needs a dict
class FoldTask:
    """One fold to train.

    Attributes:
        clips: All clips.
        parts: The fold's training, validation and held-out tracks.
        recipe: Hyperparameters.
        seed: Seed of initial weights, crops, masks and mixtures; different for each fold.
        device: ``cpu``, ``cuda`` and so on.
    """

    clips: Clips
    parts: Parts
    recipe: Recipe
    seed: int
    device: str = "cpu"

    def network(self) -> ShortChunkCnn:
        return build(self.recipe.width, self.clips.teacher[0].shape[1], self.seed)

    def batches(self, rng: np.random.Generator) -> Iterator[IntVector]:
        order = np.concatenate([rng.permutation(self.parts.fit) for _ in range(self.recipe.crops)])
        # Equal sizes: batch normalisation fails on a last batch of one chunk.
        yield from np.array_split(order, max(1, round(len(order) / self.recipe.batch)))

    def loss(self, network: nn.Module, places: IntVector, rng: np.random.Generator) -> Tensor:
        clips = self.clips
        centre, scale = self._moments
        chunks, starts = zip(*(crop(clips.mels[place], rng) for place in places), strict=True)
        targets = [
            teacher_target(clips.teacher[place], start, len(clips.mels[place]))
            for place, start in zip(places, starts, strict=True)
        ]
        batch = (
            disturb(np.stack(chunks), rng),
            np.eye(N_QUADRANTS, dtype=np.float32)[clips.y[places]],
            (np.stack(targets) - centre) / scale,
        )
        others, own = mixture(len(places), rng)
        return self._loss(network, *(torch.from_numpy(_mixed(p, others, own)) for p in batch))

    def validate(self, network: nn.Module) -> dict[str, float]:
        places = self.parts.validation
        logits, _ = judge(
            network,
            [self.clips.mels[place] for place in places],
            device=self.device,
            precision=self.recipe.precision,
        )
        y = self.clips.y[places]
        loss = nn.functional.cross_entropy(torch.from_numpy(logits), torch.from_numpy(y))
        accuracy = float((logits.argmax(axis=1) == y).mean())
        return {"validation_loss": float(loss), "validation_accuracy": accuracy}

    @cached_property
    def _moments(self) -> tuple[FloatVector, FloatVector]:
        """Mean and standard deviation of the teacher's embeddings of the training tracks."""
        embeddings = np.concatenate([self.clips.teacher[place] for place in self.parts.fit])
        return embeddings.mean(axis=0), np.maximum(embeddings.std(axis=0), _LEAST_SPREAD)

    def _loss(self, network: nn.Module, mels: Tensor, labels: Tensor, teacher: Tensor) -> Tensor:
        with autocast(self.device, self.recipe.precision):
            output: CnnOutput = network(mels.to(self.device))
        by_labels = nn.functional.cross_entropy(
            output.logits.float(), labels.to(self.device), label_smoothing=self.recipe.smoothing
        )
        by_teacher = nn.functional.mse_loss(output.teacher.float(), teacher.to(self.device))
        return by_labels + self.recipe.teacher_weight * by_teacher


def _mixed(part: NDArray[np.float32], others: IntVector, own: FloatVector) -> NDArray[np.float32]:
    """Mix each row with another; ``own`` is the row's own share."""
    share = own.reshape(-1, *[1] * (part.ndim - 1))
    return np.asarray(share * part + (1 - share) * part[others])


def disturb(mels: LogMel, rng: np.random.Generator) -> LogMel:
    """Return chunks with random loudness and with masked bands and frames.

    Masked values are the chunk's mean.

    Args:
        mels: Shape ``(n_chunks, n_frames, n_bands)``; not changed.
        rng: Draws loudness and masks.
    """
    gain = 10 ** (rng.uniform(-_LOUDNESS_DB, _LOUDNESS_DB, (len(mels), 1, 1)) / 10)
    result: LogMel = np.log10(gain.astype(np.float32) * (np.float32(10) ** mels - 1) + 1)
    for mel in result:
        mean = mel.mean()
        for axis, most in enumerate((_MOST_FRAMES, _MOST_BANDS)):
            for _ in range(_MASKS):
                size = int(rng.integers(most + 1))
                low = int(rng.integers(mel.shape[axis] - size + 1))
                hidden = [slice(None), slice(None)]
                hidden[axis] = slice(low, low + size)
                mel[tuple(hidden)] = mean
    return result


def mixture(n_chunks: int, rng: np.random.Generator) -> tuple[IntVector, FloatVector]:
    """Draw each chunk's partner in a mixture and its own share, both ``(n_chunks,)``."""
    own = rng.beta(_MIXING, _MIXING, n_chunks).astype(np.float32)
    return rng.permutation(n_chunks), np.maximum(own, 1 - own)
