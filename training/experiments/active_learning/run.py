"""Run the units of a simulation that have no result yet."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import cast

from models.committee import Committee
from models.errors import AttuneError
from training.datasets.listeners import Study
from training.engine import Engine
from training.experiments.active_learning.plan import Plan, Protocol, UnitKey
from training.experiments.active_learning.results import Baselines, Results, Unit
from training.experiments.active_learning.unit import baselines, run_unit
from training.experiments.cold_start import Newcomers
from training.experiments.label_checks import require_others
from training.experiments.learners import LOGISTIC
from training.experiments.paper.committee import PaperCommittee
from training.experiments.runner import run_pieces, splits_of
from training.experiments.saved_models import SavedCommittee, SavedModels, SharedCommittee
from training.experiments.source_dataset import Standardisation
from training.experiments.splits import Split, split_of
from training.experiments.starting_models import begin

_log = logging.getLogger(__name__)


class UnequalStartError(AttuneError):
    """Units of one listener and split start differently: a bug, or mixed results."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Unfinished units of one listener and split, which share one start.

    If the shared models must be fitted, fitting takes longer than the units, so one piece holds
    them all. Otherwise each unit is a piece by itself and is stored by itself.

    Attributes:
        ways: Mode and personaliser of each unit.
        needs_committee: Whether the fitted shared committee must be stored.
    """

    listener: str
    split: int
    ways: tuple[tuple[str, str], ...]
    needs_baselines: bool
    needs_committee: bool = False

    @property
    def n_units(self) -> int:
        """Number of units."""
        return len(self.ways)


@dataclass(frozen=True, slots=True, eq=False)
class UnitResults:
    """Results of one piece."""

    units: Sequence[tuple[Unit, SavedModels]]
    baselines: Baselines | None
    committee: SavedCommittee | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Experiment:
    """Input of all workers.

    Attributes:
        study: The study with features as the shared models read them.
        protocol: Settings that all units share.
        shared: The shared models; None if they are fitted to the other listeners.
        standard: Standardisation of the study's features, if any.
        newcomers: Priors of the logistic model; None if no personaliser is logistic.
    """

    study: Study
    protocol: Protocol
    shared: Committee | PaperCommittee | None = None
    standard: Standardisation | None = None
    newcomers: Newcomers | None = None


def simulate(
    experiment: Experiment, plan: Plan, listeners: Sequence[str], done: Results, engine: Engine
) -> None:
    """Run every unit of a plan that has no result yet.

    Each result is stored at once, so an interrupted run can continue.

    Raises:
        EngineError: Some pieces failed; the others are stored.
        PlanError: No listener has enough labels, or the other listeners' do not suffice for a
            committee.
        UnequalStartError: Units of one start do not start alike.
    """
    study, protocol = experiment.study, experiment.protocol
    split = partial(split_of, study, protocol=protocol)
    splits = splits_of(listeners, plan.n_splits, split)
    if experiment.shared is None:
        require_others(study, splits)
    warn_of_small_pools(splits, protocol.n_questions)
    _keep_shared(experiment, listeners, done)
    pieces = _pieces(plan, listeners, done, is_apart=experiment.shared is not None)
    n_units = len(listeners) * plan.n_splits * len(_ways(plan))
    run_pieces(
        list(pieces),
        partial(_work, experiment),
        partial(_keep, done),
        engine,
        (protocol.dataset, n_units),
    )


def warn_of_small_pools(splits: Sequence[Split], n_questions: int) -> None:
    """Log a warning if the questions exhaust pools: all modes then ask about the same tracks."""
    pools = [len(split.pool) for split in splits]
    n_small = sum(n_pool <= n_questions for n_pool in pools)
    if n_small:
        _log.warning(
            "%d questions exhaust the pool in %d of %d splits (the smallest pool has %d tracks):"
            " in these splits all modes end with the same tracks.",
            n_questions,
            n_small,
            len(pools),
            min(pools),
        )


def _keep_shared(experiment: Experiment, listeners: Sequence[str], done: Results) -> None:
    """Store the shared models of all listeners, except whole networks, which are too large."""
    shared, study = experiment.shared, experiment.study
    if not isinstance(shared, Committee) or experiment.protocol.cnn == "full":
        return
    if not done.has_population(listeners[0], 0):
        outcome = SharedCommittee(shared, study.features.x.shape[1], experiment.standard)
        done.put_population(listeners[0], 0, SavedCommittee.of(outcome))


def _ways(plan: Plan) -> list[tuple[str, str]]:
    return [(mode, how) for how in plan.personalisers for mode in plan.modes]


def _pieces(
    plan: Plan, listeners: Sequence[str], done: Results, *, is_apart: bool
) -> Iterable[Piece]:
    for listener, split in product(listeners, range(plan.n_splits)):
        ways = tuple(way for way in _ways(plan) if not done.has(UnitKey(listener, split, *way)))
        needs_baselines = not done.has_baselines(listener, split)
        if is_apart and ways:
            yield Piece(listener, split, ways[:1], needs_baselines)
            yield from (Piece(listener, split, (way,), needs_baselines=False) for way in ways[1:])
        elif ways or needs_baselines:
            needs_committee = bool(ways) and not done.has_population(listener, split)
            yield Piece(listener, split, ways, needs_baselines, needs_committee)


def _work(experiment: Experiment, piece: Piece) -> UnitResults:
    protocol = experiment.protocol
    start = begin(experiment.study, piece.listener, piece.split, protocol, experiment.shared)
    if experiment.newcomers and any(how == LOGISTIC for _, how in piece.ways):
        start = replace(start, newcomer=experiment.newcomers.model(piece.listener))
    units = [
        run_unit(start, UnitKey(piece.listener, piece.split, *way), protocol) for way in piece.ways
    ]
    outcome = baselines(start, protocol) if piece.needs_baselines else None
    require_equal_starts([unit for unit, _ in units])
    kept = None
    if piece.needs_committee:
        committee = cast(Committee, start.committee)
        kept = SavedCommittee.of(SharedCommittee(committee, start.x.shape[1]))
    return UnitResults(units, outcome, kept)


def require_equal_starts(units: Sequence[Unit]) -> None:
    """Check that all units predict the same at 0 labels.

    Raises:
        UnequalStartError: Two units differ.
    """
    for unit in units:
        if not unit.starts_like(units[0]):
            raise UnequalStartError(f"{unit.key} and {units[0].key} do not start alike.")


def _keep(results: Results, new: UnitResults) -> int:
    if new.baselines is not None:
        results.put_baselines(new.baselines)
    if new.committee is not None:
        key = new.units[0][0].key
        results.put_population(key.listener, key.split, new.committee)
    for unit, models in new.units:
        results.put_models(unit.key, models)
        results.put(unit)  # last, so that every stored unit has its models
    return len(new.units)
