"""Typicality: the most typical tracks of the clusters with the fewest answers."""

from heapq import heapify, heappop, heapreplace
from typing import TypeAlias

import numpy as np

from models.arrays import FloatMatrix, IntVector
from models.query.pool import Pool
from models.query.selection import Selection
from models.query.similarity import SAMPLE_TRACKS, SimilarityKernel, sample, squared_distances

MAX_CLUSTERS = 100
"""More clusters would hold too few tracks of a sample to rank them by typicality."""
N_NEIGHBOURS = 20
"""Neighbours in its cluster over which a track's typicality is measured."""
_ROUNDS = 20
"""Maximum rounds of k-means; later rounds move hardly any track."""

_Entry: TypeAlias = tuple[float, float, list[int]]
"""A cluster: its negative score, a tie-breaker, and its tracks, the most typical last."""


def typiclust(pool: Pool, n: int, rng: np.random.Generator) -> Selection:
    """Select the most typical tracks of the largest clusters (TypiClust; Hacohen et al., 2022).

    There are as many clusters as answers and questions together, at most 100. Clusters with the
    fewest answered or selected tracks come first, and the largest of these. Within a cluster, the
    track with the least total distance to its 20 nearest neighbours comes first. The score is the
    share of the pool in the cluster, minus one for each of its tracks answered or selected before.

    Of a large pool, an even sample of 1,000 tracks is clustered and can be selected.
    """
    places = sample(pool, max(SAMPLE_TRACKS, n), rng)
    kernel = SimilarityKernel.over(pool.features[places])
    answered = pool.answered_features
    before = kernel.scaled(answered) if len(answered) else kernel.rows[:0]
    n_clusters = min(len(before) + max(n, 1), MAX_CLUSTERS)
    cluster_of = cluster(np.concatenate([kernel.rows, before]), n_clusters, rng)
    open_in, answered_in = np.split(cluster_of, [len(places)])
    queue: list[_Entry] = []
    for index in np.unique(open_in):
        members = np.flatnonzero(open_in == index)
        score = len(members) / len(places) - (answered_in == index).sum()
        order = members[_by_typicality(kernel.rows[members], rng)]
        queue.append((-float(score), rng.random(), order.tolist()))
    return _in_turn(queue, places, n)


def _by_typicality(rows: FloatMatrix, rng: np.random.Generator) -> IntVector:
    """Return the order of the rows of a cluster, the least typical first."""
    n_near = min(N_NEIGHBOURS, len(rows) - 1)
    # Each row is at distance 0 from itself, which adds nothing to the sum.
    nearest = np.partition(squared_distances(rows, rows), n_near, axis=1)[:, : n_near + 1]
    return np.lexsort((rng.random(len(rows)), -np.sqrt(nearest).sum(axis=1)))


def _in_turn(queue: list[_Entry], places: IntVector, n: int) -> Selection:
    """Select ``n`` tracks, each from the cluster with the highest score at that time."""
    heapify(queue)
    selected, scores = np.empty(n, np.int64), np.empty(n)
    for k in range(n):
        cost, tie, members = queue[0]
        selected[k], scores[k] = places[members.pop()], -cost
        if members:
            heapreplace(queue, (cost + 1, tie, members))
        else:
            heappop(queue)
    return Selection.by_score(selected, scores)


def cluster(rows: FloatMatrix, n_clusters: int, rng: np.random.Generator) -> IntVector:
    """Return the k-means cluster of each row, ``(n_rows,)``; clusters may be empty.

    Lloyd's algorithm from distant centres (greedy k-means++; Arthur and Vassilvitskii, 2007).
    """
    centres = _distant_rows(rows, n_clusters, rng)
    nearest = _nearest(rows, centres)
    for _ in range(_ROUNDS):
        belongs = (nearest[:, None] == np.arange(n_clusters)).astype(rows.dtype)
        n_rows = belongs.sum(axis=0)[:, None]
        centres = np.where(n_rows > 0, belongs.T @ rows / n_rows.clip(min=1), centres)
        before, nearest = nearest, _nearest(rows, centres)
        if (nearest == before).all():
            break
    return nearest


def _nearest(rows: FloatMatrix, centres: FloatMatrix) -> IntVector:
    return squared_distances(rows, centres).argmin(axis=1)


def _distant_rows(rows: FloatMatrix, n: int, rng: np.random.Generator) -> FloatMatrix:
    """Draw ``n`` rows far from each other: the best of a few trials each time."""
    drawn = [int(rng.integers(len(rows)))]
    gap = squared_distances(rows, rows[drawn])[:, 0]
    n_trials = 2 + int(np.log(n))
    while len(drawn) < n:
        # Inverse transform sampling over the gaps; if all gaps are 0, any row is as good.
        reach = np.cumsum(gap, dtype=np.float64)
        trials = np.searchsorted(reach, rng.random(n_trials) * reach[-1], side="right")
        trials = trials.clip(max=len(rows) - 1)
        gaps = np.minimum(gap[:, None], squared_distances(rows, rows[trials]))
        best = int(gaps.sum(axis=0).argmin())
        drawn.append(int(trials[best]))
        gap = gaps[:, best]
    return rows[drawn]
