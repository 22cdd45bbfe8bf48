"""Compare the notebook's answers with ours on the same tracks."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from tqdm import tqdm

from models.arrays import IntVector
from training.datasets.folds import artist_key
from training.datasets.paired import shared_artist_rows
from training.datasets.tracks import PairedTable
from training.experiments.fusion.comparison import folds
from training.experiments.fusion.notebook import CLOSED, NAMES, answer
from training.reporting.fusion import Evaluation
from training.reporting.notebook import Replication, WithoutShared

KEPT = Path("runs/fuse/notebook")
"""Folder of the SVMs' answers, so that a long run can be resumed."""


def on_a_test_table(
    train: PairedTable, test: PairedTable, evaluation: Evaluation, seed: int
) -> Replication:
    """Return the notebook's answers to the test tracks, and ours.

    If artists are in both tables, the notebook's recipe is fitted again without their training
    rows.
    """
    found = answer(train, test, seed, KEPT)
    without = None
    if len(dropped := shared_artist_rows(train, test)):
        rest = train.take(np.setdiff1d(np.arange(len(train.y)), dropped))
        again = answer(rest, test, seed, KEPT)
        without = WithoutShared(
            n_artists=len({artist_key(train.artists[row]) for row in dropped}),
            n_rows=len(dropped),
            as_notebook=again.as_notebook,
            closed=again.closed,
        )
    return Replication(
        test.y, test.groups, found.as_notebook, found.closed, _ours(evaluation), without
    )


def in_folds(tracks: PairedTable, evaluation: Evaluation, seed: int, n_folds: int) -> Replication:
    """Return the notebook's answers to every track, in the same folds as ours."""
    n_repeats = evaluation.n_repeats
    found = {name: np.zeros((n_repeats, len(tracks.y)), np.int64) for name in NAMES}
    closed = {name: np.zeros((n_repeats, len(tracks.y)), np.int64) for name in CLOSED}
    parts = folds(tracks, seed, n_folds, n_repeats)
    for repeat, (train, test) in tqdm(parts, desc="the notebook's folds", unit="fold"):
        answers = answer(tracks.take(train), tracks.take(test), seed + repeat, KEPT)
        _write(found, answers.as_notebook, repeat, test)
        _write(closed, answers.closed, repeat, test)
    return Replication(
        np.tile(tracks.y, n_repeats),
        np.tile(tracks.groups, n_repeats),
        {name: rows.ravel() for name, rows in found.items()},
        {name: rows.ravel() for name, rows in closed.items()},
        _ours(evaluation),
    )


def _write(
    into: Mapping[str, IntVector], answers: Mapping[str, IntVector], repeat: int, places: IntVector
) -> None:
    for name, rows in into.items():
        rows[repeat, places] = answers[name]


def _ours(evaluation: Evaluation) -> dict[str, IntVector]:
    return {name: proba.argmax(axis=-1).ravel() for name, proba in evaluation.proba.items()}
