"""``python -m training pretrain --dataset``: the paper's models, fold by fold."""

import argparse
import sys
from collections.abc import Sequence

import numpy as np

from training.datasets.populations import load_population
from training.datasets.source import Source
from training.experiments.corpus import corpus_of
from training.experiments.paper.committee import (
    FoldScore,
    Pretraining,
    algorithms,
    folder_of,
    pretrain,
    score_folds,
)

CNN_WIDTH, CNN_EPOCHS = 128, 200
"""Of the paper's cnn: channels of the first block, and epochs of a fold at most."""


def run(told: argparse.Namespace) -> None:
    """Pretrain what the command line asks for and print each fold's weighted scores.

    Raises:
        AttuneError: Something asked for does not exist or does not fit.
    """
    chosen = [told.member] if told.member else ["gnb", "sgd", "xgb"]
    population = load_population(told.dataset, Source(told.data, rows=told.rows))
    corpus = corpus_of(population, needs_recordings="cnn" in chosen)
    how = Pretraining(
        told.out or folder_of(told.dataset, told.rows),
        n_folds=told.folds,
        seed=told.seed,
        algorithms=algorithms(chosen, told.width or CNN_WIDTH, told.epochs or CNN_EPOCHS),
    )
    committee = pretrain(corpus, chosen, how)
    for name, scores in score_folds(committee, corpus, how).items():
        sys.stdout.write(_table(name, scores))
    sys.stdout.write(f"The models are in {how.folder}.\n")


def _table(algorithm: str, scores: Sequence[FoldScore]) -> str:
    """Return the weighted scores of each fold, their mean and their deviation, as text."""
    rows = np.array([[one.precision, one.recall, one.f1] for one in scores])
    named = [(f"fold {place}", row) for place, row in enumerate(rows)]
    named += [("mean", rows.mean(axis=0)), ("deviation", rows.std(axis=0))]
    lines = [f"{algorithm:<10} {'precision':>9} {'recall':>9} {'f1':>9}   (weighted)"]
    lines += [f"{name:<10} " + " ".join(f"{value:9.3f}" for value in row) for name, row in named]
    return "\n".join(lines) + "\n\n"
