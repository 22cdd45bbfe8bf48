"""Figures of one listener: means over splits."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector
from training.experiments.cohort import Listener, UnfairComparisonError
from training.experiments.few_labels.plan import Plan, UnitKey
from training.experiments.few_labels.results import Results, Unit
from training.metrics import LEAST_PROBA
from training.reporting.scores import PARTS, Floats, confusions, known_mean, weighted_f1


@dataclass(frozen=True, slots=True, eq=False)
class ListenerFigures(Listener):
    """Figures of one listener, means over splits ``(n_methods, n_parts, n_steps)``.

    Attributes:
        f1: Weighted F1; NaN if no split has a track of the part.
        accuracy: Share of tracks whose likeliest quadrant is the label.
        nll: Mean negative log-likelihood, in nats.
        changed: Share of tracks whose likeliest quadrant differs from that at 0 labels.
        covered: Share of tracks whose label is in the prediction set; NaN if a method has no
            sets.
        size: Mean number of quadrants in a set.
        seconds: Seconds of an answer ``(n_methods, n_steps)``.
        making: Seconds of making each method ``(n_methods,)``.
        y: Test labels, split after split ``(n_predictions,)``.
        proba: Predictions of them ``(n_methods, n_steps, n_predictions, n_quadrants)``.
    """

    f1: Floats
    accuracy: Floats
    nll: Floats
    changed: Floats
    covered: Floats
    size: Floats
    seconds: Floats
    making: Floats
    y: IntVector
    proba: NDArray[np.float32]


def is_done(results: Results, plan: Plan, listener: str) -> bool:
    """Return whether all units of a listener are stored."""
    return all(
        results.has(UnitKey(listener, split, name))
        for split in range(plan.n_splits)
        for name in plan.methods
    )


def read_listener(results: Results, plan: Plan, listener: str) -> list[ListenerFigures]:
    """Return a listener's figures under each crowd of other listeners.

    Raises:
        UnfairComparisonError: Methods of one split had different labels or test tracks.
    """
    splits = [
        [results.unit(UnitKey(listener, split, name)) for name in plan.methods]
        for split in range(plan.n_splits)
    ]
    for units in splits:
        require_same_labels(units)
    return [
        _figures(listener, [[unit.under(crowd) for unit in units] for units in splits])
        for crowd in range(len(plan.protocol.n_others))
    ]


def _figures(listener: str, splits: Sequence[Sequence[Unit]]) -> ListenerFigures:
    n_judged = np.stack([units[0].judged.part_sizes for units in splits])
    every = [[_unit_figures(unit) for unit in units] for units in splits]
    f1, accuracy, nll, changed, covered, size = known_mean(np.array(every)).swapaxes(0, 1)
    return ListenerFigures(
        listener=listener,
        f1=f1,
        accuracy=accuracy,
        nll=nll,
        changed=changed,
        covered=covered,
        size=size,
        n_judged=n_judged.mean(axis=0),
        n_empty=(n_judged == 0).sum(axis=0),
        seconds=np.mean([[unit.seconds for unit in units] for units in splits], axis=0),
        making=np.mean([[unit.making for unit in units] for units in splits], axis=0),
        y=np.concatenate([units[0].judged.y for units in splits]),
        proba=np.concatenate(
            [np.stack([unit.proba for unit in units]) for units in splits], axis=2
        ),
    )


def require_same_labels(units: list[Unit]) -> None:
    """Check that the methods of one split had the same labels and test tracks.

    Raises:
        UnfairComparisonError: Two methods had different labels or test tracks.
    """
    first = units[0]
    for unit in units:
        if not (
            np.array_equal(unit.labelled, first.labelled)
            and np.array_equal(unit.n_labels, first.n_labels)
            and unit.judged.equals(first.judged)
        ):
            raise UnfairComparisonError(
                f"{unit.key} and {first.key} did not have the same labels, or were not judged on"
                " the same tracks."
            )


def _unit_figures(unit: Unit) -> Floats:
    """Return the first six figures of :class:`ListenerFigures` ``(6, n_parts, n_steps)``."""
    answered = unit.proba.argmax(axis=-1)
    is_cold, y = unit.judged.is_cold, unit.judged.y
    parts = np.stack([np.ones_like(is_cold), ~is_cold, is_cold])
    likelihood = unit.proba[:, np.arange(len(y)), y].astype(np.float64)
    figures = [
        weighted_f1(confusions(y, is_cold, answered)),
        _mean_of(parts, answered == y),
        _mean_of(parts, -np.log(np.maximum(likelihood, LEAST_PROBA))),
        _mean_of(parts, answered != answered[0]),
    ]
    if unit.sets is None:
        return np.stack([*figures, *np.full((2, len(PARTS), len(unit.n_labels)), np.nan)])
    hit = np.take_along_axis(unit.sets, y[None, :, None], axis=2)[..., 0]
    return np.stack([*figures, _mean_of(parts, hit), _mean_of(parts, unit.sets.sum(axis=2))])


def _mean_of(parts: NDArray[np.bool_], values: NDArray[np.generic]) -> Floats:
    """Return means over the tracks of each part ``(n_parts, n_steps)``; NaN for an empty part."""
    where = parts[:, None] & np.ones(len(values), np.bool_)[:, None]
    return known_mean(np.where(where, values, np.nan), axis=2)
