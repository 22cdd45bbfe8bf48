"""Ranking: score a catalogue for one listener and return its best tracks."""

from models.ranking.linear_form import Linear
from models.ranking.scores import Point, Target, proba_at, scores
from models.ranking.topk import TopkQuery, TopTracks, topk

__all__ = [
    "Linear",
    "Point",
    "Target",
    "TopTracks",
    "TopkQuery",
    "proba_at",
    "scores",
    "topk",
]
