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
    """What a reader needs to repeat an evaluation.

    Attributes:
        dataset: Its name.
        about: What the data are, in a sentence or two.
        command: What regenerates the page.
        seed: Decides folds, trees, first weights and bootstrap samples.
        versions: Of Python and the libraries that the figures depend on.
        n_folds: Outer folds; None where one table was fitted to and another judged.
        fitted: What was fitted to, in a sentence, where that is another table.
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
    """Predictions of every track by models that were fitted to none of its artist's tracks.

    Attributes:
        y: Class indices ``(n_tracks,)``.
        groups: Artist of each track ``(n_tracks,)``.
        proba: Fusion to its distributions ``(n_repeats, n_tracks, n_quadrants)``; each repeat had
            other folds.
        pool_weights: The pool's weights in each outer fold of each repeat, audio first; shape
            ``(n_repeats * n_folds, n_modalities)``, one row where nothing was folded.
    """

    y: IntVector
    groups: IntVector
    proba: Mapping[str, NDArray[np.float64]]
    pool_weights: NDArray[np.float64]

    @property
    def n_repeats(self) -> int:
        """How many times every track was predicted."""
        return len(self.proba[DEFAULT_FUSION])

    def score(self, metric: Metric, name: str) -> float:
        """Return a metric of a fusion over all repeats."""
        return score(metric, *self._judged(name))

    def interval(self, metric: Metric, name: str, rng: np.random.Generator) -> Interval:
        """Return the same with its interval."""
        y, proba = self._judged(name)
        return bootstrap_by_group(metric, y, proba, np.tile(self.groups, self.n_repeats), rng)

    def difference(
        self, metric: Metric, names: tuple[str, str], rng: np.random.Generator
    ) -> Interval:
        """Return how far one fusion is above another."""
        (y, first), (_, second) = (self._judged(name) for name in names)
        groups = np.tile(self.groups, self.n_repeats)
        return bootstrap_difference(metric, y, (first, second), groups, rng)

    def _judged(self, name: str) -> tuple[IntVector, Proba]:
        # Repeats count as more predictions of the same tracks: an artist has them all or none.
        return np.tile(self.y, self.n_repeats), self.proba[name].reshape(-1, N_QUADRANTS)


def write_report(run: Run, evaluation: Evaluation, folder: Path, more: str = "") -> None:
    """Write ``index.md``, ``confusion.png`` and ``reliability.png`` into a folder.

    Args:
        run: What a reader needs to repeat it.
        evaluation: What was found.
        folder: Where to.
        more: Markdown that follows on the page.
    """
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
        # A fresh generator each time: every cell sees the same samples of artists.
        cells = [
            str(evaluation.interval(metric, name, np.random.default_rng(seed)))
            for metric in _METRICS.values()
        ]
        rows.append([code(name) + (" (default)" if name == DEFAULT_FUSION else ""), *cells])
    return Table(["fusion", *_METRICS], rows)


def _comparison(evaluation: Evaluation, seed: int) -> Table:
    """Return how far the default is from the modality that is better on these very tracks."""
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
    """Return each fusion's figures without intervals, for a manifest."""
    names = {"accuracy": accuracy, "weighted_f1": weighted_f1, "nll": nll}
    return {
        fusion: {name: evaluation.score(metric, fusion) for name, metric in names.items()}
        for fusion in evaluation.proba
    }
