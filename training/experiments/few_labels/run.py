"""Run the units of a comparison that have no result yet."""

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
    """Unfinished methods of one listener and split.

    Attributes:
        listener: Name of the listener.
        split: Index of the split.
        learnt: Method to its prior.
        shared: Predictions of the shared committee, if they are stored.
    """

    listener: str
    split: int
    learnt: Mapping[str, LearnedPrior]
    shared: Shared | None

    @property
    def n_units(self) -> int:
        """Number of methods."""
        return len(self.learnt)


@dataclass(frozen=True, slots=True, eq=False)
class UnitResults:
    """Results of one piece."""

    listener: str
    split: int
    shared: Shared
    units: Sequence[Unit]


@dataclass(frozen=True, slots=True, eq=False)
class PriorTask:
    """Priors to learn without one group.

    Attributes:
        group: The group to leave out.
        methods: Names of the methods.
    """

    group: Group
    methods: tuple[str, ...]

    @property
    def n_units(self) -> int:
        """Number of methods."""
        return len(self.methods)


def personalise(
    experiment: Experiment,
    plan: Plan,
    listeners: Sequence[str],
    done: Results,
    engine: Engine,
) -> None:
    """Run every unit of a plan that has no result yet.

    Each result is stored at once, so an interrupted run can continue.

    Raises:
        EngineError: Some pieces failed; the others are stored.
        PlanError: The other listeners' labels do not suffice for a committee.
    """
    study, protocol = experiment.study, experiment.protocol
    if experiment.committee is None:
        split = partial(part, study, protocol=protocol)
        require_others(study, splits_of(listeners, plan.n_splits, split))
    _learn_elsewhere(experiment, plan, done)
    tasks = list(_prior_tasks(plan, listeners, done))
    n_priors = sum(task.n_units for task in tasks)
    if tasks:
        title = f"{protocol.dataset} priors"
        learn, keep = partial(learn_priors, experiment), partial(_keep_priors, done)
        run_pieces(tasks, learn, keep, engine, (title, n_priors))
    n_units = len(listeners) * plan.n_splits * len(plan.methods)
    run_pieces(
        list(_pieces(plan, listeners, done)),
        partial(work, experiment),
        partial(_keep, done),
        engine,
        (protocol.dataset, n_units),
    )


def _learn_elsewhere(experiment: Experiment, plan: Plan, done: Results) -> None:
    """Learn the missing priors of the methods that learn from other studies."""
    names = [name for name in plan.methods if METHODS[name].learns_elsewhere]
    lacking = [name for name in names if done.learnt(ELSEWHERE, name) is None]
    if lacking:
        studies = experiment.elsewhere()
        for name in lacking:
            done.put_learnt(ELSEWHERE, name, learn_prior(name, studies))


def _prior_tasks(plan: Plan, listeners: Sequence[str], done: Results) -> Iterable[PriorTask]:
    for group in sorted({group_of(name, plan.protocol.seed) for name in listeners}):
        methods = tuple(
            name
            for name in plan.methods
            if METHODS[name].learn is not None
            and not METHODS[name].learns_elsewhere
            and done.learnt(group, name) is None
        )
        if methods:
            yield PriorTask(group, methods)


def learn_priors(
    experiment: Experiment, task: PriorTask
) -> tuple[PriorTask, Sequence[LearnedPrior]]:
    """Learn the methods' priors from all listeners outside a group."""
    peers = open_peers(experiment, task.group)
    return task, [learn_prior(name, [peers]) for name in task.methods]


def learn_prior(method: str, studies: Sequence[Peers]) -> LearnedPrior:
    """Return a method's prior; an empty one if the method learns none."""
    learn = METHODS[method].learn
    if learn is None:
        return LearnedPrior()
    began = perf_counter()
    arrays = learn(studies)
    return LearnedPrior(arrays, perf_counter() - began)


def _keep_priors(done: Results, found: tuple[PriorTask, Sequence[LearnedPrior]]) -> int:
    task, priors = found
    for name, learnt in zip(task.methods, priors, strict=True):
        done.put_learnt(task.group, name, learnt)
    return len(priors)


def _pieces(plan: Plan, listeners: Sequence[str], done: Results) -> Iterable[Piece]:
    # Split after split, so that an interrupted run is a run with fewer splits.
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


def _keep(done: Results, new: UnitResults) -> int:
    done.put_shared(new.listener, new.split, new.shared)
    for unit in new.units:
        done.put(unit)
    return len(new.units)


def work(experiment: Experiment, piece: Piece) -> UnitResults:
    """Run the units of a piece."""
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
    """Return a method's predictions under each crowd, at each number of labels.

    Args:
        opened: The listener's context and the test tracks.
        key: Identity of the unit.
        protocol: Settings that all units share.
        learnt: The method's prior; None if it has none.
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
        labelled=context.places[context.order],
        proba=_stacked([[one.proba for one in row] for row in rows]),
        sets=np.array([[one.sets for one in row] for row in rows]) if has_sets else None,
        seconds=seconds[0],
        making=known.seconds + made - began,
    )


def _answers(
    method: Method, context: Context, crowd: Crowd, protocol: Protocol
) -> tuple[list[Answer], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Return a method's answers at each number of labels, and the seconds of each."""
    answers, moments = [], [perf_counter()]
    for n in protocol.n_labels:
        answers.append(method.answer(context.order[:n], crowd))
        moments.append(perf_counter())
    return answers, np.diff(moments)


def _stacked(rows: Sequence[Sequence[Proba]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.array(rows).astype(np.float32)
