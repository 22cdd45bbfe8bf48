"""The listener's picture, and the density that it draws."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.emotion import Quadrant
from models.prediction.density import CELL, CENTRES, density
from service.api.users.profile import (
    MAX_DIFFERENT,
    MAX_SAMPLE,
    Shift,
    consistency,
    listener_profile,
)
from service.labels import Label
from service.observability.latency import latencies, quantile
from service.observability.metrics import Metrics
from service.serving.track_sample import sample
from service.tracks import TrackMetadata
from tests.small_service import SmallService, answers

Q1, Q2, Q3, Q4 = Quadrant
AGAIN = {"is_repeat": True}
TRACKS = [f"t{i}" for i in range(12)]


@pytest.fixture(name="house", params=["committee", "logistic"])
def _house(request) -> SmallService:
    house = SmallService().learning(request.param)
    house.put(*TRACKS)
    return house


def show(house, user_id="ana"):
    return listener_profile(
        user_id,
        log=house.log,
        prequential_records=house.prequential_records,
        track_features=house.track_features,
        listeners=house.listeners,
    )


POINTS = arrays(np.float64, (3, 2), elements=st.floats(-1, 1))
WIDTHS = arrays(np.float64, (3, 2), elements=st.floats(0, 2))


@given(POINTS, WIDTHS)
def test_a_density_sums_to_one_whatever_is_expected(mean, sd):
    drawn = density(mean, sd)

    assert drawn.shape == (len(CENTRES), len(CENTRES))
    assert (drawn >= 0.0).all()
    assert drawn.sum() == pytest.approx(1.0)


def test_a_density_lies_where_its_tracks_do_rows_being_arousal():
    drawn = density(np.array([[0.5, -0.75]]), np.full((1, 2), 0.1))

    row, column = np.unravel_index(drawn.argmax(), drawn.shape)
    assert (CENTRES[column], CENTRES[row]) == pytest.approx((0.5, -0.75))
    valence, arousal = drawn.sum(axis=0), drawn.sum(axis=1)
    assert valence @ CENTRES == pytest.approx(0.5, abs=1e-3)
    assert math.sqrt(valence @ (CENTRES - 0.5) ** 2) == pytest.approx(0.1, abs=CELL / 10)
    assert arousal @ CENTRES == pytest.approx(-0.75, abs=0.01)


def test_of_no_tracks_nothing_is_expected_anywhere():
    assert not density(np.zeros((0, 2)), np.zeros((0, 2))).any()


def test_who_took_all_back_is_expected_what_everybody_is(house):
    house.tell("ana", *answers(("t0", Q1), ("t0", None)))

    compared = show(house).comparison

    assert np.array_equal(compared.personal, compared.population)
    assert compared.valence.mean == compared.arousal.mean == 0.0
    assert compared.different == []


def test_who_hears_all_music_as_happy_is_drawn_to_that_side(house):
    house.tell("ana", *answers(*((track_id, Q1) for track_id in TRACKS[:8])))

    compared = show(house).comparison

    assert compared.personal.sum() == pytest.approx(1.0)
    assert min(compared.valence.mean, compared.arousal.mean) > 0.0
    shift = (compared.personal - compared.population).sum(axis=0) @ CENTRES
    assert shift > 0.0
    far = [np.subtract(each.personal, each.population) for each in compared.different]
    apart = [float(np.linalg.norm(each)) for each in far]
    assert len(apart) == MAX_DIFFERENT
    assert apart == sorted(apart, reverse=True)
    assert all(
        each.track_metadata == TrackMetadata(each.track_id.title()) for each in compared.different
    )


def test_the_picture_says_what_is_answered_more_often_and_what_is_the_listeners(house):
    house.tell("ana", *answers(("t0", Q1), ("t1", Q1), ("t2", Q3), ("t0", Q2)))

    shown = show(house)

    assert [each.n for each in shown.habits] == [1, 1, 1, 0]
    assert sum(each.expected for each in shown.habits) == pytest.approx(3.0)
    answered = {"t0": Q2, "t1": Q1, "t2": Q3}
    theirs = {each.track_id: each.quadrant for each in shown.own_tracks}
    assert theirs == theirs | {t: answered[t] for t in theirs.keys() & answered.keys()}
    assert set(theirs) <= set(TRACKS)
    assert shown.paired.n == shown.prequential.n == 3


def test_a_profile_needs_no_track_features_that_are_not_ready_yet(house, monkeypatch):
    house.tell("ana", *answers(("t0", Q1), ("t1", Q1)))
    before = show(house)
    monkeypatch.setattr("service.db.track_features.IN_A_CALL", 0)
    house.track_features = house.restarted().track_features
    house.put("another")

    shown = show(house)

    assert np.abs(shown.comparison.personal - before.comparison.personal).max() < 0.05
    assert shown.comparison.population.sum() == pytest.approx(1.0)


def test_a_catalogue_that_was_emptied_can_be_compared_on_nothing(house):
    house.tell("ana", *answers(("t0", Q1)))
    for track_id in TRACKS:
        house.catalogue.hide(track_id)

    compared = show(house).comparison

    assert not compared.personal.any()
    assert compared.valence == compared.arousal == Shift(0.0, 0.0)


class Rows:
    """A long catalogue of which some rows are hidden."""

    def __init__(self, n_rows, hidden=()):
        self.is_shown_now = ~np.isin(np.arange(n_rows), hidden)

    @property
    def is_shown(self):
        return self.is_shown_now

    def track_ids(self, places):
        return [f"t{place}" for place in places]


def test_a_sample_hardly_changes_with_the_catalogue():
    before = sample(Rows(2_000))
    grown, shrunk = sample(Rows(2_001)), sample(Rows(2_000, hidden=[3, 5, 8]))

    assert len(before) == len(set(before)) == MAX_SAMPLE
    assert before == sample(Rows(2_000))
    assert len(set(before) - set(grown)) <= 1
    assert len(set(before) - set(shrunk)) <= 3
    assert not {"t3", "t5", "t8"} & set(shrunk)
    assert sorted(sample(Rows(3))) == ["t0", "t1", "t2"]


def point(valence, arousal, track_id="t", **circumstances):
    return replace(Label.at_point("e", track_id, valence, arousal), **circumstances)


def test_a_repeat_is_compared_with_the_answer_before_it():
    reply = consistency(
        [
            point(0.5, 0.5),
            point(0.2, 0.1, **AGAIN),
            point(-0.1, 0.1, **AGAIN),
            Label("e", "u", Q1),
            Label("e", "u", Q1, **AGAIN),
        ]
    )

    assert (reply.n, reply.same_quadrant.hits) == (3, 2)
    assert reply.distance == pytest.approx(math.sqrt((0.09 + 0.16 + 0.09) / 2))


def test_what_was_corrected_or_taken_back_is_no_inconsistency():
    corrected = [point(0.5, 0.5), point(-0.5, 0.5), point(-0.5, 0.5, **AGAIN)]
    undone = [point(0.5, 0.5), point(-1, -1, **AGAIN), Label.retraction("e", "t")]
    misclicked = [point(0.5, 0.5), point(-1, -1, **AGAIN), point(0.5, 0.5)]
    undecided = [point(0.5, 0.5), Label.undecided("e", "t"), point(0.5, 0.5, **AGAIN)]

    assert consistency(corrected).distance == 0.0
    assert consistency([*undone, point(0.5, 0.5, **AGAIN)]).distance == 0.0
    assert consistency(misclicked).same_quadrant.value == 1.0
    assert consistency(undecided).n == 1
    assert consistency(undone).same_quadrant is None
    assert consistency([]).distance is None


def test_a_latency_is_read_off_the_buckets_of_its_route():
    metrics = Metrics(None)
    for seconds in [0.004] * 50 + [0.03] * 45 + [1000.0] * 5:
        metrics.observe("POST", "/update", 200, seconds)
    metrics.observe("GET", "/tracks/{track_id}", 200, 0.001)

    update, track = latencies(metrics.exposition().decode())

    assert (update.method, update.route, update.n) == ("POST", "/update", 100)
    # 0.002 to 0.005 holds the first 50, 0.025 to 0.05 the next 45; 120 s is the last bound.
    assert (update.p50_s, update.p95_s, update.p99_s) == pytest.approx((0.005, 0.05, 120.0))
    assert (track.route, track.n) == ("/tracks/{track_id}", 1)
    assert track.p50_s == pytest.approx(0.001)


@given(st.lists(st.integers(0, 50), min_size=3, max_size=3).filter(any))
def test_quantiles_grow_and_stay_between_the_bounds(counts):
    buckets = dict(zip((0.1, 1.0, math.inf), np.cumsum(counts).tolist(), strict=True))

    found = [quantile(q, buckets) for q in (0.05, 0.5, 0.95, 1.0)]

    assert found == sorted(found)
    assert 0.0 <= found[0] <= found[-1] <= 1.0
