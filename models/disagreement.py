"""Measures of uncertainty about a track and of disagreement between members or listeners."""

import numpy as np

from models.arrays import MemberProba, Proba, Scores, Votes
from models.emotion import entropy


def consensus_entropy(member_proba: MemberProba) -> Scores:
    """Return the entropy in nats of the members' mean distribution, ``(n_tracks,)``.

    The query score of Gómez-Cañón et al. (ISMIR 2021).
    """
    return entropy(member_proba.mean(axis=0))


def member_entropy(member_proba: MemberProba) -> Scores:
    """Return the mean of the members' own entropies in nats, ``(n_tracks,)``.

    The part of the consensus' entropy that is not disagreement: aleatoric uncertainty.
    """
    return entropy(member_proba).mean(axis=0)


def mutual_information(member_proba: MemberProba) -> Scores:
    """Return the information of a label about the members, in nats, ``(n_tracks,)``.

    Entropy of the consensus minus the members' mean entropy: epistemic uncertainty (BALD; Houlsby
    et al., 2011).
    """
    difference = consensus_entropy(member_proba) - member_entropy(member_proba)
    return np.maximum(difference, 0.0)  # negative only by rounding


def mean_divergence(member_proba: MemberProba) -> Scores:
    """Return the members' mean Kullback-Leibler divergence from their consensus, ``(n_tracks,)``.

    In nats (McCallum and Nigam, 1998). For equally weighted members it equals the mutual
    information.
    """
    consensus = member_proba.mean(axis=0)
    # 0·ln 0 is 0 in the limit; if the consensus is 0, so is every member.
    ratio = member_proba / np.where(consensus > 0, consensus, 1.0)
    ratio = np.where(ratio > 0, ratio, 1.0)
    divergences = (member_proba * np.log(ratio)).sum(axis=-1)
    return np.maximum(divergences.mean(axis=0), 0.0)


def narrowness(proba: Proba) -> Scores:
    """Return 1 minus the margin between the two likeliest quadrants, ``(n_tracks,)`` in [0, 1].

    Margin sampling (Scheffer et al., 2001), with the sign of a score: higher means ask sooner.
    """
    one, two, three, four = proba.T
    high, low = np.maximum(one, two), np.minimum(one, two)
    high_too, low_too = np.maximum(three, four), np.minimum(three, four)
    first = np.maximum(high, high_too)
    second = np.maximum(np.minimum(high, high_too), np.where(high > high_too, low, low_too))
    return np.asarray(1 - (first - second))


def hard_votes(member_proba: MemberProba) -> Votes:
    """Return how many members vote for each quadrant, ``(n_tracks, n_quadrants)``.

    A member splits its vote between equally likely quadrants.
    """
    is_top = member_proba == member_proba.max(axis=-1, keepdims=True)
    return (is_top / is_top.sum(axis=-1, keepdims=True)).sum(axis=0)


def vote_entropy(votes: Votes) -> Scores:
    """Return the entropy in nats of the label frequencies, ``(n_tracks,)``.

    For listeners' labels this is human consensus; for members' hard votes, query by committee
    (Dagan and Engelson, 1995). A track without votes scores 0.
    """
    # Only voted tracks are computed: in a large catalogue they are few.
    found, voted = np.zeros(len(votes)), np.flatnonzero(votes.any(axis=1))
    labels = votes[voted]
    found[voted] = entropy(labels / labels.sum(axis=1, keepdims=True))
    return found
