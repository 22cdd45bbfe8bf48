"""Scores of a track by itself: how unsure the committee is, or how far humans disagree."""

import numpy as np

from models import disagreement
from models.arrays import Scores
from models.emotion import entropy
from models.query.pool import Pool


def machine_consensus(pool: Pool, rng: np.random.Generator) -> Scores:
    """Score by the entropy of the committee's mean distribution (``mc``)."""
    del rng
    return entropy(pool.consensus)


def human_consensus(pool: Pool, rng: np.random.Generator) -> Scores:
    """Score by the entropy of other listeners' labels (``hc``)."""
    del rng
    return disagreement.vote_entropy(pool.votes)


def hybrid_consensus(pool: Pool, rng: np.random.Generator) -> Scores:
    """Score by whichever of the two consensuses is the less certain (``mix``).

    The paper stacks the rows of both and takes the highest entropies; a track that is high in both
    would be asked twice. Taking each track's higher entropy is that ranking with the second
    mention struck out.
    """
    return np.maximum(machine_consensus(pool, rng), human_consensus(pool, rng))


def member_entropy(pool: Pool, rng: np.random.Generator) -> Scores:
    """Score by the members' mean own entropy (``entropy``): how hard each finds the track."""
    del rng
    return disagreement.member_entropy(pool.member_proba)


def margin(pool: Pool, rng: np.random.Generator) -> Scores:
    """Score by how close the consensus' second quadrant comes to its first (``margin``)."""
    del rng
    return disagreement.narrowness(pool.consensus)


def least_confident(pool: Pool, rng: np.random.Generator) -> Scores:
    """Score by what the consensus leaves to all quadrants but its first (``least_confident``)."""
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
    """Score by what the answer would tell about which member is right (``bald``)."""
    del rng
    return disagreement.mutual_information(pool.member_proba)
