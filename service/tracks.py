"""Tracks of the catalogue, and their prediction under a snapshot."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias

from models.arrays import FloatMatrix, MemberLogits
from models.emotion import Modality
from models.prediction.earlier_snapshot import EarlierPredictions
from models.track import PopulationPrediction, Track, TrackFeatures


@dataclass(frozen=True, slots=True)
class Content:
    """Digests, SHA-256 in hex, of a track's recording and lyrics; None stands for a missing one.

    Attributes:
        audio_sha256: Of the recording's file, or of a caller's embedding of it.
        lyrics_sha256: Of the lyrics in their canonical form, or of a caller's embedding of them.
            Rows of releases up to 0.5 hold the digest of the text as it was sent.
        sound_sha256: Of what is heard in the recording (`models.audio.identity`); None for rows
            of releases up to 0.5, and where it cannot be read.
        earlier_lyrics: Digests that releases up to 0.5 stored for the same lyrics. Not stored.
        has_file: Whether the recording's file came too; a library has digests alone. Not stored.
    """

    audio_sha256: str | None
    lyrics_sha256: str | None
    sound_sha256: str | None = None
    earlier_lyrics: frozenset[str] = field(default=frozenset(), compare=False)
    has_file: bool = field(default=True, compare=False)

    def is_same_track(self, stored: "Content") -> bool:
        """Whether the same is heard and read here as in the content of a stored track."""
        return self.is_same_sound(stored) and self._are_same_lyrics(stored)

    def is_same_sound(self, stored: "Content") -> bool:
        """Whether the same is heard here as in the content of a stored track."""
        if self.audio_sha256 == stored.audio_sha256:
            return True
        return self.sound_sha256 is not None and self.sound_sha256 == stored.sound_sha256

    def in_place_of(self, stored: "Content") -> "Content":
        """Return the content to store for a track that has another.

        Without a file, the stored file of the same sound stays, and so does its digest.
        """
        if self.has_file or not self.is_same_sound(stored):
            return self
        sound = self.sound_sha256 or stored.sound_sha256
        return replace(self, audio_sha256=stored.audio_sha256, sound_sha256=sound)

    def _are_same_lyrics(self, stored: "Content") -> bool:
        return stored.lyrics_sha256 in {self.lyrics_sha256, *self.earlier_lyrics}

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


@dataclass(frozen=True, slots=True)
class CatalogueChange:
    """A registration of a track.

    Attributes:
        is_new: Whether the id is new or was hidden.
        replaced: The content that the id had before; None if it is new.
    """

    is_new: bool
    replaced: Content | None


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

        Another encoder makes different embeddings of the same recording. Nothing is known of the
        content of a track that was not registered before its labels were imported.
        """
        if stored == Content(None, None):
            return False
        is_reencoded = self.reads_embeddings and stored_digest != self.feature_digest
        return not new.is_same_track(stored) and not is_reencoded
