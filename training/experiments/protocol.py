"""What the experiments' protocols have in common."""

import typing
from collections.abc import Mapping
from dataclasses import dataclass

from models.errors import AttuneError

OTHERS, SNAPSHOT = "others", "snapshot"
"""Populations that are no dataset of their own."""
PAPER = "paper"
"""The protocol of Gómez-Cañón et al. (ISMIR 2021), and what it calls its way to learn."""


class PlanError(AttuneError):
    """An experiment that cannot be run as it was asked for."""


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


class Parting(typing.Protocol):
    """What decides how a listener's tracks are split."""

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


class Splitting(Fitting, typing.Protocol):
    """What decides how listeners are split where songs may be split too, and what is scored."""

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
