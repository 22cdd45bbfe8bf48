"""Agreement of listeners with the label of 4Q, to compare accuracies with."""

from math import comb
from pathlib import Path

import numpy as np

from models.arrays import Votes
from models.emotion import N_QUADRANTS
from training.datasets.tables import quadrants, read_csv


def listeners_agreement(folder: Path) -> dict[str, float]:
    """Return how often listeners agree with 4Q's label: one alone, and a majority of three.

    A jury is any three listeners of a track; if all three differ, each answer counts a third.

    Args:
        folder: The folder of the dataset ``agreement``.

    Raises:
        DatasetError: A table or a column is missing.
    """
    tracks = read_csv(folder / "tracks.csv", ["track_id", "quadrant_of_4q"])
    answers = read_csv(folder / "answers.csv", ["track_id", "quadrant"])
    labels = quadrants(tracks["quadrant_of_4q"], folder / "tracks.csv")
    places = {track: place for place, track in enumerate(tracks["track_id"])}
    asked = np.array([places[track] for track in answers["track_id"]])
    votes = np.zeros((len(labels), N_QUADRANTS))
    given = quadrants(answers["quadrant"], folder / "answers.csv")
    np.add.at(votes, (asked, given), 1)
    juries = [jury_share(*each) for each in zip(votes, labels, strict=True)]
    return {
        "n_tracks": len(labels),
        "n_answers": len(given),
        "one": round(float(votes[np.arange(len(labels)), labels].sum() / len(given)), 4),
        "majority_of_three": round(float(np.mean(juries)), 4),
    }


def jury_share(votes: Votes, label: int) -> float:
    """Return the share of juries of three voters whose majority is the label.

    Args:
        votes: Votes for each quadrant ``(n_quadrants,)``; at least three in total.
        label: A class index.

    >>> jury_share(np.array([2.0, 1.0, 1.0, 0.0]), 0)
    0.6666666666666666
    """
    own, rest = int(votes[label]), np.delete(votes, label).astype(int)
    others = int(rest.sum())
    # A jury of one vote for the label and two different others counts a third.
    differ = comb(others, 2) - sum(comb(int(n), 2) for n in rest)
    right = comb(own, 3) + comb(own, 2) * others + own * differ / 3
    return right / comb(own + others, 3)
