"""What a personal model is, whoever makes it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, MemberLogits, Proba, Votes
from models.emotion import N_QUADRANTS, Modality, Quadrant
from models.track import Track, TrackSummary
from models.votes import vote_of

PARTS = ("population", "others", "level", "taste")
"""What the log-odds of a distribution are the sum of: the population model, other listeners'
votes on the very track, the listener's level, the listener's taste. The committee personaliser
cannot tell level from taste: all that it changes counts as taste."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a listener says of a track now: corrected answers are gone, retracted ones too.

    Attributes:
        track: An outline will do for personalisers that need no features.
        point: Valence and arousal in [-1, 1], where the listener gave a point.
        batch: With which answers it came: those given at once share a number, later ones have a
            higher. A corrected answer came with its correction.
        others: Other listeners' votes on the track when the answer was written
            ``(n_quadrants,)``; none where they were not noted.
    """

    track: Track | TrackSummary
    quadrant: Quadrant
    point: tuple[float, float] | None = None
    batch: int = 0
    others: Votes = field(default_factory=lambda: np.zeros(N_QUADRANTS))

    @property
    def vote(self) -> Votes:
        """The answer as a distribution over the quadrants ``(n_quadrants,)``."""
        return vote_of(self.quadrant, self.point)


@dataclass(frozen=True, slots=True, eq=False)
class MemberInputs:
    """Tracks that have the same modalities, and what the shared models hear in them.

    Attributes:
        features: Modality to features ``(n_tracks, n_features)``; none where an earlier snapshot
            judged the tracks.
        shared: Modality to what the members say to nobody in particular
            ``(n_members, n_tracks, n_quadrants)``.
        track_features: The tracks as the logistic model sees them ``(n_tracks, n_columns)``.
        votes: Other listeners' votes, never those of whoever asks ``(n_tracks, n_quadrants)``.
    """

    features: Mapping[Modality, FloatMatrix]
    shared: Mapping[Modality, MemberLogits]
    track_features: FloatMatrix
    votes: Votes


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """A distribution for each track or stretch of one, and its valence and arousal.

    Attributes:
        proba: Shape ``(n, n_quadrants)``.
        mean: Valence and arousal ``(n, 2)``.
        sd: Standard deviations ``(n, 2)``.
    """

    proba: Proba
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PredictionBatch:
    """What tracks feel like.

    Attributes:
        modalities: What each modality says by itself ``(n_tracks, n_quadrants)``.
        fused: What they say together ``(n_tracks, n_quadrants)``.
        mean: Valence and arousal, perhaps beyond [-1, 1] ``(n_tracks, 2)``.
        sd: Standard deviations ``(n_tracks, 2)``.
        parts: What each of `PARTS` adds to the log-odds, on average 0 over the quadrants
            ``(n_parts, n_tracks, n_quadrants)``.
        sets: Prediction sets ``(n_tracks, n_quadrants)``; None where their coverage is not known.
        is_personal: Whether a listener's own answers are in it ``(n_tracks,)``.
        stretches: From a track's row and what the shared models say of stretches of it, in the
            track's own modalities ``(n_segments, n_quadrants)``, the same verdict on these.
    """

    modalities: Mapping[Modality, Proba]
    fused: Proba
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    parts: NDArray[np.float64]
    sets: NDArray[np.bool_] | None
    is_personal: NDArray[np.bool_]
    stretches: Callable[[int, Proba], Estimates]


Judge = Callable[[Mapping[Modality, MemberLogits]], PredictionBatch]
"""What the shared models' verdict would be if the members said this."""


class PersonalModel(Protocol):
    """A small delta on the shared parents; useless without them."""

    @property
    def n_labels(self) -> int:
        """How many tracks it has learnt from."""
        ...

    @property
    def is_used(self) -> bool:
        """Whether the listener's answers change what they are told."""
        ...

    def predict_batch(
        self, member_inputs: MemberInputs, shared_models: PredictionBatch, judge: Judge
    ) -> PredictionBatch:
        """Return what tracks feel like to this listener.

        Args:
            member_inputs: The tracks.
            shared_models: Their verdict on these tracks, `judge` of what the members say.
            judge: Asked by a model whose members say something else.
        """
        ...

    def to_bytes(self) -> bytes:
        """Return all there is to store; no pickle."""
        ...


class Personaliser(Protocol):
    """Makes personal models under one snapshot."""

    @property
    def algorithm(self) -> str:
        """Its name, beside which its models are stored."""
        ...

    @property
    def needs_features(self) -> bool:
        """Whether it learns from tracks' features; their outlines will do otherwise."""
        ...

    @property
    def population_model(self) -> PersonalModel | None:
        """The model of somebody who has said nothing yet; None where that is nobody's."""
        ...

    def fit(self, answers: Sequence[Answer]) -> PersonalModel:
        """Return the model of a listener who gave these answers, at least one.

        Their order does not matter.
        """
        ...

    def from_bytes(self, blob: bytes) -> PersonalModel:
        """Return the model that was stored."""
        ...
