"""Find how many listeners a deployment needs to learn a better prior than the shipped one.

A study's listeners simulate a deployment: some answer first, overlapping in time, and each answer
is logged with the votes at that time. The service's own procedure learns a prior from the log,
which is evaluated on later listeners.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models.arrays import IntVector, Votes
from models.calibration.listeners import LEAST_ANSWERS, SHRINKAGE, fit_listeners
from models.emotion import N_QUADRANTS
from models.personal.logistic import Prior, log_proba_in
from models.personal.logistic.evidence import fit_prior
from models.personal.logistic.model import N_TASTE
from models.personal.logistic.prequential import AnswerLog, predicted
from models.personal.logistic.prior import Doubles
from training.members.listener_prior import Opinions

OVERLAP = 3.0
"""A listener's answers are spread over the arrivals of this many others."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Mean negative log-likelihood of later listeners' answers, in nats.

    Attributes:
        n_listeners: Number of listeners in the log.
        shipped: Under the shipped prior.
        free: Under the prior learnt from the log, whether it is accepted or not.
        shrunk: Under the learnt prior, shrunk towards the shipped one.
        served: Under the shrunk prior if it was accepted, else under the shipped one.
        is_taken: Whether the learnt prior was accepted: it predicted the end of the log better.
    """

    n_listeners: int
    shipped: float
    free: float
    shrunk: float
    served: float
    is_taken: bool


def outcomes(
    study: Opinions, shipped: Prior, sizes: Sequence[int], seeds: Sequence[int]
) -> Iterator[Outcome]:
    """Yield the outcome of each number of listeners, for several draws of listeners.

    Args:
        study: The listeners' answers; the shipped prior did not learn them.
        shipped: The shipped prior.
        sizes: Numbers of listeners to learn from.
        seeds: One seed for each draw.
    """
    names, n_answers = np.unique(study.listener, return_counts=True)
    ready = names[n_answers >= LEAST_ANSWERS]
    for seed in seeds:
        for size in sizes:
            rng = np.random.default_rng([seed, size])
            drawn = rng.permutation(ready)
            yield _outcome(study, shipped, (drawn[:size], drawn[size:]), rng)


def _outcome(
    study: Opinions,
    shipped: Prior,
    groups: tuple[IntVector, IntVector],
    rng: np.random.Generator,
) -> Outcome:
    n_tracks = int(study.track.max()) + 1
    none = np.zeros((n_tracks, N_QUADRANTS))
    log, votes = logged(study, _in_turn(study, groups[0], rng), none), none.copy()
    np.add.at(votes, log.track, log.e)
    # All of them see the votes of the first listeners only.
    later = logged(study, _in_turn(study, groups[1], rng), votes, counts_on=False)

    def loss(prior: Prior) -> float:
        return -float((later.e * predicted(later, 0, prior)).sum(axis=1).mean())

    made = fit_listeners(log, shipped, least=0)
    free, shrunk = (fit_prior([log.studied()], shipped, shrinkage=by) for by in (None, SHRINKAGE))
    return Outcome(
        n_listeners=len(groups[0]),
        shipped=loss(shipped),
        free=loss(free),
        shrunk=loss(shrunk),
        served=loss(made.learnt or shipped),
        is_taken=made.learnt is not None,
    )


def _in_turn(study: Opinions, listeners: IntVector, rng: np.random.Generator) -> IntVector:
    """Return the places of listeners' answers in order of time."""
    places, moments = [], []
    for arrival, listener in enumerate(listeners):
        own = rng.permutation(np.flatnonzero(study.listener == listener))
        places.append(own)
        moments.append(arrival + np.linspace(0.0, OVERLAP, len(own)))
    order = np.argsort(np.concatenate(moments), kind="stable")
    return np.asarray(np.concatenate(places)[order])


def logged(
    study: Opinions, places: IntVector, votes: Votes, *, counts_on: bool = True
) -> AnswerLog:
    """Return a log of answers, each with the votes before it.

    Args:
        study: The answers.
        places: Places of the answers in order of time.
        votes: Earlier votes on each track.
        counts_on: Whether these answers become votes too.
    """
    track, answers = study.track[places], study.answers[places]
    present: Doubles = votes.copy()
    frozen = np.zeros_like(answers)
    for row, (about, vote) in enumerate(zip(track, answers, strict=True)):
        frozen[row] = present[about]
        present[about] += vote * counts_on
    return AnswerLog(
        listener=study.listener[places],
        track=track,
        log_p0=log_proba_in(study.rows[places]),
        phi=study.phi[places, :N_TASTE],
        e=answers,
        frozen=frozen,
    )
