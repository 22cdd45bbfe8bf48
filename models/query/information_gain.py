"""Taste: asking what tells most about the listener's level and taste."""

import numpy as np
from numpy.typing import NDArray

from models import disagreement
from models.arrays import FloatVector, IntVector, Scores
from models.query.personal_scores import Placement
from models.query.pool import Pool
from models.query.selection import Selection
from models.query.shortlist import MOST_TRACKS, ROUNDING, first, highest, length, looked_at
from models.query.uncertainty import Answers, Floats, Uncertainty

N_FIRST = 8
"""Answers before which a newcomer is asked what others disagree on."""
_AT_ONCE = 256
"""Tracks of which it is worked out at a time what they would tell."""
_DIGITS = 9
"""By which entropies of votes are told apart: less is rounding."""


def taste(pool: Pool, n: int, rng: np.random.Generator) -> Selection:
    """Choose the tracks whose answers tell most about the listener's level and taste, in turn.

    An answer about a track is expected to tell ``1/2 ln det(I + S C)`` nats: ``C`` is the
    covariance that the doubt about the weights gives the track's logits, ``S = diag P - P P'`` how
    much an answer varies with them, ``P`` the listener's own distribution. Each choice conditions
    the weights, as its answer will, whatever it is; so the sum of the scores is by how much all
    answers together raise half the log determinant of the weights' precision: a Bayesian D-optimal
    design for a multinomial logistic model, chosen greedily (Chaloner and Verdinelli, 1995).

    Of a large pool the 2,000 tracks that tell most by themselves may be chosen.
    """
    placement, doubt = pool.placement, pool.placement.uncertainty
    places = np.arange(pool.n_tracks)
    if pool.n_tracks > length(n):
        places = _most_telling(placement, doubt, length(n), rng)
    order, gains = _in_turn(_Doubt(placement, doubt, places), np.zeros(len(places)), n, rng)
    return Selection.chosen(places[order], gains)


def newcomer(pool: Pool, n: int, rng: np.random.Generator) -> Selection:
    """Choose what other listeners disagree on, for the first 8 answers; then as `taste`.

    The score is the entropy of others' votes, in nats, and 0 where there are none. Of equal ones,
    and so of all tracks where nobody has voted, that comes first which tells most about the
    listener's taste.

    Of a large pool 2,000 disputed tracks may be chosen, and those that `taste` would choose from.
    """
    if pool.answered.sum() >= N_FIRST:
        return taste(pool, n, rng)
    placement, doubt = pool.placement, pool.placement.uncertainty
    places = np.arange(pool.n_tracks)
    if pool.n_tracks > length(n):
        disputed = _most_disputed(placement, doubt, length(n), rng)
        places = np.union1d(disputed, _most_telling(placement, doubt, length(n), rng))
    disputes = _disputes(placement, places)
    order, _ = _in_turn(_Doubt(placement, doubt, places), disputes, n, rng)
    return Selection.chosen(places[order], disputes[order])


def _most_telling(
    placement: Placement, doubt: Uncertainty, n: int, rng: np.random.Generator
) -> IntVector:
    """Return the tracks whose answers would tell most by themselves ``(n,)``."""
    places = looked_at(len(placement.rows), rng)
    return np.asarray(places[highest(_telling(placement, doubt, places), n, rng)])


def _telling(placement: Placement, doubt: Uncertainty, places: IntVector) -> FloatVector:
    """Return what each answer would tell by itself, in single precision ``(k,)``."""

    def score(proba: Floats, design: Floats) -> Floats:
        return doubt.gains(Answers.of(proba, design))

    return placement.scored(places, score)


def _disputes(placement: Placement, places: IntVector) -> Scores:
    votes = placement.votes_at(places)
    return disagreement.vote_entropy(votes).round(_DIGITS)


def _most_disputed(
    placement: Placement, doubt: Uncertainty, n: int, rng: np.random.Generator
) -> IntVector:
    """Return the most disputed tracks, of equal ones those that would tell most ``(n or less,)``.

    Of these equals no more are looked at than of a pool.
    """
    disputes = _disputes(placement, placement.voted)
    most = highest(disputes, MOST_TRACKS, rng)
    most = most[disputes[most] > 0]
    disputed = placement.voted[most]
    if len(disputed) <= n:
        return disputed
    best_first = np.lexsort((-_telling(placement, doubt, disputed), -disputes[most]))
    return np.asarray(disputed[best_first[:n]])


class _Doubt:
    """What answers about some tracks would tell of the listener's weights."""

    def __init__(self, placement: Placement, doubt: Uncertainty, places: IntVector) -> None:
        self._proba = placement.proba_at(places)
        self._design = placement.design_at(places)
        self._answers = Answers.of(self._proba, self._design)
        self._left = doubt
        self._bounds = np.full(len(places), np.inf)
        self._is_exact = np.zeros(len(places), np.bool_)

    def gains(self, among: NDArray[np.bool_]) -> Scores:
        """Return what each answer would tell, in nats: exactly, of those that may tell most.

        What an answer would tell only ever shrinks, so that what was computed before is a bound,
        and few need computing again (Minoux, 1978).

        Args:
            among: Which tracks matter ``(n_tracks,)``; others get -inf.
        """
        best = -np.inf
        while True:
            is_open = among & ~self._is_exact & (self._bounds > best - ROUNDING)
            if not is_open.any():
                return np.where(among & self._is_exact, self._bounds, -np.inf)
            left = np.flatnonzero(is_open)
            if len(left) > _AT_ONCE:
                left = left[np.argpartition(-self._bounds[left], _AT_ONCE)[:_AT_ONCE]]
            self._bounds[left] = self._left.gains(self._answers.at(left))
            self._is_exact[left] = True
            best = max(best, float(self._bounds[left].max()))

    def ask(self, place: int) -> None:
        """Take a track's answer for given; what it says does not matter."""
        self._left = self._left.updated(self._proba[place], self._design[place])
        self._is_exact[:] = False


def _in_turn(
    doubt: _Doubt, ranks: Scores, n: int, rng: np.random.Generator
) -> tuple[IntVector, Scores]:
    """Return ``n`` tracks, of the highest rank first, and what each tells after those before it.

    Of one rank each is the one that tells most by then.
    """
    ties, is_left = rng.random(len(ranks)), np.ones(len(ranks), np.bool_)
    chosen, informativeness = np.empty(n, np.int64), np.empty(n)
    for k in range(n):
        gains = doubt.gains(is_left & (ranks == ranks[is_left].max()))
        place = first(gains, ties)
        chosen[k], informativeness[k] = place, gains[place]
        is_left[place] = False
        doubt.ask(place)
    # Rounding apart they fall by themselves where all ranks are one.
    return chosen, np.minimum.accumulate(informativeness)
