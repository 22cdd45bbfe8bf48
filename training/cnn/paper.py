"""The paper's own CNN (Gómez-Cañón et al., 2021): one network, fine-tuned whole on a listener.

It is the short-chunk CNN with sigmoid outputs and binary cross-entropy. A track's label trains one
chunk of it an epoch, drawn anew each time; a whole track is judged by the mean over its chunks.
The recipe that ships, with a teacher and augmentation, is :mod:`training.cnn.task`.
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
    """One network; training it further makes another."""

    network: ShortChunkCnn

    @classmethod
    def fit(  # noqa: PLR0913, PLR0917  # two parts, and how to learn
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
            mels: Log-mels of the tracks to learn ``(n_frames, 128)``.
            y: Their quadrants ``(n_tracks,)``.
            judged_mels: Of the tracks that decide which epoch is kept: the one with the least loss
                on them.
            judged_y: Their quadrants.
            recipe: How.
            seed: Decides first weights, order, chunks and dropout.
            title: Of the progress bar; without one there is no bar.
            checkpoint: Where to go on from after an interruption; nothing but this training may
                use the file.

        Raises:
            DatasetError: A part has no track, or not one label for each.
        """
        task = PaperTask(
            start=build(recipe.width, 0, seed),
            taught=PaperLabels(mels, y),
            judged=PaperLabels(judged_mels, judged_y),
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
        """Return a network that was trained further, in all its weights; this one stays.

        The schedule is the one of :meth:`fit`, cut off after ``recipe.n_tuning_epochs``; the
        weights from before the first epoch are no candidate.

        Args:
            mels: Log-mels of the newest batch ``(n_frames, 128)``.
            y: The listener's quadrants ``(n_tracks,)``.
            judged_mels: Of the tracks that decide which epoch is kept. The paper takes the
                listener's test tracks: a leak. Without it: the batch itself.
            judged_y: Their quadrants.
            recipe: How; its width is not looked at.
            seed: Decides order, chunks and dropout.

        Raises:
            DatasetError: A part has no track, or not one label for each.
        """
        task = PaperTask(
            start=self.network,
            taught=PaperLabels(mels, y),
            judged=PaperLabels(judged_mels, judged_y),
            recipe=recipe.schedule(recipe.n_tuning_epochs),
            batch=recipe.batch,
            seed=seed,
            device=default_device(),
        )
        return PaperCnn(_trained(task, "", None))

    def proba(self, mels: Sequence[Mel]) -> Proba:
        """Return what the network says of at least one whole track ``(n_tracks, n_quadrants)``.

        It is the mean of the sigmoid outputs over the track's chunks, divided by their sum.
        """
        device = str(self.network.last.weight.device)
        return track_proba(judge_chunks(self.network, mels, device=device)[0])

    def save(self, path: Path) -> None:
        """Write the network as ONNX, whole or not at all."""
        weights = {
            name: tensor.detach().cpu().numpy()
            for name, tensor in self.network.state_dict().items()
            if tensor.is_floating_point()  # the normalisations' counts of batches decide nothing
        }
        with whole(path) as unfinished:
            save(build_paper_cnn(weights), unfinished)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Restore a network that can be trained further.

        Raises:
            EncoderError: The file is missing or of another make.
        """
        stored = read_paper_cnn(path)
        network = build(len(stored[FIRST]), 0, seed=0)
        weights = {name: torch.from_numpy(array.copy()) for name, array in stored.items()}
        network.load_state_dict({**network.state_dict(), **weights})
        return cls(channels_last(network.to(default_device())))


def _trained(task: PaperTask, title: str, checkpoint: Path | None) -> ShortChunkCnn:
    """Return a network with the weights of the epoch that was best."""
    state = train(task, checkpoint, title=title)
    network = task.network()
    network.load_state_dict(state.best)
    return channels_last(network.to(task.device))
