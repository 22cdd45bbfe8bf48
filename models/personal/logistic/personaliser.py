"""The logistic personaliser."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.emotion import N_QUADRANTS
from models.personal.logistic.model import LogisticModel, PersonalLogistic, learn
from models.personal.model import Answer
from models.votes import soft_votes


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
        places = [place for place, answer in enumerate(ordered) if answer.point is not None]
        points = np.array([ordered[place].point for place in places], np.float64).reshape(-1, 2)
        votes = np.eye(N_QUADRANTS)[[answer.quadrant.index for answer in ordered]]
        if places:
            votes[places] = soft_votes(points)
        return learn(
            self.shared,
            np.array([answer.track.sketch for answer in ordered]),
            votes,
            np.array([answer.others for answer in ordered]),
            points,
        )

    def from_bytes(self, blob: bytes) -> PersonalLogistic:
        """Return the model that ``to_bytes`` wrote."""
        return PersonalLogistic.from_bytes(self.shared, blob)
