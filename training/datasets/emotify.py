"""Emotify: clips of 10 s and what listeners felt in them (Aljanaki et al. 2016)."""

from pathlib import Path

import numpy as np

from models.errors import DatasetError
from training.datasets.reading import numbers, read_csv
from training.datasets.tracks import LabelledTracks

QUADRANT_EMOTIONS = (
    ("amazement", "power", "joyful_activation"),
    ("tension",),
    ("sadness",),
    ("calmness", "tenderness"),
)
"""Which emotions stand for Q1 to Q4. The assignment is ours; nostalgia and solemnity say
nothing."""


def load(folder: Path) -> LabelledTracks:
    """Return the clips; a clip's quadrant is the one whose emotions were named most often.

    Artists are not given: each clip is a group of its own.

    Raises:
        DatasetError: A table, a column or a clip is missing.
    """
    path = folder / "annotations.csv"
    emotions = [emotion for quadrant in QUADRANT_EMOTIONS for emotion in quadrant]
    table = read_csv(path, ["track_id", *emotions])
    answers = numbers(table, emotions, path)
    quadrant_of = np.repeat(range(len(QUADRANT_EMOTIONS)), [len(q) for q in QUADRANT_EMOTIONS])
    named = answers @ np.eye(len(QUADRANT_EMOTIONS))[quadrant_of]
    ids, track = np.unique(table["track_id"].to_numpy(dtype=str), return_inverse=True)
    counts = np.zeros((len(ids), len(QUADRANT_EMOTIONS)))
    np.add.at(counts, track, named)
    audio = [folder / "clips" / f"{int(track_id):03d}.ogg" for track_id in ids]
    for clip in audio:
        if not clip.is_file():
            raise DatasetError(f"{clip} is missing.")
    return LabelledTracks(
        ids=[str(track_id) for track_id in ids],
        y=counts.argmax(axis=1).astype(np.int64),
        artists=[""] * len(ids),
        lyrics=[""] * len(ids),
        audio=audio,
    )
