"""Fits the neural network stacker with torch."""

from copy import deepcopy

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.arrays import IntVector
from models.emotion import N_QUADRANTS
from models.fusion import Evidence
from models.fusion.evidence import log_proba
from models.fusion.stacking import NeuralNetwork, side_by_side
from training.datasets.folds import grouped_folds

# Chosen in advance for a few hundred tracks with eight inputs each.
_N_HIDDEN = 16
_LEARNING_RATE = 0.01
_WEIGHT_DECAY = 1e-3
_MOST_STEPS = 500
_PATIENCE_STEPS = 30
_VALIDATION_FOLDS = 5  # one of them is the validation set


def fit_network(evidence: Evidence, y: IntVector, groups: IntVector, seed: int) -> NeuralNetwork:
    """Fit the network on four fifths of the artists, with early stopping on the last fifth.

    Args:
        evidence: Distributions of both modalities.
        y: Class indices ``(n_tracks,)``.
        groups: Artist of each track ``(n_tracks,)``.
        seed: Seed of the initial weights and of the validation split.
    """
    fold = next(grouped_folds(y, groups, _VALIDATION_FOLDS, seed))
    inputs = torch.from_numpy(log_proba(side_by_side(evidence)))
    target = torch.from_numpy(y)
    hidden, output = nn.Linear(inputs.shape[1], _N_HIDDEN), nn.Linear(_N_HIDDEN, N_QUADRANTS)
    generator = torch.Generator().manual_seed(seed)
    for layer in (hidden, output):
        nn.init.kaiming_normal_(layer.weight, generator=generator)
        nn.init.zeros_(layer.bias)
    network = nn.Sequential(hidden, nn.ReLU(), output).double()
    _descend(
        network, (inputs[fold.train], target[fold.train]), (inputs[fold.test], target[fold.test])
    )
    return NeuralNetwork(
        hidden_weights=_array(hidden.weight).T.copy(),
        hidden_bias=_array(hidden.bias),
        weights=_array(output.weight).T.copy(),
        bias=_array(output.bias),
    )


def _descend(
    network: nn.Module, train: tuple[Tensor, Tensor], validation: tuple[Tensor, Tensor]
) -> None:
    """Train the network in place; keep the weights with the best validation loss."""
    loss = nn.CrossEntropyLoss()
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=_LEARNING_RATE, weight_decay=_WEIGHT_DECAY
    )
    best, best_loss, n_worse = deepcopy(network.state_dict()), np.inf, 0
    for _ in range(_MOST_STEPS):
        optimiser.zero_grad()
        loss(network(train[0]), train[1]).backward()
        optimiser.step()
        with torch.no_grad():
            held_out = float(loss(network(validation[0]), validation[1]))
        n_worse = 0 if held_out < best_loss else n_worse + 1
        if n_worse == 0:
            best, best_loss = deepcopy(network.state_dict()), held_out
        if n_worse == _PATIENCE_STEPS:
            break
    network.load_state_dict(best)


def _array(weights: Tensor) -> NDArray[np.float64]:
    return weights.detach().numpy().copy()
