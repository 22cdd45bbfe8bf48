"""Run ``python -m training pretrain --dataset``: pretrain the paper's models."""

import sys
from collections.abc import Sequence

import numpy as np

from training.arguments import PretrainArguments
from training.datasets.populations import load_population
from training.datasets.source import Source
from training.experiments.paper.committee import (
    FoldScore,
    Pretraining,
    algorithms,
    folder_of,
    pretrain,
    score_folds,
)
from training.experiments.source_dataset import corpus_of

CNN_WIDTH, CNN_EPOCHS = 128, 200
"""Channels of the first block of the paper's cnn, and most epochs of a fold."""


def run(arguments: PretrainArguments, dataset: str) -> None:
    """Pretrain the paper's models on a dataset and print each fold's weighted scores.

    Raises:
        AttuneError: A name is unknown, or the data and the settings do not fit.
    """
    chosen = [arguments.member] if arguments.member else ["gnb", "sgd", "xgb"]
    population = load_population(dataset, Source(arguments.data, rows=arguments.rows))
    corpus = corpus_of(population, needs_recordings="cnn" in chosen)
    how = Pretraining(
        arguments.out or folder_of(dataset, arguments.rows),
        n_folds=arguments.folds,
        seed=arguments.seed,
        algorithms=algorithms(
            chosen, arguments.width or CNN_WIDTH, arguments.epochs or CNN_EPOCHS
        ),
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
