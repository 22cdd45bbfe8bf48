"""What the experiments' protocols have in common."""

import hashlib
import json
import typing
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from models.errors import AttuneError

ALGORITHMS = ("gnb", "sgd", "xgb")
OTHERS, SNAPSHOT = "others", "snapshot"
"""Populations that are no dataset of their own."""
PAPER = "paper"
"""The protocol of Gómez-Cañón et al. (ISMIR 2021), and what it calls its way to learn."""


class PlanError(AttuneError):
    """An experiment that cannot be run as it was asked for."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """What all units of an experiment share; results under different protocols never mix.

    Attributes:
        dataset: Whose listeners.
        algorithms: Of the shared committee.
        population: Who the shared models learn from: ``others``, the other listeners;
            ``snapshot``, the models that ship; or another dataset by its name.
        seed: Of splits, folds and everything random.
        features: Digest of the labels and features.
    """

    revision: typing.ClassVar[int] = 1
    """Raised when the same protocol would give other figures, so that old results are not mixed
    in."""
    dataset: str
    algorithms: tuple[str, ...] = ALGORITHMS
    population: str = OTHERS
    seed: int = 0
    features: str = ""

    @property
    def n_asked(self) -> int:
        """The most answers that are learnt."""
        raise NotImplementedError

    @property
    def digest(self) -> str:
        """SHA-256 of all of it and of the code's revision, in hexadecimal."""
        digest_input = json.dumps(asdict(self) | {"revision": self.revision}, sort_keys=True)
        return hashlib.sha256(digest_input.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Switch:
    """A point in which the paper's protocol differs from ours.

    Attributes:
        ours: The value under ``--protocol attune``.
        paper: The value under ``--protocol paper``.
        about: What the two do, for the help and the page.
    """

    ours: str
    paper: str
    about: str


SWITCHES: Mapping[str, Switch] = {
    "rows": Switch(
        "tracks",
        "frames",
        "what models read: a row a track (mean and deviation over its frames), or every frame",
    ),
    "split": Switch(
        "artists",
        "songs",
        "how a listener's songs are split: whole artists, at most a third judged, or --train-share"
        " of the songs at random",
    ),
    "score": Switch("tracks", "frames", "what is scored: songs, or each of their frames"),
    "votes": Switch(
        "others",
        "all",
        "whose labels human consensus counts: other listeners', or everybody's with the"
        " listener's own, as frequencies of three digits",
    ),
    "picks": Switch(
        "distinct",
        "stacked",
        "how songs are picked: each once and ties by lot, or the highest rows of the stacked"
        " tables, where a song can be picked twice and ties keep the pool's order",
    ),
    "border": Switch(
        "positive",
        "amg",
        "the quadrant of a point on an axis: the positive side's, or AMG1608's as in the paper",
    ),
    "cnn-best": Switch(
        "batch",
        "test",
        "whose loss chooses the epoch of a cnn that is fine-tuned: the newest answers', or the"
        " judged songs' (a leak)",
    ),
}
"""``--protocol paper`` sets all of them; each can be set by itself."""


class Splitting(typing.Protocol):
    """What a protocol says where songs may be split too, and rows be scored."""

    @property
    def seed(self) -> int:
        """Of everything random."""
        ...

    @property
    def n_asked(self) -> int:
        """The most answers that are learnt."""
        ...

    @property
    def algorithms(self) -> tuple[str, ...]:
        """Of the shared committee."""
        ...

    @property
    def split(self) -> str:
        """``artists`` or ``songs``."""
        ...

    @property
    def train_share(self) -> float:
        """Share of a listener's songs that may be asked about, if songs are split."""
        ...

    @property
    def score(self) -> str:
        """``tracks`` or ``frames``."""
        ...

    @property
    def judged_share(self) -> float:
        """Share of a listener's tracks that is judged, at most, if they are split by artist."""
        ...

    @property
    def cold_share(self) -> float:
        """Share of the judged artists that the population must not know."""
        ...
