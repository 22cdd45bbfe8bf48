"""Taste: asking what tells most about the listener's level and taste."""

import numpy as np

from models import disagreement
from models.arrays import FloatVector, IntVector, Scores
from models.personal.gaussian.posterior import Doubles
from models.query.placement import Placement
from models.query.pool import Pool
from models.query.selection import Selection
from models.query.shortlist import first, highest, length

N_FIRST = 8
"""Answers before which a newcomer is asked what others disagree on."""
_DIGITS = 9
"""By which entropies of votes are told apart: less is rounding."""


def taste(pool: Pool, n: int, rng: np.random.Generator) -> Selection:
    """Choose the tracks whose answers tell most about the listener's level and taste, in turn.

    An answer about a track tells, of each axis, ``1/2 ln(1 + own / noise)`` nats about the weights
    (Houlsby et al., 2011): ``own`` is the variance that the doubt about the weights gives the
    answer, ``phi . Sigma phi``, ``noise`` all its other variance. The score is that of both axes.
    Each choice conditions ``Sigma``, as its answer will, whatever it is; so the sum of the scores
    is by how much all answers together lower ``ln det Sigma``: a Bayesian D-optimal design, chosen
    greedily (Chaloner and Verdinelli, 1995).

    Of a large pool the 2,000 tracks that tell most by themselves may be chosen.
    """
    placement = pool.placement.asked
    places = np.arange(pool.n_tracks)
    if pool.n_tracks > length(n):
        places = highest(_ratio(placement), length(n), rng)
    order, gains = _in_turn(_Doubt(placement, places), np.zeros(len(places)), n, rng)
    return Selection.chosen(places[order], gains)


def newcomer(pool: Pool, n: int, rng: np.random.Generator) -> Selection:
    """Choose what other listeners disagree on, for the first 8 answers; then as `taste`.

    The score is the entropy of others' votes, in nats, and 0 where there are none or all agree. Of
    equal ones, and so of all tracks where nobody has voted, that comes first which tells most
    about the listener's taste.

    Of a large pool 2,000 disputed tracks may be chosen, and those that `taste` would choose from.
    """
    if pool.answered.sum() >= N_FIRST:
        return taste(pool, n, rng)
    placement = pool.placement.asked
    places = np.arange(pool.n_tracks)
    if pool.n_tracks > length(n):
        ratio = _ratio(placement)
        disputed = _most_disputed(placement, ratio, length(n), rng)
        places = np.union1d(disputed, highest(ratio, length(n), rng))
    disputes = _disputes(placement, places)
    order, _ = _in_turn(_Doubt(placement, places), disputes, n, rng)
    return Selection.chosen(places[order], disputes[order])


def _ratio(placement: Placement) -> FloatVector:
    """Return by how much each track's own variance exceeds its noise, ``(n_tracks,)``."""
    return np.asarray(placement.moments().variance / placement.noise(), np.float32)


def _disputes(placement: Placement, places: IntVector) -> Scores:
    votes = placement.votes_at(places)
    return disagreement.vote_entropy(votes).round(_DIGITS)


def _most_disputed(
    placement: Placement, ratio: FloatVector, n: int, rng: np.random.Generator
) -> IntVector:
    voted = placement.voted
    disputes = _disputes(placement, voted)
    best_first = np.lexsort((rng.random(len(voted)), -ratio[voted], -disputes))
    best_first = best_first[disputes[best_first] > 0]
    return voted[best_first[:n]]


class _Doubt:
    """What answers about some tracks would tell of the listener's weights."""

    def __init__(self, placement: Placement, places: IntVector) -> None:
        self._design = placement.design_at(places)
        self._noise = placement.noise_at(places)
        self._covariance = placement.covariance
        self._own: Doubles = ((self._design @ self._covariance) * self._design).sum(axis=1)

    @property
    def gains(self) -> Scores:
        """What each answer would tell, in nats ``(n_tracks,)``."""
        return np.log1p(self._own / self._noise)

    def ask(self, place: int) -> None:
        """Take a track's answer for given; what it says does not matter."""
        told = self._covariance @ self._design[place]
        known = self._noise[place] + self._own[place]
        self._covariance = self._covariance - np.outer(told, told) / known
        self._own = (self._own - (self._design @ told) ** 2 / known).clip(min=0.0)


def _in_turn(
    doubt: _Doubt, ranks: Scores, n: int, rng: np.random.Generator
) -> tuple[IntVector, Scores]:
    """Return ``n`` tracks, of the highest rank first, and what each tells after those before it.

    Of one rank each is the one that tells most by then.
    """
    ties, is_left = rng.random(len(ranks)), np.ones(len(ranks), np.bool_)
    chosen, told = np.empty(n, np.int64), np.empty(n)
    for k in range(n):
        gains = doubt.gains
        is_first = is_left & (ranks == ranks[is_left].max())
        place = first(np.where(is_first, gains, -np.inf), ties)
        chosen[k], told[k] = place, gains[place]
        is_left[place] = False
        doubt.ask(place)
    # Rounding apart they fall by themselves where all ranks are one.
    return chosen, np.minimum.accumulate(told)
