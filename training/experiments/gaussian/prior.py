"""Prior of a listener without answers.

A listener ``u`` places a track ``s``, on each axis, at::

    y(u, s) = offset + gain * m(s) + g(s) + b(u) + w(u) . phi(s) + e

``m`` is the shared models' expectation, ``g`` the listeners' common deviation from it on the
track, ``b`` the listener's level, ``w`` their taste over the components ``phi``, ``e`` noise; all
but ``m`` are normal with mean 0. Both axes share the variances. A quadrant counts as the point
with its two signs, +1 or -1, which defines the unit of an axis (least-squares classification;
Rasmussen and Williams 2006, 6.5).
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
    # Term by term, because a matrix product rounds differently for other numbers of tracks.
    one, two, three, four = np.moveaxis(proba, -1, 0)
    return np.stack([(one + four) - (two + three), (one + two) - (three + four)], axis=-1)


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """Variances, in squared units of the axes, learnt from listeners by marginal likelihood.

    Attributes:
        offset: Mean level of listeners ``(2,)``.
        gain: Factor of the shared models' expectation ``(2,)``.
        shared: Variance of ``g``.
        level: Variance of ``b``.
        taste: Variance of ``w . phi`` where ``|phi|`` is 1.
        noise: Variance of ``e``.
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
        """Return the population's expected points of tracks ``(n_tracks, 2)``.

        Args:
            mean: ``m`` of each track ``(n_tracks, 2)``.
        """
        return np.asarray(self.offset + self.gain * mean)

    @property
    def typical_listener(self) -> float:
        """Variance of a new listener's answer around the listeners' mean on a track."""
        return self.level + self.taste + self.noise

    def others(
        self, mean: Doubles, votes: Votes, totals: Doubles | None = None
    ) -> tuple[Doubles, Doubles]:
        """Return the posterior mean and variance of ``g`` given other listeners' votes.

        The posterior of a normal mean under independent normal noise.

        Args:
            mean: ``m`` of each track ``(n_tracks, 2)``.
            votes: Other listeners' quadrants ``(n_tracks, n_quadrants)``; may be 0.
            totals: Sums of their points in units of the axes ``(n_tracks, 2)``; None to use the
                signs of their quadrants.

        Returns:
            Means ``(n_tracks, 2)`` and variances ``(n_tracks,)``.
        """
        count = votes.sum(axis=1)
        needed = self.typical_listener / self.shared
        placed = votes @ SIGNS if totals is None else totals
        surplus = placed - count[:, None] * self.expected(mean)
        return surplus / (count + needed)[:, None], self.typical_listener / (count + needed)

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the stored arrays."""
        return {name: np.asarray(getattr(self, name)) for name in (*_PAIRS, *_NUMBERS)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> "Prior":
        """Return the prior from stored arrays."""
        offset, gain = (arrays[name].astype(np.float64) for name in _PAIRS)
        return cls(offset, gain, *(float(arrays[name]) for name in _NUMBERS))
