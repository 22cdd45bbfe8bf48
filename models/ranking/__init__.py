"""Ranking: what one listener makes of a whole catalogue, in one pass over its sketches."""

from models.ranking.linear import Linear, Moments
from models.ranking.scores import Point, Target, quadrant_proba, scores
from models.ranking.screen import Found, Wanted, best
from models.ranking.sweep import SKETCH_SQUARE, at_places, sweep

__all__ = [
    "SKETCH_SQUARE",
    "Found",
    "Linear",
    "Moments",
    "Point",
    "Target",
    "Wanted",
    "at_places",
    "best",
    "quadrant_proba",
    "scores",
    "sweep",
]
