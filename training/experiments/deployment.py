"""From how many listeners of a deployment a better prior is learnt than the shipped one.

A study's listeners become a deployment: some answer first, overlapping in time, and each answer
is logged beside the votes of then. What their log teaches, by the service's own procedure, is
judged on listeners who come after them.
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
"""A listener's answers are spread over the arrivals of so many others."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Mean negative log-likelihood of later listeners' answers, in nats.

    Attributes:
        n_listeners: How many listeners were learnt from.
        shipped: Under the prior that was there.
        free: Under the one that their log teaches, whether it is taken or not.
        shrunk: The same, shrunk towards the one that was there.
        served: Under the shrunk one where it was taken, else under the one that was there.
        is_taken: Whether it predicted the end of the log better.
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
    """Yield what each number of listeners teaches, for several draws of listeners.

    Args:
        study: What they answered; the shipped prior knows none of it.
        shipped: What is expected of them so far.
        sizes: Numbers of listeners to learn from.
        seeds: One for each draw.
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
    # All of them have the votes of the first listeners beside them, and no more.
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
    """Return the places of listeners' answers in the order in which they are given."""
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
    """Return answers beside the votes of then.

    Args:
        study: Of whose answers.
        places: Which, in the order in which they are given.
        votes: Those that were there before, on each track.
        counts_on: Whether these answers become votes themselves.
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
