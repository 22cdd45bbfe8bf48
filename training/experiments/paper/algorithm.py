"""How to fit and load the models of one of the paper's algorithms."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from training.datasets.folds import Fold
from training.experiments.paper.members import Member
from training.experiments.source_dataset import Corpus

UNFINISHED = ".pt"
"""Ending of the checkpoint beside a model, from which an interrupted fit resumes."""


@dataclass(frozen=True, slots=True)
class Algorithm:
    """How to fit and load the models of an algorithm.

    Attributes:
        fit: Fits a model to a fold of a corpus with a seed; a long fit may resume from a
            checkpoint beside the path of the model.
        load: Loads a stored model.
        settings: Settings of the algorithm, for the manifest of the stored models.
    """

    fit: Callable[[Corpus, Fold, int, Path], Member]
    load: Callable[[Path], Member]
    settings: str = ""
