"""Trains one network; an interrupted training resumes from its last finished epoch."""

import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from models.arrays import IntVector
from training.atomic_files import whole
from training.cnn.network import channels_last
from training.cnn.recipe import Phase, Schedule

Clock = Callable[[], float]
Weights = dict[str, Tensor]

_MOMENTUM = 0.9


class Task(Protocol):
    """A network to train, with its data and loss."""

    @property
    def recipe(self) -> Schedule:
        """Phases and learning rates."""
        ...

    @property
    def seed(self) -> int:
        """Seed of all random draws."""
        ...

    @property
    def device(self) -> str:
        """``cpu``, ``cuda`` and so on."""
        ...

    def network(self) -> nn.Module:
        """Return a new network with the initial weights."""
        ...

    def batches(self, rng: np.random.Generator) -> Iterator[IntVector]:
        """Yield the track positions of each step of an epoch."""
        ...

    def loss(self, network: nn.Module, places: IntVector, rng: np.random.Generator) -> Tensor:
        """Return the loss on one chunk of each of these tracks."""
        ...

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Return validation metrics, ``validation_loss`` among them."""
        ...


@dataclass(slots=True, eq=False)
class State:
    """The state of a training; a checkpoint holds it and the optimiser's state.

    Attributes:
        network: The current weights.
        best: The weights with the least validation loss.
        best_loss: Their validation loss.
        epoch: Number of finished epochs.
        phase: Index of the current phase; the number of phases after the end.
        n_worse: Epochs of this phase since the best validation loss.
        spent_s: Seconds spent, over all runs.
        history: One row per epoch.
    """

    network: Weights
    best: Weights
    best_loss: float = float("inf")
    epoch: int = 0
    phase: int = 0
    n_worse: int = 0
    spent_s: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)


def train(
    task: Task,
    checkpoint: Path | None,
    *,
    title: str,
    budget_s: float | None = None,
    clock: Clock = time.monotonic,
) -> State:
    """Train a network and return the final state, with the best weights.

    Args:
        task: The training task.
        checkpoint: File that is written after every epoch; if it exists, training resumes from
            it. None: no checkpoints.
        title: Title of the progress bar; empty for none.
        budget_s: Time limit in seconds, including previous runs; None: no limit.
        clock: Monotonic clock in seconds.
    """
    trainer = _Trainer(task, budget_s, clock)
    if checkpoint and checkpoint.exists():
        trainer.restore(torch.load(checkpoint, map_location=task.device, weights_only=True))
    done, total = trainer.state.epoch, task.recipe.epochs
    with tqdm(total=total, initial=done, desc=title, unit="epoch", disable=not title) as bar:
        for row in trainer.epochs():
            if checkpoint:
                _save(trainer.checkpoint(), checkpoint)
            bar.set_postfix(row)
            bar.update()
    return trainer.state


def read_checkpoint(checkpoint: Path) -> State | None:
    """Return the state in a checkpoint, or None if there is none."""
    if not checkpoint.exists():
        return None
    stored = torch.load(checkpoint, map_location="cpu", weights_only=True)
    return State(**stored["state"])


class _Trainer:
    """One training with its network and optimiser."""

    def __init__(self, task: Task, budget_s: float | None, clock: Clock) -> None:
        self._task, self._budget_s, self._clock = task, budget_s, clock
        self._phases = task.recipe.phases
        network = self._network = channels_last(task.network().to(task.device))
        self._optimiser = self._fresh_optimiser(self._phases[0])
        self.state = State(network.state_dict(), deepcopy(network.state_dict()))

    def checkpoint(self) -> dict[str, Any]:
        """Return the content of a checkpoint."""
        state = {name: getattr(self.state, name) for name in State.__slots__}
        return {"state": state, "optimiser": self._optimiser.state_dict()}

    def restore(self, stored: dict[str, Any]) -> None:
        """Resume from a checkpoint."""
        state = State(**stored["state"])
        self._network.load_state_dict(state.network)
        self.state = state
        self.state.network = self._network.state_dict()
        if state.phase < len(self._phases):
            self._optimiser = self._fresh_optimiser(self._phases[state.phase])
            self._optimiser.load_state_dict(stored["optimiser"])

    def epochs(self) -> Iterator[dict[str, float]]:
        """Train, and yield the metrics of each epoch."""
        while self.state.phase < len(self._phases):
            began = self._clock()
            row = self._epoch()
            self.state.spent_s += self._clock() - began
            self.state.epoch += 1
            self.state.history.append(row)
            self._advance(row["validation_loss"])
            yield row

    def _advance(self, loss: float) -> None:
        """Keep the weights if they are the best; start the next phase if this one is over."""
        state = self.state
        state.n_worse = 0 if loss < state.best_loss else state.n_worse + 1
        if state.n_worse == 0:
            state.best, state.best_loss = deepcopy(self._network.state_dict()), loss
        while state.phase < len(self._phases) and self._is_over(self._phases[state.phase]):
            state.phase, state.n_worse = state.phase + 1, 0
            self._network.load_state_dict(state.best)
            if state.phase < len(self._phases):
                self._optimiser = self._fresh_optimiser(self._phases[state.phase])

    def _is_over(self, phase: Phase) -> bool:
        return (
            self.state.n_worse >= self._task.recipe.patience
            or self._progress() >= phase.until - _ROUNDING
        )

    def _progress(self) -> float:
        """Return the finished share of the training, by epochs or time."""
        by_epochs = self.state.epoch / self._task.recipe.epochs
        if self._budget_s is None:
            return by_epochs
        return max(by_epochs, self.state.spent_s / max(self._budget_s, _ROUNDING))

    def _fresh_optimiser(self, phase: Phase) -> torch.optim.Optimizer:
        weights, decay = self._network.parameters(), self._task.recipe.weight_decay
        if phase.optimiser == "adamw":
            return torch.optim.AdamW(weights, lr=phase.rate, weight_decay=decay)
        if phase.optimiser == "adam":
            return torch.optim.Adam(weights, lr=phase.rate, weight_decay=decay)
        return torch.optim.SGD(
            weights, lr=phase.rate, momentum=_MOMENTUM, nesterov=True, weight_decay=decay
        )

    def _epoch(self) -> dict[str, float]:
        """Train one epoch and return its metrics."""
        task, state = self._task, self.state
        rng = np.random.default_rng([task.seed, state.epoch])
        phase, progress = self._phases[state.phase], self._progress()
        self._network.train()
        losses = []
        batches = list(task.batches(rng))
        # Dropout uses torch's global generator: seed it for each epoch, and restore it.
        with torch.random.fork_rng():
            torch.manual_seed(int(rng.integers(2**32)))
            for place, batch in enumerate(batches):
                warmed = state.epoch + (place + 1) / len(batches)
                for group in self._optimiser.param_groups:
                    group["lr"] = task.recipe.rate(phase, progress, warmed)
                losses.append(self._step(batch, rng))
        row = {"phase": float(state.phase), "loss": float(np.mean(losses))}
        return row | task.validate(self._network)

    def _step(self, places: IntVector, rng: np.random.Generator) -> float:
        """Take one optimisation step; return the loss."""
        loss = self._task.loss(self._network, places, rng)
        self._optimiser.zero_grad()
        torch.autograd.backward(loss)
        self._optimiser.step()
        return float(loss.detach())


_ROUNDING = 1e-9


def _save(stored: dict[str, Any], path: Path) -> None:
    """Write a checkpoint, atomically."""
    with whole(path) as unfinished:
        torch.save(stored, unfinished)
