"""A user's answering habits, and the tracks that are likeliest in each quadrant."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.emotion import QUADRANTS, Quadrant
from service.db.catalogue import Catalogue
from service.serving.forecasts import ForecastPair
from service.tracks import TrackMetadata

TRACKS_PER_QUADRANT = 5


@dataclass(frozen=True, slots=True)
class Habit:
    """How often a user gives an answer, compared with the population on the same tracks.

    Attributes:
        expected: Number expected by the population model; a sum of probabilities.
    """

    quadrant: Quadrant
    n: int
    expected: float


@dataclass(frozen=True, slots=True)
class OwnTrack:
    """A track and its likeliest quadrant for a user."""

    track_id: str
    track_metadata: TrackMetadata
    quadrant: Quadrant
    probability: float
    is_playable: bool


def habits(answers: Mapping[str, Quadrant], both: ForecastPair) -> list[Habit]:
    """Return how often each quadrant was answered and expected, over the labelled tracks."""
    given = [answers[track_id] for track_id in both.track_ids]
    expected = both.population.proba.sum(axis=0).tolist()
    return [Habit(q, given.count(q), expected[q.index]) for q in QUADRANTS]


def own_tracks(
    answers: Mapping[str, Quadrant], both: ForecastPair, catalogue: Catalogue
) -> list[OwnTrack]:
    """Return a few tracks of each quadrant, the likeliest for the user first.

    Tracks that the user put into another quadrant are left out.
    """
    rows = _likeliest_rows(answers, both)
    track_ids = [both.track_ids[row] for each in rows.values() for row in each]
    track_metadata_by_id = catalogue.track_metadata_by_id(track_ids)
    playable = catalogue.playable(track_ids)
    return [
        OwnTrack(
            track_id=(track_id := both.track_ids[row]),
            track_metadata=track_metadata_by_id.get(track_id, TrackMetadata()),
            quadrant=quadrant,
            probability=float(both.personal.proba[row, quadrant.index]),
            is_playable=track_id in playable,
        )
        for quadrant, each in rows.items()
        for row in each
    ]


def _likeliest_rows(
    answers: Mapping[str, Quadrant], both: ForecastPair
) -> dict[Quadrant, list[int]]:
    proba = both.personal.proba
    likeliest = [QUADRANTS[place] for place in proba.argmax(axis=1)]
    rows: dict[Quadrant, list[int]] = {quadrant: [] for quadrant in QUADRANTS}
    for row in np.argsort(-proba.max(axis=1), kind="stable").tolist():
        quadrant = likeliest[row]
        if answers.get(both.track_ids[row], quadrant) == quadrant:
            rows[quadrant].append(row)
    return {quadrant: each[:TRACKS_PER_QUADRANT] for quadrant, each in rows.items()}
