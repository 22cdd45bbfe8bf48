"""Emotify: clips of 10 s and the emotions that listeners felt (Aljanaki et al. 2016)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.errors import DatasetError
from training.datasets.listeners import ListenerLabels
from training.datasets.moments import plain_id
from training.datasets.ratings import last_answers
from training.datasets.tables import numbers, read_csv
from training.datasets.tracks import LabelledTracks

QUADRANT_EMOTIONS = (
    ("amazement", "power", "joyful_activation"),
    ("tension",),
    ("sadness",),
    ("calmness", "tenderness"),
)
"""Emotions of Q1 to Q4. The assignment is ours; nostalgia and solemnity belong to no quadrant."""
ABOUT = (
    "The dataset has no listener ids: answers with the same age, gender and mother tongue count as"
    " one listener. Listeners named emotions; an answer counts if one quadrant has more of these"
    " than any other. The assignment of emotions to quadrants is ours. Features are the service's"
    " own."
)
_EMOTIONS = [emotion for quadrant in QUADRANT_EMOTIONS for emotion in quadrant]


def load(folder: Path) -> LabelledTracks:
    """Return the clips; a clip's quadrant is that of the most frequently named emotions.

    Artists are unknown: each clip is its own group.

    Raises:
        DatasetError: A table, a column or a clip is missing.
    """
    table, named = _answers(folder, [])
    names, track = np.unique(table["track_id"].to_numpy(dtype=str), return_inverse=True)
    ids = [str(name) for name in names]
    counts = np.zeros((len(ids), len(QUADRANT_EMOTIONS)))
    np.add.at(counts, track, named)
    return LabelledTracks(
        ids=ids,
        y=counts.argmax(axis=1).astype(np.int64),
        artists=[""] * len(ids),
        lyrics=[""] * len(ids),
        audio=_clips(folder, ids),
    )


def load_labels(folder: Path) -> ListenerLabels:
    """Return the labels of pseudo-listeners, see ``ABOUT``.

    Answers without a most frequent quadrant are left out.

    Raises:
        DatasetError: The table or a column is missing.
    """
    table, named = _answers(folder, ["pseudo_user"])
    is_clear = (named == named.max(axis=1, keepdims=True)).sum(axis=1) == 1
    clear = table[is_clear]
    return last_answers(
        clear["pseudo_user"].tolist(),
        clear["track_id"].tolist(),
        named[is_clear].argmax(axis=1).astype(np.int64),
    )


def load_genres(folder: Path) -> dict[str, str]:
    """Return each clip's genre in Magnatune's catalogue.

    Raises:
        DatasetError: The table or a column is missing.
    """
    table = read_csv(folder / "annotations.csv", ["track_id", "genre"])
    return dict(zip(table["track_id"].astype(str), table["genre"].astype(str), strict=True))


def _answers(folder: Path, columns: Sequence[str]) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """Return the table, and each row's number of emotions per quadrant ``(n_rows, 4)``."""
    path = folder / "annotations.csv"
    table = read_csv(path, ["track_id", *columns, *_EMOTIONS])
    quadrant_of = np.repeat(range(len(QUADRANT_EMOTIONS)), [len(q) for q in QUADRANT_EMOTIONS])
    return table, numbers(table, _EMOTIONS, path) @ np.eye(len(QUADRANT_EMOTIONS))[quadrant_of]


def _clips(folder: Path, ids: Sequence[str]) -> list[Path]:
    audio = [folder / "clips" / f"{plain_id(track_id).zfill(3)}.ogg" for track_id in ids]
    for clip in audio:
        if not clip.is_file():
            raise DatasetError(f"{clip} is missing.")
    return audio
