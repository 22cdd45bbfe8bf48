"""Tracks as the catalogue keeps them."""

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
    """Fingerprints of what a track was made from: SHA-256 in hex, None for what is missing.

    Of a recording and of lyrics, or of the embeddings that a caller made of them.
    """

    audio_sha256: str | None
    lyrics_sha256: str | None

    @property
    def has_audio(self) -> bool:
        """Whether it was made from audio."""
        return self.audio_sha256 is not None

    @property
    def has_lyrics(self) -> bool:
        """Whether it was made from lyrics."""
        return self.lyrics_sha256 is not None


@dataclass(frozen=True, slots=True)
class TrackMetadata:
    """What a track is called, and where its recording can be heard.

    Attributes:
        audio_url: For browsers; nothing here ever fetches it.
    """

    title: str | None = None
    artist: str | None = None
    audio_url: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TrackRecord:
    """A track of the catalogue with all that is known of it.

    Attributes:
        track: None if it was registered with other features than the snapshot reads, and never
            judged.
        content: What of audio and lyrics it was made from.
        duration_s: Length of the recording; None without one, or where a caller embedded it.
        is_kept: Whether the recording is kept, so that it can be heard again.
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
    """What became of the catalogue since a revision, in the order in which it happened.

    Attributes:
        revision: Ask from here the next time.
        changed: New or altered tracks, without their segments.
        removed: Ids of tracks that are not to be asked about any more.
    """

    revision: int
    changed: Sequence[Track]
    removed: Collection[str]


Restate: TypeAlias = Callable[[Mapping[Modality, MemberLogits]], EarlierPredictions]


def as_stored(track_features: FloatMatrix) -> FloatMatrix:
    """Return sketches as they are."""
    return track_features


@dataclass(frozen=True, slots=True, eq=False)
class PopulationPredictor:
    """What a catalogue must know of the snapshot under which it is read.

    Attributes:
        version: Of the snapshot: a stored belief of another version is not used.
        feature_digest: Which features the snapshot reads.
        predict_population: The snapshot's prediction of features without a calibration, as stored.
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
    predict_from_logits: Restate | None = None
    recalibrated_features: Callable[[FloatMatrix], FloatMatrix] = as_stored

    def is_other_content(self, stored: Content, stored_digest: str, new: Content) -> bool:
        """Whether what is put under a track's id cannot be the same track.

        Another encoder makes other numbers of one and the same recording.
        """
        is_reencoded = self.reads_embeddings and stored_digest != self.feature_digest
        return stored != new and not is_reencoded
