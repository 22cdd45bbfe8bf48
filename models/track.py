"""A track as the models see it: numbers computed once from its audio and lyrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, FloatVector, Proba
from models.emotion import Modality
from models.errors import NoEvidenceError
from models.notices import Notice


@dataclass(frozen=True, slots=True, eq=False)
class AudioFeatures:
    """What is kept of a recording, or of the embedding that a caller made of it.

    Attributes:
        vector: The whole recording ``(n_audio_features,)``.
        segments: The same features over stretches of it ``(n_segments, n_audio_features)``; none
            where a caller made the embedding.
        starts_s: Where each stretch begins, in seconds ``(n_segments,)``.
        ends_s: Where each stretch ends, in seconds ``(n_segments,)``.
        duration_s: Length of the recording in seconds; None where a caller made the embedding.
    """

    vector: FloatVector
    segments: FloatMatrix
    starts_s: FloatVector
    ends_s: FloatVector
    duration_s: float | None

    @classmethod
    def of_embedding(cls, vector: FloatVector) -> Self:
        """Return what is kept where a caller made the embedding ``(n_audio_features,)``."""
        none = np.zeros(0, np.float32)
        return cls(vector, np.zeros((0, len(vector)), np.float32), none, none, None)


@dataclass(frozen=True, slots=True, eq=False)
class LyricsFeatures:
    """What is kept of lyrics.

    Attributes:
        vector: ``(n_lyrics_features,)``; None where they were not read.
        unread: Why not: ``language:es`` or ``no_words``; None where they were, or are blank.
    """

    vector: FloatVector | None
    unread: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TrackFeatures:
    """The features of a track; at least one modality is there.

    Attributes:
        notices: What was sent of the track and has no features.
        earlier: Version of the snapshot that judged the track, where it reads other features than
            the present one: then no vector is here. None otherwise.

    Raises:
        NoEvidenceError: Both are missing.
    """

    audio: AudioFeatures | None
    lyrics: FloatVector | None
    notices: tuple[Notice, ...] = ()
    earlier: str | None = None

    def __post_init__(self) -> None:
        if self.audio is None and self.lyrics is None and self.earlier is None:
            why = [notice.message for notice in self.notices]
            raise NoEvidenceError(
                " ".join(["The track has neither audio nor lyrics to judge it by.", *why])
                if why
                else "The track has neither audio nor a word of lyrics to judge it by."
            )

    def vector(self, modality: Modality) -> FloatVector | None:
        """Return the features of one modality, or None if the track lacks it."""
        if self.earlier is not None:
            return None
        if modality is Modality.LYRICS:
            return self.lyrics
        return None if self.audio is None else self.audio.vector


@dataclass(frozen=True, slots=True, eq=False)
class PopulationPrediction:
    """What a snapshot's shared members say of one track, for nobody in particular.

    A pure function of the snapshot and the track's features, so it can be stored and thrown away.

    Attributes:
        member_logits: Modality to calibrated logits ``(n_members, n_quadrants)``; only modalities
            the track has.
        segment_proba: The audio committee's consensus along the track
            ``(n_segments, n_quadrants)``.
        sketch: The track as the logistic model sees it ``(n_columns,)``.
    """

    member_logits: Mapping[Modality, NDArray[np.float64]]
    segment_proba: Proba
    sketch: FloatVector


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """A track that can be predicted, asked about and learnt from."""

    track_id: str
    features: TrackFeatures
    population_prediction: PopulationPrediction

    @property
    def sketch(self) -> FloatVector:
        """The track as the logistic model sees it ``(n_columns,)``."""
        return self.population_prediction.sketch

    @property
    def is_stale(self) -> bool:
        """Whether an earlier snapshot judged it, whose features the present one cannot read."""
        return self.features.earlier is not None


@dataclass(frozen=True, slots=True, eq=False)
class TrackSummary:
    """A track of which nothing but its sketch was read ``(n_columns,)``.

    Attributes:
        is_stale: As of a `Track`.
    """

    track_id: str
    sketch: FloatVector
    is_stale: bool = False

    @property
    def is_flat(self) -> bool:
        """Whether nothing is known of the track itself: no snapshot ever judged it."""
        return not self.sketch.any()
