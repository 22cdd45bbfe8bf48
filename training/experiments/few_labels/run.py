"""Runs an experiment; what is done already is not done again."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import product
from time import perf_counter

import numpy as np

from models.arrays import IntVector, Proba
from models.committee import Committee
from training.committee import Fitted
from training.datasets.listeners import Study
from training.engine import Engine
from training.experiments.few_labels.context import Context, Shared, context_of, judged_of
from training.experiments.few_labels.method import Answer
from training.experiments.few_labels.methods import METHODS
from training.experiments.few_labels.plan import Plan, Protocol, UnitKey
from training.experiments.few_labels.results import Results, Unit
from training.experiments.quadrants import require_others
from training.experiments.run import run_pieces, splits_of
from training.experiments.splits import Judged, part
from training.experiments.start import fit_population


@dataclass(frozen=True, slots=True, eq=False)
class Experiment:
    """All that a worker must know.

    Attributes:
        committee: The shared models, where they are not fitted to the other listeners.
    """

    study: Study
    protocol: Protocol
    committee: Committee | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """What one worker does at a time: those methods of a listener's split that are not done.

    Attributes:
        listener: Whose.
        split: Which.
        methods: Their names.
        shared: What the shared committee says, if it was fitted before.
    """

    listener: str
    split: int
    methods: tuple[str, ...]
    shared: Shared | None

    @property
    def n_units(self) -> int:
        """One a method."""
        return len(self.methods)


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """What came of a piece."""

    listener: str
    split: int
    shared: Shared
    units: Sequence[Unit]


def personalise(
    experiment: Experiment, plan: Plan, listeners: Sequence[str], done: Results, engine: Engine
) -> None:
    """Run every unit of a plan that has no result yet.

    Each result is kept as soon as it is there: an interrupted run goes on where it was.

    Raises:
        EngineError: Some pieces failed; the others are kept.
        PlanError: The other listeners' labels do not suffice for a committee.
    """
    study, protocol = experiment.study, experiment.protocol
    if experiment.committee is None:
        split = partial(part, study, protocol=protocol)
        require_others(study, splits_of(listeners, plan.n_splits, split))
    n_units = len(listeners) * plan.n_splits * len(plan.methods)
    run_pieces(
        list(_pieces(plan, listeners, done)),
        partial(work, experiment),
        partial(_keep, done),
        engine,
        (protocol.dataset, n_units),
    )


def _pieces(plan: Plan, listeners: Sequence[str], done: Results) -> Iterable[Piece]:
    for listener, split in product(listeners, range(plan.n_splits)):
        methods = tuple(
            name for name in plan.methods if not done.has(UnitKey(listener, split, name))
        )
        if methods:
            yield Piece(listener, split, methods, done.shared(listener, split))


def _keep(done: Results, did: Done) -> int:
    done.put_shared(did.listener, did.split, did.shared)
    for unit in did.units:
        done.put(unit)
    return len(did.units)


def work(experiment: Experiment, piece: Piece) -> Done:
    """Do a piece.

    Args:
        experiment: All that a worker must know.
        piece: What to do.
        methods: By name; all that there are without.
    """
    context, judged = open_context(experiment, piece.listener, piece.split, piece.shared)
    units = [
        run_unit(context, judged, UnitKey(piece.listener, piece.split, name), experiment.protocol)
        for name in piece.methods
    ]
    shared = Shared(context.out_of_fold, context.proba)
    return Done(piece.listener, piece.split, shared, units)


def open_context(
    experiment: Experiment, listener: str, index: int, shared: Shared | None = None
) -> tuple[Context, Judged]:
    """Return a listener's context in one split, and, apart from it, what is judged.

    Args:
        experiment: Study and protocol.
        listener: Who gets personal models.
        index: Of the split.
        shared: What the shared committee says; without it, it is fitted at once, and otherwise
            only when somebody wants it.

    Raises:
        PlanError: The listener has too few labels.
        DatasetError: The other listeners' labels do not suffice for a committee.
    """
    study, protocol = experiment.study, experiment.protocol
    split = part(study, listener, index, protocol)
    fit = cache(lambda: fit_population(study, split, protocol))
    given = experiment.committee
    opener = _opener(fit) if given is None else lambda: given
    if shared is None:
        out_of_fold = fit().out_of_fold if given is None else _said(given, study, split.population)
        own = np.concatenate([split.pool, split.test])
        shared = Shared(out_of_fold, _said(opener(), study, own))
    context = context_of(study, listener, (index, split), protocol, (shared, opener))
    n_common = None if given is None else given.n_common
    return replace(context, n_common=n_common), judged_of(study, split)


def _said(committee: Committee, study: Study, labels: IntVector) -> Proba:
    """Return what a committee says of the tracks of labels ``(n_labels, n_quadrants)``."""
    x = study.features.x[study.track_places[labels]]
    return committee.consensus(committee.member_logits(x))


def _opener(fit: Callable[[], Fitted]) -> Callable[[], Committee]:
    return lambda: fit().committee


def run_unit(context: Context, judged: Judged, key: UnitKey, protocol: Protocol) -> Unit:
    """Return what a method says at each number of labels."""
    began = perf_counter()
    method = METHODS[key.method].make(context)
    made = perf_counter()
    answers: list[Answer] = []
    moments = [made]
    for n in protocol.n_labels:
        answers.append(method.answer(context.order[:n]))
        moments.append(perf_counter())
    sets = [answer.sets for answer in answers if answer.sets is not None]
    return Unit(
        key=key,
        judged=judged,
        n_labels=np.array(protocol.n_labels),
        asked=context.places[context.order],
        proba=np.stack([answer.proba for answer in answers]).astype(np.float32),
        sets=np.stack(sets) if sets else None,
        seconds=np.diff(moments),
        making=made - began,
    )
