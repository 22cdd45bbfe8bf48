"""Which songs the paper's code asks about: the same formulas as ours, picked in another way.

Three things differ from :mod:`models.query`. Where entropies are equal, the pool's order decides,
not chance. ``mix`` stacks the rows of both tables and takes the ``q`` largest: a song that is high
in both is picked twice and asked once, so fewer than ``q`` songs may be asked. Human frequencies
are rounded to three digits.
"""

import numpy as np
from scipy.stats import entropy

from models.arrays import IntVector, MemberProba, Scores, Votes

N_DIGITS = 3
MODES = ("mc", "hc", "mix", "rand")


def frequencies(votes: Votes) -> Votes:
    """Return how frequent each quadrant is among a track's labels, to three digits.

    Args:
        votes: Counts ``(n_tracks, n_quadrants)``; a track without labels has zeros.
    """
    total = np.maximum(votes.sum(axis=1, keepdims=True), 1.0)
    return np.asarray(np.round(votes / total, N_DIGITS))


def machine_order(member_proba: MemberProba, n: int) -> IntVector:
    """Return the ``n`` tracks with the highest entropy of the members' mean (``mc``)."""
    return _highest(_machine_entropy(member_proba), n)


def human_order(votes: Votes, n: int) -> IntVector:
    """Return the ``n`` tracks whose labels disagree most (``hc``)."""
    return _highest(_human_entropy(votes), n)


def hybrid_order(member_proba: MemberProba, votes: Votes, n: int) -> IntVector:
    """Return the tracks of the ``n`` highest entropies of both tables together (``mix``).

    At most ``n``, each once, in the order of its first mention.
    """
    stacked = np.concatenate([_machine_entropy(member_proba), _human_entropy(votes)])
    picked = _highest(stacked, n) % len(votes)
    return np.array(list(dict.fromkeys(picked.tolist())), dtype=np.int64)


def _machine_entropy(member_proba: MemberProba) -> Scores:
    return np.asarray(entropy(member_proba.mean(axis=0), axis=1))


def _human_entropy(votes: Votes) -> Scores:
    """Return entropies in nats; 0 where there is no label."""
    scores = np.zeros(len(votes))
    is_known = votes.sum(axis=1) > 0
    scores[is_known] = entropy(votes[is_known], axis=1)
    return scores


def _highest(scores: Scores, n: int) -> IntVector:
    return np.argsort(-scores, kind="stable")[:n]
