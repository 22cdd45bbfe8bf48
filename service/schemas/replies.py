"""What clients get."""

from collections.abc import Mapping
from datetime import datetime
from operator import attrgetter
from typing import Annotated

from pydantic import BeforeValidator, Field

from models.emotion import Modality, Quadrant
from models.errors import AttuneError
from service.errors import INTERNAL, Problem, problem_of
from service.schemas.prediction import Coordinate, Prediction
from service.schemas.reply import Personal, Probability, Reply, SnapshotVersion, at, within


def _problem(error: AttuneError) -> Problem:
    return problem_of(error) or INTERNAL


class ItemError(Reply):
    """Why an item has no prediction; `code` is one of the codes of a problem."""

    code: str
    detail: str


class BatchItem(Reply):
    """One item's prediction, or its error."""

    prediction: Prediction | None = None
    error: Annotated[ItemError, BeforeValidator(_problem)] | None = None


class Batch(Reply):
    """As many items as were sent, in the same order."""

    items: list[BatchItem]


class AskedTrack(Reply):
    """A track worth asking about; a higher score means ask sooner.

    `is_random` tracks were drawn evenly from all that were left; those that a mixture draws have
    score 0. `propensity` is the probability with which the place went to this track, given the
    places before it, and null for a strategy that does not go by lot and where only `playable`
    tracks are asked for. A track that `is_repeat` was answered before; its score is 0.
    """

    track_id: str
    score: float
    is_random: bool
    propensity: Probability | None
    is_repeat: bool


class QueryOut(Reply):
    """The tracks to ask about, the most useful first."""

    tracks: list[AskedTrack]
    strategy: str
    model: SnapshotVersion


class RankedTrack(Reply):
    """A track in its place; a higher score comes first.

    For a quadrant `score` is `probability`: that the user puts the track there. For a point it is
    minus the distance at which the user's answer is to be expected from it (the root of the
    expected squared distance, in valence and arousal), and `probability` is null.
    """

    track_id: str
    score: float
    probability: Probability | None
    valence: Coordinate
    arousal: Coordinate


class RankOut(Reply):
    """The tracks that fit best, the best first; `next_cursor` is null on the last page.

    `changed` says that the user's answers, others' answers, the catalogue or the shared models
    have changed since the page before: a track may then come twice, or not at all.
    """

    tracks: list[RankedTrack]
    next_cursor: str | None
    changed: Annotated[bool, at("has_changed")]
    personal: Annotated[Personal, at("listener")]
    model: SnapshotVersion


class EffectMove(Reply):
    """How many tracks moved from one likeliest quadrant to another."""

    from_: Annotated[Quadrant, Field(validation_alias="before", serialization_alias="from")]
    to: Annotated[Quadrant, at("after")]
    n: int


class MovedTrack(Reply):
    """A track that moved from one likeliest quadrant to another."""

    track_id: str
    title: Annotated[str | None, at("heading", "title")]
    artist: Annotated[str | None, at("heading", "artist")]
    from_: Annotated[Quadrant, Field(validation_alias="before", serialization_alias="from")]
    to: Annotated[Quadrant, at("after")]


class UpdateEffect(Reply):
    """What the answers of one call changed for their user.

    A fixed sample of the catalogue, at most 500 tracks and never those just answered, is predicted
    for this user without the call's answers and with them; other users' answers are the same both
    times. `n_moved` of the `n_tracks` have another likeliest quadrant now. `moves` counts them,
    the most frequent first; `tracks` are at most three of them.
    """

    n_tracks: int
    n_moved: int
    moves: list[EffectMove]
    tracks: list[MovedTrack]


class UpdateOut(Reply):
    """What became of the labels.

    `accepted` were new, `duplicates` had been recorded before; `n_labels` counts the tracks
    that have an answer now. `effect` is null unless the call asked for it, and where it recorded
    nothing new.
    """

    accepted: int
    duplicates: int
    n_labels: Annotated[int, at("listener", "n_labels")]
    personal: Annotated[Personal, at("listener")]
    effect: UpdateEffect | None


class Track(Reply):
    """A registered track.

    `audio_url` is what a browser can play: an address here that is good for some hours, if the
    audio is kept, else what was registered. `prediction` is null if the track was registered with
    other features than the model reads; registering it again mends that.
    """

    model_config = within("record")

    track_id: str
    title: Annotated[str | None, at("record", "heading", "title")]
    artist: Annotated[str | None, at("record", "heading", "artist")]
    duration_s: float | None
    has_audio: Annotated[bool, at("record", "content", "has_audio")]
    has_lyrics: Annotated[bool, at("record", "content", "has_lyrics")]
    audio_url: Annotated[str | None, at("audio_url")]
    created_at: datetime
    prediction: Annotated[Prediction | None, at("prediction")]


class TrackPage(Reply):
    """Tracks in the order of their ids; `next_cursor` is null on the last page."""

    tracks: list[Track]
    next_cursor: str | None


class User(Reply):
    """What is recorded of a user; of `n_cant_tell` tracks they said that they cannot tell."""

    user_id: str
    n_labels: int
    n_cant_tell: int
    quadrants: dict[Quadrant, int]
    first_label_at: datetime
    last_label_at: datetime
    personal: Personal


class ModelCandidate(Reply):
    """Shared models that are tried beside the others, and which share of users they answer."""

    snapshot: str
    share: Probability


class ModelCalibration(Reply):
    """What shifts the shared models' zero points to the catalogue, and what it was fitted to."""

    version: str
    created_at: datetime
    n_tracks: int
    n_answers: int


class ModelInfo(Reply):
    """The shared models that answer, and what they can be asked for.

    `embeddings` says how many numbers they read of what a caller's encoder makes of audio and of
    lyrics, and is null for models that read recordings and lyrics themselves. `candidate` is null
    unless others answer a share of users, `calibration` unless one shifts what is told.
    """

    model_config = within("primary", "snapshot")

    snapshot: Annotated[str, at("primary", "snapshot", "version")]
    features: Annotated[str, at("primary", "snapshot", "feature_digest")]
    embeddings: Annotated[dict[Modality, int], BeforeValidator(attrgetter("sizes"))] | None
    modalities: Annotated[
        list[Modality], BeforeValidator(list), at("primary", "snapshot", "committees")
    ]
    fusions: Annotated[list[str], BeforeValidator(sorted)]
    default_fusion: str
    strategies: Annotated[list[str], at("strategies")]
    candidate: Annotated[ModelCandidate | None, at("trial")]
    calibration: Annotated[ModelCalibration | None, at("primary", "calibration")]
    manifest: Mapping[str, object]


class ModelReload(Reply):
    """What the folders of snapshots hold now.

    `previous` is what the worker that was asked has answered with so far; `is_new` says whether
    that or the candidate is to change.
    """

    version: str
    previous: str
    candidate: str | None
    is_new: bool
