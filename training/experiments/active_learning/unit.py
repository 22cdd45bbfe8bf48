"""Runs one unit: asks a listener in one way, lets the models learn, and records what they say."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, MemberProba, Proba
from models.committee import sharpen
from models.emotion import N_QUADRANTS, softmax
from models.query import Pool, ask
from training.experiments.active_learning.plan import Protocol, UnitKey
from training.experiments.active_learning.results import COMMITTEE, Unit
from training.experiments.learners import LEARNERS, Arrays, Learner
from training.experiments.seeds import generator
from training.experiments.start import Start


@dataclass(slots=True)
class Watch:
    """Adds up where the time goes, in seconds."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Count what is done within."""
        began = perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + perf_counter() - began


def run_unit(start: Start, key: UnitKey, protocol: Protocol) -> tuple[Unit, Arrays]:
    """Return what came of asking a listener in one way, and the personal models at the end.

    Where the pool holds fewer tracks than are to be asked about, the last rounds are short.
    """
    rng = generator(protocol.seed, key.listener, key.split, key.mode, "asking")
    learner = LEARNERS[key.personaliser](start)
    watch = Watch()
    asked: IntVector = np.zeros(0, np.int64)
    record = _Record(start)
    record.add(learner, watch, n_labels=0)
    for _ in range(protocol.n_rounds):
        with watch("asking"):
            newest = choose(learner, asked, key.mode, protocol.n_queries, rng)
            asked = np.concatenate([asked, newest])
        with watch("learning"):
            learner.learn(asked, newest)
        record.add(learner, watch, n_labels=len(asked))
    return record.unit(key, start.places[asked], watch), learner.arrays


def choose(
    learner: Learner, asked: IntVector, mode: str, n: int, rng: np.random.Generator
) -> IntVector:
    """Return which tracks of the pool to ask about next, as places in the start."""
    start = learner.start
    is_left = np.ones(start.n_pool, np.bool_)
    is_left[asked] = False
    left = np.flatnonzero(is_left)
    if not len(left):
        return left
    common = start.committee.common(start.x)
    pool = Pool(
        track_ids=[str(place) for place in left],
        votes=start.votes[left],
        ask_members=lambda: member_proba(learner, left),
        ask_features=lambda: common[left],
        ask_answered=lambda: common[asked],
        answered=np.bincount(start.y[asked], minlength=N_QUADRANTS).astype(np.float64),
    )
    return np.array([int(question.track_id) for question in ask(mode, pool, n, rng)])


def member_proba(learner: Learner, tracks: IntVector | slice) -> MemberProba:
    """Return what every member says of some tracks, calibrated."""
    committee, raw = learner.start.committee, learner.raw
    logits = [raw[name][:, tracks] / committee.temperatures[name] for name in committee.families]
    return softmax(np.concatenate(logits))


def consensus(learner: Learner, tracks: IntVector | slice) -> Proba:
    """Return what the committee says of some tracks ``(n_tracks, n_quadrants)``."""
    committee = learner.start.committee
    return sharpen(member_proba(learner, tracks).mean(axis=0), committee.sharpness)


class _Record:
    """What the models say of the judged tracks, round by round."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._n_labels: list[int] = []
        self._proba: list[NDArray[np.float64]] = []
        self._answers: list[NDArray[np.int8]] = []

    def add(self, learner: Learner, watch: Watch, *, n_labels: int) -> None:
        committee = self._start.committee
        with watch("predicting"):
            said = member_proba(learner, slice(self._start.n_pool, None))
            by_algorithm = said.reshape(-1, committee.n_folds, *said.shape[1:]).mean(axis=1)
            consensus = sharpen(by_algorithm.mean(axis=0), committee.sharpness)
            self._proba.append(np.concatenate([by_algorithm, consensus[None]]))
            self._answers.append(said.argmax(axis=2).astype(np.int8))
            self._n_labels.append(n_labels)

    def unit(self, key: UnitKey, asked: IntVector, watch: Watch) -> Unit:
        return Unit(
            key=key,
            judged=self._start.judged,
            n_labels=np.array(self._n_labels),
            asked=asked,
            predictors=[*self._start.committee.families, COMMITTEE],
            proba=np.stack(self._proba).astype(np.float32),
            answers=np.stack(self._answers),
            seconds=watch.seconds,
        )
