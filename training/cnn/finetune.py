"""Fine-tunes whole networks on one listener's tracks, as the paper does; for experiments only.

The service trains only last layers (:mod:`models.members.cnn`). The networks are restored from the
shipped files, without checkpoints.
"""

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from torch import nn

from models.arrays import FloatMatrix, IntVector, MemberLogits
from training.cnn.data import Mel, crop
from training.cnn.export import load_exported
from training.cnn.folded_network import FoldedCnn
from training.cnn.graph import read_cnn
from training.cnn.predictions import judge

_BATCH = 16
_RATE = 1e-4


def load_networks(folder: Path) -> list[FoldedCnn]:
    """Return the exported networks of a folder, one per fold.

    Raises:
        EncoderError: A file is missing or was changed.
    """
    exported = load_exported(folder)
    last = zip(exported.family.weight, exported.family.bias, strict=True)
    return [
        FoldedCnn(folded, weight, bias)
        for folded, (weight, bias) in zip(read_cnn(exported.graph), last, strict=True)
    ]


def finetune(
    networks: Sequence[FoldedCnn],
    mels: Sequence[Mel],
    y: IntVector,
    rng: np.random.Generator,
    n_steps: int,
) -> list[FoldedCnn]:
    """Return networks with all weights fine-tuned on a listener's labels.

    Args:
        networks: The initial networks; not changed.
        mels: Log-mels of the labelled tracks, at least one, from
            :func:`models.features.cnn.log_mel`.
        y: Class indices of the labels ``(n_tracks,)``.
        rng: Draws the chunks, which are the same for all networks.
        n_steps: Steps of Adam, with up to 16 tracks each.
    """
    tuned = [deepcopy(network).train() for network in networks]
    weights = [part for network in tuned for part in network.parameters()]
    optimiser = torch.optim.Adam(weights, lr=_RATE)
    for _ in range(n_steps):
        places = rng.choice(len(y), min(_BATCH, len(y)), replace=False)
        chunks = torch.from_numpy(np.stack([crop(mels[place], rng)[0] for place in places]))
        target = torch.from_numpy(y[places])
        # The networks share no weights: the gradient of the sum is that of each.
        losses = [nn.functional.cross_entropy(network(chunks).logits, target) for network in tuned]
        optimiser.zero_grad()
        torch.autograd.backward(losses)
        optimiser.step()
    return tuned


def logits(networks: Sequence[FoldedCnn], mels: Sequence[Mel]) -> MemberLogits:
    """Return the networks' logits of whole tracks ``(n_folds, n_tracks, n_quadrants)``."""
    return np.stack([judge(network, mels)[0] for network in networks])


def features(networks: Sequence[FoldedCnn], mels: Sequence[Mel]) -> FloatMatrix:
    """Return the encoder's features of whole tracks ``(n_tracks, n_folds * 64)``."""
    sides = []
    for network in networks:
        _, embeddings = judge(network, mels)
        sides.append(np.stack([chunks.mean(axis=0) for chunks in embeddings]))
    return np.concatenate(sides, axis=1)
