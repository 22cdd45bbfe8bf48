"""Tracks: features and predictions, each computed once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, FloatVector, Proba
from models.emotion import Modality
from models.errors import NoEvidenceError


@dataclass(frozen=True, slots=True)
class Notice:
    """An input that a prediction does not use, or does not use as it is.

    Attributes:
        code: Machine-readable reason, such as ``lyrics_language``.
        message: A sentence for people that names the value and the bound.
        value: Machine-readable value, such as the language code ``es``; may be empty.
    """

    code: str
    message: str
    value: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class AudioFeatures:
    """The features of a recording, or a caller's embedding of it.

    Attributes:
        vector: Features of the whole recording ``(n_audio_features,)``.
        segments: Features of its segments ``(n_segments, n_audio_features)``; none for a caller's
            embedding.
        starts_s: Start of each segment in seconds ``(n_segments,)``.
        ends_s: End of each segment in seconds ``(n_segments,)``.
        duration_s: Length of the recording in seconds; None for a caller's embedding.
        notices: What was read in another way than it was stored; not kept with a track.
    """

    vector: FloatVector
    segments: FloatMatrix
    starts_s: FloatVector
    ends_s: FloatVector
    duration_s: float | None
    notices: tuple[Notice, ...] = ()

    @classmethod
    def of_embedding(cls, vector: FloatVector) -> Self:
        """Return the features of a caller's embedding ``(n_audio_features,)``."""
        none = np.zeros(0, np.float32)
        return cls(vector, np.zeros((0, len(vector)), np.float32), none, none, None)


@dataclass(frozen=True, slots=True, eq=False)
class LyricsFeatures:
    """The features of lyrics.

    Attributes:
        vector: ``(n_lyrics_features,)``; None if the lyrics are not used.
        skip_reason: ``language:es`` or ``no_words``; None if they are used, or blank.
    """

    vector: FloatVector | None
    skip_reason: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TrackFeatures:
    """The features of a track, with at least one modality.

    Attributes:
        notices: Inputs that have no features.
        earlier: Version of the earlier snapshot that predicted the track, if the present one reads
            other features; both vectors are then missing.

    Raises:
        NoEvidenceError: Both modalities are missing.
    """

    audio: AudioFeatures | None
    lyrics: FloatVector | None
    notices: tuple[Notice, ...] = ()
    earlier: str | None = None

    def __post_init__(self) -> None:
        if self.audio is None and self.lyrics is None and self.earlier is None:
            reasons = [notice.message for notice in self.notices]
            text = "The track has neither audio nor lyrics to predict it from."
            raise NoEvidenceError(" ".join([text, *reasons]))

    def vector(self, modality: Modality) -> FloatVector | None:
        """Return the features of a modality; None if the track lacks it."""
        if self.earlier is not None:
            return None
        if modality is Modality.LYRICS:
            return self.lyrics
        return None if self.audio is None else self.audio.vector


@dataclass(frozen=True, slots=True, eq=False)
class PopulationPrediction:
    """The population model's prediction of a track.

    It depends only on the snapshot and the track's features, so a stored one can be recomputed.

    Attributes:
        member_logits: Modality of the track to calibrated logits ``(n_members, n_quadrants)``.
        segment_proba: Consensus of the audio committee for each segment
            ``(n_segments, n_quadrants)``.
        sketch: Track features of the logistic model ``(n_columns,)``.
    """

    member_logits: Mapping[Modality, NDArray[np.float64]]
    segment_proba: Proba
    sketch: FloatVector


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """A track with its features and population prediction."""

    track_id: str
    features: TrackFeatures
    population_prediction: PopulationPrediction

    @property
    def sketch(self) -> FloatVector:
        """Track features of the logistic model ``(n_columns,)``."""
        return self.population_prediction.sketch

    @property
    def is_stale(self) -> bool:
        """Whether its features are an earlier snapshot's, which the present one cannot read."""
        return self.features.earlier is not None


@dataclass(frozen=True, slots=True, eq=False)
class TrackSummary:
    """A track with only the logistic model's track features ``(n_columns,)``.

    Attributes:
        is_stale: As in `Track`.
    """

    track_id: str
    sketch: FloatVector
    is_stale: bool = False

    @property
    def is_unknown(self) -> bool:
        """Whether no snapshot has ever predicted it, so that all its track features are 0."""
        return not self.sketch.any()
