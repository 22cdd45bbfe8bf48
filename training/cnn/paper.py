"""The paper's own CNN (Gómez-Cañón et al., 2021): one network, fine-tuned as a whole.

It is the short-chunk CNN with sigmoid outputs and binary cross-entropy. Each epoch uses one random
chunk per track; a track's prediction is the mean over its chunks. For the shipped recipe, with a
teacher and augmentation, see :mod:`training.cnn.task`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import torch

from models.arrays import IntVector, Proba
from training.atomic_files import whole
from training.cnn.data import Mel
from training.cnn.network import ShortChunkCnn, build, channels_last, default_device
from training.cnn.paper_graph import FIRST, build_paper_cnn, read_paper_cnn
from training.cnn.paper_onnx import track_proba
from training.cnn.paper_recipe import PaperRecipe as PaperRecipe
from training.cnn.paper_task import PaperLabels, PaperTask
from training.cnn.predictions import judge_chunks
from training.cnn.training import train
from training.encoders.graph import save


@dataclass(frozen=True, slots=True, eq=False)
class PaperCnn:
    """A trained network; immutable, so that fine-tuning returns a new one."""

    network: ShortChunkCnn

    @classmethod
    def fit(  # noqa: PLR0913, PLR0917  # training set, validation set and settings
        cls,
        mels: Sequence[Mel],
        y: IntVector,
        judged_mels: Sequence[Mel],
        judged_y: IntVector,
        recipe: PaperRecipe,
        seed: int,
        *,
        title: str = "",
        checkpoint: Path | None = None,
    ) -> Self:
        """Train a new network.

        Args:
            mels: Log-mels of the training tracks ``(n_frames, 128)``.
            y: Their class indices ``(n_tracks,)``.
            judged_mels: Log-mels of the validation tracks; the epoch with the least loss on them
                is kept.
            judged_y: Their class indices.
            recipe: Hyperparameters.
            seed: Seed of initial weights, order, chunks and dropout.
            title: Title of the progress bar; empty for none.
            checkpoint: File for resuming after an interruption, used by this training only.

        Raises:
            DatasetError: A part has no track, or not one label per track.
        """
        task = PaperTask(
            start=build(recipe.width, 0, seed),
            labels=PaperLabels(mels, y),
            validation=PaperLabels(judged_mels, judged_y),
            recipe=recipe.schedule(recipe.n_epochs),
            batch=recipe.batch,
            seed=seed,
            device=default_device(),
        )
        return cls(_trained(task, title, checkpoint))

    def tune(  # noqa: PLR0913, PLR0917  # as above
        self,
        mels: Sequence[Mel],
        y: IntVector,
        judged_mels: Sequence[Mel],
        judged_y: IntVector,
        recipe: PaperRecipe,
        seed: int,
    ) -> "PaperCnn":
        """Return a copy with all weights fine-tuned.

        The schedule is that of :meth:`fit`, cut off after ``recipe.n_tuning_epochs``. The initial
        weights are never kept.

        Args:
            mels: Log-mels of the newest batch ``(n_frames, 128)``.
            y: The listener's labels as class indices ``(n_tracks,)``.
            judged_mels: Log-mels of the validation tracks, which choose the epoch. The paper uses
                the listener's test tracks, a leak; the batch itself avoids it.
            judged_y: Their class indices.
            recipe: Hyperparameters; the width is ignored.
            seed: Seed of order, chunks and dropout.

        Raises:
            DatasetError: A part has no track, or not one label per track.
        """
        task = PaperTask(
            start=self.network,
            labels=PaperLabels(mels, y),
            validation=PaperLabels(judged_mels, judged_y),
            recipe=recipe.schedule(recipe.n_tuning_epochs),
            batch=recipe.batch,
            seed=seed,
            device=default_device(),
        )
        return PaperCnn(_trained(task, "", None))

    def proba(self, mels: Sequence[Mel]) -> Proba:
        """Return the distributions of whole tracks, at least one ``(n_tracks, n_quadrants)``."""
        device = str(self.network.last.weight.device)
        return track_proba(judge_chunks(self.network, mels, device=device)[0])

    def save(self, path: Path) -> None:
        """Write the network as ONNX, atomically."""
        weights = {
            name: tensor.detach().cpu().numpy()
            for name, tensor in self.network.state_dict().items()
            if tensor.is_floating_point()  # leaves out the normalisations' unused batch counts
        }
        with whole(path) as unfinished:
            save(build_paper_cnn(weights), unfinished)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Load a network for fine-tuning.

        Raises:
            EncoderError: The file is missing or is another kind of graph.
        """
        stored = read_paper_cnn(path)
        network = build(len(stored[FIRST]), 0, seed=0)
        weights = {name: torch.from_numpy(array.copy()) for name, array in stored.items()}
        network.load_state_dict({**network.state_dict(), **weights})
        return cls(channels_last(network.to(default_device())))


def _trained(task: PaperTask, title: str, checkpoint: Path | None) -> ShortChunkCnn:
    """Train a network; return it with the weights of the best epoch."""
    state = train(task, checkpoint, title=title)
    network = task.network()
    network.load_state_dict(state.best)
    return channels_last(network.to(task.device))
