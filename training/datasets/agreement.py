"""Agreement: answers of many listeners about few clips (Gómez-Cañón et al.)."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from models.arrays import Proba
from models.emotion import N_QUADRANTS
from models.errors import DatasetError
from training.datasets.listeners import ListenerLabels
from training.datasets.ratings import last_answers
from training.datasets.tables import quadrants, read_csv

ABOUT = (
    "Listeners rated short excerpts; the quadrant is that of the ratings. Nearly every listener"
    " rated nearly every excerpt, so that a track has 49 to 59 votes, like a track in a busy"
    " service. No population model is fitted to these answers or excerpts. Artists are unknown."
    " Features are the service's own."
)


def load_labels(folder: Path) -> ListenerLabels:
    """Return the quadrants that listeners answered.

    Raises:
        DatasetError: The table or a column is missing, or a cell is not a quadrant.
    """
    path = folder / "answers.csv"
    table = read_csv(path, ["listener", "track_id", "quadrant"])
    y = quadrants(table["quadrant"], path)
    return last_answers(table["listener"].tolist(), table["track_id"].tolist(), y)


def recordings(folder: Path) -> Mapping[str, Path]:
    """Return the excerpt of each labelled track.

    Raises:
        DatasetError: The table, its column or an excerpt is missing.
    """
    tracks = sorted(set(read_csv(folder / "answers.csv", ["track_id"])["track_id"]))
    clips = {track: folder / "clips" / f"{track}.ogg" for track in tracks}
    for clip in clips.values():
        if not clip.is_file():
            raise DatasetError(f"{clip} is missing.")
    return clips


def load_confusion(folder: Path) -> Proba:
    """Return the distribution of one listener's answers, given the most frequent answer.

    Returns:
        Rows are the most frequent answers of a clip, columns one listener's answers
        ``(n_quadrants, n_quadrants)``.

    Raises:
        DatasetError: The table or a column is missing.
    """
    path = folder / "answers.csv"
    table = read_csv(path, ["track_id", "quadrant"])
    track = np.unique(table["track_id"].to_numpy(dtype=str), return_inverse=True)[1]
    y = quadrants(table["quadrant"], path)
    votes = np.zeros((track.max() + 1, N_QUADRANTS))
    np.add.at(votes, (track, y), 1.0)
    counts = np.zeros((N_QUADRANTS, N_QUADRANTS))
    np.add.at(counts, (votes.argmax(axis=1)[track], y), 1.0)
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))
