"""Ranking: the tracks of the catalogue that fit a target best, for one user."""

import base64
import hashlib
import json
import math
from dataclasses import dataclass

from models.arrays import IntVector, Votes
from models.emotion import Estimate, Quadrant, in_quadrant
from models.personal import PersonalLogistic
from models.ranking import Target, TopkQuery, TopTracks, topk
from service.db.label_log import LabelLog
from service.db.track_feature_files import TrackFeatureMatrix
from service.db.track_features import TrackFeatureStore
from service.errors import InvalidCursorError, RankingUnavailableError
from service.serving.personal_models import UserModels, UserState
from service.serving.vote_table import LiveVotes, RowVotes


@dataclass(frozen=True, slots=True)
class Order:
    """A request for one page of a ranking.

    Attributes:
        cursor: `next_cursor` of the previous page; None for the first page.
    """

    user_id: str
    target: Target
    limit: int
    cursor: str | None = None
    is_new_only: bool = True


@dataclass(frozen=True, slots=True)
class RankedRow:
    """A ranked track.

    Attributes:
        score: Higher comes first; its meaning depends on the target.
        probability: Probability that the user puts the track in the target quadrant; None for a
            point.
    """

    track_id: str
    score: float
    probability: float | None
    valence: Estimate
    arousal: Estimate


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """A page of a ranking, best track first.

    Attributes:
        next_cursor: Cursor of the next page; None on the last page.
        has_changed: Whether labels, votes, tracks or the snapshot changed since the previous page,
            so that a track may appear twice, or not at all.
    """

    tracks: list[RankedRow]
    next_cursor: str | None
    has_changed: bool
    listener: UserState
    snapshot: str


def rank(
    order: Order,
    *,
    track_features: TrackFeatureStore,
    votes: LiveVotes,
    log: LabelLog,
    listeners: UserModels,
) -> Ranking:
    """Return the next page of tracks that fit best.

    A page continues after the score and the id of the previous page's last track, so that added or
    removed tracks move no other track to another page. A user without labels gets the ranking of
    the population model. The user's own labels do not count as votes of others.

    Raises:
        RankingUnavailableError: The personaliser's models cannot rank a catalogue.
        InvalidCursorError: The cursor does not come from a page of this ranking.
    """
    after = None if order.cursor is None else _Cursor.read(order.cursor, order)
    tracks = track_features.current()
    seq, answered, own, every = _own_labels(order.user_id, tracks, votes, log)
    listener = listeners.current(order.user_id)
    model = _rankable(listener)
    linear = model.linear().with_votes(tracks.rows, every.places, every.without(answered, own))
    is_open = tracks.is_shown.copy()
    if order.is_new_only:
        is_open[answered] = False
    wanted = TopkQuery(order.limit + 1, is_open, None if after is None else after.score)
    ranked = _in_order(topk(tracks.rows, linear, order.target, wanted), tracks, model, order)
    page = ranked if after is None else [each for each in ranked if after.is_before(each)]
    snapshot = listeners.snapshot
    state = snapshot.serving_version, seq, tracks.revision, every.revision
    cursor = None
    if len(page) > order.limit:
        last = page[order.limit - 1]
        cursor = _Cursor(last.score, last.track_id, state).write(order)
    has_changed = after is not None and after.state != state
    return Ranking(page[: order.limit], cursor, has_changed, listener, snapshot.version)


def _rankable(listener: UserState) -> PersonalLogistic:
    if not isinstance(listener.model, PersonalLogistic):
        raise RankingUnavailableError
    return listener.model


def _own_labels(
    user_id: str, tracks: TrackFeatureMatrix, votes: LiveVotes, log: LabelLog
) -> tuple[int, IntVector, Votes, RowVotes]:
    """Return a user's last event, the rows of labelled tracks, the user's votes, and all votes.

    All votes include the user's own. If the user adds a label while the votes are read, everything
    is read again.
    """
    while True:
        before = log.last_seq(user_id)
        every = votes.on(tracks)
        answers = log.answers(user_id)
        if before == log.last_seq(user_id):
            break
    standing = answers.standing
    places = tracks.places(standing.track_ids, standing.keys)
    is_known = places >= 0
    return before, places[is_known], standing.votes[is_known], every


def _in_order(
    found: TopTracks, tracks: TrackFeatureMatrix, model: PersonalLogistic, order: Order
) -> list[RankedRow]:
    """Return tracks by score; equal scores by id."""
    means, sds = model.points(found.proba)
    mean, sd = in_quadrant(means, found.proba.argmax(axis=1)).tolist(), sds.tolist()
    scores, track_ids = found.scores.tolist(), tracks.track_ids(found.places)
    ranked = [
        RankedRow(
            track_id,
            score,
            score if isinstance(order.target, Quadrant) else None,
            *(Estimate(*each) for each in zip(mean[row], sd[row], strict=True)),
        )
        for row, (track_id, score) in enumerate(zip(track_ids, scores, strict=True))
    ]
    return sorted(ranked, key=lambda each: (-each.score, each.track_id))


@dataclass(frozen=True, slots=True)
class _Cursor:
    """The end of a page, and the state of the ranking: snapshot, labels, tracks, votes."""

    score: float
    track_id: str
    state: tuple[str, int, int, int]

    def is_before(self, ranked: RankedRow) -> bool:
        return (-self.score, self.track_id) < (-ranked.score, ranked.track_id)

    def write(self, order: Order) -> str:
        content = json.dumps([_fingerprint(order), self.score, self.track_id, *self.state])
        return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, cursor: str, order: Order) -> "_Cursor":
        try:
            content = base64.b64decode(
                cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True
            )
            fingerprint, score, track_id, *state = json.loads(content)
            snapshot, seq, tracks, votes = state
        except (ValueError, TypeError) as error:
            raise InvalidCursorError(cursor) from error
        is_same_ranking = fingerprint == _fingerprint(order)
        if not (is_same_ranking and _is_number(score) and isinstance(track_id, str)):
            raise InvalidCursorError(cursor)
        return cls(score, track_id, (snapshot, seq, tracks, votes))


def _is_number(score: object) -> bool:
    return isinstance(score, float) and math.isfinite(score)


def _fingerprint(order: Order) -> str:
    """Return an identifier of the ranking; a cursor is valid for one ranking only."""
    content = f"{order.user_id} {order.target!r} {order.is_new_only}"
    return hashlib.sha256(content.encode()).hexdigest()[:16]
