"""How far listeners agree with a consensus: the yardstick beside every accuracy."""

from math import comb
from pathlib import Path

import numpy as np

from models.arrays import Votes
from models.emotion import N_QUADRANTS, Quadrant
from training.datasets.tables import read_csv


def listeners_agreement(folder: Path) -> dict[str, float]:
    """Return how often listeners say what 4Q's label says, alone and by majority of three.

    A jury is any three listeners of a track; where all three differ, each verdict has a third.

    Args:
        folder: Of the dataset ``agreement``.

    Raises:
        DatasetError: A table or a column is missing.
    """
    tracks = read_csv(folder / "tracks.csv", ["track_id", "quadrant_of_4q"])
    answers = read_csv(folder / "answers.csv", ["track_id", "quadrant"])
    labels = [Quadrant(name).index for name in tracks["quadrant_of_4q"]]
    places = {track: place for place, track in enumerate(tracks["track_id"])}
    votes = np.zeros((len(labels), N_QUADRANTS))
    said = [Quadrant(name).index for name in answers["quadrant"]]
    np.add.at(votes, ([places[track] for track in answers["track_id"]], said), 1)
    juries = [jury_share(*each) for each in zip(votes, labels, strict=True)]
    return {
        "n_tracks": len(labels),
        "n_answers": len(said),
        "one": round(float(votes[np.arange(len(labels)), labels].sum() / len(said)), 4),
        "majority_of_three": round(float(np.mean(juries)), 4),
    }


def jury_share(votes: Votes, label: int) -> float:
    """Return how often the majority of three different voters is for a label.

    Args:
        votes: For each quadrant ``(n_quadrants,)``, three or more together.
        label: A class index.

    >>> jury_share(np.array([2.0, 1.0, 1.0, 0.0]), 0)
    0.6666666666666666
    """
    own, rest = int(votes[label]), np.delete(votes, label).astype(int)
    others = int(rest.sum())
    # Pairs of others who differ: with one voter for the label, a third of the verdict.
    differ = comb(others, 2) - sum(comb(int(n), 2) for n in rest)
    right = comb(own, 3) + comb(own, 2) * others + own * differ / 3
    return right / comb(own + others, 3)
