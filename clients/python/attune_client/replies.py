"""What the service answers besides predictions."""

from dataclasses import dataclass
from datetime import datetime

from attune_client.predictions import Estimate, ModelVersion, Personal, Prediction, Quadrant


@dataclass(frozen=True, slots=True)
class Query:
    """A track to ask about; of two, the higher score is worth asking sooner.

    Attributes:
        is_random: It was drawn evenly, not chosen by the strategy.
        propensity: With which probability it was to come in its place.
        is_repeat: The listener has answered about it before; asked again, one learns how much
            their answers vary.
    """

    track_id: str
    score: float
    is_random: bool = False
    propensity: float | None = None
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class QueryReply:
    """The tracks to put before a listener, the most useful first."""

    tracks: tuple[Query, ...]
    strategy: str
    model: ModelVersion


@dataclass(frozen=True, slots=True)
class RankedTrack:
    """A track in its place; of two, the higher score fits better.

    Attributes:
        score: The probability, or minus the distance at which the listener's answer is to be
            expected from the point.
        probability: That the listener puts the track in the quadrant; None for a point.
    """

    track_id: str
    score: float
    valence: Estimate
    arousal: Estimate
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class RankReply:
    """The tracks that fit best, the best first; ``next_cursor`` is None on the last page.

    Attributes:
        changed: The listener's answers, others' answers or the catalogue have changed since the
            page before: a track may come twice, or not at all.
    """

    tracks: tuple[RankedTrack, ...]
    changed: bool
    personal: Personal
    model: ModelVersion
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class UpdateReply:
    """What became of the labels: ``accepted`` are new, ``duplicates`` were known already."""

    accepted: int
    duplicates: int
    n_labels: int
    personal: Personal


@dataclass(frozen=True, slots=True)
class Track:
    """A registered piece of music, and what it feels like to nobody in particular.

    Attributes:
        audio_url: Where a browser can hear it, perhaps relative to the service and for some hours
            only; None where nobody kept a recording.
    """

    track_id: str
    has_audio: bool
    has_lyrics: bool
    created_at: datetime
    title: str | None = None
    artist: str | None = None
    duration_s: float | None = None
    audio_url: str | None = None
    prediction: Prediction | None = None


@dataclass(frozen=True, slots=True)
class TrackPage:
    """Some of the catalogue; ``next_cursor`` is None on the last page."""

    tracks: tuple[Track, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class LabelEvent:
    """One line of a listener's log: a quadrant, a point with its quadrant, or neither.

    Attributes:
        retracted: What was answered before is taken back.
        cant_tell: The listener could not tell.
        emotion: ``perceived``, ``felt`` or None; this and what follows is as in
            ``Circumstances``.
    """

    event_id: str
    track_id: str
    created_at: datetime
    quadrant: Quadrant | None = None
    valence: float | None = None
    arousal: float | None = None
    retracted: bool = False
    cant_tell: bool = False
    emotion: str | None = None
    liking: int | None = None
    familiarity: int | None = None
    strategy: str | None = None
    is_random: bool = False
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class User:
    """A listener whom the service has learnt from.

    Attributes:
        n_labels: How many tracks the listener's answers stand for now.
        quadrants: How many of these are in each quadrant.
        n_cant_tell: About how many the listener could not tell.
    """

    user_id: str
    n_labels: int
    quadrants: dict[str, int]
    first_label_at: datetime
    last_label_at: datetime
    personal: Personal
    n_cant_tell: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """Shared models that are tried beside the others, and the share of users they answer."""

    snapshot: str
    share: float


@dataclass(frozen=True, slots=True)
class Model:
    """The shared models in use, and what they can be asked for.

    Attributes:
        features: Hash of the features that they read.
        manifest: What they were made from, as training wrote it down.
        embeddings: Modality to the size of its embedding, where the models read embeddings that
            callers compute; None where they read recordings and lyrics.
        candidate: What is tried beside them, if anything.
    """

    snapshot: str
    features: str
    modalities: tuple[str, ...]
    fusions: tuple[str, ...]
    default_fusion: str
    strategies: tuple[str, ...]
    manifest: dict[str, object]
    embeddings: dict[str, int] | None = None
    candidate: Candidate | None = None


@dataclass(frozen=True, slots=True)
class Reload:
    """What the service found in the folder of its models; its workers take it up in a moment.

    Attributes:
        version: Of the snapshot that is there now.
        previous: Of the one in use so far.
        is_new: Whether anything changes.
        candidate: Of the snapshot that answers a share of the listeners beside it, if any.
    """

    version: str
    previous: str
    is_new: bool
    candidate: str | None = None
