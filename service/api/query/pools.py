"""Pools: the tracks from which a query strategy chooses for one user."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from models.arrays import FloatMatrix, IntVector, Votes
from models.catalogue_pool import TrackTable, feature_matrix, member_proba
from models.emotion import N_QUADRANTS
from models.personal import PersonalLogistic, PersonalModel
from models.query import LargePool, PersonalScores, Pool
from models.snapshot import Snapshot
from models.track import Track
from service.answers import Answers
from service.db.catalogue import Catalogue
from service.db.label_log import LabelLog
from service.db.track_feature_files import TrackFeatureMatrix
from service.db.track_features import TrackFeatureStore
from service.serving.personal_models import UserModels
from service.serving.vote_table import LiveVotes

NEWEST_ANSWERS = 1_000
"""Most answered tracks whose features are read for one query."""


@dataclass(frozen=True, slots=True, eq=False)
class PoolSources:
    """The sources of a pool.

    Attributes:
        catalogue: Reads the tracks of a sample by id.
        track_features: Track features as the logistic model reads them, a row for each track.
        votes: Votes by row of ``track_features``.
    """

    catalogue: Catalogue
    track_features: TrackFeatureStore
    votes: LiveVotes


@dataclass(frozen=True, slots=True, eq=False)
class QueryPool:
    """The pool of one user, and the user's answers on the other tracks.

    Attributes:
        pool: Catalogue tracks without a current label of the user.
        answers: The user's latest event on each track.
        in_catalogue: Returns the tracks that are in the catalogue now, in their order.
    """

    pool: LargePool
    answers: Answers
    in_catalogue: Callable[[Sequence[str]], list[str]]


def query_pool(
    user_id: str,
    excluded: Collection[str],
    *,
    sources: PoolSources,
    log: LabelLog,
    listeners: UserModels,
) -> QueryPool:
    """Return the pool of a user. It reads no track of the catalogue.

    Raises:
        EmptyPoolError: No track is left.
    """
    listener = listeners.current(user_id)
    tracks = sources.track_features.current()
    # Read votes before labels, so that the votes hold no label the user adds meanwhile. The
    # user's own votes are on labelled tracks only, which the pool leaves out.
    others = sources.votes.on(tracks)
    answers = log.answers(user_id)
    places = tracks.places(answers.track_ids, answers.keys)
    is_open = tracks.is_shown.copy()
    for closed in (places[~answers.is_retracted], tracks.places(excluded)):
        is_open[closed[closed >= 0]] = False
    is_voted = is_open[others.places]
    voted, votes = others.places[is_voted], others.counts[is_voted]
    load_personal_scores = None
    if isinstance(model := listener.model, PersonalLogistic):
        answered, frozen = _answered(places, answers)
        load_personal_scores = partial(
            PersonalScores, model, tracks.rows, is_open, voted, votes, answered, frozen
        )
    sample = _Sample(tracks, sources.catalogue, listeners.snapshot, listener.model, answers)
    pool = LargePool(
        tracks.track_ids,
        is_open,
        voted,
        votes,
        sample.read,
        answered=answers.counts,
        load_personal_scores=load_personal_scores,
    )
    return QueryPool(pool, answers, partial(_present, tracks))


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """Reads tracks of a catalogue, and predicts them by the members for one user."""

    tracks: TrackFeatureMatrix
    catalogue: Catalogue
    snapshot: Snapshot
    model: PersonalModel | None
    answers: Answers

    def read(self, places: IntVector) -> tuple[IntVector, Pool]:
        """Return the places of the tracks that were found, and their pool without votes.

        Raises:
            EmptyPoolError: None was found.
        """
        found = self.catalogue.learnt_from(self.tracks.track_ids(places))
        table = TrackTable(found)
        features = cache(lambda: self._features(found))
        pool = Pool(
            table.track_ids,
            np.zeros((len(found), N_QUADRANTS)),
            lambda: member_proba(self.snapshot, table, self.model),
            load_features=lambda: features()[0],
            load_answered_features=lambda: features()[1],
            answered=self.answers.counts,
        )
        return self.tracks.places(table.track_ids), pool

    def _features(self, found: Mapping[str, Track]) -> tuple[FloatMatrix, FloatMatrix]:
        """Return the features of these tracks by id, and of the newest answered tracks."""
        newest = _present(self.tracks, self.answers.standing.newest(NEWEST_ANSWERS))
        answered = self.catalogue.learnt_from(newest)
        # One table, so that both have the same columns.
        table = TrackTable({**found, **answered})
        features = feature_matrix(table, self.snapshot.committees)
        is_answered = np.array([each in answered for each in table.track_ids])
        return features[~is_answered], features[is_answered]


def _answered(places: IntVector, answers: Answers) -> tuple[IntVector, Votes]:
    """Return the rows of answered tracks in the catalogue, and the votes at the time of each."""
    is_present = (places >= 0) & answers.is_answered
    return places[is_present], answers.others[is_present]


def _present(tracks: TrackFeatureMatrix, track_ids: Sequence[str]) -> list[str]:
    places = tracks.places(track_ids)
    return [each for each, place in zip(track_ids, places, strict=True) if place >= 0]
