"""Diversity: uncertain tracks that differ from each other."""

import numpy as np

from models.disagreement import narrowness
from models.query.selection import AnyPool, Selection
from models.query.shortlist import first, length
from models.query.uncertainty import Doubles

_BLOCK_TRACKS = 2_048
"""Answered tracks compared at a time; all of 20,000 would take hundreds of MB."""


def diverse(pool: AnyPool, n: int, rng: np.random.Generator) -> Selection:
    """Select uncertain tracks, each unlike those answered or selected before it.

    The score is ``(1 - (p_1st - p_2nd)) * (1 - max_c cos^2(phi, phi_c))``: 1 minus the margin
    between the two likeliest quadrants under the listener's model (Scheffer et al., 2001), times 1
    minus the largest squared cosine between the components of the track and those of a track ``c``
    answered or selected before. Brinker (2003) adds margin and angle up. All components count, not
    only those of taste, so that the answers cover different music. A track without a recording has
    cosine 0 with every other.

    Of a large pool, the 2,000 tracks with the smallest margins can be selected.
    """
    scores = pool.personal_scores
    places = pool.places
    if pool.n_tracks > length(n):
        places = scores.highest(lambda proba, _: narrowness(proba), length(n), rng)
    narrow = narrowness(scores.proba_at(places))
    directions = _directions(scores.components_at(places))
    distance = _distance(directions, _directions(scores.answered_components))
    ties, is_left = rng.random(len(places)), np.ones(len(places), np.bool_)
    selected, worth = np.empty(n, np.int64), np.empty(n)
    for k in range(n):
        worth_now = np.where(is_left, narrow * distance, -np.inf)
        place = first(worth_now, ties)
        selected[k], worth[k] = place, worth_now[place]
        is_left[place] = False
        distance = np.minimum(distance, _distance(directions, directions[[place]]))
    # Scores fall in exact arithmetic; this removes rises by rounding.
    return Selection.by_score(places[selected], np.minimum.accumulate(worth))


def _directions(phi: Doubles) -> Doubles:
    """Return components scaled to length 1; 0 stays 0 ``(n_tracks, n_components)``."""
    size = np.sqrt((phi**2).sum(axis=1, keepdims=True))
    return np.asarray(phi / np.where(size > 0, size, 1.0))


def _distance(directions: Doubles, before: Doubles) -> Doubles:
    """Return 1 minus the largest squared cosine with those before, ``(n_tracks,)`` in [0, 1]."""
    closest = np.zeros(len(directions))
    for start in range(0, len(before), _BLOCK_TRACKS):
        cosines = directions @ before[start : start + _BLOCK_TRACKS].T
        closest = np.maximum(closest, (cosines**2).max(axis=1))
    return np.asarray((1.0 - closest).clip(min=0.0))
