"""What the service says of a piece of music.

Of these and of ``replies``: fields that a newer service adds are left out; a field with a default
may be absent, every other must be there.
"""

from dataclasses import dataclass
from enum import StrEnum

Distribution = dict[str, float]
"""Probability of ``Q1`` to ``Q4``; sums to 1."""


class Quadrant(StrEnum):
    """A quarter of the valence-arousal plane, anticlockwise from pleasant and excited."""

    Q1 = "Q1"
    Q2 = "Q2"
    Q3 = "Q3"
    Q4 = "Q4"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A coordinate in [-1, 1], and how unsure it is (standard deviation)."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a recording, from ``start_s`` to ``end_s`` in seconds."""

    start_s: float
    end_s: float
    probabilities: Distribution
    valence: Estimate
    arousal: Estimate


@dataclass(frozen=True, slots=True)
class LikelySet:
    """Quadrants that hold the answer with probability ``coverage``, the likeliest first."""

    quadrants: tuple[Quadrant, ...]
    coverage: float


@dataclass(frozen=True, slots=True)
class Part:
    """What one source adds to valence and to arousal, and its ``share`` in all that was added."""

    valence: float
    arousal: float
    share: float


@dataclass(frozen=True, slots=True)
class Why:
    """Where valence and arousal come from: these add up to their means, the shares to 1.

    Attributes:
        population: What the shared models expect of everybody.
        others: What other listeners said of this very track beyond that.
        level: How the listener answers about music in general.
        taste: What the listener hears in music of this sound.
    """

    population: Part
    others: Part
    level: Part
    taste: Part


@dataclass(frozen=True, slots=True)
class Personal:
    """How far a prediction is a listener's own: after ``n_labels`` answers, and whether used.

    They are not used where they give no evidence that the listener differs from everybody.
    """

    user_id: str
    n_labels: int
    used: bool


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """Which shared models answered: the version of their snapshot."""

    snapshot: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a piece of music feels like.

    Attributes:
        entropy: Of ``probabilities``, in nats: 0 (certain) to ln 4 (no idea).
        ambiguous: No quadrant holds half of the probability.
        modalities: Each present modality's own distribution.
        segments: A curve over time; empty unless audio was heard.
        personal: None when no listener was named.
        fusion: Which rule made one distribution of the modalities'.
        why: What each source adds to valence and arousal.
        set: The quadrants that may well be the answer; None where their coverage is not known.
    """

    quadrant: Quadrant
    probabilities: Distribution
    valence: Estimate
    arousal: Estimate
    entropy: float
    ambiguous: bool
    modalities: dict[str, Distribution]
    model: ModelVersion
    fusion: str
    why: Why
    set: LikelySet | None = None
    segments: tuple[Segment, ...] = ()
    personal: Personal | None = None


@dataclass(frozen=True, slots=True)
class ItemError:
    """Why one item of a batch has no prediction; ``code`` is one of those of errors."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One item's prediction, or its error."""

    prediction: Prediction | None = None
    error: ItemError | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """As many items as were sent, in the same order."""

    items: tuple[BatchItem, ...]
