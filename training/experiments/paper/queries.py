"""Query strategies of the paper's code: our formulas with another selection.

Three things differ from :mod:`models.query`. The pool's order breaks ties between entropies, not
chance. ``mix`` stacks the rows of both tables and takes the ``q`` largest, so a song that is high
in both is selected twice and labelled once, and a round may label fewer than ``q`` songs. Human
frequencies are rounded to three digits.
"""

import numpy as np
from scipy.stats import entropy

from models.arrays import IntVector, MemberProba, Scores, Votes

N_DIGITS = 3
MODES = ("mc", "hc", "mix", "rand")


def frequencies(votes: Votes) -> Votes:
    """Return the frequencies of the quadrants among a track's labels, to three digits.

    Args:
        votes: Counts ``(n_tracks, n_quadrants)``; a track without labels has zeros.
    """
    total = np.maximum(votes.sum(axis=1, keepdims=True), 1.0)
    return np.asarray(np.round(votes / total, N_DIGITS))


def machine_order(member_proba: MemberProba, n: int) -> IntVector:
    """Return the ``n`` tracks with the highest entropy of the members' mean (``mc``)."""
    return _highest(_machine_entropy(member_proba), n)


def human_order(votes: Votes, n: int) -> IntVector:
    """Return the ``n`` tracks with the highest entropy of their labels (``hc``)."""
    return _highest(_human_entropy(votes), n)


def hybrid_order(member_proba: MemberProba, votes: Votes, n: int) -> IntVector:
    """Return the tracks of the ``n`` highest entropies of both tables together (``mix``).

    At most ``n`` tracks, each once, in order of its highest entropy.
    """
    stacked = np.concatenate([_machine_entropy(member_proba), _human_entropy(votes)])
    picked = _highest(stacked, n) % len(votes)
    return np.array(list(dict.fromkeys(picked.tolist())), dtype=np.int64)


def _machine_entropy(member_proba: MemberProba) -> Scores:
    return np.asarray(entropy(member_proba.mean(axis=0), axis=1))


def _human_entropy(votes: Votes) -> Scores:
    """Return entropies in nats; 0 for a track without labels."""
    scores = np.zeros(len(votes))
    is_known = votes.sum(axis=1) > 0
    scores[is_known] = entropy(votes[is_known], axis=1)
    return scores


def _highest(scores: Scores, n: int) -> IntVector:
    return np.argsort(-scores, kind="stable")[:n]
