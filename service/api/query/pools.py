"""Pools: the tracks from which a query strategy chooses for one user."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import overload

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Votes
from models.catalogue_pool import feature_matrix, member_proba
from models.emotion import N_QUADRANTS, QUADRANTS
from models.errors import NoLogisticModelError
from models.personal import PersonalLogistic
from models.query import PersonalScores, Pool
from service.db.label_log import LabelLog
from service.db.track_feature_files import TrackFeatureMatrix
from service.db.track_features import TrackFeatureStore
from service.labels import Label, LabelEvent, latest
from service.serving.personal_models import UserModels
from service.serving.track_table import LiveTable
from service.serving.vote_table import LiveVotes
from service.votes import votes_on


@dataclass(frozen=True, slots=True, eq=False)
class PoolSources:
    """The sources of a pool.

    Attributes:
        table: Track features as the committee members read them; loaded only for strategies that
            need the members.
        track_features: Track features as the logistic model reads them; read by some strategies.
        votes: Votes by row of ``track_features``.
    """

    table: LiveTable
    track_features: TrackFeatureStore
    votes: LiveVotes


@dataclass(frozen=True, slots=True, eq=False)
class QueryPool:
    """The pool of one user, and the user's labels of the other tracks.

    Attributes:
        pool: Catalogue tracks without a current label of the user.
        last_labels: The user's last label of each track, in order.
        in_catalogue: Returns the tracks that are in the catalogue now, in their order.
    """

    pool: Pool
    last_labels: Sequence[Label]
    in_catalogue: Callable[[Sequence[str]], list[str]]


def committee_pool(
    user_id: str,
    excluded: Collection[str],
    *,
    sources: PoolSources,
    log: LabelLog,
    listeners: UserModels,
) -> QueryPool:
    """Return a pool with the predictions of the committee members and with track features.

    Raises:
        EmptyPoolError: No track is left.
    """
    # Read votes before labels, so that the votes hold no label the user adds meanwhile. The
    # user's own votes are on labelled tracks only, which the pool leaves out.
    votes = log.votes()
    tracks = sources.table.current()
    listener = listeners.current(user_id)
    last_labels = [event.label for event in latest(log.events(user_id))]
    answered = {label.track_id for label in last_labels if label.quadrant is not None}
    closed = _labelled(last_labels).union(excluded)
    places = [place for place, each in enumerate(tracks.track_ids) if each not in closed]
    track_ids = [tracks.track_ids[place] for place in places]
    features = cache(lambda: feature_matrix(tracks, listeners.snapshot.committees))
    pool = Pool(
        track_ids,
        votes_on(track_ids, votes),
        lambda: member_proba(listeners.snapshot, tracks, listener.model)[:, places],
        load_features=lambda: features()[places],
        load_answered_features=lambda: features()[
            [place for place, each in enumerate(tracks.track_ids) if each in answered]
        ],
        answered=_count(last_labels),
    )
    return QueryPool(pool, last_labels, partial(_known, tracks.track_ids))


def logistic_pool(
    user_id: str,
    excluded: Collection[str],
    *,
    sources: PoolSources,
    log: LabelLog,
    listeners: UserModels,
) -> QueryPool:
    """Return a pool with votes and the user's logistic model.

    It allocates only a few numbers for each track of the catalogue.

    Raises:
        NoLogisticModelError: The personaliser makes no logistic models.
        EmptyPoolError: No track is left.
    """
    model = listeners.current(user_id).model
    if not isinstance(model, PersonalLogistic):
        raise NoLogisticModelError
    tracks = sources.track_features.current()
    others = sources.votes.on(tracks)  # before the labels, as above
    events = latest(log.events(user_id))
    last_labels = [event.label for event in events]
    answered, frozen = _answered(tracks, events)
    is_open = tracks.is_shown.copy()
    for closed in (tracks.places(_labelled(last_labels)), tracks.places(excluded)):
        is_open[closed[closed >= 0]] = False
    rows = np.flatnonzero(is_open)
    is_voted = is_open[others.places]
    voted = np.searchsorted(rows, others.places[is_voted])
    counts = others.counts[is_voted].astype(np.float64)
    votes = np.zeros((len(rows), N_QUADRANTS))
    votes[voted] = counts
    pool = Pool(
        _RowIds(tracks, rows),
        votes,
        answered=_count(last_labels),
        load_personal_scores=lambda: PersonalScores(
            model, tracks.rows, rows, voted, counts, answered, frozen
        ),
    )
    return QueryPool(pool, last_labels, partial(_present, tracks))


def _answered(tracks: TrackFeatureMatrix, events: Sequence[LabelEvent]) -> tuple[IntVector, Votes]:
    """Return the rows of labelled tracks in the catalogue, and the votes at the time of each."""
    answers = [event for event in events if event.label.quadrant is not None]
    rows = tracks.places([event.label.track_id for event in answers])
    none = (0.0,) * N_QUADRANTS
    votes = np.array([event.others or none for event in answers], np.float64)
    is_present = rows >= 0
    return rows[is_present], votes.reshape(-1, N_QUADRANTS)[is_present]


class _RowIds(Sequence[str]):
    """The ids of rows, each read on access."""

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


def _known(catalogue: Sequence[str], track_ids: Sequence[str]) -> list[str]:
    known = set(catalogue)
    return [track_id for track_id in track_ids if track_id in known]


def _present(tracks: TrackFeatureMatrix, track_ids: Sequence[str]) -> list[str]:
    places = tracks.places(track_ids)
    return [each for each, place in zip(track_ids, places, strict=True) if place >= 0]


def _labelled(last_labels: Sequence[Label]) -> set[str]:
    """Return the ids of tracks whose last label was not retracted."""
    return {label.track_id for label in last_labels if not label.is_retraction}


def _count(labels: Sequence[Label]) -> NDArray[np.float64]:
    quadrants = [label.quadrant for label in labels]
    return np.array([quadrants.count(quadrant) for quadrant in QUADRANTS], dtype=np.float64)
