"""Plan of the experiment: methods, numbers of labels and splits."""

from dataclasses import dataclass
from typing import ClassVar

from training.experiments import protocol
from training.experiments.protocol import PlanError

BATCH = 4
"""Answers in a batch of the committee that learns batch by batch."""


@dataclass(frozen=True, slots=True)
class Protocol(protocol.Protocol):
    """Settings that all units of the experiment share.

    Attributes:
        n_labels: Numbers of answers that the methods learn; ascending, the first is 0.
        n_others: Numbers of other listeners whose votes are known, each evaluated by itself;
            None for all.

    Raises:
        PlanError: The numbers of labels do not ascend from 0, a number of others is negative or
            there is none, or a share is not in [0, 1].
    """

    revision: ClassVar[int] = 2
    algorithms: tuple[str, ...] = ("gnb", "sgd", "xgb", "svm")
    n_labels: tuple[int, ...] = (0, 1, 3, 5, 8, 12, 28, 52)
    n_others: tuple[int | None, ...] = (None,)

    def __post_init__(self) -> None:
        protocol.Protocol.__post_init__(self)
        if not self.n_others or any(n is not None and n < 0 for n in self.n_others):
            raise PlanError(
                "--others is the number of other listeners who vote: all, or 0 or more."
            )
        ascends = all(
            low < high for low, high in zip(self.n_labels, self.n_labels[1:], strict=False)
        )
        if not (ascends and self.n_labels[:1] == (0,) and self.n_questions):
            listed = ",".join(map(str, self.n_labels))
            raise PlanError(f"--answers is {listed}; it must ascend, from 0 to 1 or more.")

    @property
    def n_questions(self) -> int:
        """Largest number of labels."""
        return self.n_labels[-1] if self.n_labels else 0


@dataclass(frozen=True, slots=True)
class Plan:
    """A protocol and the units to run.

    Attributes:
        protocol: Settings that all units share.
        methods: Names of the methods.
        n_splits: Splits of each listener's tracks.
        min_labels: Listeners with fewer labels are left out.

    Raises:
        PlanError: There are no splits.
    """

    protocol: Protocol
    methods: tuple[str, ...]
    n_splits: int = 20
    min_labels: int = 80

    def __post_init__(self) -> None:
        if self.n_splits < 1:
            raise PlanError(f"--splits is {self.n_splits}; at least 1 is needed.")


@dataclass(frozen=True, slots=True, order=True)
class UnitKey:
    """One listener, one split and one method."""

    listener: str
    split: int
    method: str
