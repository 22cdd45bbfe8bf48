"""What clients get."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from models.emotion import Modality, Quadrant
from models.errors import AttuneError
from models.query import STRATEGIES, Question
from models.snapshot import Snapshot
from service import catalogue, predict, rank
from service.errors import INTERNAL, problem_of
from service.schemas.prediction import (
    Coordinate,
    ModelVersion,
    Personal,
    Prediction,
    Probability,
    Reply,
)
from service.tickets import Tickets
from service.tracks import TrackRecord
from service.update import Updated
from service.users import Profile


class ItemError(Reply):
    """Why an item has no prediction; `code` is one of the codes of a problem."""

    code: str
    detail: str


class BatchItem(Reply):
    """One item's prediction, or its error."""

    prediction: Prediction | None = None
    error: ItemError | None = None

    @classmethod
    def of(cls, result: "predict.Prediction | AttuneError") -> "BatchItem":
        """Return what became of an item as it goes over the wire."""
        if isinstance(result, AttuneError):
            problem = problem_of(result) or INTERNAL
            return cls(error=ItemError(code=problem.code, detail=problem.detail))
        return cls(prediction=Prediction.of(result))


class Batch(Reply):
    """As many items as were sent, in the same order."""

    items: list[BatchItem]

    @classmethod
    def of(cls, results: "Sequence[predict.Prediction | AttuneError]") -> "Batch":
        """Return what became of a batch as it goes over the wire."""
        return cls(items=[BatchItem.of(result) for result in results])


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

    @classmethod
    def of(cls, asked: Question) -> "AskedTrack":
        """Return a question as it goes over the wire."""
        return cls(
            track_id=asked.track_id,
            score=asked.score,
            is_random=asked.is_random,
            propensity=asked.propensity,
            is_repeat=asked.is_repeat,
        )


class QueryOut(Reply):
    """The tracks to ask about, the most useful first."""

    tracks: list[AskedTrack]
    strategy: str
    model: ModelVersion

    @classmethod
    def of(cls, questions: Sequence[Question], strategy: str, snapshot: str) -> "QueryOut":
        """Return a query's answer as it goes over the wire."""
        tracks = [AskedTrack.of(asked) for asked in questions]
        return cls(tracks=tracks, strategy=strategy, model=ModelVersion(snapshot=snapshot))


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

    @classmethod
    def of(cls, ranked: rank.Ranked) -> "RankedTrack":
        """Return a track in its place as it goes over the wire."""
        return cls(
            track_id=ranked.track_id,
            score=ranked.score,
            probability=ranked.proba,
            valence=Coordinate.of(ranked.valence),
            arousal=Coordinate.of(ranked.arousal),
        )


class RankOut(Reply):
    """The tracks that fit best, the best first; `next_cursor` is null on the last page.

    `changed` says that the user's answers, others' answers, the catalogue or the shared models
    have changed since the page before: a track may then come twice, or not at all.
    """

    tracks: list[RankedTrack]
    next_cursor: str | None
    changed: bool
    personal: Personal
    model: ModelVersion

    @classmethod
    def of(cls, ranking: rank.Ranking, snapshot: str) -> "RankOut":
        """Return a page of a ranking as it goes over the wire."""
        return cls(
            tracks=[RankedTrack.of(ranked) for ranked in ranking.tracks],
            next_cursor=ranking.cursor,
            changed=ranking.has_changed,
            personal=Personal.of_listener(ranking.listener),
            model=ModelVersion(snapshot=snapshot),
        )


class UpdateOut(Reply):
    """What became of the labels.

    `accepted` were new, `duplicates` had been recorded before; `n_labels` counts the tracks
    that have an answer now.
    """

    accepted: int
    duplicates: int
    n_labels: int
    personal: Personal

    @classmethod
    def of(cls, updated: Updated) -> "UpdateOut":
        """Return what became of the labels as it goes over the wire."""
        return cls(
            accepted=updated.accepted,
            duplicates=updated.duplicates,
            n_labels=updated.listener.n_labels,
            personal=Personal.of_listener(updated.listener),
        )


class Track(Reply):
    """A registered track.

    `audio_url` is what a browser can play: an address here that is good for some hours, if the
    audio is kept, else what was registered. `prediction` is null if the track was registered with
    other features than the model reads; registering it again mends that.
    """

    track_id: str
    title: str | None
    artist: str | None
    duration_s: float | None
    has_audio: bool
    has_lyrics: bool
    audio_url: str | None
    created_at: datetime
    prediction: Prediction | None

    @classmethod
    def of(cls, shown: catalogue.Shown, tickets: Tickets) -> "Track":
        """Return a track as it goes over the wire."""
        record, predicted = shown.record, shown.prediction
        return cls(
            track_id=record.track_id,
            title=record.heading.title,
            artist=record.heading.artist,
            duration_s=record.duration_s,
            has_audio=record.content.audio_sha256 is not None,
            has_lyrics=record.content.lyrics_sha256 is not None,
            audio_url=_playable(record, tickets),
            created_at=record.created_at,
            prediction=None if predicted is None else Prediction.of(predicted),
        )


def _playable(record: TrackRecord, tickets: Tickets) -> str | None:
    if not record.is_kept:
        return record.heading.audio_url
    return f"/tracks/{record.track_id}/audio?ticket={tickets.issue(record.track_id)}"


class TrackPage(Reply):
    """Tracks in the order of their ids; `next_cursor` is null on the last page."""

    tracks: list[Track]
    next_cursor: str | None

    @classmethod
    def of(cls, page: catalogue.Page, tickets: Tickets) -> "TrackPage":
        """Return a page as it goes over the wire."""
        tracks = [Track.of(shown, tickets) for shown in page.tracks]
        return cls(tracks=tracks, next_cursor=page.cursor)


class User(Reply):
    """What is recorded of a user; of `n_cant_tell` tracks they said that they cannot tell."""

    user_id: str
    n_labels: int
    n_cant_tell: int
    quadrants: dict[Quadrant, int]
    first_label_at: datetime
    last_label_at: datetime
    personal: Personal

    @classmethod
    def of(cls, profile: Profile) -> "User":
        """Return a profile as it goes over the wire."""
        return cls(
            user_id=profile.user_id,
            n_labels=profile.n_labels,
            n_cant_tell=profile.n_cant_tell,
            quadrants=dict(profile.quadrants),
            first_label_at=profile.first_event_at,
            last_label_at=profile.last_event_at,
            personal=Personal(
                user_id=profile.user_id, n_labels=profile.n_labels, used=profile.is_used
            ),
        )


class ModelCandidate(Reply):
    """Shared models that are tried beside the others, and which share of users they answer."""

    snapshot: str
    share: Probability


class ModelInfo(Reply):
    """The shared models that answer, and what they can be asked for.

    `embeddings` says how many numbers they read of what a caller's encoder makes of audio and of
    lyrics, and is null for models that read recordings and lyrics themselves. `candidate` is null
    unless others answer a share of users.
    """

    snapshot: str
    features: str
    embeddings: dict[Modality, int] | None
    modalities: list[Modality]
    fusions: list[str]
    default_fusion: str
    strategies: list[str]
    candidate: ModelCandidate | None
    manifest: Mapping[str, object]

    @classmethod
    def of(cls, snapshot: Snapshot, candidate: Snapshot | None, share: float) -> "ModelInfo":
        """Return what is said of a snapshot, and of one beside it, over the wire."""
        tried = None if candidate is None else candidate.version
        return cls(
            snapshot=snapshot.version,
            features=snapshot.feature_digest,
            embeddings=None if snapshot.embeddings is None else snapshot.embeddings.sizes,
            modalities=list(snapshot.committees),
            fusions=sorted(snapshot.fusions),
            default_fusion=snapshot.default_fusion,
            strategies=list(STRATEGIES),
            candidate=None if tried is None else ModelCandidate(snapshot=tried, share=share),
            manifest=dict(snapshot.manifest),
        )


class ModelReload(Reply):
    """What the folders of snapshots hold now.

    `previous` is what the worker that was asked has answered with so far; `is_new` says whether
    that or the candidate is to change.
    """

    version: str
    previous: str
    candidate: str | None
    is_new: bool
