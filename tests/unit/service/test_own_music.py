"""What is different about a listener's answers, and which tracks are theirs."""

import numpy as np
import pytest

from models.emotion import Quadrant
from service.api.users.own_music import TRACKS_PER_QUADRANT, habits, own_tracks
from service.serving.forecasts import ForecastPair, TrackForecasts
from service.tracks import Content, TrackMetadata
from tests.fakes import features
from tests.small_service import SmallService

Q1, Q2, Q3, Q4 = Quadrant
HERE = "https://music.example/"


def told(*rows):
    proba = np.array(rows, np.float64).reshape(-1, 4)
    nowhere = np.zeros((len(proba), 2))
    return TrackForecasts(proba, nowhere, nowhere)


def both(personal, population=None):
    """Tracks t0, t1, … of which this is told."""
    ids = [f"t{row}" for row in range(len(personal))]
    return ForecastPair(ids, told(*personal), told(*(population or personal)))


@pytest.fixture(name="catalogue")
def _catalogue():
    house = SmallService()
    for number in range(10):
        track_id = f"t{number}"
        track_metadata = TrackMetadata(
            f"Song {number}", None, f"{HERE}{number}" if number % 2 else None
        )
        house.catalogue.put(
            track_id, features(seed=number), Content(track_id, None), track_metadata
        )
    return house.catalogue


def test_a_habit_is_counted_beside_what_others_would_answer():
    population = [[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1]]

    happy, tense, sad, calm = habits({"t0": Q1, "t1": Q1}, both(population))

    assert (happy.quadrant, happy.n, happy.expected) == (Q1, 2, pytest.approx(0.8))
    assert [each.n for each in (tense, sad, calm)] == [0, 0, 0]
    assert calm.expected == pytest.approx(0.5)


def test_answers_on_tracks_that_cannot_be_predicted_are_left_out():
    counted = habits({"t0": Q1, "gone": Q2}, both([[0.25] * 4]))

    assert [each.n for each in counted] == [1, 0, 0, 0]


def test_own_tracks_come_by_quadrant_the_likeliest_first(catalogue):
    rows = [[0.5, 0.2, 0.2, 0.1], [0.1, 0.1, 0.1, 0.7], [0.9, 0.05, 0.03, 0.02]]

    found = own_tracks({}, both(rows), catalogue)

    assert [(each.track_id, each.quadrant) for each in found] == [
        ("t2", Q1),
        ("t0", Q1),
        ("t1", Q4),
    ]
    assert [each.probability for each in found] == pytest.approx([0.9, 0.5, 0.7])
    assert [each.is_playable for each in found] == [False, False, True]
    assert found[0].track_metadata.title == "Song 2"


def test_of_each_quadrant_a_few_are_told(catalogue):
    rows = [[0.5 + number / 100, 0.2, 0.2, 0.1 - number / 100] for number in range(9)]

    found = own_tracks({}, both(rows), catalogue)

    assert [each.track_id for each in found] == [
        f"t{8 - place}" for place in range(TRACKS_PER_QUADRANT)
    ]


def test_a_track_that_the_listener_put_elsewhere_is_not_theirs(catalogue):
    rows = [[0.9, 0.05, 0.03, 0.02], [0.8, 0.1, 0.05, 0.05]]

    found = own_tracks({"t0": Q3, "t1": Q1}, both(rows), catalogue)

    assert [each.track_id for each in found] == ["t1"]
