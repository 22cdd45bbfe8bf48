"""Personal scores: a pool under a listener's logistic model, for the strategies that read it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np

from models.arrays import FloatMatrix, FloatVector, IntVector, Proba, Votes
from models.emotion import N_QUADRANTS
from models.personal.logistic import PersonalLogistic, components_in
from models.personal.logistic.track_features import design_of
from models.query.uncertainty import Doubles, Floats, Uncertainty
from models.ranking import Linear, log_proba_all

BLOCK_TRACKS = 2_048
"""Tracks scored at a time; their temporary arrays fit the cache."""

Score = Callable[[Floats, Floats], Floats]
"""Scores tracks by distributions ``(n, n_quadrants)`` and designs ``(n, 1 + n_taste)``."""


@dataclass(frozen=True, slots=True, eq=False)
class PersonalScores:
    """The tracks of a pool under a listener's logistic model.

    Attributes:
        model: The listener's model.
        track_features: Shape ``(n_rows, n_columns)``; may be a memory map.
        rows: Row of each track of the pool, ascending ``(n_tracks,)``.
        voted: Places in the pool with others' votes, ascending ``(k,)``.
        votes: Others' votes there ``(k, n_quadrants)``, without the listener's own.
        answered: Rows of the tracks that the listener has answered ``(n_answered,)``.
        answered_votes: Others' votes at the time of each answer ``(n_answered, n_quadrants)``;
            zeros where they are unknown.
    """

    model: PersonalLogistic
    track_features: FloatMatrix
    rows: IntVector
    voted: IntVector
    votes: Votes
    answered: IntVector
    answered_votes: Votes

    @classmethod
    def of(
        cls,
        model: PersonalLogistic,
        track_features: FloatMatrix,
        votes: Votes,
        answered: tuple[FloatMatrix, Votes] | None = None,
    ) -> Self:
        """Return the scores of a pool whose arrays hold no other tracks.

        Args:
            model: The listener's model.
            track_features: The pool's ``(n_tracks, n_columns)``.
            votes: Others' votes ``(n_tracks, n_quadrants)``.
            answered: Track features of answered tracks ``(n_answered, n_columns)``, and others'
                votes at the time of the answers ``(n_answered, n_quadrants)``.
        """
        before, their_votes = answered or (track_features[:0], np.zeros((0, N_QUADRANTS)))
        known = np.concatenate([track_features, before])
        n_tracks, voted = len(track_features), np.flatnonzero(votes.any(axis=1))
        rows, others = np.arange(n_tracks), np.arange(n_tracks, len(known))
        return cls(model, known, rows, voted, votes[voted], others, their_votes)

    @property
    def uncertainty(self) -> Uncertainty:
        """The uncertainty of the listener's weights after their answers."""
        rows, shared = self.track_features[self.answered], self.model.shared
        return Uncertainty.after(
            self.model.proba(rows, self.answered_votes),
            design_of(rows, shared.n_taste),
            shared.prior.variances(shared.n_taste),
        )

    def votes_at(self, places: IntVector) -> Votes:
        """Return others' votes ``(k, n_quadrants)``."""
        found = np.zeros((len(places), N_QUADRANTS))
        if len(self.voted):
            at = np.searchsorted(self.voted, places).clip(max=len(self.voted) - 1)
            is_voted = self.voted[at] == places
            found[is_voted] = self.votes[at[is_voted]]
        return found

    def proba_at(self, places: IntVector) -> Proba:
        """Return the listener's distributions over the quadrants ``(k, n_quadrants)``."""
        return self.model.proba(self.track_features[self.rows[places]], self.votes_at(places))

    def scored(self, places: IntVector, score: Score) -> FloatVector:
        """Return scores of many tracks, in single precision ``(k,)``.

        Args:
            places: Ascending ``(k,)``.
            score: Takes the results of :meth:`proba_at` and :meth:`design_at` for a block.
        """
        rows, n_taste = self.track_features[self.rows[places]], self.model.shared.n_taste
        proba = np.exp(log_proba_all(rows, self._linear_over(rows, places)))
        found = np.empty(len(places), np.float32)
        for start in range(0, len(places), BLOCK_TRACKS):
            block = slice(start, start + BLOCK_TRACKS)
            design = design_of(rows[block], n_taste).astype(np.float32)
            found[block] = score(proba[block], design)
        return found

    def _linear_over(self, rows: FloatMatrix, places: IntVector) -> Linear:
        """Return the listener's linear form over the track features of some places."""
        at = np.searchsorted(places, self.voted).clip(max=max(len(places) - 1, 0))
        is_there = places[at] == self.voted if len(places) else np.zeros(0, np.bool_)
        return self.model.linear().with_votes(rows, at[is_there], self.votes[is_there])

    def design_at(self, places: IntVector) -> Doubles:
        """Return the designs, which the listener's weights multiply ``(k, 1 + n_taste)``."""
        return design_of(self.track_features[self.rows[places]], self.model.shared.n_taste)

    def components_at(self, places: IntVector) -> Doubles:
        """Return all components of some tracks ``(k, n_components)``."""
        return components_in(self.track_features[self.rows[places]]).astype(np.float64)

    @property
    def answered_components(self) -> Doubles:
        """All components of the answered tracks ``(n_answered, n_components)``."""
        return components_in(self.track_features[self.answered]).astype(np.float64)
