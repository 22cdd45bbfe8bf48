"""Diversity: doubtful tracks that are not alike."""

import numpy as np

from models.arrays import IntVector
from models.disagreement import narrowness
from models.query.personal_scores import Placement
from models.query.pool import Pool
from models.query.selection import Selection
from models.query.shortlist import first, highest, length, looked_at
from models.query.uncertainty import Doubles


def diverse(pool: Pool, n: int, rng: np.random.Generator) -> Selection:
    """Choose doubtful tracks, each unlike those answered or chosen before it.

    The score is ``(1 - (p_1st - p_2nd)) * (1 - max_c cos^2(phi, phi_c))``: the narrowness of the
    margin between the two likeliest quadrants under the listener's own model (Scheffer et al.,
    2001), times how far the track is from the nearest track ``c`` answered or chosen before, by
    the angle between their components. Margin and angle are those of Brinker (2003), who adds them
    up. All components count, not those of taste alone: the aim is to hear of different music. A
    track without a recording is like no other.

    Of a large pool the 2,000 tracks with the narrowest margins may be chosen.
    """
    placement = pool.placement
    places = np.arange(pool.n_tracks)
    if pool.n_tracks > length(n):
        places = _narrowest(placement, length(n), rng)
    narrow = narrowness(placement.proba_at(places))
    directions = _directions(placement.components_at(places))
    apart = _apart(directions, _directions(placement.answered_components))
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


def _directions(phi: Doubles) -> Doubles:
    """Return components of length 1, or 0 where there are none ``(n_tracks, n_components)``."""
    size = np.sqrt((phi**2).sum(axis=1, keepdims=True))
    return np.asarray(phi / np.where(size > 0, size, 1.0))


def _apart(directions: Doubles, before: Doubles) -> Doubles:
    """Return how far each track is from the nearest of those before, ``(n_tracks,)`` in [0, 1]."""
    if not len(before):
        return np.ones(len(directions))
    return np.asarray((1.0 - ((directions @ before.T) ** 2).max(axis=1)).clip(min=0.0))


def _narrowest(placement: Placement, n: int, rng: np.random.Generator) -> IntVector:
    """Return the tracks with the narrowest margins ``(n,)``."""
    places = looked_at(len(placement.rows), rng)
    narrow = placement.scored(places, lambda proba, _: narrowness(proba.astype(np.float64)))
    return np.asarray(places[highest(narrow, n, rng)])
