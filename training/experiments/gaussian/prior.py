"""Prior: what is expected of a listener who has said nothing yet.

A listener ``u`` places a track ``s``, on each axis, at::

    y(u, s) = offset + gain * m(s) + g(s) + b(u) + w(u) . phi(s) + e

``m`` is what the shared models expect, ``g`` what listeners share about the very track beyond
that, ``b`` the listener's level, ``w`` their taste over the components ``phi``, ``e`` noise; all
but ``m`` are normal around 0. Both axes share the variances. The unit of an axis is what a
quadrant says: a quadrant counts as the point where its two signs are +1 or -1 (least-squares
classification; Rasmussen and Williams 2006, 6.5).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import Proba, Votes
from models.emotion import SIGNS
from training.experiments.gaussian.posterior import Doubles

_PAIRS = ("offset", "gain")
_NUMBERS = ("shared", "level", "taste", "noise")


def signs(proba: Proba) -> Doubles:
    """Return the mean sign of valence and arousal, in [-1, 1] ``(..., 2)``.

    Args:
        proba: Shape ``(..., n_quadrants)``.
    """
    # Term by term: a matrix product rounds by its shape, and a track is the same alone.
    one, two, three, four = np.moveaxis(proba, -1, 0)
    return np.stack([(one + four) - (two + three), (one + two) - (three + four)], axis=-1)


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """Variances, in squared units of the axes, learnt from listeners by marginal likelihood.

    Attributes:
        offset: The mean level of listeners ``(2,)``.
        gain: What the shared models' expectation is multiplied by ``(2,)``.
        shared: Of ``g``: what listeners share about a track beyond the shared models.
        level: Of ``b``, a listener's level.
        taste: Of a listener's taste in a track of mean length: ``w . phi`` where ``|phi|`` is 1.
        noise: Of one answer beside all that.
    """

    offset: Doubles
    gain: Doubles
    shared: float
    level: float
    taste: float
    noise: float

    def weights(self, n_components: int) -> Doubles:
        """Return the variance of each weight, the level's first ``(1 + n_components,)``."""
        return np.concatenate([[self.level], np.full(n_components, self.taste)])

    def expected(self, mean: Doubles) -> Doubles:
        """Return where everybody is expected to place tracks ``(n_tracks, 2)``.

        Args:
            mean: ``m`` of each track ``(n_tracks, 2)``.
        """
        return np.asarray(self.offset + self.gain * mean)

    @property
    def typical_listener(self) -> float:
        """Variance of one stranger's answer around what all share about a track."""
        return self.level + self.taste + self.noise

    def others(
        self, mean: Doubles, votes: Votes, totals: Doubles | None = None
    ) -> tuple[Doubles, Doubles]:
        """Return ``g`` as other listeners' votes tell it, and its variance.

        The posterior of a normal mean under normal noise: strangers' answers are taken for
        independent.

        Args:
            mean: ``m`` of each track ``(n_tracks, 2)``.
            votes: Other listeners' quadrants ``(n_tracks, n_quadrants)``; none are fine.
            totals: Sums of where these listeners put the tracks, in units of the axes
                ``(n_tracks, 2)``; without them a vote stands for its quadrant's signs.

        Returns:
            Means ``(n_tracks, 2)`` and variances ``(n_tracks,)``.
        """
        count = votes.sum(axis=1)
        needed = self.typical_listener / self.shared
        placed = votes @ SIGNS if totals is None else totals
        surplus = placed - count[:, None] * self.expected(mean)
        return surplus / (count + needed)[:, None], self.typical_listener / (count + needed)

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return what is stored."""
        return {name: np.asarray(getattr(self, name)) for name in (*_PAIRS, *_NUMBERS)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> "Prior":
        """Return what was stored."""
        offset, gain = (arrays[name].astype(np.float64) for name in _PAIRS)
        return cls(offset, gain, *(float(arrays[name]) for name in _NUMBERS))
