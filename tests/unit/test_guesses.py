"""Guesses: what is noted of what was foretold, and that personal ones are judged honestly."""

import logging
from dataclasses import replace

import numpy as np
import pytest

from models.emotion import QUADRANTS, Quadrant
from models.personal import LogisticPersonaliser
from service.api.predict.predictions import PredictionTarget, predict_tracks
from service.api.update.updates import restore, update
from service.api.users.profile import prequential
from service.errors import StoreUnavailableError
from service.evaluation.prequential import Forecast, PrequentialChanges, noted
from service.labels import DatedLabel, Label
from service.serving.forecasts import forecast_answers, forecast_pair
from tests.fakes import FakeClock, MemoryCatalogue, MemoryGuesses
from tests.house import SmallService, answers, population_predictor_of

Q1, Q2, Q3, Q4 = Quadrant
TOLD = Forecast("v1", 7, (0.1, 0.2, 0.3, 0.4), (0.4, 0.3, 0.2, 0.1))
FORETOLD = {"a": TOLD, "b": TOLD}
AGAIN = {"is_repeat": True}


def said(event_id, track_id, quadrant, **circumstances):
    return Label(event_id, track_id, quadrant, **circumstances)


def test_a_first_answer_is_noted_with_what_was_told():
    asked = {"strategy": "newcomer", "is_random": True}

    notes = noted({"b": None}, [said("e1", "a", Q2, **asked), said("e2", "b", Q4)], FORETOLD)

    assert (notes.gone, notes.corrected) == (set(), {})
    event_id, guess = notes.new["a"]
    assert (event_id, guess.track_id, guess.snapshot, guess.n_labels) == ("e1", "a", "v1", 7)
    assert (guess.quadrant, guess.foretold, guess.foretold_population) == (Q2, Q4, Q1)
    assert (guess.p, guess.p_population) == (0.2, 0.3)
    assert (guess.strategy, guess.is_random) == ("newcomer", True)
    assert notes.new["b"][1].quadrant is Q4


@pytest.mark.parametrize("last", [Label.retraction("e9", "a"), Label.undecided("e9", "a")])
@pytest.mark.parametrize("standing", [{}, {"a": Q1}])
def test_without_an_answer_in_the_end_no_guess_is_left(standing, last):
    assert noted(standing, [said("e1", "a", Q2), last], FORETOLD) == PrequentialChanges(gone={"a"})


def test_a_correction_changes_what_the_guess_is_judged_by():
    labels = [said("e1", "a", Q2), said("e2", "a", Q3)]

    assert noted({"a": Q1}, labels, FORETOLD) == PrequentialChanges(corrected={"a": Q3})
    assert noted({}, labels, FORETOLD).new["a"][1].quadrant is Q3


def test_an_answer_that_is_taken_back_and_given_anew_in_one_call_is_a_correction():
    # What was foretold of it before the call came from a model that knew the answer.
    labels = [Label.retraction("e1", "a"), said("e2", "a", Q3)]

    assert noted({"a": Q1}, labels, FORETOLD) == PrequentialChanges(corrected={"a": Q3})


def test_a_repeat_changes_nothing():
    assert noted({"a": Q1}, [said("e1", "a", Q3, **AGAIN)], FORETOLD) == PrequentialChanges()
    first = noted({}, [said("e1", "a", Q1), said("e2", "a", Q3, **AGAIN)], FORETOLD)
    assert first.new["a"][1].quadrant is Q1


def test_of_what_was_not_foretold_nothing_is_noted():
    assert noted({}, [said("e1", "c", Q1)], FORETOLD) == PrequentialChanges()


@pytest.fixture(name="house")
def _house() -> SmallService:
    house = SmallService()
    house.put(*(f"t{i}" for i in range(60)))
    return house


def logistic(house):
    """The same house with the logistic personaliser."""
    own = LogisticPersonaliser(house.snapshot.listener_model)
    house.listeners = replace(house.listeners, personaliser=own)
    return house


PERSONALISERS = {"committee": lambda house: house, "logistic": logistic}


@pytest.mark.parametrize("furnish", PERSONALISERS.values(), ids=PERSONALISERS)
def test_all_labels_of_a_call_are_foretold_with_the_model_before_it(house, furnish):
    furnish(house).tell("ana", *answers(("t0", Q1), ("t1", Q1), ("t2", Q1)))
    house.tell("ana", Label("x", "t3", Q1), Label("y", "t4", Q1))

    prequential_records = MemoryGuesses(house.memory).of("ana")

    assert [guess.n_labels for guess in prequential_records] == [0, 0, 0, 3, 3]
    # Nobody else voted: to somebody new, what is told is what everybody is told.
    assert all(guess.p == guess.p_population for guess in prequential_records[:3])
    assert all(guess.p != guess.p_population for guess in prequential_records[3:])


@pytest.mark.parametrize("furnish", PERSONALISERS.values(), ids=PERSONALISERS)
def test_what_is_foretold_is_what_predict_would_have_said(house, furnish):
    furnish(house).tell("ana", *answers(("t0", Q1), ("t1", Q1), ("t2", Q3)))
    house.tell("bob", *answers(("t3", Q2), ("t4", Q2)))
    track_ids = ["t3", "t4", "t5"]

    told = forecast_answers("ana", answers(*((t, Q1) for t in track_ids)), house.listeners)

    for user_id, whom in (("ana", "personal"), ("newcomer", "population")):
        asked = PredictionTarget(user_id)
        batch = predict_tracks(
            track_ids, asked, catalogue=house.catalogue, listeners=house.listeners
        )
        for track_id, item in zip(track_ids, batch.items, strict=True):
            assert getattr(told[track_id], whom) == pytest.approx(
                item.prediction.recognition.proba.tolist(), abs=1e-6
            )


def test_tracks_that_are_not_there_are_not_foretold(house):
    assert forecast_answers("ana", [Label("e", "no", Q1)], house.listeners) == {}
    assert forecast_pair([], house.listeners.current("ana"), house.listeners).track_ids == []


class LockedCatalogue(MemoryCatalogue):
    """One that cannot be read before answers are recorded; afterwards it can."""

    n_refused = 0

    def learnt_from(self, track_ids):
        if not self.n_refused:
            self.n_refused += 1
            raise StoreUnavailableError("The database cannot answer now: it is locked.")
        return super().learnt_from(track_ids)


def test_answers_are_recorded_where_nothing_can_be_foretold(house, caplog):
    locked = LockedCatalogue(house.memory, population_predictor_of(house.snapshot), FakeClock())
    house.listeners = replace(house.listeners, catalogue=locked)

    with caplog.at_level(logging.WARNING):
        updated = house.tell("ana", Label("e", "t0", Q1))

    assert (updated.accepted, updated.listener.n_labels) == (1, 1)
    assert MemoryGuesses(house.memory).of("ana") == []
    assert "it is locked" in caplog.text


def test_what_is_imported_was_not_foretold(house):
    update("ana", answers(("t0", Q1)), log=house.log, listeners=house.listeners)
    dated = [DatedLabel(e.label, e.created_at) for e in house.log.events("ana")]
    restore("twin", dated, log=house.log, listeners=house.listeners)

    prequential_records = MemoryGuesses(house.memory)
    assert len(prequential_records.of("ana")) == 1
    assert prequential_records.of("twin") == []


def told_by(house, choose):
    """Let sixty listeners answer thirty tracks, one by one."""
    rng = np.random.default_rng(3)
    for user in range(12):
        order = rng.permutation(60)[:30]
        for track in order:
            track_id = f"t{track}"
            house.tell(f"u{user}", Label(f"e{track}", track_id, choose(user, track_id, rng)))
    return MemoryGuesses(house.memory)


def test_who_answers_by_a_level_of_their_own_is_foretold_better_than_a_newcomer(house):
    def always_the_same(user, _, rng):
        return QUADRANTS[user % 4] if rng.random() < 0.8 else QUADRANTS[rng.integers(4)]

    prequential_records = told_by(logistic(house), always_the_same)

    late = [each.tally for each in prequential_records.by_labels() if each.from_labels >= 10]
    assert all(tally.gain.low > 0.0 for tally in late)
    first = next(each.tally for each in prequential_records.by_labels() if each.to_labels == 0)
    assert first.gain.value == 0.0


def test_a_coin_is_not_foretold_better_after_thirty_throws(house):
    prequential_records = told_by(
        logistic(house), lambda _user, _track, rng: QUADRANTS[rng.integers(4)]
    )

    late = [each.tally for each in prequential_records.by_labels() if each.from_labels >= 10]
    assert all(tally.gain.low <= 0.0 for tally in late)
    hits, n = (sum(getattr(tally.personal, name) for tally in late) for name in ("hits", "n"))
    assert hits / n == pytest.approx(0.25, abs=0.06)


def test_the_curve_is_cut_by_how_many_labels_had_been_learnt(house):
    for start in (0, 4, 12):
        house.tell("ana", *(Label(f"e{i}", f"t{i}", Q1) for i in range(start, start + 6)))

    told = prequential(MemoryGuesses(house.memory).of("ana"))

    pieces = [(piece.from_labels, piece.to_labels, piece.personal.n) for piece in told.curve]
    assert pieces == [(0, 9, 10), (10, 19, 6)]
    assert told.n == told.personal.n == told.population.n == 16
    assert told.personal.hits == sum(piece.personal.hits for piece in told.curve)
