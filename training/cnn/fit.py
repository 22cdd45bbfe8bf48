"""Trains one fold's network; killed at any moment, it goes on from its last whole epoch."""

import time
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm import tqdm

from models import cnn
from models.arrays import FloatMatrix, FloatVector, IntVector, Logits
from models.emotion import N_QUADRANTS
from training.cnn.augment import disturb, mixture
from training.cnn.data import Clips, Mel, Parts, crop, taught
from training.cnn.network import Heard, build, channels_last
from training.cnn.recipe import Phase, Recipe
from training.files import whole

Clock = Callable[[], float]
Weights = dict[str, Tensor]

_JUDGED_AT_ONCE = 16  # more take longer each on a processor: their maps leave its cache
_MOMENTUM = 0.9
_LEAST_SPREAD = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Task:
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


@dataclass(slots=True, eq=False)
class State:
    """Where the training of a fold is; all that a checkpoint holds beside the optimiser.

    Attributes:
        network: The present weights.
        best: Those that were best on the validation tracks.
        best_loss: Their validation loss.
        epoch: Epochs done.
        phase: Place of the present phase; one past the last when training is over.
        n_worse: Epochs of this phase since the validation loss was best.
        spent_s: Seconds spent, over all runs.
        history: One row an epoch.
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
    checkpoint: Path,
    *,
    title: str,
    budget_s: float | None = None,
    clock: Clock = time.monotonic,
) -> State:
    """Train a fold to its end and return its state, the best weights in it.

    Args:
        task: What to train.
        checkpoint: Written after every epoch; where it exists, training goes on from it.
        title: Of the progress bar.
        budget_s: Seconds that this fold may take, those already spent included; the phases share
            them. Without it, the recipe's epochs alone count.
        clock: Seconds from any moment on.
    """
    trainer = _Trainer(task, budget_s, clock)
    if checkpoint.exists():
        trainer.restore(torch.load(checkpoint, map_location=task.device, weights_only=True))
    total = task.recipe.epochs
    with tqdm(total=total, initial=trainer.state.epoch, desc=title, unit="epoch") as bar:
        for row in trainer.epochs():
            _save(trainer.checkpoint(), checkpoint)
            bar.set_postfix(row)
            bar.update()
    return trainer.state


def read_checkpoint(checkpoint: Path) -> State | None:
    """Return where a fold is, or None where it has not begun."""
    if not checkpoint.exists():
        return None
    stored = torch.load(checkpoint, map_location="cpu", weights_only=True)
    return State(**stored["state"])


def judge(
    network: nn.Module, mels: Sequence[Mel], *, device: str = "cpu", precision: str = "fp32"
) -> tuple[Logits, list[FloatMatrix]]:
    """Return what a network says of whole clips, and how it came to it.

    Returns:
        Mean logits over all chunks ``(n_tracks, n_quadrants)``, and for each track its chunks'
        activations ``(n_chunks, 512)``.
    """
    network.eval()
    pieces = [cnn.chunks(mel) for mel in mels]
    ends = np.cumsum([len(part) for part in pieces])[:-1]
    everything = np.concatenate(pieces)  # in half precision, if that is what the mels are in
    logits, activations = [], []
    with torch.no_grad():
        for low in range(0, len(everything), _JUDGED_AT_ONCE):
            batch = torch.from_numpy(everything[low : low + _JUDGED_AT_ONCE]).to(device).float()
            with _autocast(device, precision):
                heard = network(batch)
            logits.append(heard.logits.double().cpu().numpy())
            activations.append(heard.activation.float().cpu().numpy())
    by_track = np.split(np.concatenate(logits), ends)
    return (
        np.stack([part.mean(axis=0) for part in by_track]),
        np.split(np.concatenate(activations), ends),
    )


class _Trainer:
    """The moving parts of one fold's training."""

    def __init__(self, task: Task, budget_s: float | None, clock: Clock) -> None:
        self._task, self._budget_s, self._clock = task, budget_s, clock
        self._phases = task.recipe.phases
        heard = np.concatenate([task.clips.heard[place] for place in task.parts.fit])
        self._centre = heard.mean(axis=0)
        self._scale = np.maximum(heard.std(axis=0), _LEAST_SPREAD)
        network = build(task.recipe.width, heard.shape[1], task.seed)
        self._network = channels_last(network.to(task.device))
        self._optimiser = self._fresh_optimiser(self._phases[0])
        self.state = State(network.state_dict(), deepcopy(network.state_dict()))

    def checkpoint(self) -> dict[str, Any]:
        """Return all that is needed to go on from here."""
        state = {name: getattr(self.state, name) for name in State.__slots__}
        return {"state": state, "optimiser": self._optimiser.state_dict()}

    def restore(self, stored: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        state = State(**stored["state"])
        self._network.load_state_dict(state.network)
        self.state = state
        self.state.network = self._network.state_dict()
        if state.phase < len(self._phases):
            self._optimiser = self._fresh_optimiser(self._phases[state.phase])
            self._optimiser.load_state_dict(stored["optimiser"])

    def epochs(self) -> Iterator[dict[str, float]]:
        """Train epoch after epoch, yielding what each came to."""
        while self.state.phase < len(self._phases):
            began = self._clock()
            row = self._epoch()
            self.state.spent_s += self._clock() - began
            self.state.epoch += 1
            self.state.history.append(row)
            self._weigh(row["validation_loss"])
            yield row

    def _weigh(self, loss: float) -> None:
        """Keep the weights if they are the best; begin the next phase if this one is over."""
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
        """Return the share of the training that is done: of its epochs or its time."""
        by_epochs = self.state.epoch / self._task.recipe.epochs
        if self._budget_s is None:
            return by_epochs
        return max(by_epochs, self.state.spent_s / max(self._budget_s, _ROUNDING))

    def _fresh_optimiser(self, phase: Phase) -> torch.optim.Optimizer:
        weights, decay = self._network.parameters(), self._task.recipe.weight_decay
        if phase.optimiser == "adam":
            return torch.optim.AdamW(weights, lr=phase.rate, weight_decay=decay)
        return torch.optim.SGD(
            weights, lr=phase.rate, momentum=_MOMENTUM, nesterov=True, weight_decay=decay
        )

    def _epoch(self) -> dict[str, float]:
        """Fit to some chunks of every track, then look at the validation tracks."""
        task, state = self._task, self.state
        rng = np.random.default_rng([task.seed, state.epoch])
        phase, progress = self._phases[state.phase], self._progress()
        self._network.train()
        losses = []
        batches = list(self._batches(rng))
        # The generator of dropout is torch's own: seeded anew each epoch, and given back.
        with torch.random.fork_rng():
            torch.manual_seed(int(rng.integers(2**32)))
            for place, batch in enumerate(batches):
                warmed = state.epoch + (place + 1) / len(batches)
                for group in self._optimiser.param_groups:
                    group["lr"] = task.recipe.rate(phase, progress, warmed)
                losses.append(self._step(batch, rng))
        return {"phase": float(state.phase), "loss": float(np.mean(losses))} | self._validate()

    def _batches(self, rng: np.random.Generator) -> Iterator[IntVector]:
        order = np.concatenate(
            [rng.permutation(self._task.parts.fit) for _ in range(self._task.recipe.crops)]
        )
        # Even sizes: a last batch of one chunk could not be normalised.
        yield from np.array_split(order, max(1, round(len(order) / self._task.recipe.batch)))

    def _step(self, places: IntVector, rng: np.random.Generator) -> float:
        """Take one step on a chunk of each of these tracks; return the loss."""
        clips = self._task.clips
        chunks, starts = zip(*(crop(clips.mels[place], rng) for place in places), strict=True)
        heard = [taught(clips.heard[k], start) for k, start in zip(places, starts, strict=True)]
        batch = (
            disturb(np.stack(chunks), rng),
            np.eye(N_QUADRANTS, dtype=np.float32)[clips.y[places]],
            (np.stack(heard) - self._centre) / self._scale,
        )
        others, own = mixture(len(places), rng)
        loss = self._loss(*(torch.from_numpy(_mixed(part, others, own)) for part in batch))
        self._optimiser.zero_grad()
        torch.autograd.backward(loss)
        self._optimiser.step()
        return float(loss.detach())

    def _loss(self, mels: Tensor, said: Tensor, meant: Tensor) -> Tensor:
        task = self._task
        with _autocast(task.device, task.recipe.precision):
            heard: Heard = self._network(mels.to(task.device))
        by_labels = nn.functional.cross_entropy(
            heard.logits.float(), said.to(task.device), label_smoothing=task.recipe.smoothing
        )
        by_teacher = nn.functional.mse_loss(heard.teacher.float(), meant.to(task.device))
        return by_labels + task.recipe.teacher_weight * by_teacher

    def _validate(self) -> dict[str, float]:
        task = self._task
        places = task.parts.validation
        logits, _ = judge(
            self._network,
            [task.clips.mels[place] for place in places],
            device=task.device,
            precision=task.recipe.precision,
        )
        y = task.clips.y[places]
        loss = nn.functional.cross_entropy(torch.from_numpy(logits), torch.from_numpy(y))
        accuracy = float((logits.argmax(axis=1) == y).mean())
        return {"validation_loss": float(loss), "validation_accuracy": accuracy}


_ROUNDING = 1e-9


def _mixed(part: NDArray[np.float32], others: IntVector, own: FloatVector) -> NDArray[np.float32]:
    """Mix each row with another, ``own`` being its own share."""
    share = own.reshape(-1, *[1] * (part.ndim - 1))
    return np.asarray(share * part + (1 - share) * part[others])


def _autocast(device: str, precision: str) -> torch.autocast:
    return torch.autocast(
        torch.device(device).type, dtype=torch.bfloat16, enabled=precision == "bf16"
    )


def _save(stored: dict[str, Any], path: Path) -> None:
    """Write a checkpoint, whole or not at all."""
    with whole(path) as unfinished:
        torch.save(stored, unfinished)
