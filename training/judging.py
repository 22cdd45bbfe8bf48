"""Judges what is exported, on artists it has not seen."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from models.arrays import FloatMatrix, IntVector, Proba
from models.committee import Committee
from models.emotion import Modality
from models.fusion import FUSIONS
from training.calibration import cross_calibrated
from training.committee import ALGORITHMS, Fitted
from training.corpus import Corpus
from training.folds import grouped_folds
from training.metrics import (
    Interval,
    Metric,
    accuracy,
    bootstrap_by_group,
    bootstrap_difference,
    brier,
    ece,
    nll,
    weighted_f1,
)
from training.system import fit_system, predict

METRICS: dict[str, Metric] = {
    "accuracy": accuracy,
    "weighted_f1": weighted_f1,
    "nll": nll,
    "brier": brier,
    "ece": ece,
}
N_OUTER_FOLDS = 5
COMMITTEE, WITHOUT = "committee", "committee_without"
"""Rows: the committee, and the same without the family that was fitted elsewhere."""


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Tracks that judge: class indices and artists ``(n_tracks,)``, and the bootstrap's seed."""

    y: IntVector
    groups: IntVector
    seed: int

    def table(self, rows: Mapping[str, Proba]) -> dict[str, object]:
        """Return every metric of every row with its interval, on the same samples of artists."""
        return {
            "n_tracks": len(self.y),
            "n_artists": len(np.unique(self.groups)),
            "rows": {name: self.figures(proba) for name, proba in rows.items()},
        }

    def figures(self, proba: Proba) -> dict[str, dict[str, float]]:
        """Return every metric with its interval."""
        return {
            title: _rounded(
                bootstrap_by_group(metric, self.y, proba, self.groups, self._generator())
            )
            for title, metric in METRICS.items()
        }

    def difference(self, pair: tuple[Proba, Proba]) -> dict[str, dict[str, float]]:
        """Return how far the first is above the second in every metric, with its interval."""
        return {
            title: _rounded(
                bootstrap_difference(metric, self.y, pair, self.groups, self._generator())
            )
            for title, metric in METRICS.items()
        }

    def _generator(self) -> np.random.Generator:
        return np.random.default_rng(self.seed)


def judge(corpus: Corpus, *, seed: int, repeats: int) -> dict[str, object]:
    """Return the figures of the whole procedure, on artists it has not seen.

    In every outer fold the committees, their temperatures and the fusions are fitted anew to the
    other folds alone. Intervals are 95 %, by bootstrap over artists; ``repeats`` runs with other
    folds count as more predictions of the same tracks.
    """
    runs = [
        _predict_all(corpus, seed + repeat)
        for repeat in tqdm(range(repeats), desc="repeats", unit="run")
    ]
    judged = _Judged(corpus, runs, seed)
    return {
        "procedure": f"{repeats} x {N_OUTER_FOLDS}-fold by artist, seed {seed}",
        "audio": judged.table(
            corpus.has[Modality.AUDIO],
            {COMMITTEE: "audio"} | {name: f"audio.{name}" for name in ALGORITHMS},
        ),
        "lyrics": {
            str(name): judged.table(
                corpus.has[Modality.LYRICS] & (corpus.dataset == name),
                {COMMITTEE: "lyrics"} | {member: f"lyrics.{member}" for member in ALGORITHMS},
            )
            for name in np.unique(corpus.dataset)
        },
        "fusion": judged.table(corpus.is_paired, {name: f"fusion.{name}" for name in FUSIONS}),
    }


def judge_folds(fitted: Fitted, truth: Truth, *, joined: str) -> dict[str, object]:
    """Return the figures of members on the fold that each was kept from, all on the same tracks.

    One member an algorithm, where the shipped committee has five; temperatures and sharpness are
    those of the other folds' predictions. This is how a family is judged that takes too long to
    train anew in every outer fold.

    Args:
        fitted: The committee with all its families.
        truth: The tracks it was fitted to.
        joined: The family that is judged: the committee with it and without.
    """
    told = cross_calibrated(fitted.logits_out_of_fold, truth.y, fitted.fold)
    rest = {n: said for n, said in fitted.logits_out_of_fold.items() if n != joined}
    without = cross_calibrated(rest, truth.y, fitted.fold)
    rows = {COMMITTEE: told.consensus, WITHOUT: without.consensus} | told.members
    return truth.table(rows) | {
        "difference": truth.difference((told.consensus, without.consensus))
    }


def judge_abroad(
    committees: Mapping[str, Committee], x: FloatMatrix, truth: Truth
) -> dict[str, object]:
    """Return the figures of shipped committees on a dataset they have nothing from."""
    told = {name: each.consensus(each.member_logits(x)) for name, each in committees.items()}
    majority = float(np.bincount(truth.y).max() / len(truth.y))
    return truth.table(told) | {"majority": round(majority, 4)}


def _predict_all(corpus: Corpus, seed: int) -> dict[str, Proba]:
    """Return every distribution that is judged, by name, ``(n_tracks, n_quadrants)``."""
    result: dict[str, Proba] = {}
    folds = list(grouped_folds(corpus.y, corpus.groups, N_OUTER_FOLDS, seed))
    for train, test in tqdm(folds, desc="outer folds", unit="fold", leave=False):
        said = predict(fit_system(corpus.take(train), seed=seed), corpus.take(test))
        flat = {str(m): said.consensus[m] for m in Modality}
        flat |= {f"{m}.{name}": p for m in Modality for name, p in said.members[m].items()}
        flat |= {f"fusion.{name}": proba for name, proba in said.fused.items()}
        for name, proba in flat.items():
            result.setdefault(name, np.zeros((len(corpus), proba.shape[1])))[test] = proba
    return result


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """Predictions of every track, once a run."""

    corpus: Corpus
    runs: list[dict[str, Proba]]
    seed: int

    def table(self, chosen: NDArray[np.bool_], rows: dict[str, str]) -> dict[str, object]:
        """Return every metric of every row on the chosen tracks, each with its interval."""
        places = np.flatnonzero(chosen)
        y, groups = self.corpus.y[places], self.corpus.groups[places]
        truth = Truth(np.tile(y, len(self.runs)), np.tile(groups, len(self.runs)), self.seed)
        told = {
            title: np.concatenate([run[name][places] for run in self.runs])
            for title, name in rows.items()
        }
        return truth.table(told) | {"n_tracks": len(places)}


def _rounded(interval: Interval) -> dict[str, float]:
    return {field.name: round(getattr(interval, field.name), 4) for field in fields(interval)}
