"""Run one unit: select questions, learn the answers and record the predictions."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector
from models.emotion import N_QUADRANTS
from models.errors import NoLogisticModelError
from models.query import PersonalScores, Pool, ask
from training.experiments.active_learning.plan import Protocol, UnitKey
from training.experiments.active_learning.results import BASELINES, COMMITTEE, Baselines, Unit
from training.experiments.baselines import majority, others, own, population
from training.experiments.learners import (
    LEARNERS,
    Learner,
    Logistic,
    judged_proba,
    member_proba,
    served_proba,
)
from training.experiments.paper import queries
from training.experiments.saved_models import SavedModels
from training.experiments.seeds import generator
from training.experiments.starting_models import Start


@dataclass(slots=True)
class Stopwatch:
    """Sums of time by stage, in seconds."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Add the time of a ``with`` block to a stage."""
        began = perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + perf_counter() - began


def run_unit(start: Start, key: UnitKey, protocol: Protocol) -> tuple[Unit, SavedModels]:
    """Run one unit; return its results and the personal models after the last round.

    If the pool holds fewer tracks than there are questions, the last rounds are short.
    """
    rng = generator(protocol.seed, key.listener, key.split, key.mode, "asking")
    learner = LEARNERS[key.personaliser](start)
    stopwatch = Stopwatch()
    labelled: IntVector = np.zeros(0, np.int64)
    record = _Record(start)
    record.add(learner, stopwatch, n_labels=0)
    for _ in range(protocol.n_rounds):
        with stopwatch("asking"):
            newest = choose(learner, labelled, key.mode, protocol, rng)
            labelled = np.concatenate([labelled, newest])
        with stopwatch("learning"):
            learner.learn(labelled, newest)
        record.add(learner, stopwatch, n_labels=len(labelled))
    return record.unit(key, start.places[labelled], stopwatch), learner.models


def choose(
    learner: Learner, labelled: IntVector, mode: str, protocol: Protocol, rng: np.random.Generator
) -> IntVector:
    """Return the next questions, as places in the start."""
    start = learner.start
    is_left = np.ones(start.n_pool, np.bool_)
    is_left[labelled] = False
    left = np.flatnonzero(is_left)
    if not len(left):
        return left
    if protocol.picks == "stacked" and mode in queries.MODES:
        return left[_paper_order(learner, left, mode, protocol, rng)]
    common = start.committee.common(start.track_x)
    pool = Pool(
        track_ids=[str(place) for place in left],
        votes=_votes(start, protocol)[left],
        load_member_proba=lambda: member_proba(learner, left),
        load_features=lambda: common[left],
        load_answered_features=lambda: common[labelled],
        answered=np.bincount(start.y[labelled], minlength=N_QUADRANTS).astype(np.float64),
        load_personal_scores=lambda: _placement(learner, left, labelled),
    )
    return np.array(
        [int(question.track_id) for question in ask(mode, pool, protocol.n_queries, rng)]
    )


def _placement(learner: Learner, left: IntVector, labelled: IntVector) -> PersonalScores:
    if not isinstance(learner, Logistic):
        raise NoLogisticModelError
    return learner.placement(left, labelled)


def _paper_order(
    learner: Learner, left: IntVector, mode: str, protocol: Protocol, rng: np.random.Generator
) -> IntVector:
    """Return the paper's choice as places in ``left``."""
    n, votes = protocol.n_queries, _votes(learner.start, protocol)[left]
    if mode == "rand":
        return rng.permutation(len(left))[:n]
    if mode == "hc":
        return queries.human_order(votes, n)
    proba = member_proba(learner, left)
    return (
        queries.machine_order(proba, n) if mode == "mc" else queries.hybrid_order(proba, votes, n)
    )


def _votes(start: Start, protocol: Protocol) -> NDArray[np.float64]:
    """Return the votes for human consensus ``(n_pool, n_quadrants)``."""
    votes = start.votes[: start.n_pool]
    if protocol.votes == "others":
        return votes
    return queries.frequencies(votes + np.eye(N_QUADRANTS)[start.y[: start.n_pool]])


class _Record:
    """Predictions for the test tracks, round by round."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._n_labels: list[int] = []
        self._proba: list[NDArray[np.float64]] = []
        self._answers: list[NDArray[np.int8]] = []

    def add(self, learner: Learner, stopwatch: Stopwatch, *, n_labels: int) -> None:
        n_folds = self._start.committee.n_folds
        with stopwatch("predicting"):
            proba = judged_proba(learner)
            by_algorithm = proba.reshape(-1, n_folds, *proba.shape[1:]).mean(axis=1)
            served = served_proba(learner, proba)
            self._proba.append(np.concatenate([by_algorithm, served[None]]))
            self._answers.append(proba.argmax(axis=2).astype(np.int8))
            self._n_labels.append(n_labels)

    def unit(self, key: UnitKey, labelled: IntVector, stopwatch: Stopwatch) -> Unit:
        return Unit(
            key=key,
            judged=self._start.judged,
            n_labels=np.array(self._n_labels),
            labelled=labelled,
            predictors=[*self._start.committee.families, COMMITTEE],
            proba=np.stack(self._proba).astype(np.float32),
            answers=np.stack(self._answers),
            seconds=stopwatch.seconds,
        )


def baselines(start: Start, protocol: Protocol) -> Baselines:
    """Return the baselines of a listener's split: majority, population, others, own."""
    rng = generator(protocol.seed, start.listener, start.split, "own")
    order = rng.permutation(start.n_pool)
    n_labels = np.minimum(protocol.n_queries * np.arange(protocol.n_rounds + 1), start.n_pool)
    unchanging = [_as_judged(start, majority(start)), population(start)]
    unchanging.append(_as_judged(start, others(start)))
    rounds = [np.stack([*unchanging, _as_judged(start, own(start, order[:n]))]) for n in n_labels]
    return Baselines(
        listener=start.listener,
        split=start.split,
        judged=start.judged,
        n_labels=n_labels,
        names=list(BASELINES),
        proba=np.stack(rounds).astype(np.float32),
    )


def _as_judged(start: Start, proba: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return predictions for the test tracks, or for their rows if frames are scored."""
    return start.rows.take(start.test).spread(proba) if start.score == "frames" else proba
