"""Runs an experiment; what is done already is not done again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from time import perf_counter

import numpy as np

from models.arrays import Proba
from training.engine import Engine
from training.experiments.few_labels.context import Context, Shared
from training.experiments.few_labels.loading import Experiment, open_context, open_peers
from training.experiments.few_labels.method import Answer, Method
from training.experiments.few_labels.methods import METHODS
from training.experiments.few_labels.other_votes import Crowd
from training.experiments.few_labels.peers import ELSEWHERE, Group, Peers, group_of
from training.experiments.few_labels.plan import Plan, Protocol, UnitKey
from training.experiments.few_labels.results import LearnedPrior, Results, Unit
from training.experiments.label_checks import require_others
from training.experiments.runner import run_pieces, splits_of
from training.experiments.splits import JudgedTracks, part


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """What one worker does at a time: those methods of a listener's split that are not done.

    Attributes:
        listener: Whose.
        split: Which.
        learnt: What each of the methods learnt of other listeners, by its name.
        shared: What the shared committee says, if it was fitted before.
    """

    listener: str
    split: int
    learnt: Mapping[str, LearnedPrior]
    shared: Shared | None

    @property
    def n_units(self) -> int:
        """One a method."""
        return len(self.learnt)


@dataclass(frozen=True, slots=True, eq=False)
class UnitResults:
    """What came of a piece."""

    listener: str
    split: int
    shared: Shared
    units: Sequence[Unit]


@dataclass(frozen=True, slots=True, eq=False)
class ListenerTask:
    """What one worker learns at a time: those methods' priors that are not known of a group.

    Attributes:
        group: Which group is left out.
        methods: Their names.
    """

    group: Group
    methods: tuple[str, ...]

    @property
    def n_units(self) -> int:
        """One a method."""
        return len(self.methods)


def personalise(
    experiment: Experiment,
    plan: Plan,
    listeners: Sequence[str],
    done: Results,
    engine: Engine,
) -> None:
    """Run every unit of a plan that has no result yet.

    Each result is kept as soon as it is there: an interrupted run goes on where it was.

    Raises:
        EngineError: Some pieces failed; the others are kept.
        PlanError: The other listeners' labels do not suffice for a committee.
    """
    study, protocol = experiment.study, experiment.protocol
    if experiment.committee is None:
        split = partial(part, study, protocol=protocol, shares=protocol.shares)
        require_others(study, splits_of(listeners, plan.n_splits, split))
    _learn_elsewhere(experiment, plan, done)
    lessons = list(_lessons(plan, listeners, done))
    n_priors = sum(lesson.n_units for lesson in lessons)
    if lessons:
        title = f"{protocol.dataset} priors"
        learn, keep = partial(learn_priors, experiment), partial(_keep_priors, done)
        run_pieces(lessons, learn, keep, engine, (title, n_priors))
    n_units = len(listeners) * plan.n_splits * len(plan.methods)
    run_pieces(
        list(_pieces(plan, listeners, done)),
        partial(work, experiment),
        partial(_keep, done),
        engine,
        (protocol.dataset, n_units),
    )


def _learn_elsewhere(experiment: Experiment, plan: Plan, done: Results) -> None:
    """Learn from other studies what some methods go by, if that is not known."""
    names = [name for name in plan.methods if METHODS[name].learns_elsewhere]
    lacking = [name for name in names if done.learnt(ELSEWHERE, name) is None]
    if lacking:
        studies = experiment.elsewhere()
        for name in lacking:
            done.put_learnt(ELSEWHERE, name, learn_prior(name, studies))


def _lessons(plan: Plan, listeners: Sequence[str], done: Results) -> Iterable[ListenerTask]:
    for group in sorted({group_of(name, plan.protocol.seed) for name in listeners}):
        methods = tuple(
            name
            for name in plan.methods
            if METHODS[name].learn is not None
            and not METHODS[name].learns_elsewhere
            and done.learnt(group, name) is None
        )
        if methods:
            yield ListenerTask(group, methods)


def learn_priors(
    experiment: Experiment, lesson: ListenerTask
) -> tuple[ListenerTask, Sequence[LearnedPrior]]:
    """Learn methods' priors of all listeners but a group."""
    peers = open_peers(experiment, lesson.group)
    return lesson, [learn_prior(name, [peers]) for name in lesson.methods]


def learn_prior(method: str, studies: Sequence[Peers]) -> LearnedPrior:
    """Return what a method learns of listeners; nothing where it learns nothing."""
    learn = METHODS[method].learn
    if learn is None:
        return LearnedPrior()
    began = perf_counter()
    arrays = learn(studies)
    return LearnedPrior(arrays, perf_counter() - began)


def _keep_priors(done: Results, found: tuple[ListenerTask, Sequence[LearnedPrior]]) -> int:
    lesson, priors = found
    for name, learnt in zip(lesson.methods, priors, strict=True):
        done.put_learnt(lesson.group, name, learnt)
    return len(priors)


def _pieces(plan: Plan, listeners: Sequence[str], done: Results) -> Iterable[Piece]:
    # Split after split, so that what is done of an interrupted run is a run of fewer splits.
    for split, listener in product(range(plan.n_splits), listeners):
        learnt = {
            name: _known(done, name, group_of(listener, plan.protocol.seed))
            for name in plan.methods
            if not done.has(UnitKey(listener, split, name))
        }
        if learnt:
            yield Piece(listener, split, learnt, done.shared(listener, split))


def _known(done: Results, method: str, group: int) -> LearnedPrior:
    entry = METHODS[method]
    return done.learnt(ELSEWHERE if entry.learns_elsewhere else group, method) or LearnedPrior()


def _keep(done: Results, did: UnitResults) -> int:
    done.put_shared(did.listener, did.split, did.shared)
    for unit in did.units:
        done.put(unit)
    return len(did.units)


def work(experiment: Experiment, piece: Piece) -> UnitResults:
    """Do a piece."""
    context, judged = open_context(experiment, piece.listener, piece.split, piece.shared)
    units = [
        run_unit(
            (context, judged),
            UnitKey(piece.listener, piece.split, name),
            experiment.protocol,
            learnt,
        )
        for name, learnt in piece.learnt.items()
    ]
    shared = Shared(context.out_of_fold, context.proba)
    return UnitResults(piece.listener, piece.split, shared, units)


def run_unit(
    opened: tuple[Context, JudgedTracks],
    key: UnitKey,
    protocol: Protocol,
    learnt: LearnedPrior | None = None,
) -> Unit:
    """Return what a method says beside each crowd, at each number of labels.

    Args:
        opened: The listener's context, and what is judged.
        key: Which unit.
        protocol: What all units share.
        learnt: What the method learnt of other listeners; None where it learns nothing.
    """
    (context, judged), entry = opened, METHODS[key.method]
    known = learnt or LearnedPrior()
    began = perf_counter()
    method = entry.make(context, known.arrays)
    made = perf_counter()
    crowds = context.crowds if entry.reads_votes else context.crowds[:1]
    rows, seconds = [], []
    for crowd in crowds:
        answers, took = _answers(method, context, crowd, protocol)
        rows.append(answers)
        seconds.append(took)
    has_sets = rows[0][0].sets is not None
    return Unit(
        key=key,
        judged=judged,
        n_labels=np.array(protocol.n_labels),
        asked=context.places[context.order],
        proba=_stacked([[one.proba for one in row] for row in rows]),
        sets=np.array([[one.sets for one in row] for row in rows]) if has_sets else None,
        seconds=seconds[0],
        making=known.seconds + made - began,
    )


def _answers(
    method: Method, context: Context, crowd: Crowd, protocol: Protocol
) -> tuple[list[Answer], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Return what a method says at each number of labels, and the seconds of each."""
    answers, moments = [], [perf_counter()]
    for n in protocol.n_labels:
        answers.append(method.answer(context.order[:n], crowd))
        moments.append(perf_counter())
    return answers, np.diff(moments)


def _stacked(rows: Sequence[Sequence[Proba]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.array(rows).astype(np.float32)
