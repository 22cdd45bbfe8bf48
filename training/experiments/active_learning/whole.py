"""Fine-tune whole networks on a listener's answers, as the paper does.

A round takes minutes on a CPU, and a personal model is as large as the networks, so this is for
research and not for serving.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from models.arrays import FloatMatrix, IntVector, MemberLogits
from models.audio.decoding import decode
from models.committee import Committee
from models.features import cnn
from models.features.extraction import level_excerpt
from training.cnn.data import Mel
from training.cnn.finetune import finetune, logits
from training.cnn.folded_network import FoldedCnn
from training.datasets.listeners import Study
from training.experiments.seeds import generator


@dataclass(frozen=True, eq=False)
class WholeNetworks:
    """The family of the cnn; its only feature is a track's place among the log-mels.

    Attributes:
        networks: One network a fold.
        mels: Log-mels of all tracks of a study.
        seed: Chooses the chunks to train on.
        n_steps: Steps of Adam in a round.
    """

    networks: Sequence[FoldedCnn]
    mels: Sequence[Mel]
    seed: int = 0
    n_steps: int = 20

    def logits(self, x: FloatMatrix) -> MemberLogits:
        """Return the networks' logits."""
        return logits(self.networks, self._mels_of(x))

    def learn(self, x: FloatMatrix, y: IntVector, parent: MemberLogits) -> "WholeDelta":
        """Return networks with all weights fine-tuned on the answers."""
        del parent
        rng = generator(self.seed, *x[:, 0].astype(int), "whole networks")
        tuned = finetune(self.networks, self._mels_of(x), y, rng, self.n_steps)
        return WholeDelta(replace(self, networks=tuned))

    def delta(self, arrays: Mapping[str, NDArray[np.generic]]) -> "WholeDelta":
        """Raise an error: stored whole networks are for inspection only."""
        raise NotImplementedError("Whole networks cannot be loaded again.")

    def _mels_of(self, x: FloatMatrix) -> list[Mel]:
        return [self.mels[int(place)] for place in x[:, 0]]


@dataclass(frozen=True, eq=False)
class WholeDelta:
    """Networks after a listener's answers.

    Attributes:
        family: The family with these networks, which learns the next answers.
    """

    family: WholeNetworks

    def logits(self, x: FloatMatrix, parent: MemberLogits) -> MemberLogits:
        """Return the changed networks' logits."""
        del parent
        return self.family.logits(x)

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return all weights in half precision."""
        return {
            f"{fold}.{name}": weight.numpy().astype(np.float16)
            for fold, network in enumerate(self.family.networks)
            for name, weight in network.state_dict().items()
        }


@dataclass(frozen=True, eq=False)
class Recordings:
    """Paths of a study's recordings, in the order of its tracks."""

    paths: Sequence[Path]

    @cached_property
    def mels(self) -> list[Mel]:
        """Log-mels ``(n_frames, 128)`` in half precision."""
        return [_log_mel(path) for path in tqdm(self.paths, desc="log-mels", unit="track")]


def with_whole_networks(
    study: Study, committee: Committee, networks: Sequence[FoldedCnn], recordings: Recordings
) -> tuple[Study, Committee]:
    """Return study and committee in which the cnn reads recordings instead of embeddings.

    One column, the place of each track, replaces the embeddings.
    """
    common = committee.common(study.features.x)
    places = np.arange(len(common), dtype=np.float32)[:, None]
    features = replace(study.features, x=np.hstack([common, places]))
    family = WholeNetworks(networks, recordings.mels)
    whole = replace(
        committee,
        families={**committee.families, "cnn": family},
        learners={**committee.learners, "cnn": family},
        n_common=common.shape[1],
        apart=frozenset({"cnn"}),
    )
    return replace(study, features=features), whole


def _log_mel(path: Path) -> Mel:
    with path.open("rb") as file:
        return cnn.log_mel(level_excerpt(decode(file)).wave).astype(np.float16)
