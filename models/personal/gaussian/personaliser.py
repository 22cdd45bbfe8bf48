"""Makes Gaussian models of listeners' answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.emotion import SIGNS
from models.personal.gaussian.listener import Gaussian, PersonalGaussian, learn
from models.personal.gaussian.posterior import Doubles
from models.personal.model import Answer


@dataclass(frozen=True, slots=True, eq=False)
class GaussianPersonaliser:
    """Learns a listener's level and taste, exactly, from all answers that stand.

    Attributes:
        shared: What all listeners share.
    """

    shared: Gaussian

    @property
    def algorithm(self) -> str:
        """Its name, beside which its models are stored."""
        return "gaussian"

    @property
    def needs_features(self) -> bool:
        """Whether it learns from tracks' features: sketches are all it looks at."""
        return False

    @property
    def nobody(self) -> PersonalGaussian:
        """The model of somebody who has said nothing yet."""
        return self.shared.nobody

    def fit(self, answers: Sequence[Answer]) -> PersonalGaussian:
        """Return the model of a listener who gave these answers, in any order."""
        # In the order of ids, so that sums round alike however the answers came in.
        ordered = sorted(answers, key=lambda answer: answer.track.track_id)
        rows = np.stack([answer.track.sketch for answer in ordered])
        y = np.array([answer.quadrant.index for answer in ordered], np.int64)
        return learn(self.shared, rows, in_units(ordered), y)

    def from_bytes(self, blob: bytes) -> PersonalGaussian:
        """Return the model that was stored."""
        return PersonalGaussian.from_bytes(self.shared, blob)


def in_units(answers: Sequence[Answer]) -> Doubles:
    """Return where a listener put tracks, in units of the axes ``(n_answers, 2)``.

    A quadrant is a point one unit from both axes. Some listeners use the whole plane and some its
    middle, so that a listener's points are measured by their own mean distance from each axis.
    """
    points = SIGNS[[answer.quadrant.index for answer in answers]]
    placed = [row for row, answer in enumerate(answers) if answer.point is not None]
    if placed:
        points[placed] = measured(np.array([answers[row].point for row in placed], np.float64))
    return np.asarray(points)


def measured(points: Doubles) -> Doubles:
    """Return one listener's points ``(n_answers, 2)`` in units of their mean distance from 0."""
    usual = np.abs(points).mean(axis=0)
    return np.asarray(points / np.where(usual > 0.0, usual, 1.0))
