"""Ranking: score a whole catalogue for one listener, and find its best tracks."""

from models.ranking.block_scan import log_proba_all
from models.ranking.linear_form import Linear
from models.ranking.scores import Point, Target, proba_at, scores
from models.ranking.topk import Found, Wanted, topk

__all__ = [
    "Found",
    "Linear",
    "Point",
    "Target",
    "Wanted",
    "log_proba_all",
    "proba_at",
    "scores",
    "topk",
]
