"""The logistic personaliser."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.arrays import FloatMatrix, IntVector, Votes
from models.personal.logistic.model import LogisticModel, PersonalLogistic, learn
from models.personal.logistic.prior import Doubles
from models.personal.model import Answer
from models.votes import answer_votes

_NO_POINT = (np.nan, np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class LogisticPersonaliser:
    """Fits a listener's level, taste and scale to their current answers.

    Attributes:
        shared: The parameters that all listeners share.
    """

    shared: LogisticModel

    @property
    def algorithm(self) -> str:
        """The name stored with its models."""
        return "logistic"

    @property
    def needs_features(self) -> bool:
        """Whether it needs features beyond track features."""
        return False

    @property
    def population_model(self) -> PersonalLogistic:
        """The model of a listener without answers."""
        return self.shared.newcomer

    def fit(self, answers: Sequence[Answer]) -> PersonalLogistic:
        """Return the model of a listener with these answers, in any order."""
        # Sorted by id, so that rounding does not depend on the order of the answers.
        ordered = sorted(answers, key=lambda answer: answer.track.track_id)
        return self.fit_arrays(
            np.array([answer.track.sketch for answer in ordered]),
            np.array([answer.quadrant.index for answer in ordered]),
            np.array([answer.point or _NO_POINT for answer in ordered]),
            np.array([answer.others for answer in ordered]),
        )

    def fit_arrays(
        self, rows: FloatMatrix, quadrants: IntVector, points: Doubles, others: Votes
    ) -> PersonalLogistic:
        """Return the model of a listener with these answers, as of `fit`.

        Args:
            rows: Track features of the answered tracks, in ascending order of the tracks' ids
                ``(n_answers, n_columns)``; at least one.
            quadrants: Index of each answer's quadrant ``(n_answers,)``.
            points: Valence and arousal in [-1, 1]; NaN without a point ``(n_answers, 2)``.
            others: Others' votes at the time of each answer ``(n_answers, n_quadrants)``.
        """
        votes = answer_votes(quadrants, points)
        has_point = ~np.isnan(points).any(axis=1)
        return learn(self.shared, rows, votes, others, points[has_point])

    def from_bytes(self, blob: bytes) -> PersonalLogistic:
        """Return the model that ``to_bytes`` wrote."""
        return PersonalLogistic.from_bytes(self.shared, blob)
