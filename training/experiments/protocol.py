"""Fields and names that the protocols of all experiments share."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import ClassVar

from models.errors import AttuneError

LEAST_TEST = 8
LEAST_REST = 4
"""Least test tracks where every label outside the pool is a test label: studies are small."""
_ROUNDING = 1e-9
ALGORITHMS = ("gnb", "sgd", "xgb")
OTHERS, SNAPSHOT = "others", "snapshot"
"""Populations without a dataset of their own."""
PAPER = "paper"
"""The protocol of Gómez-Cañón et al. (ISMIR 2021), and its personaliser."""


class PlanError(AttuneError):
    """The experiment cannot run with these settings."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Share of a listener's tracks in the test set, and share of these that is cold.

    Attributes:
        judged: Upper bound on the share of all labels; 1 for every label outside the pool.
        cold: Share of the test artists that other listeners labelled too.

    Raises:
        PlanError: A share is not in [0, 1].
    """

    judged: float = 1 / 3
    cold: float = 1 / 2

    def __post_init__(self) -> None:
        for name, share in (("judged", self.judged), ("cold", self.cold)):
            if not 0.0 <= share <= 1.0:
                raise PlanError(f"--{name}-share is {share}; it must lie in [0, 1].")

    @property
    def least_test(self) -> int:
        """Least number of test tracks."""
        return LEAST_REST if self.judged == 1.0 else LEAST_TEST

    def n_test(self, n_labels: int, n_questions: int) -> int:
        """Return how many of a listener's labels are test labels."""
        return min(int(n_labels * self.judged + _ROUNDING), n_labels - n_questions)


USUAL = Shares()


@dataclass(frozen=True, slots=True)
class Protocol:
    """Settings that all units of an experiment share; results of two protocols never mix.

    Attributes:
        dataset: Name of the study.
        algorithms: Algorithms of the shared committee.
        population: Source of the shared models: ``others``, the other listeners; ``snapshot``,
            the shipped models; or the name of another dataset.
        seed: Seed of splits, folds and all other randomness.
        features: Digest of the labels and features.
        judged_share: See :class:`Shares`.
        cold_share: See :class:`Shares`.

    Raises:
        PlanError: A share is not in [0, 1].
    """

    revision: ClassVar[int] = 1
    """Raised when the same protocol would give other figures, so that results do not mix."""
    dataset: str
    algorithms: tuple[str, ...] = ALGORITHMS
    population: str = OTHERS
    seed: int = 0
    features: str = ""
    judged_share: float = USUAL.judged
    cold_share: float = USUAL.cold

    def __post_init__(self) -> None:
        _ = self.shares

    @property
    def shares(self) -> Shares:
        """Shares of test tracks and of cold tracks."""
        return Shares(self.judged_share, self.cold_share)

    @property
    def n_questions(self) -> int:
        """Largest number of answers that a model learns."""
        raise NotImplementedError

    @property
    def digest(self) -> str:
        """SHA-256 of the settings and of the code's revision, in hexadecimal."""
        digest_input = json.dumps(asdict(self) | {"revision": self.revision}, sort_keys=True)
        return hashlib.sha256(digest_input.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class SongProtocol(Protocol):
    """A protocol that can split songs and score frames.

    Attributes:
        split: ``artists`` or ``songs``.
        train_share: Share of a listener's songs in the pool, if songs are split.
        score: ``tracks`` or ``frames``.
    """

    split: str = "artists"
    train_share: float = 0.85
    score: str = "tracks"


@dataclass(frozen=True, slots=True)
class Switch:
    """A setting in which the paper's protocol differs from ours.

    Attributes:
        ours: The value under ``--protocol attune``.
        paper: The value under ``--protocol paper``.
        about: Effect of both values, for the help and the page.
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
