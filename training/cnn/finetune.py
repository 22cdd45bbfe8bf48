"""Trains whole networks further on one listener's tracks, as the paper does; offline only.

The service learns last layers alone (:mod:`models.members.cnn`). What is needed is restored from
the files that ship: checkpoints may be long gone.
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
    """Return the networks that were exported to a folder, one a fold.

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
    """Return networks that have learnt a listener's answers in all their weights.

    Args:
        networks: Where learning begins; they are left as they are.
        mels: Log-mels of the answered tracks, at least one, from
            :func:`models.features.cnn.log_mel`.
        y: The quadrants answered ``(n_tracks,)``.
        rng: Decides which chunks are heard; all networks hear the same.
        n_steps: Steps of Adam, of up to 16 tracks each.
    """
    tuned = [deepcopy(network).train() for network in networks]
    weights = [part for network in tuned for part in network.parameters()]
    optimiser = torch.optim.Adam(weights, lr=_RATE)
    for _ in range(n_steps):
        places = rng.choice(len(y), min(_BATCH, len(y)), replace=False)
        heard = torch.from_numpy(np.stack([crop(mels[place], rng)[0] for place in places]))
        said = torch.from_numpy(y[places])
        # The networks share nothing: the gradient of the sum is each one's own.
        losses = [nn.functional.cross_entropy(network(heard).logits, said) for network in tuned]
        optimiser.zero_grad()
        torch.autograd.backward(losses)
        optimiser.step()
    return tuned


def logits(networks: Sequence[FoldedCnn], mels: Sequence[Mel]) -> MemberLogits:
    """Return what the networks say of whole tracks ``(n_folds, n_tracks, n_quadrants)``."""
    return np.stack([judge(network, mels)[0] for network in networks])


def features(networks: Sequence[FoldedCnn], mels: Sequence[Mel]) -> FloatMatrix:
    """Return whole tracks' features, as the encoder gives them ``(n_tracks, n_folds * 64)``."""
    sides = []
    for network in networks:
        _, embeddings = judge(network, mels)
        sides.append(np.stack([chunks.mean(axis=0) for chunks in embeddings]))
    return np.concatenate(sides, axis=1)
