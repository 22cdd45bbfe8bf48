"""Evaluates the training procedure on artists that it has not seen."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector, Proba
from models.emotion import Modality
from models.fusion import FUSIONS
from training.datasets.folds import Fold, grouped_folds
from training.members.calibration import cross_calibrated
from training.members.committee import ALGORITHMS, FittedCommittee
from training.members.corpus import Corpus
from training.members.pipeline import fit_system, predict
from training.metrics import (
    Interval,
    Metric,
    accuracy,
    bootstrap_by_group,
    bootstrap_difference,
    brier,
    confusion,
    ece,
    macro_f1,
    nll,
    reliability,
    weighted_f1,
)
from training.snapshot.parallel import in_processes

METRICS: dict[str, Metric] = {
    "accuracy": accuracy,
    "macro_f1": macro_f1,
    "weighted_f1": weighted_f1,
    "nll": nll,
    "brier": brier,
    "ece": ece,
}
N_OUTER_FOLDS = 5
N_BINS = 5
"""Bins of a reliability table."""
COMMITTEE, UNKNOWN, WITHOUT = "committee", "committee_unknown", "committee_without"
"""Rows: the committee when a track's corpus is known, when it is unknown, and without the family
that was fitted elsewhere."""


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Labels and artists of the test tracks ``(n_tracks,)``, and the bootstrap's seed."""

    y: IntVector
    groups: IntVector
    seed: int

    def table(self, rows: Mapping[str, Proba]) -> dict[str, object]:
        """Return every metric of every row with its interval, on the same bootstrap samples.

        The committee's rows also have a confusion matrix, as shares of all tracks, and a
        reliability table.
        """
        committees = {name: rows[name] for name in (COMMITTEE, UNKNOWN) if name in rows}
        return {
            "n_tracks": len(self.y),
            "n_artists": len(np.unique(self.groups)),
            "majority": round(float(np.bincount(self.y).max() / len(self.y)), 4),
            "rows": {name: self.figures(proba) for name, proba in rows.items()},
            "confusion": {
                name: (confusion(self.y, proba) / len(self.y)).round(4).tolist()
                for name, proba in committees.items()
            },
            "reliability": {
                name: [asdict(each) for each in reliability(self.y, proba, N_BINS)]
                for name, proba in committees.items()
            },
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
        """Return the difference of every metric, first minus second, with its interval."""
        return {
            title: _rounded(
                bootstrap_difference(metric, self.y, pair, self.groups, self._generator())
            )
            for title, metric in METRICS.items()
        }

    def _generator(self) -> np.random.Generator:
        return np.random.default_rng(self.seed)


def judge(corpus: Corpus, *, seed: int, repeats: int) -> dict[str, object]:
    """Return the figures of the whole procedure, by nested cross-validation over artists.

    Each outer fold refits the committees, the corpora's levels, scales and offsets, the
    temperatures and the fusions to the other folds. Intervals are 95 %, by bootstrap over
    artists; ``repeats`` runs with other folds add predictions of the same tracks.
    """
    results = _Results(corpus, _predict_all(corpus, seed, repeats), seed)
    return {
        "procedure": f"{repeats} x {N_OUTER_FOLDS}-fold by artist, seed {seed}",
        **{str(modality): results.by_corpus(modality) for modality in Modality},
        "fusion": results.table(corpus.is_paired, {name: f"fusion.{name}" for name in FUSIONS}),
    }


def judge_folds(fitted: FittedCommittee, seed: int, *, joined: str) -> dict[str, object]:
    """Return the out-of-fold figures of each algorithm, on the same tracks.

    This evaluates a family that is too slow to retrain in every outer fold. One member votes for
    each algorithm, where the shipped committee has five. Temperatures and sharpness are fitted to
    the other folds' predictions.

    Args:
        fitted: The committee with all its families.
        seed: The seed of the bootstrap.
        joined: The family to evaluate: the committee with it is compared to that without it.
    """
    data, logits = fitted.data, fitted.logits_out_of_fold
    truth = Truth(data.y, data.groups, seed)
    results = cross_calibrated(logits, data.y, fitted.fold, data.corpus)
    rest = {name: scores for name, scores in logits.items() if name != joined}
    without = cross_calibrated(rest, data.y, fitted.fold, data.corpus)
    rows = {COMMITTEE: results.consensus, WITHOUT: without.consensus} | results.members
    return truth.table(rows) | {
        "difference": truth.difference((results.consensus, without.consensus))
    }


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """An outer fold of a repeat."""

    corpus: Corpus
    fold: Fold
    repeat: int
    seed: int


def _predict_all(corpus: Corpus, seed: int, repeats: int) -> list[dict[str, Proba]]:
    """Return the held-out distributions of each repeat, by name."""
    parts = [
        _Part(corpus, fold, repeat, seed + repeat)
        for repeat in range(repeats)
        for fold in grouped_folds(corpus.strata, corpus.groups, N_OUTER_FOLDS, seed + repeat)
    ]
    runs: list[dict[str, Proba]] = [{} for _ in range(repeats)]
    results = in_processes(_predict_part, parts, "outer folds")
    for part, by_name in zip(parts, results, strict=True):
        for name, proba in by_name.items():
            rows = runs[part.repeat].setdefault(name, np.zeros((len(corpus), proba.shape[1])))
            rows[part.fold.test] = proba
    return runs


def _predict_part(part: _Part) -> dict[str, Proba]:
    """Return the distributions of a fold's test tracks, by name."""
    train, test = part.fold
    system = fit_system(part.corpus.take(train), seed=part.seed, title="")
    prediction = predict(system, part.corpus.take(test))
    flat = {f"{m}.{UNKNOWN}": prediction.consensus[m] for m in Modality}
    flat |= {f"{m}.{COMMITTEE}": prediction.known[m] for m in Modality}
    flat |= {f"{m}.{name}": p for m in Modality for name, p in prediction.members[m].items()}
    return flat | {f"fusion.{name}": proba for name, proba in prediction.fused.items()}


@dataclass(frozen=True, slots=True, eq=False)
class _Results:
    """Predictions of every track in each run."""

    corpus: Corpus
    runs: list[dict[str, Proba]]
    seed: int

    def by_corpus(self, modality: Modality) -> dict[str, object]:
        """Return a table for each corpus with the modality."""
        has, dataset = self.corpus.has[modality], self.corpus.dataset
        rows = {name: f"{modality}.{name}" for name in (COMMITTEE, UNKNOWN, *ALGORITHMS)}
        return {
            str(name): self.table(has & (dataset == name), rows)
            for name in np.unique(dataset[has])
        }

    def table(self, chosen: NDArray[np.bool_], rows: dict[str, str]) -> dict[str, object]:
        """Return every metric of every row on the chosen tracks, with intervals."""
        places = np.flatnonzero(chosen)
        y, groups = self.corpus.y[places], self.corpus.groups[places]
        truth = Truth(np.tile(y, len(self.runs)), np.tile(groups, len(self.runs)), self.seed)
        results = {
            title: np.concatenate([run[name][places] for run in self.runs])
            for title, name in rows.items()
        }
        return truth.table(results) | {"n_tracks": len(places)}


def _rounded(interval: Interval) -> dict[str, float]:
    return {field.name: round(getattr(interval, field.name), 4) for field in fields(interval)}
