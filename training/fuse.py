"""Compares all fusions on a table of paired embeddings, in nested folds grouped by artist."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from models.arrays import FloatMatrix, IntVector, Proba
from models.emotion import N_QUADRANTS, QUADRANTS, Modality
from models.errors import DatasetError
from models.fusion import FUSIONS, Evidence, Fusion
from training.corpus import load_recognised
from training.datasets import laa, mirex, table
from training.datasets.tracks import PairedTable
from training.embed import FeatureCache
from training.folds import grouped_folds
from training.fusions import N_INNER_FOLDS, Lesson, fit_fusions
from training.reporting.fusion import LIBRARIES, Evaluation, Run, write_report
from training.reporting.render import versions_of
from training.svm import CalibratedSvm, Knobs, fit_calibrated_svm

N_REPEATS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """What was learnt from one part of a table.

    Attributes:
        machines: Modality to its calibrated machine.
        fusions: Every fusion by its name.
    """

    machines: Mapping[Modality, CalibratedSvm]
    fusions: Mapping[str, Fusion]

    def predict(self, features: Mapping[Modality, FloatMatrix]) -> dict[str, Proba]:
        """Return every fusion's distributions ``(n_tracks, n_quadrants)`` by its name."""
        proba = {
            modality: self.machines[modality].proba(features[modality]) for modality in Modality
        }
        evidence = Evidence(proba, features)
        return {name: fusion.fuse(evidence) for name, fusion in self.fusions.items()}


@dataclass(frozen=True, slots=True)
class Source:
    """A dataset that fusions can be compared on.

    Attributes:
        about: What the data are, for the page.
        load: From ``data`` to the table.
    """

    about: str
    load: Callable[[Path], PairedTable]


SOURCES: Mapping[str, Source] = {
    "mirex": Source(
        "MIREX-like mood dataset (Panda et al. 2013): PANNs embeddings of the audio (256 numbers)"
        " and BERT embeddings of the lyrics (768); a track's mood adjective names its quadrant.",
        lambda data: mirex.load(data / "mirex"),
    ),
    "taffc4q": Source(
        "4Q audio emotion dataset (Panda et al. 2018): the service's own features of 30 s clips"
        " and of what a speech recogniser heard in them, where it is more than 40 characters. The"
        " lyrics are poor: this tries the path and says little about real lyrics.",
        lambda data: load_recognised(data, FeatureCache.open()),
    ),
    "table": Source("One's own table of paired embeddings.", table.load),
    "laa": Source(
        "A table as the lyrics-and-audio notebook keeps them: a row a track with a mood and one"
        " embedding of each modality.",
        laa.load,
    ),
}

OWN = ("table", "laa")
"""Read from a file of one's own rather than from the folder of datasets."""


def run(dataset: str, data: Path, out: Path, seed: int, n_folds: int) -> None:
    """Compare all fusions and write the page and figures into ``out / dataset``.

    Args:
        dataset: One of ``SOURCES``.
        data: The folder of all datasets; for those in ``OWN`` the file itself.
        out: Where reports lie.
        seed: The same seed gives the same page.
        n_folds: Outer folds.

    Raises:
        DatasetError: The data are missing, malformed or too few.
    """
    source = SOURCES[dataset]
    where = "--table" if dataset in OWN else "--data"
    command = (
        f"python -m training fuse --dataset {dataset} {where} {data}"
        f" --out {out} --seed {seed} --folds {n_folds}"
    )
    evaluation = evaluate(source.load(data), seed, n_folds, N_REPEATS)
    about = Run(dataset, source.about, command, seed, n_folds, versions_of(*LIBRARIES))
    write_report(about, evaluation, out / dataset)


def fit(tracks: PairedTable, rows: IntVector, seed: int) -> Fitted:
    """Fit machines to some rows of a table, and fusions to what they say out of fold."""
    y, groups = tracks.y[rows], tracks.groups[rows]
    features = {Modality.AUDIO: tracks.audio[rows], Modality.LYRICS: tracks.lyrics[rows]}
    folds = list(grouped_folds(y, groups, N_INNER_FOLDS, seed))
    machines = {m: fit_calibrated_svm(features[m], y, folds) for m in Modality}
    evidence = Evidence({m: machines[m].out_of_fold for m in Modality}, features)
    return Fitted(machines, fit_fusions(Lesson(evidence, y, groups, seed)))


def evaluate(tracks: PairedTable, seed: int, n_folds: int, n_repeats: int) -> Evaluation:
    """Predict every track once a repeat, each fold by what was fitted to the others alone.

    Raises:
        DatasetError: There are fewer artists than folds, or a quadrant has too few tracks; this is
            found before anything is fitted.
    """
    proba = {name: np.zeros((n_repeats, len(tracks.y), N_QUADRANTS)) for name in FUSIONS}
    weights: list[NDArray[np.generic]] = []
    knobs: dict[Modality, list[Knobs]] = {modality: [] for modality in Modality}
    parts = [
        (repeat, fold)
        for repeat in range(n_repeats)
        for fold in grouped_folds(tracks.y, tracks.groups, n_folds, seed + repeat)
    ]
    for repeat, (train, _) in parts:
        _require_fit(tracks, train, seed + repeat)
    for repeat, (train, test) in tqdm(parts, desc="outer folds", unit="fold"):
        fitted = fit(tracks, train, seed + repeat)
        features = {Modality.AUDIO: tracks.audio[test], Modality.LYRICS: tracks.lyrics[test]}
        for name, predicted in fitted.predict(features).items():
            proba[name][repeat, test] = predicted
        weights.append(fitted.fusions["log_opinion"].to_arrays()["weights"])
        for modality, machine in fitted.machines.items():
            knobs[modality].append(machine.knobs)
    return Evaluation(tracks.y, tracks.groups, proba, np.array(weights), knobs)


def _require_fit(tracks: PairedTable, rows: IntVector, seed: int) -> None:
    """Refuse rows to which ``fit`` could not fit fusions.

    Raises:
        DatasetError: The rows lack a quadrant, or cannot be spread over folds.
    """
    for index, quadrant in enumerate(QUADRANTS):
        has_quadrant = tracks.y == index
        if has_quadrant[rows].any():
            continue
        if not has_quadrant.any():
            raise DatasetError(
                f"{quadrant} has none of the {len(tracks.y)} tracks: fusions are fitted to tracks"
                " of all four quadrants."
            )
        raise DatasetError(
            f"All {has_quadrant.sum()} tracks of {quadrant} fall into one fold, so that there are"
            f" none to fit to when it is judged; they are by"
            f" {len(np.unique(tracks.groups[has_quadrant]))} of the artists. More tracks of"
            f" {quadrant} by other artists would do."
        )
    list(grouped_folds(tracks.y[rows], tracks.groups[rows], N_INNER_FOLDS, seed))
