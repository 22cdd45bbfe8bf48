"""What is tried: which methods, at how many labels, on which splits."""

import hashlib
import json
from dataclasses import asdict, dataclass

from training.experiments.protocol import OTHERS, PlanError

ALGORITHMS = ("gnb", "sgd", "xgb", "svm")
N_LABELS = (0, 4, 12, 28, 52)
BATCH = 4
"""Answers that the committee learns at once where it learns them batch by batch."""
REVISION = 1
"""Raised when the same protocol would part, fit or order otherwise; a method has its own."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """What all units of an experiment share; results under different protocols never mix.

    Attributes:
        dataset: Whose listeners.
        n_labels: How many answers the methods learn from; ascending, the first is 0.
        algorithms: Of the shared committee.
        population: Who the shared committee learns from: ``others``, the other listeners;
            ``snapshot``, the models that ship; or another dataset by its name.
        seed: Of splits, folds and everything random.
        features: Digest of the labels and features.

    Raises:
        PlanError: The numbers do not ascend from 0.
    """

    dataset: str
    n_labels: tuple[int, ...] = N_LABELS
    algorithms: tuple[str, ...] = ALGORITHMS
    population: str = OTHERS
    seed: int = 0
    features: str = ""

    def __post_init__(self) -> None:
        ascends = all(
            low < high for low, high in zip(self.n_labels, self.n_labels[1:], strict=False)
        )
        if not (ascends and self.n_labels[:1] == (0,) and self.n_asked):
            told = ",".join(map(str, self.n_labels))
            raise PlanError(f"--answers is {told}; it must ascend, from 0 to 1 or more.")

    @property
    def n_asked(self) -> int:
        """The most labels that are learnt from."""
        return self.n_labels[-1] if self.n_labels else 0

    @property
    def digest(self) -> str:
        """SHA-256 of all of it and of the code's revision, in hexadecimal."""
        told = json.dumps(asdict(self) | {"revision": REVISION}, sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()


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
