"""What is simulated."""

import typing
from dataclasses import dataclass

from models.query import STRATEGIES, is_personal
from training.experiments import protocol
from training.experiments.learners import LOGISTIC
from training.experiments.protocol import ALGORITHMS, OTHERS, PAPER, SNAPSHOT, SWITCHES, PlanError
from training.experiments.splits import USUAL, Shares

PERSONALISERS = ("successive", "refit", LOGISTIC, PAPER)


@dataclass(frozen=True, slots=True)
class Protocol(protocol.Protocol):
    """What all units of the experiment share.

    Attributes:
        n_queries: Tracks asked about in a round.
        n_rounds: How many rounds.
        cnn: How the cnn learns, if it is in the committee: ``last`` layer, or ``full``.
        members: Whose models are in the committee: ``attune`` or ``paper``.
        rows: See :data:`SWITCHES`, as for those that follow.
        split: ``artists`` or ``songs``.
        train_share: Share of a listener's songs that may be asked about, if songs are split.
        score: ``tracks`` or ``frames``.
        votes: ``others`` or ``all``.
        picks: ``distinct`` or ``stacked``.
        border: ``positive`` or ``amg``.
        cnn_best: ``batch`` or ``test``.
        cnn_width: Channels of the first block of the paper's cnn.
        cnn_epochs: Of the paper's cnn: at most so many of a fold, half as many of an update.
        judged_share: Where songs are split by artist, see
            :class:`training.experiments.splits.Shares`, as for what follows.

    Raises:
        PlanError: A number is out of range, a name is not known, or two settings do not go
            together.
    """

    revision: typing.ClassVar[int] = 2
    n_queries: int = 10
    n_rounds: int = 10
    cnn: str = "last"
    members: str = "attune"
    rows: str = "tracks"
    split: str = "artists"
    train_share: float = 0.85
    score: str = "tracks"
    votes: str = "others"
    picks: str = "distinct"
    border: str = "positive"
    cnn_best: str = "batch"
    cnn_width: int = 128
    cnn_epochs: int = 200
    judged_share: float = USUAL.judged
    cold_share: float = USUAL.cold

    def __post_init__(self) -> None:
        _ = self.shares
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
            raise PlanError(f"The paper's committee has no {min(unknown)!r}; there are {there}.")
        if self.members == PAPER and self.population in {OTHERS, SNAPSHOT}:
            raise PlanError(
                f"The paper's models are pretrained on another dataset; --population is"
                f" {self.population!r} and must name one, such as deam."
            )
        if self.members != PAPER and self.population != SNAPSHOT and "cnn" in self.algorithms:
            raise PlanError(
                f"A cnn is not fitted to {self.population}: --population {SNAPSHOT} starts from"
                f" the one that ships, and --personaliser {PAPER} trains the paper's."
            )
        if self.cnn == "full" and "cnn" not in self.algorithms:
            raise PlanError("--cnn full needs a cnn among the --algorithms.")

    @property
    def shares(self) -> Shares:
        """Which share of a listener's tracks is judged, and which of these is cold."""
        return Shares(self.judged_share, self.cold_share)

    @property
    def n_asked(self) -> int:
        """Tracks asked about in all rounds together."""
        return self.n_queries * self.n_rounds


@dataclass(frozen=True, slots=True)
class Plan:
    """A protocol, and which units of it are run.

    Attributes:
        protocol: What all units share.
        modes: Query strategies.
        personalisers: ``successive``: each round learns its own answers on top of the last
            round's models; ``refit``: the shared models learn all answers anew; ``logistic``: the
            model that is served; ``paper``: the paper's models go on with the newest answers by
            its own rules. The last two are run by themselves.
        n_splits: Ways to part each listener's tracks into those that may be asked about and those
            that are judged.
        min_labels: Whoever has fewer labels is not simulated.

    Raises:
        PlanError: A number is below 1, or a name is not known.
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
                    f"The mode {name!r} goes by the listener's logistic model:"
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
            f" {alone} is run by itself."
        )


@dataclass(frozen=True, slots=True, order=True)
class UnitKey:
    """The unit of work: one listener, one split, one way to ask and to learn."""

    listener: str
    split: int
    mode: str
    personaliser: str
