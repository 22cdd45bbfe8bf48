"""Typicality: the most typical tracks of those clusters about which least was answered."""

from heapq import heapify, heappop, heapreplace
from typing import TypeAlias

import numpy as np

from models.arrays import FloatMatrix, IntVector
from models.query.clusters import cluster
from models.query.pool import Pool
from models.query.selection import Selection
from models.query.similarity import SAMPLE_TRACKS, Gauge, sample, squared_distances

MAX_CLUSTERS = 100
"""More would hold too few tracks of a sample to tell which are typical."""
N_NEIGHBOURS = 20
"""A track is typical if this many others of its cluster are near."""

_Entry: TypeAlias = tuple[float, float, list[int]]
"""A cluster's score turned negative, a tie-breaker, and its tracks, the most typical last."""


def typiclust(pool: Pool, n: int, rng: np.random.Generator) -> Selection:
    """Choose the most typical tracks of the largest clusters (TypiClust; Hacohen et al., 2022).

    There are as many clusters as answers and questions together, at most 100. Those with the
    fewest answered or chosen tracks come first, and among them the largest; within one, the track
    that lies nearest to its 20 nearest. The score is the share of the pool that the cluster holds,
    less one for each of its tracks that was answered or chosen before.

    Of a large pool 1,000 tracks, drawn evenly, stand for all and may be chosen.
    """
    places = sample(pool, max(SAMPLE_TRACKS, n), rng)
    gauge = Gauge.over(pool.features[places])
    answered = pool.answered_features
    before = gauge.scaled(answered) if len(answered) else gauge.rows[:0]
    n_clusters = min(len(before) + max(n, 1), MAX_CLUSTERS)
    cluster_of = cluster(np.concatenate([gauge.rows, before]), n_clusters, rng)
    open_in, spent_in = np.split(cluster_of, [len(places)])
    queue: list[_Entry] = []
    for index in np.unique(open_in):
        members = np.flatnonzero(open_in == index)
        score = len(members) / len(places) - (spent_in == index).sum()
        order = members[_by_typicality(gauge.rows[members], rng)]
        queue.append((-float(score), rng.random(), order.tolist()))
    return _in_turn(queue, places, n)


def _by_typicality(rows: FloatMatrix, rng: np.random.Generator) -> IntVector:
    """Return the order of the rows of a cluster, the least typical first."""
    n_near = min(N_NEIGHBOURS, len(rows) - 1)
    # each is at distance 0 from itself, which adds nothing to the sum
    nearest = np.partition(squared_distances(rows, rows), n_near, axis=1)[:, : n_near + 1]
    return np.lexsort((rng.random(len(rows)), -np.sqrt(nearest).sum(axis=1)))


def _in_turn(queue: list[_Entry], places: IntVector, n: int) -> Selection:
    """Choose ``n`` tracks, each from the cluster that has the highest score by then."""
    heapify(queue)
    chosen, scores = np.empty(n, np.int64), np.empty(n)
    for k in range(n):
        cost, tie, members = queue[0]
        chosen[k], scores[k] = places[members.pop()], -cost
        if members:
            heapreplace(queue, (cost + 1, tie, members))
        else:
            heappop(queue)
    return Selection.chosen(chosen, scores)
