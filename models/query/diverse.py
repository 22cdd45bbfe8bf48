"""Diversity: doubtful tracks that are not alike."""

import numpy as np
from scipy.special import expit, logit, ndtr, ndtri

from models.arrays import IntVector
from models.disagreement import narrowness
from models.personal.gaussian.posterior import Doubles
from models.personal.gaussian.quadrants import quadrant_proba
from models.query.placement import Placement
from models.query.pool import Pool
from models.query.selection import Selection
from models.query.shortlist import first, highest, length

_SLACK = 1.001
"""What single precision may miss."""


def diverse(pool: Pool, n: int, rng: np.random.Generator) -> Selection:
    """Choose doubtful tracks, each unlike those answered or chosen before it.

    The score is ``(1 - (p_1st - p_2nd)) * (1 - max_c cos^2(phi, phi_c))``: the narrowness of the
    margin between the two likeliest quadrants under the listener's own model (Scheffer et al.,
    2001), times the share of the taste in the track that no single track ``c`` answered or chosen
    before would tell: the cosine of two tracks' components is how taste in one goes with taste in
    the other. Margin and angle are those of Brinker (2003), who adds them up. A track without a
    recording is like no other.

    Of a large pool the 2,000 tracks with the narrowest margins may be chosen.
    """
    placement = pool.placement
    places = np.arange(pool.n_tracks)
    if pool.n_tracks > length(n):
        places = _narrowest(placement, length(n), rng)
    narrow = narrowness(placement.proba_at(places))
    directions = _directions(placement.design_at(places))
    apart = _apart(directions, _directions(placement.answered_design))
    ties, is_left = rng.random(len(places)), np.ones(len(places), np.bool_)
    chosen, scores = np.empty(n, np.int64), np.empty(n)
    for k in range(n):
        worth = np.where(is_left, narrow * apart, -np.inf)
        place = first(worth, ties)
        chosen[k], scores[k] = place, worth[place]
        is_left[place] = False
        apart = np.minimum(apart, _apart(directions, directions[[place]]))
    # Rounding apart they fall by themselves.
    return Selection.chosen(places[chosen], np.minimum.accumulate(scores))


def _directions(design: Doubles) -> Doubles:
    """Return components of length 1, or 0 where there are none ``(n_tracks, n_components)``."""
    phi = design[:, 1:]
    size = np.sqrt((phi**2).sum(axis=1, keepdims=True))
    return phi / np.where(size > 0, size, 1.0)


def _apart(directions: Doubles, before: Doubles) -> Doubles:
    """Return how far each track is from the nearest of those before, ``(n_tracks,)`` in [0, 1]."""
    if not len(before):
        return np.ones(len(directions))
    return (1.0 - ((directions @ before.T) ** 2).max(axis=1)).clip(min=0.0)


def _narrowest(placement: Placement, n: int, rng: np.random.Generator) -> IntVector:
    """Return the tracks with the narrowest margins; exactly, though few margins are computed.

    With ``p <= q`` the chances of the likelier sides of both axes, the margin is ``q (2p - 1)``.
    At most it is ``2p - 1``, which bounds the margins of the ``n`` tracks nearest to an axis; at
    least it is ``p (2p - 1)``, so that none beyond some distance can be as narrow.
    """
    moments, temperature = placement.moments(), placement.model.shared.temperature
    steps = np.abs(moments.mean) / np.sqrt(moments.variance)[:, None]
    nearest = np.minimum(steps[:, 0], steps[:, 1])
    limit = float(np.partition(nearest, n - 1)[n - 1])
    widest = 2.0 * expit(logit(ndtr(limit)) / temperature) - 1.0
    side = (1.0 + np.sqrt(1.0 + 8.0 * widest)) / 4.0
    reach = ndtri(expit(logit(side) * temperature))
    near = np.flatnonzero(nearest <= _SLACK * reach)
    mean, variance = moments.mean[near].astype(np.float64), moments.variance[near]
    proba = quadrant_proba(mean, variance.astype(np.float64), temperature)
    return near[highest(narrowness(proba), n, rng)]
