"""Scorers: the uncertainty of the committee or of other listeners about each track by itself."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from models import disagreement
from models.arrays import Scores
from models.emotion import entropy
from models.query.consensus import Consensus
from models.query.pool import Pool
from models.query.selection import Scorer
from models.query.similarity import SimilarityKernel, sample

REFERENCE_TRACKS = 250
"""Sample over which densities are estimated. Densities over 250 and over 4,000 tracks rank tracks
alike: the rank correlation is .99, with and without clusters in 300 features."""
_BLOCK_TRACKS = 2_048
"""Tracks compared at a time; bounds the temporary arrays to some ten MB."""

AnyPool = TypeVar("AnyPool", bound=Consensus)


def machine_consensus(pool: Consensus, rng: np.random.Generator) -> Scores:
    """Score by the entropy of the committee's mean distribution (``mc``)."""
    del rng
    return entropy(pool.consensus)


def human_consensus(pool: Consensus, rng: np.random.Generator) -> Scores:
    """Score by the entropy of other listeners' labels (``hc``)."""
    del rng
    return pool.vote_entropy


def hybrid_consensus(pool: Consensus, rng: np.random.Generator) -> Scores:
    """Score by the higher of the two consensus entropies (``mix``).

    The paper stacks the rows of both and takes the highest entropies, which selects a track twice
    if both are high. The higher entropy gives the same ranking without the second occurrence.
    """
    return np.maximum(machine_consensus(pool, rng), human_consensus(pool, rng))


def member_entropy(pool: Pool, rng: np.random.Generator) -> Scores:
    """Score by the mean entropy of the members' own distributions (``entropy``)."""
    del rng
    return disagreement.member_entropy(pool.member_proba)


def margin(pool: Consensus, rng: np.random.Generator) -> Scores:
    """Score by 1 minus the margin between the consensus' two likeliest quadrants (``margin``)."""
    del rng
    return disagreement.narrowness(pool.consensus)


def least_confident(pool: Consensus, rng: np.random.Generator) -> Scores:
    """Score by 1 minus the consensus' highest probability (``least_confident``)."""
    del rng
    return 1 - pool.consensus.max(axis=1)


def member_votes(pool: Pool, rng: np.random.Generator) -> Scores:
    """Score by the entropy of the members' hard votes (``vote_entropy``)."""
    del rng
    return disagreement.vote_entropy(disagreement.hard_votes(pool.member_proba))


def divergence(pool: Pool, rng: np.random.Generator) -> Scores:
    """Score by the members' mean divergence from their consensus (``kl``)."""
    del rng
    return disagreement.mean_divergence(pool.member_proba)


def mutual_information(pool: Pool, rng: np.random.Generator) -> Scores:
    """Score by the information of the answer about which member is right (``bald``)."""
    del rng
    return disagreement.mutual_information(pool.member_proba)


def balanced(
    scorer: Callable[[AnyPool, np.random.Generator], Scores],
) -> Callable[[AnyPool, np.random.Generator], Scores]:
    """Return the scorer times the expected rarity of the track's quadrant (``balanced-``).

    The expectation is under the committee's consensus.
    """

    def score(pool: AnyPool, rng: np.random.Generator) -> Scores:
        proba = pool.consensus
        return scorer(pool, rng) * (proba @ rarity(pool.answered).astype(proba.dtype))

    return score


def rarity(answered: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rarity of each quadrant among the answers, ``(n_quadrants,)``, 1 on average.

    It is inversely proportional to the quadrant's count plus one: all 1 before the first answer.
    """
    inverse = 1 / (1 + answered)
    return inverse / inverse.mean()


def density_weighted(scorer: Scorer) -> Scorer:
    """Return the scorer times the track's density (``density``).

    Information density (Settles and Craven, 2008) with exponent 1.
    """

    def score(pool: Pool, rng: np.random.Generator) -> Scores:
        return scorer(pool, rng) * density(pool, rng)

    return score


def density(pool: Pool, rng: np.random.Generator) -> Scores:
    """Return each track's mean similarity to a sample of the pool, ``(n_tracks,)`` in (0, 1]."""
    kernel = SimilarityKernel.over(pool.features[sample(pool, REFERENCE_TRACKS, rng)])
    starts = range(0, pool.n_tracks, _BLOCK_TRACKS)
    blocks = [pool.features[start : start + _BLOCK_TRACKS] for start in starts]
    similarity = [kernel.similarity(block).mean(axis=1) for block in blocks]
    return np.concatenate(similarity).astype(np.float64)
