"""Pools: what there is to choose from when a user is to be asked about something."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import overload

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Votes
from models.catalogue_pool import member_proba
from models.emotion import N_QUADRANTS, QUADRANTS
from models.errors import NoPlacementError
from models.personal import PersonalLogistic
from models.query import Placement, Pool
from models.query.features import side_by_side
from service.db.label_log import LabelLog
from service.db.track_feature_files import TrackFeatureMatrix
from service.db.track_features import TrackFeatureStore
from service.labels import Label, LabelEvent, latest
from service.serving.personal_models import Listeners
from service.serving.track_table import LiveTable
from service.serving.vote_table import LiveVotes
from service.votes import votes_on


@dataclass(frozen=True, slots=True, eq=False)
class PoolSources:
    """The catalogue, in the forms in which it can be asked about.

    Attributes:
        table: As the members see it; not touched by a strategy that does not ask them.
        track_features: As the logistic model reads them; only some strategies read them.
        votes: On the sketches.
    """

    table: LiveTable
    track_features: TrackFeatureStore
    votes: LiveVotes


@dataclass(frozen=True, slots=True, eq=False)
class QueryPool:
    """What a strategy chooses from, and what the user has said of the rest.

    Attributes:
        pool: Shown tracks of which the user has said nothing that stands.
        last_labels: What the user said last of each track, in order.
        shown: Returns those of some tracks that are in the catalogue now, in their order.
    """

    pool: Pool
    last_labels: Sequence[Label]
    shown: Callable[[Sequence[str]], list[str]]


def committee_pool(
    user_id: str,
    closed: Collection[str],
    *,
    sources: PoolSources,
    log: LabelLog,
    listeners: Listeners,
) -> QueryPool:
    """Return a choice with all that the members say and the tracks are like.

    Args:
        user_id: Who is to be asked.
        closed: Tracks that are not to be asked about.
        sources: Of which the table is read.
        log: What was answered.
        listeners: What the user is like.

    Raises:
        EmptyPoolError: No track is left.
    """
    # Votes are read before the answers: what the user answers meanwhile is then not among them.
    # A user's own votes are on answered tracks only, and these are left out.
    votes = log.votes()
    tracks = sources.table.current()
    listener = listeners.current(user_id)
    last_labels = _said(user_id, log)
    answered = {label.track_id for label in last_labels if label.quadrant is not None}
    places = _places_without(_settled(last_labels).union(closed), tracks.track_ids)
    track_ids = [tracks.track_ids[place] for place in places]
    features = cache(lambda: side_by_side(tracks, listeners.snapshot.committees))
    pool = Pool(
        track_ids,
        votes_on(track_ids, votes),
        lambda: member_proba(listeners.snapshot, tracks, listener.model)[:, places],
        ask_features=lambda: features()[places],
        ask_answered=lambda: features()[_places_of(answered, tracks.track_ids)],
        answered=_count(last_labels),
    )
    return QueryPool(pool, last_labels, partial(_listed, tracks.track_ids))


def logistic_pool(
    user_id: str,
    closed: Collection[str],
    *,
    sources: PoolSources,
    log: LabelLog,
    listeners: Listeners,
) -> QueryPool:
    """Return a choice with nothing but votes and what the user's logistic model makes of tracks.

    Nothing is made that is as long as the catalogue but a few numbers a track.

    Args:
        user_id: Who is to be asked.
        closed: Tracks that are not to be asked about.
        sources: Of which the sketches are read.
        log: What was answered.
        listeners: What the user is like.

    Raises:
        NoPlacementError: The personaliser makes no logistic models.
        EmptyPoolError: No track is left.
    """
    model = listeners.current(user_id).model
    if not isinstance(model, PersonalLogistic):
        raise NoPlacementError
    tracks = sources.track_features.current()
    others = sources.votes.on(tracks)  # before the answers, as above
    events = latest(log.events(user_id))
    last_labels = [event.label for event in events]
    answered, frozen = _answered(tracks, events)
    is_open = tracks.is_shown.copy()
    for shut in (tracks.places(_settled(last_labels)), tracks.places(closed)):
        is_open[shut[shut >= 0]] = False
    rows = np.flatnonzero(is_open)
    is_voted = is_open[others.places]
    voted = np.searchsorted(rows, others.places[is_voted])
    counts = others.counts[is_voted].astype(np.float64)
    votes = np.zeros((len(rows), N_QUADRANTS))
    votes[voted] = counts
    pool = Pool(
        _Ids(tracks, rows),
        votes,
        answered=_count(last_labels),
        ask_place=lambda: Placement(model, tracks.rows, rows, voted, counts, answered, frozen),
    )
    return QueryPool(pool, last_labels, partial(_shown, tracks))


def _answered(tracks: TrackFeatureMatrix, events: Sequence[LabelEvent]) -> tuple[IntVector, Votes]:
    """Return the rows of answered tracks that are there, and others' votes on them at the time."""
    answers = [event for event in events if event.label.quadrant is not None]
    rows = tracks.places([event.label.track_id for event in answers])
    none = (0.0,) * N_QUADRANTS
    votes = np.array([event.others or none for event in answers], np.float64)
    is_there = rows >= 0
    return rows[is_there], votes.reshape(-1, N_QUADRANTS)[is_there]


class _Ids(Sequence[str]):
    """Ids of rows, each read when it is asked for."""

    def __init__(self, tracks: TrackFeatureMatrix, rows: IntVector) -> None:
        self._tracks = tracks
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return self._tracks.track_ids(self._rows[place])
        (track_id,) = self._tracks.track_ids(self._rows[[place]])
        return track_id


def _places_without(closed: Collection[str], track_ids: Sequence[str]) -> list[int]:
    return [place for place, track_id in enumerate(track_ids) if track_id not in closed]


def _places_of(wanted: Collection[str], track_ids: Sequence[str]) -> list[int]:
    return [place for place, track_id in enumerate(track_ids) if track_id in wanted]


def _listed(known: Sequence[str], track_ids: Sequence[str]) -> list[str]:
    there = set(known)
    return [track_id for track_id in track_ids if track_id in there]


def _shown(tracks: TrackFeatureMatrix, track_ids: Sequence[str]) -> list[str]:
    places = tracks.places(track_ids)
    return [each for each, place in zip(track_ids, places, strict=True) if place >= 0]


def _said(user_id: str, log: LabelLog) -> list[Label]:
    return [event.label for event in latest(log.events(user_id))]


def _settled(last_labels: Sequence[Label]) -> set[str]:
    """Return the tracks of which nothing new is to be asked."""
    return {label.track_id for label in last_labels if not label.is_retraction}


def _count(labels: Sequence[Label]) -> NDArray[np.float64]:
    last_labels = [label.quadrant for label in labels]
    return np.array([last_labels.count(quadrant) for quadrant in QUADRANTS], dtype=np.float64)
