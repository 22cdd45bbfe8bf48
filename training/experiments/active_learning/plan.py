"""What is simulated."""

import hashlib
import json
import typing
from dataclasses import asdict, dataclass

from models.errors import AttuneError
from models.query import STRATEGIES, is_gaussian

ALGORITHMS = ("gnb", "sgd", "xgb")
PERSONALISERS = ("newest", "refit")
OTHERS, SNAPSHOT = "others", "snapshot"
"""Populations that are no dataset of their own."""
REVISION = 1
"""Raised when the same plan would give other figures, so that old results are not mixed in."""


class PlanError(AttuneError):
    """An experiment that cannot be run as it was asked for."""


class Parting(typing.Protocol):
    """What decides how a listener's tracks are parted."""

    @property
    def seed(self) -> int:
        """Of everything random."""
        ...

    @property
    def n_asked(self) -> int:
        """How many tracks are asked about, at most."""
        ...


class Fitting(Parting, typing.Protocol):
    """What decides how the shared models are fitted as well."""

    @property
    def algorithms(self) -> tuple[str, ...]:
        """Of the committee."""
        ...


@dataclass(frozen=True, slots=True)
class Protocol:
    """What all units of an experiment share; results under different protocols never mix.

    Attributes:
        dataset: Whose listeners.
        algorithms: Of the committee.
        population: Who the shared models learn from: ``others``, the other listeners;
            ``snapshot``, the models that ship; or another dataset by its name.
        n_queries: Tracks asked about in a round.
        n_rounds: How many rounds.
        seed: Of splits, folds and everything random.
        cnn: How the cnn learns, if it is in the committee: ``last`` layer, or ``full``.
        features: Digest of the labels and features.

    Raises:
        PlanError: A number is below 1, or a name is not known.
    """

    dataset: str
    algorithms: tuple[str, ...] = ALGORITHMS
    population: str = OTHERS
    n_queries: int = 10
    n_rounds: int = 10
    seed: int = 0
    cnn: str = "last"
    features: str = ""

    def __post_init__(self) -> None:
        for name, value in (("--queries", self.n_queries), ("--rounds", self.n_rounds)):
            if value < 1:
                raise PlanError(f"{name} is {value}; at least 1 is needed.")

        if self.population != SNAPSHOT and "cnn" in self.algorithms:
            raise PlanError(
                f"A cnn is not fitted to {self.population}: --population {SNAPSHOT} starts from"
                " the one that ships."
            )
        if self.cnn == "full" and "cnn" not in self.algorithms:
            raise PlanError("--cnn full needs a cnn among the --algorithms.")

    @property
    def n_asked(self) -> int:
        """Tracks asked about in all rounds together."""
        return self.n_queries * self.n_rounds

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
        modes: Query strategies.
        personalisers: ``newest``: each round learns its own answers on top of the last round's
            models, as the paper does; ``refit``: the shared models learn all answers anew, as the
            service does.
        n_splits: Ways to part each listener's tracks into those that may be asked about and those
            that are judged.
        min_labels: Whoever has fewer labels is not simulated.

    Raises:
        PlanError: A number is below 1, or a name is not known.
    """

    protocol: Protocol
    modes: tuple[str, ...] = ("mc", "hc", "mix", "rand")
    personalisers: tuple[str, ...] = ("newest",)
    n_splits: int = 20
    min_labels: int = 150

    def __post_init__(self) -> None:
        if self.n_splits < 1:
            raise PlanError(f"--splits is {self.n_splits}; at least 1 is needed.")
        for name in self.modes:
            if name not in STRATEGIES:
                raise PlanError(f"There is no mode {name!r}; there are {', '.join(STRATEGIES)}.")
            if is_gaussian(name):
                raise PlanError(
                    f"The mode {name!r} goes by the listener's Gaussian model; the simulation's "
                    "listeners have committees."
                )
        for name in self.personalisers:
            if name not in PERSONALISERS:
                known = ", ".join(PERSONALISERS)
                raise PlanError(f"There is no personaliser {name!r}; there are {known}.")


@dataclass(frozen=True, slots=True, order=True)
class UnitKey:
    """The unit of work: one listener, one split, one way to ask and to learn."""

    listener: str
    split: int
    mode: str
    personaliser: str
