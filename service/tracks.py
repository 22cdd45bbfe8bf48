"""Tracks of the catalogue, and their prediction under a snapshot."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from models.arrays import FloatMatrix, MemberLogits
from models.emotion import Modality
from models.prediction.earlier_snapshot import EarlierPredictions
from models.track import PopulationPrediction, Track, TrackFeatures


@dataclass(frozen=True, slots=True)
class Content:
    """SHA-256 in hex of a track's recording and lyrics, or of a caller's embeddings of them.

    None stands for a missing one.
    """

    audio_sha256: str | None
    lyrics_sha256: str | None

    @property
    def has_audio(self) -> bool:
        """Whether the track has audio."""
        return self.audio_sha256 is not None

    @property
    def has_lyrics(self) -> bool:
        """Whether the track has lyrics."""
        return self.lyrics_sha256 is not None


@dataclass(frozen=True, slots=True)
class TrackMetadata:
    """Title, artist and address of a track.

    Attributes:
        audio_url: Address of the recording for browsers; the service never fetches it.
    """

    title: str | None = None
    artist: str | None = None
    audio_url: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TrackRecord:
    """A track of the catalogue with everything that is stored of it.

    Attributes:
        track: None if it holds features of another snapshot and has no prediction.
        duration_s: Length of the recording; None without one, or for a caller's embedding.
        is_kept: Whether the recording is kept.
    """

    track_id: str
    track: Track | None
    track_metadata: TrackMetadata
    content: Content
    duration_s: float | None
    created_at: datetime
    updated_at: datetime
    is_kept: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """Changes of the catalogue since a revision, in order.

    Attributes:
        revision: Revision to ask from the next time.
        changed: New or changed tracks, without their segments.
        removed: Ids of tracks that a query must not choose any more.
    """

    revision: int
    changed: Sequence[Track]
    removed: Collection[str]


PredictFromLogits: TypeAlias = Callable[[Mapping[Modality, MemberLogits]], EarlierPredictions]


def as_stored(track_features: FloatMatrix) -> FloatMatrix:
    """Return track features unchanged."""
    return track_features


@dataclass(frozen=True, slots=True, eq=False)
class PopulationPredictor:
    """What a catalogue needs to predict tracks under a snapshot.

    Attributes:
        version: Version of the snapshot; stored predictions of others are not used.
        feature_digest: Digest of the features that the snapshot reads.
        predict_population: Predicts from features without a calibration, as stored.
        reads_embeddings: Whether the features are callers' own embeddings.
        predict_from_logits: Predicts from member outputs of an earlier snapshot, whose
            features it cannot read; None: tracks with such features get no prediction.
        recalibrated_features: Turns stored track features ``(n_tracks, n_columns)`` into those
            that are served under the snapshot's calibration.
    """

    version: str
    feature_digest: str
    predict_population: Callable[[TrackFeatures], PopulationPrediction]
    reads_embeddings: bool = False
    predict_from_logits: PredictFromLogits | None = None
    recalibrated_features: Callable[[FloatMatrix], FloatMatrix] = as_stored

    def is_other_content(self, stored: Content, stored_digest: str, new: Content) -> bool:
        """Whether the new content of a track's id is another track.

        Another encoder makes different embeddings of the same recording.
        """
        is_reencoded = self.reads_embeddings and stored_digest != self.feature_digest
        return stored != new and not is_reencoded
