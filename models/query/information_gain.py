"""Information gain: tracks whose answers are most informative about the listener's weights."""

import numpy as np
from numpy.typing import NDArray

from models import disagreement
from models.arrays import FloatMatrix, IntVector, Scores
from models.personal.logistic import components_in
from models.query.highest import highest
from models.query.personal_scores import PersonalScores, Score
from models.query.selection import AnyPool, Selection
from models.query.shortlist import MOST_TRACKS, ROUNDING, first, length
from models.query.uncertainty import Answers, Floats, Uncertainty

N_FIRST = 8
"""Answers until which ``newcomer`` selects tracks that other listeners disagree on."""
_BLOCK_TRACKS = 256
"""Tracks whose gains are recomputed at a time."""
_DIGITS = 9
"""Decimals of a vote entropy; smaller differences are rounding."""


def taste(pool: AnyPool, n: int, rng: np.random.Generator) -> Selection:
    """Select the tracks whose answers are most informative about the listener's level and taste.

    The expected information is ``1/2 ln det(I + S C)`` nats: ``C`` is the posterior covariance of
    the track's logits, and ``S = diag P - P P'`` the Fisher information of an answer under the
    listener's distribution ``P``. Each selection updates the posterior precision, which does not
    depend on the answer. The scores thus add up to half the increase of the log determinant of the
    precision: a Bayesian D-optimal design for a multinomial logistic model, found greedily
    (Chaloner and Verdinelli, 1995).

    Of a large pool, the 2,000 tracks that are most informative by themselves can be selected.
    """
    scores, uncertainty = pool.personal_scores, pool.personal_scores.uncertainty
    places = pool.places
    if pool.n_tracks > length(n):
        places = _most_informative(scores, uncertainty, length(n), rng)
    gains = _Gains(scores, uncertainty, places)
    order, informativeness = _in_turn(gains, np.zeros(len(places)), n, rng)
    return Selection.by_score(places[order], informativeness)


def newcomer(pool: AnyPool, n: int, rng: np.random.Generator) -> Selection:
    """Select tracks that other listeners disagree on until the 8th answer; then as `taste`.

    The score is the entropy of others' votes in nats, 0 without votes. Among equal scores, and so
    among all tracks without votes, the track that `taste` prefers comes first.

    Of a large pool, 2,000 disputed tracks and those on the shortlist of `taste` can be selected.
    """
    if pool.answered.sum() >= N_FIRST:
        return taste(pool, n, rng)
    scores, uncertainty = pool.personal_scores, pool.personal_scores.uncertainty
    places = pool.places
    if pool.n_tracks > length(n):
        disputed = _most_disputed(scores, uncertainty, length(n), rng)
        places = np.union1d(disputed, _most_informative(scores, uncertainty, length(n), rng))
    disputes = _disputes(scores, places)
    order, _ = _in_turn(_Gains(scores, uncertainty, places), disputes, n, rng)
    return Selection.by_score(places[order], disputes[order])


def _most_informative(
    scores: PersonalScores, uncertainty: Uncertainty, n: int, rng: np.random.Generator
) -> IntVector:
    """Return the tracks whose answers are most informative by themselves ``(n,)``."""
    return scores.highest(_informativeness(scores, uncertainty), n, rng)


def _informativeness(scores: PersonalScores, uncertainty: Uncertainty) -> Score:
    """Return the score by the gain of each answer by itself."""
    n_taste = scores.model.shared.n_taste

    def score(proba: Floats, rows: FloatMatrix) -> Floats:
        design = np.ones((len(rows), 1 + n_taste), np.float32)
        design[:, 1:] = components_in(rows)[:, :n_taste]
        return uncertainty.gains(Answers.of(proba, design))

    return score


def _disputes(scores: PersonalScores, places: IntVector) -> Scores:
    return disagreement.vote_entropy(scores.votes_at(places)).round(_DIGITS)


def _most_disputed(
    scores: PersonalScores, uncertainty: Uncertainty, n: int, rng: np.random.Generator
) -> IntVector:
    """Return the most disputed tracks ``(n or less,)``; the more informative win among equals.

    Compares at most `MOST_TRACKS` tracks.
    """
    disputes = _disputes(scores, scores.voted)
    most = highest(disputes, MOST_TRACKS, rng)
    most = most[disputes[most] > 0]
    disputed = scores.voted[most]
    if len(disputed) <= n:
        return disputed
    gains = scores.scored_at(disputed, _informativeness(scores, uncertainty))
    best_first = np.lexsort((-gains, -disputes[most]))
    return np.asarray(disputed[best_first[:n]])


class _Gains:
    """The information gains of answers about some tracks, after the answers selected so far."""

    def __init__(
        self, scores: PersonalScores, uncertainty: Uncertainty, places: IntVector
    ) -> None:
        self._proba = scores.proba_at(places)
        self._design = scores.design_at(places)
        self._answers = Answers.of(self._proba, self._design)
        self._uncertainty = uncertainty
        self._bounds = np.full(len(places), np.inf)
        self._is_exact = np.zeros(len(places), np.bool_)

    def highest(self, among: NDArray[np.bool_]) -> Scores:
        """Return gains in nats, exact for every track that may have the highest, else -inf.

        Gains never grow, so an earlier gain is an upper bound, and few gains are recomputed (lazy
        greedy; Minoux, 1978).

        Args:
            among: The tracks to compare ``(n_tracks,)``.
        """
        best = -np.inf
        while True:
            is_open = among & ~self._is_exact & (self._bounds > best - ROUNDING)
            if not is_open.any():
                return np.where(among & self._is_exact, self._bounds, -np.inf)
            block = np.flatnonzero(is_open)
            if len(block) > _BLOCK_TRACKS:
                block = block[np.argpartition(-self._bounds[block], _BLOCK_TRACKS)[:_BLOCK_TRACKS]]
            self._bounds[block] = self._uncertainty.gains(self._answers.at(block))
            self._is_exact[block] = True
            best = max(best, float(self._bounds[block].max()))

    def condition_on(self, place: int) -> None:
        """Update the gains for an answer about a track; the answer's value does not matter."""
        self._uncertainty = self._uncertainty.updated(self._proba[place], self._design[place])
        self._is_exact[:] = False


def _in_turn(
    gains: _Gains, ranks: Scores, n: int, rng: np.random.Generator
) -> tuple[IntVector, Scores]:
    """Return ``n`` tracks, the highest rank first, and the gain of each after those before it.

    Among equal ranks, the track with the highest gain at that time comes first.
    """
    ties, is_left = rng.random(len(ranks)), np.ones(len(ranks), np.bool_)
    selected, informativeness = np.empty(n, np.int64), np.empty(n)
    for k in range(n):
        current = gains.highest(is_left & (ranks == ranks[is_left].max()))
        place = first(current, ties)
        selected[k], informativeness[k] = place, current[place]
        is_left[place] = False
        gains.condition_on(place)
    # With one rank, gains fall in exact arithmetic; this removes rises by rounding.
    return selected, np.minimum.accumulate(informativeness)
