"""What is tried: which methods, at how many labels, on which splits."""

import typing
from dataclasses import dataclass

from training.experiments import protocol
from training.experiments.protocol import PlanError
from training.experiments.splits import USUAL, Shares

ALGORITHMS = ("gnb", "sgd", "xgb", "svm")
N_LABELS = (0, 1, 3, 5, 8, 12, 28, 52)
ALL = None
"""As many other listeners as there are."""
BATCH = 4
"""Answers that the committee learns at once where it learns them batch by batch."""


@dataclass(frozen=True, slots=True)
class Protocol(protocol.Protocol):
    """What all units of the experiment share.

    Attributes:
        n_labels: How many answers the methods learn from; ascending, the first is 0.
        n_others: How many other listeners' votes are known, one experiment after the other;
            None for all.
        judged_share: See :class:`training.experiments.splits.Shares`, as for what follows.

    Raises:
        PlanError: The numbers of labels do not ascend from 0, a number of others is negative or
            there is none, or a share is not in [0, 1].
    """

    revision: typing.ClassVar[int] = 2
    algorithms: tuple[str, ...] = ALGORITHMS
    n_labels: tuple[int, ...] = N_LABELS
    n_others: tuple[int | None, ...] = (ALL,)
    judged_share: float = USUAL.judged
    cold_share: float = USUAL.cold

    def __post_init__(self) -> None:
        _ = self.shares
        if not self.n_others or any(n is not None and n < 0 for n in self.n_others):
            raise PlanError("--others names how many other listeners vote: all, or 0 and more.")
        ascends = all(
            low < high for low, high in zip(self.n_labels, self.n_labels[1:], strict=False)
        )
        if not (ascends and self.n_labels[:1] == (0,) and self.n_asked):
            told = ",".join(map(str, self.n_labels))
            raise PlanError(f"--answers is {told}; it must ascend, from 0 to 1 or more.")

    @property
    def shares(self) -> Shares:
        """Which share of a listener's tracks is judged, and which of these is cold."""
        return Shares(self.judged_share, self.cold_share)

    @property
    def n_asked(self) -> int:
        """The most labels that are learnt from."""
        return self.n_labels[-1] if self.n_labels else 0


@dataclass(frozen=True, slots=True)
class Plan:
    """A protocol, and which units of it are run.

    Attributes:
        protocol: What all units share.
        methods: Their names.
        n_splits: Ways to part each listener's tracks.
        min_labels: Whoever has fewer labels is left out.

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
    """The unit of work: one listener, one split, one method."""

    listener: str
    split: int
    method: str
