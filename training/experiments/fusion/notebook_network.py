"""The lyrics-and-audio notebook's neural network that stacks SVMs, with torch."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from models.arrays import IntVector, Proba

_N_HIDDEN = (128, 64)
_N_LABELS = 4
_LEARNING_RATE = 0.001
_N_EPOCHS = 20
_BATCH_SIZE = 64


def answers_of_network(seen: Proba, y: IntVector, test: Proba, seed: int) -> IntVector:
    """Fit a network and return its labels ``(n_test,)``.

    Args:
        seen: Both SVMs' probabilities ``(n_tracks, 8)``.
        y: Labels 0 to 3 ``(n_tracks,)``.
        test: Probabilities of the rows to answer, as ``seen``.
        seed: Seed of initial weights and batches; torch's global state does not change.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = _network(seen.shape[1])
        _fit(network, torch.from_numpy(seen).float(), torch.from_numpy(y))
    with torch.no_grad():
        scores = network(torch.from_numpy(test).float())
    return np.asarray(scores.argmax(dim=1).numpy(), dtype=np.int64)


def _network(n_inputs: int) -> nn.Module:
    first, second = _N_HIDDEN
    return nn.Sequential(
        nn.Linear(n_inputs, first),
        nn.ReLU(),
        nn.Linear(first, second),
        nn.ReLU(),
        nn.Linear(second, _N_LABELS),
    )


def _fit(network: nn.Module, seen: torch.Tensor, y: torch.Tensor) -> None:
    batches = DataLoader(TensorDataset(seen, y), batch_size=_BATCH_SIZE, shuffle=True)
    loss = nn.CrossEntropyLoss()
    optimiser = torch.optim.Adam(network.parameters(), lr=_LEARNING_RATE)
    for _ in range(_N_EPOCHS):
        for x, labels in batches:
            optimiser.zero_grad()
            loss(network(x), labels).backward()
            optimiser.step()
