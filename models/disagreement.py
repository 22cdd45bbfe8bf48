"""How much a committee, or a crowd, disagrees about a track."""

from models.arrays import MemberProba, Scores, Votes
from models.emotion import entropy


def consensus_entropy(member_proba: MemberProba) -> Scores:
    """Return the entropy in nats of the members' mean distribution, ``(n_tracks,)``.

    The score by which Gómez-Cañón et al. (ISMIR 2021) choose what to ask.
    """
    return entropy(member_proba.mean(axis=0))


def vote_entropy(votes: Votes) -> Scores:
    """Return the entropy in nats of the listeners' label frequencies, ``(n_tracks,)``.

    A track that nobody has labelled scores 0: no disagreement has been seen.
    """
    total = votes.sum(axis=1, keepdims=True)
    return entropy(votes / total.clip(min=1.0))
