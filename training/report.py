"""Writes the page that compares the fusions."""

import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Proba
from models.emotion import N_QUADRANTS, QUADRANTS, Modality
from models.fusion import DEFAULT_FUSION
from training.figures import draw_confusion, draw_reliability
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
from training.svm import Knobs

_METRICS: Mapping[str, Metric] = {
    "accuracy": accuracy,
    "weighted F1": weighted_f1,
    "NLL": nll,
    "ECE": ece,
}
_LIBRARIES = ("numpy", "scipy", "scikit-learn", "torch")
_DRAWN = (str(Modality.LYRICS), str(Modality.AUDIO), DEFAULT_FUSION)


@dataclass(frozen=True, slots=True)
class Run:
    """What a reader needs to repeat an evaluation.

    Attributes:
        dataset: Its name.
        about: What the data are, in a sentence or two.
        command: What regenerates the page.
        seed: Decides folds, trees, first weights and bootstrap samples.
        n_folds: Outer folds.
    """

    dataset: str
    about: str
    command: str
    seed: int
    n_folds: int


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Predictions of every track by models that were fitted to none of its artist's tracks.

    Attributes:
        y: Class indices ``(n_tracks,)``.
        groups: Artist of each track ``(n_tracks,)``.
        proba: Fusion to its distributions ``(n_repeats, n_tracks, n_quadrants)``; each repeat had
            other folds.
        pool_weights: The pool's weights in each outer fold of each repeat, audio first; shape
            ``(n_repeats * n_folds, n_modalities)``.
        knobs: What was chosen for each modality's machine, in the same order.
    """

    y: IntVector
    groups: IntVector
    proba: Mapping[str, NDArray[np.float64]]
    pool_weights: NDArray[np.float64]
    knobs: Mapping[Modality, Sequence[Knobs]]

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


def write_report(run: Run, evaluation: Evaluation, folder: Path) -> None:
    """Write ``index.md``, ``confusion.png`` and ``reliability.png`` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {name: evaluation.proba[name][0] for name in _DRAWN}
    draw_confusion(evaluation.y, drawn, folder / "confusion.png")
    draw_reliability(evaluation.y, drawn, folder / "reliability.png")
    (folder / "index.md").write_text(page(run, evaluation), encoding="utf-8")


def page(run: Run, evaluation: Evaluation) -> str:
    """Return the page as Markdown."""
    return _PAGE.format(
        dataset=run.dataset,
        about=run.about,
        counts=_counts(evaluation),
        command=run.command,
        n_folds=run.n_folds,
        n_repeats=evaluation.n_repeats,
        seed=run.seed,
        versions=_versions(),
        default=DEFAULT_FUSION,
        table=_table(evaluation, run.seed),
        comparison=_comparison(evaluation, run.seed),
        fitted=_fitted(evaluation),
        majority=f"{np.bincount(evaluation.y).max() / len(evaluation.y):.3f}",
        noise=f"{0.4 * np.sqrt(15 / len(evaluation.y)):.2f}",
    )


_PAGE = """\
# Fusions compared: {dataset}

{about}
{counts}

Made by:

```sh
{command}
```

Seed {seed}; {versions}. The same command gives the same page.

## How it was judged

Every track is predicted once in {n_folds} outer folds that keep an artist's tracks together, and
that in {n_repeats} repeats with other folds. In the rest of the data, inner folds, by artist
again, give out-of-fold predictions: by these each SVM's knobs and calibration are chosen, and to
these every fusion is fitted. The SVMs are then refitted to all of the rest. Nothing is fitted to,
or chosen by, what it is scored on.

## All fusions

With 95 % intervals from 2,000 bootstrap samples of artists, the same samples in every row; repeats
count as more predictions of the same tracks. Always answering the largest quadrant has accuracy
{majority}; an even guess has NLL 1.386. With this many tracks the ECE (15 bins of equal mass) of a
perfectly calibrated forecast is up to {noise}; samples repeat tracks, which adds to it: its
intervals lie high.

{table}

## The default against the better modality

{comparison}

## What was fitted

{fitted}

## Where it errs

Rows are the labels, columns the answers; the shade is the share of the row. The first repeat.

![Confusion matrices of lyrics, audio and the log-opinion pool](confusion.png)

## Whether its probabilities can be believed

A point on the dashed line is right as often as it is sure; above the line it is too modest, below
it too sure. Bars are 95 % Wilson intervals. The first repeat.

![Reliability diagrams of lyrics, audio and the log-opinion pool](reliability.png)
"""


def _counts(evaluation: Evaluation) -> str:
    counts = np.bincount(evaluation.y, minlength=N_QUADRANTS)
    each = ", ".join(f"{quadrant} {n}" for quadrant, n in zip(QUADRANTS, counts, strict=True))
    n_artists = len(np.unique(evaluation.groups))
    return f"{len(evaluation.y)} tracks by {n_artists} artists: {each}."


def _versions() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return f"Python {platform.python_version()}, {libraries}"


def _table(evaluation: Evaluation, seed: int) -> str:
    lines = [f"| fusion | {' | '.join(_METRICS)} |", "|---" * (len(_METRICS) + 1) + "|"]
    for name in evaluation.proba:
        # A fresh generator each time: every cell sees the same samples of artists.
        cells = [
            str(evaluation.interval(metric, name, np.random.default_rng(seed)))
            for metric in _METRICS.values()
        ]
        mark = " (default)" if name == DEFAULT_FUSION else ""
        lines.append(f"| `{name}`{mark} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _comparison(evaluation: Evaluation, seed: int) -> str:
    """Return how far the default is from the modality that is better on these very tracks."""
    lines = ["| metric | better modality | difference | verdict |", "|---|---|---|---|"]
    for title, metric, sign in (("accuracy", accuracy, 1), ("NLL", nll, -1)):
        figures = {m: sign * evaluation.score(metric, m) for m in Modality}
        best = max(figures, key=figures.__getitem__)
        rng = np.random.default_rng(seed)
        gap = evaluation.difference(metric, (DEFAULT_FUSION, best), rng)
        lines.append(f"| {title} | `{best}` | {gap} | {_verdict(gap, sign)} |")
    return "\n".join(lines)


def _verdict(gap: Interval, sign: int) -> str:
    low, high = sorted((sign * gap.low, sign * gap.high))
    if low > 0:
        return "better"
    return "worse" if high < 0 else "no clear difference"


def _fitted(evaluation: Evaluation) -> str:
    lines = [
        "| modality | weight in the pool: mean over folds, range | its SVM, by number of folds |",
        "|---|---|---|",
    ]
    for place, modality in enumerate(Modality):
        weights = evaluation.pool_weights[:, place]
        chosen = Counter(evaluation.knobs[modality]).most_common()
        lines.append(
            f"| {modality} | {weights.mean():.2f}, {weights.min():.2f} to {weights.max():.2f} | "
            + "; ".join(f"C {knobs.c:g}, width {knobs.width:g}: {n}" for knobs, n in chosen)
            + " |"
        )
    return "\n".join(lines)
