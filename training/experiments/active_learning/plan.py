"""Plan of the simulation: query strategies, personalisers and splits."""

from dataclasses import dataclass
from typing import ClassVar

from models.query import STRATEGIES, is_personal
from training.experiments import protocol
from training.experiments.learners import LOGISTIC
from training.experiments.protocol import ALGORITHMS, OTHERS, PAPER, SNAPSHOT, SWITCHES, PlanError

PERSONALISERS = ("successive", "refit", LOGISTIC, PAPER)


@dataclass(frozen=True, slots=True)
class Protocol(protocol.SongProtocol):
    """Settings that all units of the experiment share; :data:`SWITCHES` describes the switches.

    Attributes:
        n_queries: Questions in a round.
        n_rounds: Number of rounds.
        cnn: Part of the cnn that learns: ``last`` layer, or ``full``.
        members: Models in the committee: ``attune`` or ``paper``.
        rows: ``tracks`` or ``frames``.
        votes: ``others`` or ``all``.
        picks: ``distinct`` or ``stacked``.
        border: ``positive`` or ``amg``.
        cnn_best: ``batch`` or ``test``.
        cnn_width: Channels of the first block of the paper's cnn.
        cnn_epochs: Most epochs of a fold of the paper's cnn; an update has half as many.

    Raises:
        PlanError: A number is out of range, a name is unknown, or two settings contradict each
            other.
    """

    revision: ClassVar[int] = 2
    n_queries: int = 10
    n_rounds: int = 10
    cnn: str = "last"
    members: str = "attune"
    rows: str = "tracks"
    votes: str = "others"
    picks: str = "distinct"
    border: str = "positive"
    cnn_best: str = "batch"
    cnn_width: int = 128
    cnn_epochs: int = 200

    def __post_init__(self) -> None:
        protocol.Protocol.__post_init__(self)
        counts = ("--queries", self.n_queries), ("--rounds", self.n_rounds)
        for name, value in (*counts, ("--cnn-width", self.cnn_width)):
            if value < 1:
                raise PlanError(f"{name} is {value}; at least 1 is needed.")
        if not 0.0 < self.train_share < 1.0:
            raise PlanError(f"--train-share is {self.train_share}; it must lie between 0 and 1.")
        for name, switch in SWITCHES.items():
            value = getattr(self, name.replace("-", "_"))
            if value not in (switch.ours, switch.paper):
                raise PlanError(f"--{name} is {value!r}; there are {switch.ours}, {switch.paper}.")
        if self.score == "frames" and self.rows != "frames":
            raise PlanError("--score frames needs --rows frames: a track is one row otherwise.")
        self._check_members()

    def _check_members(self) -> None:
        unknown = set(self.algorithms) - {*ALGORITHMS, "cnn"}
        if self.members == PAPER and unknown:
            there = ", ".join((*ALGORITHMS, "cnn"))
            raise PlanError(f"The paper's committee has no {min(unknown)!r}; it has {there}.")
        if self.members == PAPER and self.population in {OTHERS, SNAPSHOT}:
            raise PlanError(
                f"The paper's models are pretrained on another dataset; --population is"
                f" {self.population!r} and must name one, such as deam."
            )
        if self.members != PAPER and self.population != SNAPSHOT and "cnn" in self.algorithms:
            raise PlanError(
                f"A cnn is not fitted to {self.population}: --population {SNAPSHOT} starts from"
                f" the shipped cnn, and --personaliser {PAPER} trains the paper's."
            )
        if self.cnn == "full" and "cnn" not in self.algorithms:
            raise PlanError("--cnn full needs a cnn among the --algorithms.")

    @property
    def n_questions(self) -> int:
        """Questions in all rounds together."""
        return self.n_queries * self.n_rounds


@dataclass(frozen=True, slots=True)
class Plan:
    """A protocol and the units to run.

    Attributes:
        protocol: Settings that all units share.
        modes: Names of query strategies.
        personalisers: ``successive``: each round learns its own answers on top of the previous
            round's models; ``refit``: the shared models learn all answers again; ``logistic``:
            the served model; ``paper``: the paper's models continue training on the newest
            answers. The last two cannot be combined with others.
        n_splits: Splits of each listener's tracks into pool and test set.
        min_labels: Listeners with fewer labels are not simulated.

    Raises:
        PlanError: A number is below 1, or a name is unknown.
    """

    protocol: Protocol
    modes: tuple[str, ...] = ("mc", "hc", "mix", "rand")
    personalisers: tuple[str, ...] = ("successive",)
    n_splits: int = 20
    min_labels: int = 150

    def __post_init__(self) -> None:
        if self.n_splits < 1:
            raise PlanError(f"--splits is {self.n_splits}; at least 1 is needed.")
        for name in self.modes:
            if name not in STRATEGIES:
                raise PlanError(f"There is no mode {name!r}; there are {', '.join(STRATEGIES)}.")
            if is_personal(name) and self.personalisers != (LOGISTIC,):
                raise PlanError(
                    f"The mode {name!r} needs the listener's logistic model:"
                    f" --personaliser {LOGISTIC}."
                )
        self._check_personalisers()

    def _check_personalisers(self) -> None:
        for name in self.personalisers:
            if name not in PERSONALISERS:
                known = ", ".join(PERSONALISERS)
                raise PlanError(f"There is no personaliser {name!r}; there are {known}.")
            if (name == PAPER) != (self.protocol.members == PAPER):
                raise self._unequal(PAPER)
            if name == LOGISTIC and len(self.personalisers) > 1:
                raise self._unequal(LOGISTIC)

    def _unequal(self, alone: str) -> PlanError:
        return PlanError(
            f"The personalisers {', '.join(self.personalisers)} do not start from the same models:"
            f" run {alone} by itself."
        )


@dataclass(frozen=True, slots=True, order=True)
class UnitKey:
    """One listener, one split, one query strategy and one personaliser."""

    listener: str
    split: int
    mode: str
    personaliser: str
