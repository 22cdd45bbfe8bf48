"""Personal scores: a pool under a listener's logistic model, for the strategies that read it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, Proba, Votes
from models.emotion import N_QUADRANTS
from models.personal.logistic import PersonalLogistic, components_in
from models.personal.logistic.track_features import design_of
from models.query.highest import Highest
from models.query.shortlist import scored_ranges
from models.query.uncertainty import Doubles, Floats, Uncertainty
from models.ranking.block_scan import BLOCK, LinearForms

Score = Callable[[NDArray[Any], FloatMatrix], Floats]
"""Scores tracks by distributions ``(n, n_quadrants)`` and track features ``(n, n_columns)``."""


@dataclass(frozen=True, slots=True, eq=False)
class PersonalScores:
    """The tracks of a pool under a listener's logistic model; a place is a row.

    Attributes:
        model: The listener's model.
        track_features: Shape ``(n_rows, n_columns)``; may be a memory map.
        is_open: Whether the row's track is in the pool ``(n_rows,)``.
        voted: Open rows with others' votes, ascending ``(k,)``.
        votes: Others' votes there ``(k, n_quadrants)``, without the listener's own.
        answered: Rows of the tracks that the listener has answered ``(n_answered,)``.
        answered_votes: Others' votes at the time of each answer ``(n_answered, n_quadrants)``;
            zeros where they are unknown.
    """

    model: PersonalLogistic
    track_features: FloatMatrix
    is_open: NDArray[np.bool_]
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
        is_open, others = np.arange(len(known)) < n_tracks, np.arange(n_tracks, len(known))
        return cls(model, known, is_open, voted, votes[voted], others, their_votes)

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
        return votes_at(places, self.voted, self.votes)

    def proba_at(self, places: IntVector) -> Proba:
        """Return the listener's distributions over the quadrants ``(k, n_quadrants)``."""
        return self.model.proba(self.track_features[places], self.votes_at(places))

    def restricted_to(self, is_open: NDArray[np.bool_]) -> Self:
        """Return the scores of a pool of some of its tracks ``(n_rows,)``."""
        is_voted = is_open[self.voted]
        voted, votes = self.voted[is_voted], self.votes[is_voted]
        return replace(self, is_open=is_open, voted=voted, votes=votes)

    def highest(self, score: Score, n: int, rng: np.random.Generator) -> IntVector:
        """Return the places of the highest scores, ascending ``(n,)``; ties at random.

        Scores are in single precision. Of a large pool, an even sample of stretches is scored.
        """
        found, ranges = Highest(n), scored_ranges(np.flatnonzero(self.is_open), rng)
        at = np.searchsorted(ranges[:, 0], self.voted, side="right") - 1
        is_scored = (at >= 0) & (self.voted < ranges[at, 1])
        forms = self._forms(self.track_features, self.voted[is_scored], self.votes[is_scored])
        for first, stop in ranges.tolist():
            for start in range(first, stop, BLOCK):
                block = slice(start, min(start + BLOCK, stop))
                rows = self.track_features[block]
                scores = score(forms.proba(self.track_features, start, len(rows)), rows)
                found.add(start, np.where(self.is_open[block], scores, -np.inf))
        return found.places(rng)

    def scored_at(self, places: IntVector, score: Score) -> Floats:
        """Return scores of some tracks, in single precision ``(k,)``."""
        rows, every = self.track_features[places], np.arange(len(places))
        forms = self._forms(rows, every, self.votes_at(places))
        return score(forms.proba(rows, 0, len(rows)), rows)

    def _forms(self, rows: FloatMatrix, voted: IntVector, votes: Votes) -> LinearForms:
        """Return the listener's logits over rows with these votes."""
        linear = self.model.linear().with_votes(rows, voted, votes)
        return LinearForms.of(linear, np.eye(N_QUADRANTS))

    def design_at(self, places: IntVector) -> Doubles:
        """Return the designs, which the listener's weights multiply ``(k, 1 + n_taste)``."""
        return design_of(self.track_features[places], self.model.shared.n_taste)

    def components_at(self, places: IntVector) -> Doubles:
        """Return all components of some tracks ``(k, n_components)``."""
        return components_in(self.track_features[places]).astype(np.float64)

    @property
    def answered_components(self) -> Doubles:
        """All components of the answered tracks ``(n_answered, n_components)``."""
        return components_in(self.track_features[self.answered]).astype(np.float64)


def votes_at(places: IntVector, voted: IntVector, votes: Votes) -> Votes:
    """Return the votes on some tracks ``(k, n_quadrants)``.

    Args:
        places: The tracks ``(k,)``.
        voted: Tracks with votes, ascending ``(n_voted,)``.
        votes: Their votes ``(n_voted, n_quadrants)``.
    """
    found = np.zeros((len(places), N_QUADRANTS))
    if len(voted):
        at = np.searchsorted(voted, places).clip(max=len(voted) - 1)
        is_voted = voted[at] == places
        found[is_voted] = votes[at[is_voted]]
    return found
