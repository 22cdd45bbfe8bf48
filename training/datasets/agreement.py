"""Agreement among listeners: what many said of few clips (Gómez-Cañón et al.)."""

from pathlib import Path

import numpy as np

from models.arrays import Proba
from models.emotion import N_QUADRANTS
from training.datasets.listeners import ListenerLabels
from training.datasets.reading import quadrants, read_csv


def load_confusion(folder: Path) -> Proba:
    """Return how one listener answers about a clip that most put in a quadrant.

    Returns:
        A distribution over answers for each quadrant that most answered
        ``(n_quadrants, n_quadrants)``.

    Raises:
        DatasetError: The table or a column is missing.
    """
    path = folder / "answers.csv"
    table = read_csv(path, ["track_id", "quadrant"])
    track = np.unique(table["track_id"].to_numpy(dtype=str), return_inverse=True)[1]
    y = quadrants(table["quadrant"].tolist(), path)
    votes = np.zeros((track.max() + 1, N_QUADRANTS))
    np.add.at(votes, (track, y), 1.0)
    counts = np.zeros((N_QUADRANTS, N_QUADRANTS))
    np.add.at(counts, (votes.argmax(axis=1)[track], y), 1.0)
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def load_labels(folder: Path) -> ListenerLabels:
    """Return the listeners' quadrants.

    Raises:
        DatasetError: The table or a column is missing.
    """
    path = folder / "answers.csv"
    table = read_csv(path, ["listener", "track_id", "quadrant"])
    return ListenerLabels(
        table["listener"].tolist(),
        table["track_id"].tolist(),
        quadrants(table["quadrant"].tolist(), path),
    )
