"""Classification reports of every single model at every round, in scikit-learn's format.

Scikit-learn needs about 8 ms a report, and a simulation has hundreds of thousands, so this module
counts all reports of a unit at once. The text equals scikit-learn's with one exception: the
support of a model that is never right stays an integer.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.emotion import QUADRANTS
from training.experiments.active_learning.plan import Plan
from training.experiments.active_learning.report.listener import planned_units
from training.experiments.active_learning.results import COMMITTEE, Results, Unit
from training.reporting.scores import Floats, confusions, weighted_f1

FOLDER = "classification"
_ALL = 0
_WIDTH = len("weighted avg")
_HEAD = f"{'':>{_WIDTH}} " + "".join(f" {n:>9}" for n in ("precision", "recall", "f1-score"))
_HEAD += f" {'support':>9}\n\n"
_ROW = f"{{:>{_WIDTH}}} " + " {:>9.2f}" * 3 + " {:>9}\n"
_ACCURACY = f"{{:>{_WIDTH}}} " + " {:>9}" * 2 + " {:>9.2f} {:>9}\n"
_NAMES = (*map(str, QUADRANTS), "macro avg", "weighted avg")


def write_classification(results: Results, plan: Plan, listener: str) -> None:
    """Write the reports of a listener's units in the first split beside their results.

    The reports of all twenty splits would take hundreds of megabytes.
    """
    folder = results.home(listener) / FOLDER
    folder.mkdir(exist_ok=True)
    for unit in planned_units(results, replace(plan, n_splits=1), listener):
        key = unit.key
        path = folder / f"{key.split}-{key.mode}-{key.personaliser}.txt"
        path.write_text(classification_text(unit), encoding="utf-8")


def classification_text(unit: Unit) -> str:
    """Return a unit's reports of each single model and of the consensus, round by round.

    The name of a single model is algorithm and fold, such as ``gnb.it_0``. Each round ends with
    the mean weighted F1 of all single models, which the paper publishes.
    """
    consensus = unit.proba[:, -1:].argmax(axis=-1)
    counts = confusions(
        unit.judged.y, unit.judged.is_cold, np.concatenate([unit.answers, consensus], axis=1)
    )[_ALL]
    figures = _figures(counts)
    accuracy = np.trace(counts, axis1=-2, axis2=-1) / len(unit.judged.y)
    published = weighted_f1(counts[:, :-1]).mean(axis=-1)
    support = counts[0, 0].sum(axis=-1).tolist()
    names = _models(unit)
    text: list[str] = []
    for at, n_labels in enumerate(unit.n_labels):
        text.append(f"Round {at}, {n_labels} labels\n\n")
        for name, rows, share in zip(names, figures[at].tolist(), accuracy[at], strict=True):
            text += [name, "\n", *_report(rows, float(share), support), "\n"]
        text.append(f"Mean weighted F1 of all single models: {published[at]:.3f}\n\n\n")
    return "".join(text).rstrip("\n") + "\n"


def _models(unit: Unit) -> list[str]:
    *algorithms, _ = unit.predictors
    n_folds = unit.answers.shape[1] // len(algorithms)
    members = [f"{name}.it_{fold}" for name in algorithms for fold in range(n_folds)]
    return [*members, COMMITTEE]


def _figures(counts: NDArray[np.int64]) -> Floats:
    """Return precision, recall and F1 of each quadrant, then their plain and weighted means.

    Args:
        counts: Confusion matrices ``(..., n_quadrants, n_quadrants)``.

    Returns:
        Shape ``(..., n_quadrants + 2, 3)``; 0 where no track was answered or labelled so.
    """
    hit = np.diagonal(counts, axis1=-2, axis2=-1).astype(np.float64)
    true, answered = counts.sum(axis=-1), counts.sum(axis=-2)
    by_quadrant = np.stack(
        [
            hit / np.where(answered, answered, 1),
            hit / np.where(true, true, 1),
            2 * hit / np.maximum(true + answered, 1),
        ],
        axis=-1,
    )
    # Same order of operations as scikit-learn, because some means are on a rounding boundary.
    weighted = (by_quadrant * true[..., None]).sum(axis=-2) / true.sum(axis=-1)[..., None]
    means = np.stack([by_quadrant.mean(axis=-2), weighted], axis=-2)
    return np.concatenate([by_quadrant, means], axis=-2)


def _report(rows: list[list[float]], accuracy: float, support: list[int]) -> Iterator[str]:
    """Yield the lines of scikit-learn's report."""
    n_tracks = sum(support)
    yield _HEAD
    for name, row, n in zip(_NAMES, rows[:4], support, strict=False):
        yield _ROW.format(name, *row, n)
    yield "\n"
    yield _ACCURACY.format("accuracy", "", "", accuracy, n_tracks)
    for name, row in zip(_NAMES[4:], rows[4:], strict=True):
        yield _ROW.format(name, *row, n_tracks)
