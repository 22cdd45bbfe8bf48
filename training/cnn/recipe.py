"""All knobs of the CNN's training, and how its learning rate goes."""

import math
from dataclasses import dataclass
from typing import NamedTuple, Protocol


class Phase(NamedTuple):
    """A stretch of training.

    Attributes:
        optimiser: ``adam``, ``adamw`` or ``sgd``.
        rate: The learning rate at its height.
        until: Share of the whole training at which it ends at the latest.
    """

    optimiser: str
    rate: float
    until: float


class Schedule(Protocol):
    """How long a training goes on, and how fast.

    Each phase but the first begins with the weights that were best on the validation tracks, and
    ends when these have not got better for ``patience`` epochs, or when its share of ``epochs`` or
    time is used.
    """

    @property
    def epochs(self) -> int:
        """At most."""
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
        """One after the other."""
        ...

    def rate(self, phase: Phase, progress: float, warmed: float, /) -> float:
        """Return the learning rate of a step.

        Args:
            phase: The phase it is in.
            progress: Share of the whole training done, 0 to 1.
            warmed: Epochs done, the present one's part included.
        """
        ...


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a fold's network is trained: Adam first, then SGD, as Won et al. (2020) do.

    Attributes:
        width: Channels of the first block; 128 is the published one.
        epochs: At most.
        crops: Chunks drawn of each track in an epoch.
        batch: Chunks in a step.
        adam_rate: At its height: it rises over the first epoch and falls along a cosine.
        sgd_rates: Of the phases that follow.
        patience: Epochs without a better validation loss that end a phase.
        weight_decay: L2 penalty.
        smoothing: Of the labels.
        teacher_weight: Of the teacher's loss beside that of the labels.
        precision: ``bf16`` or ``fp32``, of the products; weights and sums are fp32.
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
        """Adam for four fifths of the training, SGD at falling rates for the rest."""
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
_LEAST = 0.02  # of the height, where the cosine ends
