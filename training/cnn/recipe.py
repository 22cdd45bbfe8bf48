"""Hyperparameters and learning rates of the CNN's training."""

import math
from dataclasses import dataclass
from typing import NamedTuple, Protocol


class Phase(NamedTuple):
    """A phase of training.

    Attributes:
        optimiser: ``adam``, ``adamw`` or ``sgd``.
        rate: The largest learning rate.
        until: Latest end, as a share of the whole training.
    """

    optimiser: str
    rate: float
    until: float


class Schedule(Protocol):
    """Phases and learning rates of a training.

    Each phase but the first starts with the best weights so far. A phase ends after ``patience``
    epochs without a better validation loss, or at its share of ``epochs`` or time.
    """

    @property
    def epochs(self) -> int:
        """Largest number of epochs."""
        ...

    @property
    def patience(self) -> int:
        """Epochs without a better validation loss that end a phase."""
        ...

    @property
    def weight_decay(self) -> float:
        """L2 penalty."""
        ...

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases in order."""
        ...

    def rate(self, phase: Phase, progress: float, warmed: float, /) -> float:
        """Return the learning rate of a step.

        Args:
            phase: The current phase.
            progress: Finished share of the whole training, 0 to 1.
            warmed: Finished epochs, including the part of the current one.
        """
        ...


@dataclass(frozen=True, slots=True)
class Recipe:
    """Hyperparameters of a fold's training: Adam first, then SGD, as in Won et al. (2020).

    Attributes:
        width: Channels of the first block; the published width is 128.
        epochs: Largest number of epochs.
        crops: Random chunks per track and epoch.
        batch: Chunks per step.
        adam_rate: Largest learning rate of Adam; it rises over the first epoch and falls along a
            cosine.
        sgd_rates: Learning rates of the other phases.
        patience: Epochs without a better validation loss that end a phase.
        weight_decay: L2 penalty.
        smoothing: Label smoothing.
        teacher_weight: Weight of the teacher's loss.
        precision: Precision of products, ``bf16`` or ``fp32``; weights and sums are fp32.
    """

    width: int = 32
    epochs: int = 14
    crops: int = 3
    batch: int = 16
    adam_rate: float = 3e-3
    sgd_rates: tuple[float, ...] = (1e-3, 1e-4)
    patience: int = 8
    weight_decay: float = 1e-4
    smoothing: float = 0.1
    teacher_weight: float = 1.0
    precision: str = "bf16"

    @property
    def phases(self) -> tuple[Phase, ...]:
        """Adam for four fifths of the training, then SGD at falling rates."""
        rest = (1 - _ADAM_SHARE) / max(1, len(self.sgd_rates))
        sgd = (
            Phase("sgd", rate, _ADAM_SHARE + rest * (place + 1))
            for place, rate in enumerate(self.sgd_rates)
        )
        return (Phase("adamw", self.adam_rate, _ADAM_SHARE), *sgd)

    def rate(self, phase: Phase, progress: float, warmed: float) -> float:
        if phase.optimiser == "sgd":
            return phase.rate
        share = min(1.0, progress / phase.until)
        falling = _LEAST + (1 - _LEAST) * (1 + math.cos(math.pi * share)) / 2
        return phase.rate * falling * min(1.0, warmed)


_ADAM_SHARE = 0.8
_LEAST = 0.02  # last rate of the cosine, as a share of the largest
