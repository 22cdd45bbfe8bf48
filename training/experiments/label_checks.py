"""Checks of artists and quadrants before shared models are fitted to listeners' labels."""

import logging
from collections.abc import Iterable
from itertools import chain

import numpy as np

from models.arrays import IntVector
from models.emotion import N_QUADRANTS, QUADRANTS
from models.errors import DatasetError
from training.datasets.folds import require_folds
from training.datasets.listeners import Study
from training.experiments.protocol import SNAPSHOT, PlanError
from training.experiments.splits import Split
from training.members.committee import N_FOLDS

_log = logging.getLogger(__name__)


def require_others(study: Study, splits: Iterable[Split]) -> None:
    """Check that every split leaves enough labels to fit shared models; warn of rare quadrants.

    Args:
        study: All listeners.
        splits: The splits to run; there is one warning for all of them.

    Raises:
        PlanError: A split leaves fewer artists than there are folds.
    """
    places = study.track_places
    artists, counts = study.features.groups[places], study.features.rows.counts[places]
    y, fewest = study.labels.y, _artists_of(study.labels.y, artists)
    # All labels first, because too few artists cannot be split at all.
    for kept in chain([np.arange(len(y))], (split.population for split in splits)):
        rows = np.repeat(kept, counts[kept])  # a label counts once for each row of its track
        try:
            require_folds(y[rows], artists[rows], N_FOLDS)
        except DatasetError as error:
            raise PlanError(
                f"{study.name}: shared models cannot be fitted to the other listeners' labels."
                f" {error} --population {SNAPSHOT} starts from the shipped models."
            ) from error
        fewest = np.minimum(fewest, _artists_of(y[kept], artists[kept]))
    _warn(study.name, y, artists, fewest)


def warn_of_rare(name: str, y: IntVector, artists: IntVector) -> None:
    """Log a warning of each quadrant that folds of a dataset may lack.

    Args:
        name: Name of the dataset.
        y: Class indices ``(n_tracks,)``.
        artists: Number of each track's artist ``(n_tracks,)``.
    """
    _warn(name, y, artists, _artists_of(y, artists))


def _warn(name: str, y: IntVector, artists: IntVector, fewest: IntVector) -> None:
    n_labels, n_artists = np.bincount(y, minlength=N_QUADRANTS), _artists_of(y, artists)
    rare = [
        f"{quadrant} ({n_labels[at]} labels; artists: {n_artists[at]}, in a split {fewest[at]})"
        for at, quadrant in enumerate(QUADRANTS)
        if fewest[at] < N_FOLDS
    ]
    if rare:
        _log.warning(
            "%s: few artists have %s. A fold without a quadrant is fitted without it and predicts"
            " a small probability for it.",
            name,
            ", ".join(rare),
        )


def _artists_of(y: IntVector, artists: IntVector) -> IntVector:
    """Return the number of artists with each quadrant ``(n_quadrants,)``."""
    has = np.zeros((int(artists.max(initial=0)) + 1, N_QUADRANTS), np.int64)
    has[artists, y] = 1
    counts: IntVector = has.sum(axis=0)
    return counts
