"""One fold of the shipped recipe: labels and a teacher, chunks disturbed and mixed."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.arrays import FloatVector, IntVector
from models.emotion import N_QUADRANTS
from training.cnn.augment import disturb, mixture
from training.cnn.data import Clips, Parts, crop, taught
from training.cnn.network import CnnOutput, ShortChunkCnn, build
from training.cnn.predictions import autocast, judge
from training.cnn.recipe import Recipe

_LEAST_SPREAD = 1e-6


@dataclass(frozen=True, eq=False)  # no slots: the teacher's moments are computed once
class FoldTask:
    """One fold to train.

    Attributes:
        clips: All clips.
        parts: Which of them the fold fits, validates and leaves alone.
        recipe: How.
        seed: Decides first weights, crops, masks and mixtures; another for each fold.
        device: ``cpu``, ``cuda`` and so on.
    """

    clips: Clips
    parts: Parts
    recipe: Recipe
    seed: int
    device: str = "cpu"

    def network(self) -> ShortChunkCnn:
        return build(self.recipe.width, self.clips.heard[0].shape[1], self.seed)

    def batches(self, rng: np.random.Generator) -> Iterator[IntVector]:
        order = np.concatenate([rng.permutation(self.parts.fit) for _ in range(self.recipe.crops)])
        # Even sizes: a last batch of one chunk could not be normalised.
        yield from np.array_split(order, max(1, round(len(order) / self.recipe.batch)))

    def loss(self, network: nn.Module, places: IntVector, rng: np.random.Generator) -> Tensor:
        clips = self.clips
        centre, scale = self._moments
        chunks, starts = zip(*(crop(clips.mels[place], rng) for place in places), strict=True)
        heard = [
            taught(clips.heard[place], start, len(clips.mels[place]))
            for place, start in zip(places, starts, strict=True)
        ]
        batch = (
            disturb(np.stack(chunks), rng),
            np.eye(N_QUADRANTS, dtype=np.float32)[clips.y[places]],
            (np.stack(heard) - centre) / scale,
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
        """Mean and deviation of what the teacher hears in the tracks that are fitted to."""
        heard = np.concatenate([self.clips.heard[place] for place in self.parts.fit])
        return heard.mean(axis=0), np.maximum(heard.std(axis=0), _LEAST_SPREAD)

    def _loss(self, network: nn.Module, mels: Tensor, said: Tensor, meant: Tensor) -> Tensor:
        with autocast(self.device, self.recipe.precision):
            heard: CnnOutput = network(mels.to(self.device))
        by_labels = nn.functional.cross_entropy(
            heard.logits.float(), said.to(self.device), label_smoothing=self.recipe.smoothing
        )
        by_teacher = nn.functional.mse_loss(heard.teacher.float(), meant.to(self.device))
        return by_labels + self.recipe.teacher_weight * by_teacher


def _mixed(part: NDArray[np.float32], others: IntVector, own: FloatVector) -> NDArray[np.float32]:
    """Mix each row with another, ``own`` being its own share."""
    share = own.reshape(-1, *[1] * (part.ndim - 1))
    return np.asarray(share * part + (1 - share) * part[others])
