"""How much a committee, or a crowd, disagrees about a track."""

import numpy as np

from models.arrays import MemberProba, Proba, Scores, Votes
from models.emotion import entropy


def consensus_entropy(member_proba: MemberProba) -> Scores:
    """Return the entropy in nats of the members' mean distribution, ``(n_tracks,)``.

    The score by which Gómez-Cañón et al. (ISMIR 2021) choose what to ask.
    """
    return entropy(member_proba.mean(axis=0))


def member_entropy(member_proba: MemberProba) -> Scores:
    """Return the mean of the members' own entropies in nats, ``(n_tracks,)``.

    What is left of the consensus' entropy when the members' disagreement is taken out: the doubt
    that lies in the track.
    """
    return entropy(member_proba).mean(axis=0)


def mutual_information(member_proba: MemberProba) -> Scores:
    """Return what a label would tell about the members, in nats, ``(n_tracks,)``.

    Entropy of the consensus less the members' own: the doubt that lies in the committee (BALD;
    Houlsby et al., 2011).
    """
    shared = consensus_entropy(member_proba) - member_entropy(member_proba)
    return np.maximum(shared, 0.0)  # it is never negative, but a difference may round below


def mean_divergence(member_proba: MemberProba) -> Scores:
    """Return the members' mean Kullback-Leibler divergence from their consensus, ``(n_tracks,)``.

    In nats (McCallum and Nigam, 1998). Over equally weighted members this is the mutual
    information, written another way.
    """
    consensus = member_proba.mean(axis=0)
    # 0·ln 0 is 0 in the limit; where the consensus is 0 so is every member.
    ratio = member_proba / np.where(consensus > 0, consensus, 1.0)
    ratio = np.where(ratio > 0, ratio, 1.0)
    divergences = (member_proba * np.log(ratio)).sum(axis=-1)
    return np.maximum(divergences.mean(axis=0), 0.0)


def narrowness(proba: Proba) -> Scores:
    """Return 1 less the margin between the two likeliest quadrants, ``(n_tracks,)`` in [0, 1].

    Margin sampling (Scheffer et al., 2001), turned so that higher means ask sooner.
    """
    one, two, three, four = proba.T
    high, low = np.maximum(one, two), np.minimum(one, two)
    high_too, low_too = np.maximum(three, four), np.minimum(three, four)
    first = np.maximum(high, high_too)
    second = np.maximum(np.minimum(high, high_too), np.where(high > high_too, low, low_too))
    return np.asarray(1 - (first - second))


def hard_votes(member_proba: MemberProba) -> Votes:
    """Return how many members find each quadrant the likeliest, ``(n_tracks, n_quadrants)``.

    A member that cannot decide splits its vote, so that no quadrant wins by its place.
    """
    is_top = member_proba == member_proba.max(axis=-1, keepdims=True)
    return (is_top / is_top.sum(axis=-1, keepdims=True)).sum(axis=0)


def vote_entropy(votes: Votes) -> Scores:
    """Return the entropy in nats of the label frequencies, ``(n_tracks,)``.

    Of listeners' labels it is human consensus; of members' hard votes, query by committee (Dagan
    and Engelson, 1995). A track that nobody has labelled scores 0: no disagreement has been seen.
    """
    # Of a large catalogue few tracks have labels.
    found, voted = np.zeros(len(votes)), np.flatnonzero(votes.any(axis=1))
    labels = votes[voted]
    found[voted] = entropy(labels / labels.sum(axis=1, keepdims=True))
    return found
