"""Run ``python -m training predict``: predict tracks by stored models."""

import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import numpy as np

from models.arrays import Proba
from models.emotion import QUADRANTS
from training.datasets.features import read_features
from training.datasets.listeners import FeatureTable
from training.datasets.moments import feature_table, read_all
from training.datasets.recordings import recordings_in
from training.datasets.source import FRAMES, TRACKS
from training.experiments.paper.committee import PaperCommittee, load_committee
from training.experiments.paper.members import Tracks
from training.experiments.protocol import PlanError
from training.experiments.saved_listener import load_personal
from training.experiments.saved_models import DELTA
from training.experiments.source_dataset import require_recordings


def run(models: Path, features: Path | None, recordings: Path | None, out: Path | None) -> None:
    """Write the consensus of the models in a folder on tracks, as CSV.

    Args:
        models: Folder of the models.
        features: A table of features, or a folder of openSMILE's tables.
        recordings: Folder of the tracks' recordings, for a cnn.
        out: The file to write; None for standard output.

    Raises:
        AttuneError: The folder holds no models, or they cannot read the tracks.
    """
    is_personal = (models / DELTA).is_file()
    table, proba = (
        _of_unit(models, features) if is_personal else _of_paper(models, features, recordings)
    )
    with _opened(out) as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["track", "quadrant", *(str(quadrant) for quadrant in QUADRANTS)])
        for track, one in zip(table.ids, proba, strict=True):
            rows.writerow([track, QUADRANTS[one.argmax()], *(f"{value:.6f}" for value in one)])


def _of_unit(models: Path, features: Path | None) -> tuple[FeatureTable, Proba]:
    personal = load_personal(models)
    table = _table(features, personal.n_features)
    return table, personal.consensus(table)


def _of_paper(
    models: Path, features: Path | None, recordings: Path | None
) -> tuple[FeatureTable, Proba]:
    committee = load_committee(models)
    table = _table(features, len(committee.standard.mean))
    return table, consensus(committee, table, recordings)


def consensus(
    committee: PaperCommittee, table: FeatureTable, recordings: Path | None = None
) -> Proba:
    """Return the members' mean distribution of each track ``(n_tracks, n_quadrants)``.

    Args:
        committee: Stored models.
        table: Features before standardisation, one row a track or one a frame.
        recordings: Folder of the tracks' recordings, for a cnn.

    Raises:
        PlanError: A recording is missing.
    """
    paths = recordings_in(recordings) if recordings else {}
    audio: list[Path] = []
    if "cnn" in committee.families:
        require_recordings("The table", paths, table.ids)
        audio = [paths[track] for track in table.ids]
    proba = committee.proba(Tracks(committee.standard(table.x), table.rows, audio))
    return np.asarray(table.rows.mean(np.concatenate(list(proba.values()))).mean(axis=0))


def _table(path: Path | None, n_read: int) -> FeatureTable:
    """Return features from a table, or from a folder of tables in the form the models read."""
    if path is None:
        raise PlanError(f"--features names no table; the models read {n_read} features a row.")
    if path.is_dir():
        moments = read_all(path)
        n_named = len(next(iter(moments.values())).names)
        rows = TRACKS if n_read == 2 * n_named else FRAMES  # mean and deviation, or each moment
        table = feature_table([*moments.values()], [*moments], [""] * len(moments), rows)
    else:
        table = read_features(path)
    if table.x.shape[1] != n_read:
        raise PlanError(f"{path} has {table.x.shape[1]} features; the models read {n_read}.")
    return table


@contextmanager
def _opened(out: Path | None) -> Iterator[TextIO]:
    if out is None:
        yield sys.stdout
        return
    if not out.parent.is_dir():
        raise PlanError(f"--out is {out}; the folder {out.parent} does not exist.")
    with out.open("w", encoding="utf-8", newline="") as file:
        yield file
