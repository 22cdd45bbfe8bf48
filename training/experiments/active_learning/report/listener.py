"""Figures of one listener for the report: means over splits."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector
from training.experiments.active_learning.plan import Plan, UnitKey
from training.experiments.active_learning.report.curves import baseline_curves, unit_curves
from training.experiments.active_learning.results import Baselines, Results, Unit
from training.experiments.cohort import QUALITY, Listener, UnfairComparisonError
from training.metrics import confusion, score
from training.reporting.scores import Floats, known_mean, slopes

STAGES = ("asking", "learning", "predicting")
CONTROL = "rand"
"""The mode that the others are compared with."""
Way = tuple[str, str]
"""A personaliser and a mode."""


@dataclass(frozen=True, slots=True, eq=False)
class ListenerScores(Listener):
    """A listener's figures, each a mean over splits.

    Ways are personalisers by modes, in the order of the plan; ``n_ends`` is 2: 0 labels and the
    last round.

    Attributes:
        predictors: The algorithms, then the committee.
        baselines: Names of the baselines.
        n_labels: Number of learnt answers by round ``(n_rounds + 1,)``.
        f1: Learning curves ``(n_ways, n_parts, n_scored, n_predictors, n_rounds + 1)``; NaN if no
            split has such a track.
        slope: Slope of the curves over all tracks for one label
            ``(n_ways, n_scored, n_predictors)``.
        baseline_f1: Shape ``(n_parts, n_names, n_rounds + 1)``.
        quality: NLL, Brier and ECE of the predictions of all splits together
            ``(n_ways, n_metrics, n_predictors, n_ends)``.
        baseline_quality: Shape ``(n_metrics, n_names, n_ends)``.
        confusion: Confusion matrices of the committee, all splits together: at 0 labels, then at
            the end of each way ``(1 + n_ways, n_quadrants, n_quadrants)``.
        n_distinct: Number of different questions over all splits ``(n_ways,)``.
        shared: Share of a split's questions that the random mode selected too ``(n_ways,)``; NaN
            if the random mode was not run.
        n_exhausted: Number of splits in which all ways selected the same tracks.
        seconds: Seconds of a unit by stage ``(n_ways, n_stages)``.
    """

    predictors: Sequence[str]
    baselines: Sequence[str]
    n_labels: IntVector
    f1: Floats
    slope: Floats
    baseline_f1: Floats
    quality: Floats
    baseline_quality: Floats
    confusion: NDArray[np.int64]
    n_distinct: IntVector
    shared: Floats
    n_exhausted: int
    seconds: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Split:
    """A split: its units in the order of ways, and its baselines."""

    units: Sequence[Unit]
    baselines: Baselines


def ways(plan: Plan) -> list[Way]:
    """Return all pairs of personaliser and mode of a plan."""
    return [(how, mode) for how in plan.personalisers for mode in plan.modes]


def way_name(way: Way) -> str:
    """Return the name of a way in tables."""
    how, mode = way
    return f"{mode}, {how}"


def is_done(results: Results, plan: Plan, listener: str) -> bool:
    """Return whether all units and baselines of a listener are stored."""
    return all(
        results.has_baselines(listener, split)
        and all(results.has(UnitKey(listener, split, mode, how)) for how, mode in ways(plan))
        for split in range(plan.n_splits)
    )


def read_listener(results: Results, plan: Plan, listener: str) -> ListenerScores:
    """Return the figures of a listener with complete results.

    Raises:
        UnfairComparisonError: Units of a split do not start alike or have different test tracks,
            or a unit repeated a question.
    """
    splits = list(_splits(results, plan, listener))
    first = splits[0]
    part_sizes = np.array([split.baselines.judged.part_sizes for split in splits])
    f1 = _each_unit(splits, unit_curves)
    n_labels = _each_unit(splits, lambda unit: unit.n_labels.astype(np.float64))
    return ListenerScores(
        listener=listener,
        predictors=first.units[0].predictors,
        baselines=first.baselines.names,
        n_labels=first.units[0].n_labels,
        f1=known_mean(f1),
        slope=slopes(f1[:, :, 0], n_labels[:, :, None, None]).mean(axis=0),
        baseline_f1=known_mean(np.stack([baseline_curves(split.baselines) for split in splits])),
        quality=_quality(splits, [split.units for split in splits]),
        baseline_quality=_quality(splits, [[split.baselines] for split in splits])[0],
        confusion=_confusions(splits),
        n_judged=part_sizes.mean(axis=0),
        n_empty=(part_sizes == 0).sum(axis=0),
        n_distinct=_distinct(splits),
        shared=np.mean([_shared(split) for split in splits], axis=0),
        n_exhausted=sum(_is_exhausted(split) for split in splits),
        seconds=_each_unit(splits, _seconds).mean(axis=0),
    )


def planned_units(results: Results, plan: Plan, listener: str) -> Iterator[Unit]:
    """Yield a listener's units that belong to a plan, split after split."""
    for unit in results.units(listener):
        key = unit.key
        if key.split < plan.n_splits and (key.personaliser, key.mode) in ways(plan):
            yield unit


def _splits(results: Results, plan: Plan, listener: str) -> Iterator[_Split]:
    order = ways(plan)
    baselines = {each.split: each for each in results.baselines(listener)}
    planned = planned_units(results, plan, listener)
    for index, units in groupby(planned, key=lambda unit: unit.key.split):
        by_way = {(unit.key.personaliser, unit.key.mode): unit for unit in units}
        split = _Split([by_way[way] for way in order], baselines[index])
        _require_fair(split)
        yield split


def _require_fair(split: _Split) -> None:
    first = split.units[0]
    for unit in split.units:
        key = unit.key
        where = f"Listener {key.listener!r}, split {key.split}"
        if not (unit.starts_like(first) and unit.judged.equals(split.baselines.judged)):
            raise UnfairComparisonError(
                f"{where}: {key.mode} ({key.personaliser}) and {first.key.mode}"
                f" ({first.key.personaliser}) do not start alike at 0 labels."
            )
        if len(np.unique(unit.labelled)) < len(unit.labelled):
            raise UnfairComparisonError(
                f"{where}: {key.mode} ({key.personaliser}) asked about a track twice."
            )


def _each_unit(splits: Sequence[_Split], figure: Callable[[Unit], Floats]) -> Floats:
    """Return the figures of all units ``(n_splits, n_ways, ...)``."""
    return np.stack([np.stack([figure(unit) for unit in split.units]) for split in splits])


def _seconds(unit: Unit) -> Floats:
    return np.array([unit.seconds.get(stage, 0.0) for stage in STAGES])


def _quality(
    splits: Sequence[_Split], predicted: Sequence[Sequence[Unit] | Sequence[Baselines]]
) -> Floats:
    """Return every metric of the predictions of all splits together.

    The ECE of a single split would be noise, because it has few tracks.
    """
    y = np.concatenate([split.baselines.judged.y for split in splits])
    ends = np.concatenate(
        [np.stack([each.proba[[0, -1]] for each in split]) for split in predicted], axis=3
    ).astype(np.float64)
    figures = [
        [[[score(metric, y, end[p]) for end in way] for p in range(ends.shape[2])]
         for metric in QUALITY.values()]
        for way in ends
    ]  # fmt: skip
    return np.array(figures)


def _confusions(splits: Sequence[_Split]) -> NDArray[np.int64]:
    """Return the committee's confusion matrices at 0 labels and at the end of each way."""
    counts = [
        [confusion(split.baselines.judged.y, split.units[0].proba[0, -1])]
        + [confusion(split.baselines.judged.y, unit.proba[-1, -1]) for unit in split.units]
        for split in splits
    ]
    return np.asarray(np.sum(counts, axis=0))


def _distinct(splits: Sequence[_Split]) -> IntVector:
    by_way: Iterable[tuple[Unit, ...]] = zip(*(split.units for split in splits), strict=True)
    return np.array(
        [len(np.unique(np.concatenate([unit.labelled for unit in units]))) for units in by_way]
    )


def _is_exhausted(split: _Split) -> bool:
    return len({frozenset(unit.labelled.tolist()) for unit in split.units}) == 1


def _shared(split: _Split) -> Floats:
    """Return the share of each unit's questions that the random mode selected too."""
    control = {u.key.personaliser: u.labelled for u in split.units if u.key.mode == CONTROL}
    if not control:
        return np.full(len(split.units), np.nan)
    return np.array([np.isin(u.labelled, control[u.key.personaliser]).mean() for u in split.units])
