"""What the report keeps of one listener: means over splits, and nothing of single tracks."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector
from training.experiments.active_learning.plan import Plan, UnitKey
from training.experiments.active_learning.report.curves import baseline_curves, unit_curves
from training.experiments.active_learning.results import Baselines, Results, Unit
from training.experiments.cohort import Listener, UnfairComparisonError
from training.experiments.splits import JudgedTracks
from training.metrics import Metric, brier, confusion, ece, nll, score
from training.reporting.scores import (
    Floats,
    known_mean,
    slopes,
)

QUALITY: Mapping[str, Metric] = {"NLL": nll, "Brier": brier, "ECE": ece}
"""How good the probabilities themselves are."""
STAGES = ("asking", "learning", "predicting")
CONTROL = "rand"
"""The mode that others are held against."""
Way = tuple[str, str]
"""A personaliser and a mode."""


@dataclass(frozen=True, slots=True, eq=False)
class ListenerScores(Listener):
    """A listener's figures, each a mean over splits.

    Ways are personalisers by modes, in the order of the plan; ``n_ends`` is 2: at 0 labels and at
    the last round.

    Attributes:
        predictors: The algorithms, then the committee.
        baselines: Their names.
        n_labels: Answers learnt from, by round ``(n_rounds + 1,)``.
        f1: Learning curves ``(n_ways, n_parts, n_scored, n_predictors, n_rounds + 1)``; NaN where
            no split had such a track.
        slope: Of the curves over all tracks, a label ``(n_ways, n_scored, n_predictors)``.
        baseline_f1: Shape ``(n_parts, n_names, n_rounds + 1)``.
        quality: NLL, Brier and ECE of the predictions of all splits together
            ``(n_ways, n_metrics, n_predictors, n_ends)``.
        baseline_quality: Shape ``(n_metrics, n_names, n_ends)``.
        confusion: Of the committee: at 0 labels, then at the end of each way; all splits together
            ``(1 + n_ways, n_quadrants, n_quadrants)``.
        n_distinct: Tracks asked about in one split or another ``(n_ways,)``.
        shared: Share of a split's questions that random asking put as well ``(n_ways,)``; NaN
            without random asking.
        n_exhausted: Splits in which all ways had asked about the same tracks in the end, since
            there were no others.
        seconds: A unit's, by stage ``(n_ways, n_stages)``.
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

    @property
    def judged(self) -> JudgedTracks:
        return self.baselines.judged

    @property
    def part_sizes(self) -> IntVector:
        n_cold = int(self.judged.is_cold.sum())
        n_all = len(self.judged.y)
        return np.array([n_all, n_all - n_cold, n_cold])


def ways(plan: Plan) -> list[Way]:
    """Return every personaliser and mode of a plan, in order."""
    return [(how, mode) for how in plan.personalisers for mode in plan.modes]


def way_name(way: Way) -> str:
    """Return what a way is called in tables."""
    how, mode = way
    return f"{mode}, {how}"


def is_done(results: Results, plan: Plan, listener: str) -> bool:
    """Tell whether all of a listener's units and baselines are there."""
    return all(
        results.has_baselines(listener, split)
        and all(results.has(UnitKey(listener, split, mode, how)) for how, mode in ways(plan))
        for split in range(plan.n_splits)
    )


def read_listener(results: Results, plan: Plan, listener: str) -> ListenerScores:
    """Return the figures of a listener who is done.

    Raises:
        UnfairComparisonError: Units of a split do not begin alike, were judged on other tracks,
            or a unit asked about a track twice.
    """
    splits = list(_splits(results, plan, listener))
    first = splits[0]
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
        n_judged=np.mean([split.part_sizes for split in splits], axis=0),
        n_empty=np.sum([split.part_sizes == 0 for split in splits], axis=0),
        n_distinct=_distinct(splits),
        shared=np.mean([_shared(split) for split in splits], axis=0),
        n_exhausted=sum(_is_exhausted(split) for split in splits),
        seconds=_each_unit(splits, _seconds).mean(axis=0),
    )


def planned_units(results: Results, plan: Plan, listener: str) -> Iterator[Unit]:
    """Yield those of a listener's units that a plan names, split after split."""
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
        if not (_begin_alike(unit, first) and _judged_alike(unit.judged, split.judged)):
            raise UnfairComparisonError(
                f"{where}: {key.mode} ({key.personaliser}) and {first.key.mode}"
                f" ({first.key.personaliser}) do not begin alike, though nothing was learnt yet."
            )
        if len(np.unique(unit.asked)) < len(unit.asked):
            raise UnfairComparisonError(
                f"{where}: {key.mode} ({key.personaliser}) asked about a track twice."
            )


def _begin_alike(one: Unit, other: Unit) -> bool:
    return np.array_equal(one.proba[0], other.proba[0]) and np.array_equal(
        one.answers[0], other.answers[0]
    )


def _judged_alike(one: JudgedTracks, other: JudgedTracks) -> bool:
    return np.array_equal(one.y, other.y) and np.array_equal(one.is_cold, other.is_cold)


def _each_unit(splits: Sequence[_Split], figure: Callable[[Unit], Floats]) -> Floats:
    """Return a figure of each unit ``(n_splits, n_ways, ...)``."""
    return np.stack([np.stack([figure(unit) for unit in split.units]) for split in splits])


def _seconds(unit: Unit) -> Floats:
    return np.array([unit.seconds.get(stage, 0.0) for stage in STAGES])


def _quality(
    splits: Sequence[_Split], predicted: Sequence[Sequence[Unit] | Sequence[Baselines]]
) -> Floats:
    """Return every metric, over all splits at once, of what was predicted in each of them.

    The ECE of a handful of tracks would be noise.
    """
    y = np.concatenate([split.judged.y for split in splits])
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
    """Return the committee's confusions at 0 labels and at the end of each way."""
    counts = [
        [confusion(split.judged.y, split.units[0].proba[0, -1])]
        + [confusion(split.judged.y, unit.proba[-1, -1]) for unit in split.units]
        for split in splits
    ]
    return np.asarray(np.sum(counts, axis=0))


def _distinct(splits: Sequence[_Split]) -> IntVector:
    by_way: Iterable[tuple[Unit, ...]] = zip(*(split.units for split in splits), strict=True)
    return np.array(
        [len(np.unique(np.concatenate([unit.asked for unit in units]))) for units in by_way]
    )


def _is_exhausted(split: _Split) -> bool:
    return len({frozenset(unit.asked.tolist()) for unit in split.units}) == 1


def _shared(split: _Split) -> Floats:
    """Return the share of each unit's questions that random asking put too."""
    control = {u.key.personaliser: u.asked for u in split.units if u.key.mode == CONTROL}
    if not control:
        return np.full(len(split.units), np.nan)
    return np.array([np.isin(u.asked, control[u.key.personaliser]).mean() for u in split.units])
