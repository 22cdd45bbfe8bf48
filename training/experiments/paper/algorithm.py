"""How the models of one of the paper's algorithms come about."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from training.datasets.folds import Fold
from training.experiments.paper.members import Member
from training.experiments.source_dataset import Corpus

UNFINISHED = ".pt"
"""What a file beside a model's ends in, from which an interrupted fit resumes."""


@dataclass(frozen=True, slots=True)
class Algorithm:
    """How the models of an algorithm come about.

    Attributes:
        fit: Fits it to a fold of a corpus, for a seed; the model will be kept under the path, and
            a long fit may resume from a file beside it.
        load: Reads a model that was kept.
        settings: What can be chosen about it, as a kept model notes it.
    """

    fit: Callable[[Corpus, Fold, int, Path], Member]
    load: Callable[[Path], Member]
    settings: str = ""
