"""Protocols of personal models and personalisers, and their inputs and outputs."""

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
"""The summands of a distribution's log-odds: the population model, other listeners' votes on the
track, the listener's level and the listener's taste. The committee personaliser does not separate
level from taste: its whole change counts as taste."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A listener's current answer about a track, neither corrected nor retracted.

    Attributes:
        track: A summary suffices for personalisers that need no features.
        point: Valence and arousal in [-1, 1]; None for an answer without a point.
        batch: Number of the batch of answers, ascending in time. A corrected answer belongs to the
            batch of its correction.
        others: Others' votes on the track at the time of the answer ``(n_quadrants,)``; zeros if
            they were not recorded.
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
    """Inputs of a personal model, for tracks that have the same modalities.

    Attributes:
        features: Modality to features ``(n_tracks, n_features)``; empty if an earlier snapshot
            predicted the tracks.
        shared: Modality to the shared members' logits ``(n_members, n_tracks, n_quadrants)``.
        track_features: Inputs of the logistic model ``(n_tracks, n_columns)``.
        votes: Others' votes, without the listener's own ``(n_tracks, n_quadrants)``.
    """

    features: Mapping[Modality, FloatMatrix]
    shared: Mapping[Modality, MemberLogits]
    track_features: FloatMatrix
    votes: Votes


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """Distributions of tracks or segments, and their valence and arousal.

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
    """Predictions of several tracks.

    Attributes:
        modalities: Modality to its distributions ``(n_tracks, n_quadrants)``.
        fused: The fused distributions ``(n_tracks, n_quadrants)``.
        mean: Valence and arousal, possibly beyond [-1, 1] ``(n_tracks, 2)``.
        sd: Standard deviations ``(n_tracks, 2)``.
        parts: Each of `PARTS` of the log-odds, with mean 0 over the quadrants
            ``(n_parts, n_tracks, n_quadrants)``.
        sets: Prediction sets ``(n_tracks, n_quadrants)``; None if their coverage is unknown.
        is_personal: Whether the listener's answers changed the prediction ``(n_tracks,)``.
        predict_segments: Predicts segments of a track from its row and the shared models' fused
            distributions of the segments ``(n_segments, n_quadrants)``.
    """

    modalities: Mapping[Modality, Proba]
    fused: Proba
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    parts: NDArray[np.float64]
    sets: NDArray[np.bool_] | None
    is_personal: NDArray[np.bool_]
    predict_segments: Callable[[int, Proba], Estimates]


SharedPredictor = Callable[[Mapping[Modality, MemberLogits]], PredictionBatch]
"""Predicts tracks with the shared models from logits of the members."""


class PersonalModel(Protocol):
    """One listener's parameters; needs the shared models of its snapshot."""

    @property
    def n_labels(self) -> int:
        """The number of answered tracks."""
        ...

    @property
    def is_used(self) -> bool:
        """Whether the listener's answers change predictions."""
        ...

    def predict_batch(
        self,
        member_inputs: MemberInputs,
        shared: PredictionBatch,
        predict_shared: SharedPredictor,
    ) -> PredictionBatch:
        """Return predictions of tracks for this listener.

        Args:
            member_inputs: The tracks.
            shared: The shared models' predictions of these tracks.
            predict_shared: For a model that changes the members' logits.
        """
        ...

    def to_bytes(self) -> bytes:
        """Return the parameters to store; no pickle."""
        ...


class Personaliser(Protocol):
    """Fits personal models under one snapshot."""

    @property
    def algorithm(self) -> str:
        """The name stored with its models."""
        ...

    @property
    def needs_features(self) -> bool:
        """Whether answers need a `Track` with features; else a `TrackSummary` suffices."""
        ...

    @property
    def population_model(self) -> PersonalModel | None:
        """The model of a listener without answers; None for the shared models alone."""
        ...

    def fit(self, answers: Sequence[Answer]) -> PersonalModel:
        """Return the model of a listener with these answers, at least one, in any order."""
        ...

    def from_bytes(self, blob: bytes) -> PersonalModel:
        """Return the model that ``to_bytes`` wrote."""
        ...
