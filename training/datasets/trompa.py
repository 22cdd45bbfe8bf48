"""TROMPA-MER: answers of listeners of many countries (Gomez-Canon et al. 2022).

The labels are the listeners' two answers. The tables' ``quadrant``, ``norm_energy`` and
``norm_valence`` are computed from the descriptors and are not read.
"""

from pathlib import Path

import numpy as np

from training.datasets.listeners import FeatureTable, ListenerLabels
from training.datasets.ratings import last_answers
from training.datasets.tables import numbers, read_csv, within
from training.datasets.tracks import quadrants_at

DESCRIPTORS = (
    "danceability",
    "energy",
    "valence",
    "key",
    "loudness",
    "mode",
    "speechiness",
    "acousticness",
    "instrumentalness",
    "liveness",
    "tempo",
)
ABOUT = (
    "A listener answered whether each track is pleasant and whether it is excited; the two signs"
    " give the quadrant. Of repeated answers the last counts. The features are the 11 descriptors"
    " that come with the tracks; there is no audio."
)
_ANSWERS = ("valenceValue", "arousalValue")
_NAMES = ("composer_name", "artist_name")
_UNKNOWN = "not found"


def load_labels(folder: Path) -> ListenerLabels:
    """Return the listeners' quadrants; rows without both answers are left out.

    Raises:
        DatasetError: The table or a column is missing, or an answer is not in [-1, 1].
    """
    path = folder / "annotations.csv"
    table = read_csv(path, ["userId", "externalID", "timestamp", *_ANSWERS])
    answered = table[(table[list(_ANSWERS)] != "").all(axis=1)]
    points = within(numbers(answered, _ANSWERS, path), _ANSWERS, -1.0, path, answered.index)
    return last_answers(
        answered["userId"].tolist(),
        answered["externalID"].tolist(),
        quadrants_at(*points.T),
        numbers(answered, ["timestamp"], path)[:, 0],
    )


def load_features(folder: Path) -> FeatureTable:
    """Return the descriptors of every track; of repeated tracks the last row counts.

    Raises:
        DatasetError: The table or a column is missing, or a descriptor is no number.
    """
    path = folder / "tracks.csv"
    table = read_csv(path, ["cdr_track_num", *_NAMES, *DESCRIPTORS])
    table = table.drop_duplicates("cdr_track_num", keep="last")
    first, second = (table[name].replace(_UNKNOWN, "") for name in _NAMES)
    return FeatureTable(
        ids=table["cdr_track_num"].tolist(),
        # The column of composers also holds performers of popular music.
        artists=first.where(first != "", second).tolist(),
        x=numbers(table, DESCRIPTORS, path).astype(np.float32),
    )
