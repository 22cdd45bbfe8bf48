"""Prequential records: what is recorded of forecasts, and that evaluation is honest."""

import logging
from dataclasses import replace

import numpy as np
import pytest

from models.emotion import QUADRANTS, Quadrant
from service.api.predict.predictions import PredictionTarget, predict_tracks
from service.api.users.profile import prequential
from service.db.catalogue import Catalogue
from service.errors import StoreUnavailableError
from service.evaluation.prequential import Forecast, PrequentialChanges, prequential_changes
from service.labels import Label
from service.serving.container import population_predictor_of
from service.serving.forecasts import forecast_answers, forecast_pair
from tests.fakes import FakeClock
from tests.small_service import SmallService, answers

Q1, Q2, Q3, Q4 = Quadrant
TOLD = Forecast("v1", 7, (0.1, 0.2, 0.3, 0.4), (0.4, 0.3, 0.2, 0.1))
FORETOLD = {"a": TOLD, "b": TOLD}
AGAIN = {"is_repeat": True}


def said(event_id, track_id, quadrant, **circumstances):
    return Label(event_id, track_id, quadrant, **circumstances)


@pytest.mark.parametrize("last", [Label.retraction("e9", "a"), Label.undecided("e9", "a")])
@pytest.mark.parametrize("standing", [{}, {"a": Q1}])
def test_without_an_answer_in_the_end_no_guess_is_left(standing, last):
    assert prequential_changes(
        standing, [said("e1", "a", Q2), last], FORETOLD
    ) == PrequentialChanges(gone={"a"})


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([said("e1", "a", Q2), said("e2", "a", Q3)], PrequentialChanges(corrected={"a": Q3})),
        # What was foretold of it before the call came from a model that knew the answer.
        (
            [Label.retraction("e1", "a"), said("e2", "a", Q3)],
            PrequentialChanges(corrected={"a": Q3}),
        ),
        ([said("e1", "a", Q3, **AGAIN)], PrequentialChanges()),
        ([said("e1", "c", Q1)], PrequentialChanges()),
    ],
    ids=["corrected", "taken back and given anew", "a repeat", "not foretold"],
)
def test_of_an_answer_that_stood_a_correction_alone_is_noted(labels, expected):
    assert prequential_changes({"a": Q1}, labels, FORETOLD) == expected


@pytest.mark.parametrize(("last", "answered"), [({}, Q3), (AGAIN, Q1)])
def test_a_new_guess_is_judged_by_the_last_answer_of_its_call_but_for_repeats(last, answered):
    labels = [said("e1", "a", Q1), said("e2", "a", Q3, **last)]

    assert prequential_changes({}, labels, FORETOLD).new["a"][1].quadrant is answered


@pytest.fixture(name="house")
def _house() -> SmallService:
    house = SmallService()
    house.put(*(f"t{i}" for i in range(60)))
    return house


@pytest.mark.parametrize("personaliser", ["committee", "logistic"])
def test_all_labels_of_a_call_are_foretold_with_the_model_before_it(house, personaliser):
    house.learning(personaliser).tell("ana", *answers(("t0", Q1), ("t1", Q1), ("t2", Q1)))
    house.tell("ana", Label("x", "t3", Q1), Label("y", "t4", Q1))

    prequential_records = house.prequential_records.of("ana")

    assert [guess.n_labels for guess in prequential_records] == [0, 0, 0, 3, 3]
    # Nobody else voted: to somebody new, what is told is what everybody is told.
    assert all(guess.p == guess.p_population for guess in prequential_records[:3])
    assert all(guess.p != guess.p_population for guess in prequential_records[3:])


@pytest.mark.parametrize("personaliser", ["committee", "logistic"])
def test_what_is_foretold_is_what_predict_would_have_said(house, personaliser):
    house.learning(personaliser).tell("ana", *answers(("t0", Q1), ("t1", Q1), ("t2", Q3)))
    house.tell("bob", *answers(("t3", Q2), ("t4", Q2)))
    track_ids = ["t3", "t4", "t5"]

    message = forecast_answers("ana", answers(*((t, Q1) for t in track_ids)), house.listeners)

    for user_id, whom in (("ana", "personal"), ("newcomer", "population")):
        asked = PredictionTarget(user_id)
        batch = predict_tracks(
            track_ids, asked, catalogue=house.catalogue, listeners=house.listeners
        )
        for track_id, item in zip(track_ids, batch.items, strict=True):
            assert getattr(message[track_id], whom) == pytest.approx(
                item.prediction.recognition.proba.tolist(), abs=1e-6
            )


def test_tracks_that_are_not_there_are_not_foretold(house):
    assert forecast_answers("ana", [Label("e", "no", Q1)], house.listeners) == {}
    assert forecast_pair([], house.listeners.current("ana"), house.listeners).track_ids == []


class LockedCatalogue(Catalogue):
    """One that cannot be read before answers are recorded; afterwards it can."""

    n_refused = 0

    def learnt_from(self, track_ids):
        if not self.n_refused:
            self.n_refused += 1
            raise StoreUnavailableError("The database cannot answer now: it is locked.")
        return super().learnt_from(track_ids)


def test_answers_are_recorded_where_nothing_can_be_foretold(house, caplog):
    locked = LockedCatalogue(house.database, population_predictor_of(house.snapshot), FakeClock())
    house.listeners = replace(house.listeners, catalogue=locked)

    with caplog.at_level(logging.WARNING):
        updated = house.tell("ana", Label("e", "t0", Q1))

    assert (updated.accepted, updated.listener.n_labels) == (1, 1)
    assert house.prequential_records.of("ana") == []
    assert "it is locked" in caplog.text


def told_by(house, choose):
    """Let twelve listeners answer thirty tracks, five at a time."""
    rng = np.random.default_rng(3)
    for user in range(12):
        for tracks in rng.permutation(60)[:30].reshape(6, 5):
            labels = [Label(f"e{track}", f"t{track}", choose(user, rng)) for track in tracks]
            house.tell(f"u{user}", *labels)
    return house.prequential_records


def test_who_answers_by_a_level_of_their_own_is_foretold_better_than_a_newcomer(house):
    def always_the_same(user, rng):
        return QUADRANTS[user % 4] if rng.random() < 0.8 else QUADRANTS[rng.integers(4)]

    prequential_records = told_by(house.learning("logistic"), always_the_same)

    late = [each.tally for each in prequential_records.by_labels() if each.from_labels >= 10]
    assert all(tally.gain.low > 0.0 for tally in late)
    first = next(each.tally for each in prequential_records.by_labels() if each.to_labels == 0)
    assert first.gain.value == 0.0


def test_a_coin_is_not_foretold_better_after_thirty_throws(house):
    prequential_records = told_by(
        house.learning("logistic"), lambda _user, rng: QUADRANTS[rng.integers(4)]
    )

    late = [each.tally for each in prequential_records.by_labels() if each.from_labels >= 10]
    assert all(tally.gain.low <= 0.0 for tally in late)
    hits, n = (sum(getattr(tally.personal, name) for tally in late) for name in ("hits", "n"))
    assert hits / n == pytest.approx(0.25, abs=0.06)


def test_the_curve_is_cut_by_how_many_labels_had_been_learnt(house):
    for start in (0, 4, 12):
        house.tell("ana", *(Label(f"e{i}", f"t{i}", Q1) for i in range(start, start + 6)))

    message = prequential(house.prequential_records.of("ana"))

    pieces = [(piece.from_labels, piece.to_labels, piece.personal.n) for piece in message.curve]
    assert pieces == [(0, 9, 10), (10, 19, 6)]
    assert message.n == message.personal.n == message.population.n == 16
    assert message.personal.hits == sum(piece.personal.hits for piece in message.curve)
