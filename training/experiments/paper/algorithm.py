"""How the models of one of the paper's algorithms come about."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from training.experiments.corpus import Corpus
from training.experiments.paper.members import Member
from training.folds import Fold


@dataclass(frozen=True, slots=True)
class Algorithm:
    """How the models of an algorithm come about.

    Attributes:
        fit: Fits it to a fold of a corpus, for a seed; a long fit shows its progress under a
            title.
        load: Reads a model that was kept.
    """

    fit: Callable[[Corpus, Fold, int, str], Member]
    load: Callable[[Path], Member]
