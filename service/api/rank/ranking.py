"""Rank: the tracks of the catalogue that fit best what one listener looks for."""

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
from service.labels import effective
from service.serving.personal_models import Listener, Listeners
from service.serving.vote_table import LiveVotes, RowVotes
from service.votes import votes_of


@dataclass(frozen=True, slots=True)
class Order:
    """What is looked for, by whom, and which part of it is to be shown.

    Attributes:
        limit: At most this many tracks.
        cursor: Of the page before; None for the first one.
        is_new_only: Leave out what the listener has answered.
    """

    user_id: str
    target: Target
    limit: int
    cursor: str | None = None
    is_new_only: bool = True


@dataclass(frozen=True, slots=True)
class RankedRow:
    """A track in its place.

    Attributes:
        score: Higher comes first; what it is depends on the target.
        probability: That the listener puts it in the quadrant; None where a point is looked for.
    """

    track_id: str
    score: float
    probability: float | None
    valence: Estimate
    arousal: Estimate


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """A page of tracks, the best first.

    Attributes:
        next_cursor: Gives the next page; None on the last.
        has_changed: Answers, votes, tracks or the snapshot have changed since the page before, and
            with them perhaps the order: a track may come twice, or not at all.
        snapshot: Version of the shared models.
    """

    tracks: list[RankedRow]
    next_cursor: str | None
    has_changed: bool
    listener: Listener
    snapshot: str


def rank(
    order: Order,
    *,
    track_features: TrackFeatureStore,
    votes: LiveVotes,
    log: LabelLog,
    listeners: Listeners,
) -> Ranking:
    """Return the tracks that fit best, after those of the page before.

    A page goes on after the score and the id that the one before ended with, so that tracks that
    join or leave move no other to another page. Somebody who has said nothing yet gets everybody's
    ranking. What the listener said does not count as what others said.

    Raises:
        RankingUnavailableError: The listener's model is none that a catalogue can be ranked by.
        InvalidCursorError: No page of this ranking gave the cursor out.
    """
    after = None if order.cursor is None else _Cursor.read(order.cursor, order)
    tracks = track_features.current()
    seq, answered, own, every = _own(order.user_id, tracks, votes, log)
    listener = listeners.current(order.user_id)
    model = _rankable(listener)
    linear = model.linear().told(tracks.rows, every.places, every.without(answered, own))
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


def _rankable(listener: Listener) -> PersonalLogistic:
    if not isinstance(listener.model, PersonalLogistic):
        raise RankingUnavailableError
    return listener.model


def _own(
    user_id: str, tracks: TrackFeatureMatrix, votes: LiveVotes, log: LabelLog
) -> tuple[int, IntVector, Votes, RowVotes]:
    """Return a user's last event, the rows that they answered, their votes on these, all votes.

    Their own are part of all. Where the user says something while the votes are read, all is read
    again.
    """
    while True:
        before = log.last_seq(user_id)
        every = votes.on(tracks)
        events = list(log.events(user_id))
        if before == (events[-1].seq if events else 0):
            break
    labels = [event.label for event in effective(events)]
    places = tracks.places([label.track_id for label in labels])
    is_known = places >= 0
    return before, places[is_known], votes_of(labels)[is_known], every


def _in_order(
    found: TopTracks, tracks: TrackFeatureMatrix, model: PersonalLogistic, order: Order
) -> list[RankedRow]:
    """Return tracks by score and, where scores are equal, by id."""
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
    """Where a page ended, and what the ranking was made of: snapshot, labels, tracks, votes."""

    score: float
    track_id: str
    state: tuple[str, int, int, int]

    def is_before(self, ranked: RankedRow) -> bool:
        return (-self.score, self.track_id) < (-ranked.score, ranked.track_id)

    def write(self, order: Order) -> str:
        told = json.dumps([_fingerprint(order), self.score, self.track_id, *self.state])
        return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, cursor: str, order: Order) -> "_Cursor":
        try:
            told = base64.b64decode(
                cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True
            )
            fingerprint, score, track_id, *state = json.loads(told)
            snapshot, seq, tracks, votes = state
        except (ValueError, TypeError) as error:
            raise InvalidCursorError(cursor) from error
        is_ours = fingerprint == _fingerprint(order)
        if not (is_ours and _is_number(score) and isinstance(track_id, str)):
            raise InvalidCursorError(cursor)
        return cls(score, track_id, (snapshot, seq, tracks, votes))


def _is_number(score: object) -> bool:
    return isinstance(score, float) and math.isfinite(score)


def _fingerprint(order: Order) -> str:
    """Return what tells one ranking from another; a cursor is good for its own alone."""
    told = f"{order.user_id} {order.target!r} {order.is_new_only}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]
