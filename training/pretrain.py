"""Trains, judges and exports the snapshot that ships."""

import logging
import platform
from dataclasses import dataclass, fields
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from models.arrays import IntVector, Proba
from models.emotion import Modality
from models.features import FeatureExtractor
from models.fusion import FUSIONS
from models.snapshot import Origin, save_snapshot
from training.card import write_card
from training.committee import ALGORITHMS
from training.corpus import Corpus, load_corpus
from training.datasets import deam, emotify, pmemo
from training.embed import FeatureCache
from training.folds import grouped_folds
from training.metrics import (
    Interval,
    Metric,
    accuracy,
    bootstrap_by_group,
    brier,
    ece,
    nll,
    weighted_f1,
)
from training.system import System, fit_readout, fit_system, predict

METRICS: dict[str, Metric] = {
    "accuracy": accuracy,
    "weighted_f1": weighted_f1,
    "nll": nll,
    "brier": brier,
    "ece": ece,
}
N_OUTER_FOLDS = 5
_LIBRARIES = ("numpy", "scipy", "scikit-learn", "xgboost-cpu", "onnxruntime", "librosa", "torch")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a pretraining run is told.

    Attributes:
        data: The folder of all datasets.
        out: The folder of the snapshot.
        cache: Where features are kept between runs.
        weights: The encoders' folder.
        seed: Decides folds and everything random.
        repeats: How many times, with other folds, every track is predicted for the figures.
    """

    data: Path
    out: Path
    cache: Path
    weights: Path
    seed: int = 0
    repeats: int = 3


def run(settings: Settings) -> str:
    """Judge the procedure, fit it to everything, write the snapshot; return its version."""
    extractor = FeatureExtractor.open(settings.weights)
    cache = FeatureCache(settings.cache, extractor)
    corpus = load_corpus(settings.data, cache)
    _log.info("Judging the procedure on artists it has not seen.")
    figures = judge(corpus, seed=settings.seed, repeats=settings.repeats)
    _log.info("Fitting it to everything.")
    system = fit_system(corpus, seed=settings.seed)
    figures["abroad"] = judge_abroad(system, settings, cache)
    annotations = [deam.load(settings.data / "deam"), pmemo.load_points(settings.data / "pmemo")]
    origin = Origin(
        spec=extractor.spec,
        data=corpus.describe(),
        seed=settings.seed,
        versions={"python": platform.python_version()}
        | {name: version(name) for name in _LIBRARIES},
        figures=figures,
    )
    snapshot = save_snapshot(
        settings.out, system.committees, system.fusions, fit_readout(annotations), origin
    )
    write_card(settings.out)
    return snapshot


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
            {"committee": "audio"} | {name: f"audio.{name}" for name in ALGORITHMS},
        ),
        "lyrics": {
            str(name): judged.table(
                corpus.has[Modality.LYRICS] & (corpus.dataset == name),
                {"committee": "lyrics"} | {member: f"lyrics.{member}" for member in ALGORITHMS},
            )
            for name in np.unique(corpus.dataset)
        },
        "fusion": judged.table(corpus.is_paired, {name: f"fusion.{name}" for name in FUSIONS}),
    }


def judge_abroad(system: System, settings: Settings, cache: FeatureCache) -> dict[str, object]:
    """Return the figures of the shipped audio committee on a dataset it has nothing from."""
    clips = emotify.load(settings.data / "emotify")
    x = cache.audio("emotify", dict(zip(clips.ids, clips.audio, strict=True)))
    committee = system.committees[Modality.AUDIO]
    proba = committee.consensus(committee.member_logits(x))
    return {
        "n_tracks": len(clips.ids),
        "n_artists": len(np.unique(clips.groups)),
        "majority": round(float(np.bincount(clips.y).max() / len(clips.y)), 4),
        "rows": {"committee": _figures(clips.y, proba, clips.groups, settings.seed)},
    }


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
        return {
            "n_tracks": len(places),
            "n_artists": len(np.unique(self.corpus.groups[places])),
            "rows": {title: self._figures(places, name) for title, name in rows.items()},
        }

    def _figures(self, places: IntVector, name: str) -> dict[str, dict[str, float]]:
        y = np.tile(self.corpus.y[places], len(self.runs))
        groups = np.tile(self.corpus.groups[places], len(self.runs))
        proba = np.concatenate([run[name][places] for run in self.runs])
        return _figures(y, proba, groups, self.seed)


def _figures(
    y: IntVector, proba: Proba, groups: IntVector, seed: int
) -> dict[str, dict[str, float]]:
    """Return every metric with its interval, on the same samples of artists."""
    return {
        title: _rounded(bootstrap_by_group(metric, y, proba, groups, np.random.default_rng(seed)))
        for title, metric in METRICS.items()
    }


def _rounded(interval: Interval) -> dict[str, float]:
    return {field.name: round(getattr(interval, field.name), 4) for field in fields(interval)}
