"""The page that compares the fusions."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Proba
from models.emotion import N_QUADRANTS, QUADRANTS, Modality
from models.fusion import DEFAULT_FUSION
from training.metrics import (
    Interval,
    Metric,
    accuracy,
    bootstrap_by_group,
    bootstrap_difference,
    ece,
    nll,
    score,
    weighted_f1,
)
from training.reporting.figures import draw_confusion, draw_reliability
from training.reporting.number_format import code
from training.reporting.render import Table, render

_METRICS: Mapping[str, Metric] = {
    "accuracy": accuracy,
    "weighted F1": weighted_f1,
    "NLL": nll,
    "ECE": ece,
}
LIBRARIES = ("numpy", "scipy", "scikit-learn", "xgboost-cpu", "torch")
_DRAWN = (str(Modality.LYRICS), str(Modality.AUDIO), DEFAULT_FUSION)


@dataclass(frozen=True, slots=True)
class Run:
    """Settings to repeat an evaluation.

    Attributes:
        dataset: Name of the dataset.
        about: Description of the data, in a sentence or two.
        command: Command that makes the page.
        seed: Seed of folds, trees, initial weights and bootstrap samples.
        versions: Versions of Python and of the libraries that the figures depend on.
        n_folds: Outer folds; None if training and test tracks are in two tables.
        fitted: Sentence about the training table, if there are two tables.
    """

    dataset: str
    about: str
    command: str
    seed: int
    versions: str
    n_folds: int | None = None
    fitted: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Predictions of every track by models that were fitted to no track of its artist.

    Attributes:
        y: Class indices ``(n_tracks,)``.
        groups: Artist of each track ``(n_tracks,)``.
        proba: Fusion to its distributions ``(n_repeats, n_tracks, n_quadrants)``; each repeat has
            other folds.
        pool_weights: Weights of the log-opinion pool in each outer fold of each repeat, audio
            first ``(n_repeats * n_folds, n_modalities)``; one row without folds.
    """

    y: IntVector
    groups: IntVector
    proba: Mapping[str, NDArray[np.float64]]
    pool_weights: NDArray[np.float64]

    @property
    def n_repeats(self) -> int:
        """Number of predictions of every track."""
        return len(self.proba[DEFAULT_FUSION])

    def score(self, metric: Metric, name: str) -> float:
        """Return a metric of a fusion over all repeats."""
        return score(metric, *self._judged(name))

    def interval(self, metric: Metric, name: str, rng: np.random.Generator) -> Interval:
        """Return a metric of a fusion with its interval."""
        y, proba = self._judged(name)
        return bootstrap_by_group(metric, y, proba, np.tile(self.groups, self.n_repeats), rng)

    def difference(
        self, metric: Metric, names: tuple[str, str], rng: np.random.Generator
    ) -> Interval:
        """Return the difference of a metric between two fusions."""
        (y, first), (_, second) = (self._judged(name) for name in names)
        groups = np.tile(self.groups, self.n_repeats)
        return bootstrap_difference(metric, y, (first, second), groups, rng)

    def _judged(self, name: str) -> tuple[IntVector, Proba]:
        # Repeats are more predictions of the same tracks, so they share the artist's group.
        return np.tile(self.y, self.n_repeats), self.proba[name].reshape(-1, N_QUADRANTS)


def write_report(run: Run, evaluation: Evaluation, folder: Path, more: str = "") -> None:
    """Write ``index.md`` with further sections, ``confusion.png`` and ``reliability.png``."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {name: evaluation.proba[name][0] for name in _DRAWN}
    draw_confusion(evaluation.y, drawn, folder / "confusion.png")
    draw_reliability(evaluation.y, drawn, folder / "reliability.png")
    whole = page(run, evaluation) + (f"\n{more}" if more else "")
    (folder / "index.md").write_text(whole, encoding="utf-8")


def page(run: Run, evaluation: Evaluation) -> str:
    """Return the page as Markdown."""
    y = evaluation.y
    counts = np.bincount(y, minlength=N_QUADRANTS)
    return render(
        "fusion",
        run=run,
        n_repeats=evaluation.n_repeats,
        n_tracks=len(y),
        n_artists=len(np.unique(evaluation.groups)),
        counts=[f"{quadrant} {n}" for quadrant, n in zip(QUADRANTS, counts, strict=True)],
        majority=counts.max() / len(y),
        noise=0.4 * np.sqrt(15 / len(y)),
        scores=_scores(evaluation, run.seed),
        comparison=_comparison(evaluation, run.seed),
        fitted=_fitted(evaluation),
    )


def _scores(evaluation: Evaluation, seed: int) -> Table:
    rows = []
    for name in evaluation.proba:
        # A new generator for every cell, so that all cells use the same samples of artists.
        cells = [
            str(evaluation.interval(metric, name, np.random.default_rng(seed)))
            for metric in _METRICS.values()
        ]
        rows.append([code(name) + (" (default)" if name == DEFAULT_FUSION else ""), *cells])
    return Table(["fusion", *_METRICS], rows)


def _comparison(evaluation: Evaluation, seed: int) -> Table:
    """Return the difference between the default and the better modality on these tracks."""
    rows = []
    for title, metric, sign in (("accuracy", accuracy, 1), ("NLL", nll, -1)):
        figures = {m: sign * evaluation.score(metric, m) for m in Modality}
        best = max(figures, key=figures.__getitem__)
        rng = np.random.default_rng(seed)
        gap = evaluation.difference(metric, (DEFAULT_FUSION, best), rng)
        rows.append([title, code(best), str(gap), _verdict(gap, sign)])
    return Table(["metric", "better modality", "difference", "verdict"], rows)


def _verdict(gap: Interval, sign: int) -> str:
    low, high = sorted((sign * gap.low, sign * gap.high))
    if low > 0:
        return "better"
    return "worse" if high < 0 else "no clear difference"


def _fitted(evaluation: Evaluation) -> Table:
    rows = [
        [str(modality), f"{weights.mean():.2f}", f"{weights.min():.2f} to {weights.max():.2f}"]
        for modality, weights in zip(Modality, evaluation.pool_weights.T, strict=True)
    ]
    return Table(["modality", "mean over the fits", "range"], rows)


def figures_of(evaluation: Evaluation) -> dict[str, dict[str, float]]:
    """Return each fusion's figures without intervals."""
    names = {"accuracy": accuracy, "weighted_f1": weighted_f1, "nll": nll}
    return {
        fusion: {name: evaluation.score(metric, fusion) for name, metric in names.items()}
        for fusion in evaluation.proba
    }
