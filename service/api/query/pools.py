"""Pools: the tracks from which a query strategy chooses for one user."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import overload

import numpy as np

from models.arrays import IntVector, Votes
from models.catalogue_pool import feature_matrix, member_proba
from models.emotion import N_QUADRANTS
from models.errors import NoLogisticModelError
from models.personal import PersonalLogistic
from models.query import PersonalScores, Pool
from service.answers import Answers
from service.db.label_log import LabelLog
from service.db.track_feature_files import TrackFeatureMatrix
from service.db.track_features import TrackFeatureStore
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
        answers: The user's latest event on each track.
        in_catalogue: Returns the tracks that are in the catalogue now, in their order.
    """

    pool: Pool
    answers: Answers
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
    answers = log.answers(user_id)
    answered = set(answers.standing.track_ids)
    closed = _labelled(answers).union(excluded)
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
        answered=answers.counts,
    )
    return QueryPool(pool, answers, partial(_known, tracks.track_ids))


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
    answers = log.answers(user_id)
    places = tracks.places(answers.track_ids, answers.keys)
    answered, frozen = _answered(places, answers)
    is_open = tracks.is_shown.copy()
    for closed in (places[~answers.is_retracted], tracks.places(excluded)):
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
        answered=answers.counts,
        load_personal_scores=lambda: PersonalScores(
            model, tracks.rows, rows, voted, counts, answered, frozen
        ),
    )
    return QueryPool(pool, answers, partial(_present, tracks))


def _answered(places: IntVector, answers: Answers) -> tuple[IntVector, Votes]:
    """Return the rows of answered tracks in the catalogue, and the votes at the time of each."""
    is_present = (places >= 0) & answers.is_answered
    return places[is_present], answers.others[is_present]


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


def _labelled(answers: Answers) -> set[str]:
    """Return the ids of tracks whose last label was not retracted."""
    return set(answers.take(~answers.is_retracted).track_ids)
