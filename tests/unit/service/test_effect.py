"""What answers change for their listener, as `/update` tells it."""

from dataclasses import dataclass, replace
from functools import partial

import pytest

from models.emotion import Quadrant
from models.errors import AttuneError
from service.api.update.effect import MAX_EXAMPLES, Move
from service.api.update.updates import update, with_effect
from service.errors import FeaturesNotReadyError, StoreUnavailableError
from service.labels import Label, RepeatableCall
from service.serving.forecasts import forecast_pair
from tests.small_service import SmallService, answers

Q1, Q2, Q3, Q4 = Quadrant
TRACKS = [f"t{i}" for i in range(24)]
HAPPY = answers(*((track_id, Q1) for track_id in TRACKS[:8]))


@pytest.fixture(name="house")
def _house() -> SmallService:
    house = SmallService().learning("logistic")
    house.put(*TRACKS)
    return house


def tell(house, *labels, user_id="ana", call=None, track_features=None):
    record = partial(update, user_id, labels, log=house.log, listeners=house.listeners, call=call)
    return with_effect(
        user_id,
        labels,
        record,
        track_features=track_features or house.track_features,
        listeners=house.listeners,
    )


def likeliest(house, user_id="ana"):
    reply = forecast_pair(TRACKS, house.listeners.current(user_id), house.listeners)
    return dict(zip(reply.track_ids, reply.personal.proba.argmax(axis=1).tolist(), strict=True))


def test_moves_are_counted_over_tracks_that_were_not_answered(house):
    before = likeliest(house)

    effect = tell(house, *HAPPY).effect

    after = likeliest(house)
    moved = {each for each in TRACKS[8:] if before[each] != after[each]}
    assert effect.n_tracks == len(TRACKS) - len(HAPPY)
    assert effect.n_moved == len(moved) > 0
    assert sum(move.n for move in effect.moves) == len(moved)
    assert {move.after for move in effect.moves} == {Q1}
    assert [move.n for move in effect.moves] == sorted((m.n for m in effect.moves), reverse=True)


def test_examples_are_a_few_of_the_moved_tracks_by_title(house):
    effect = tell(house, *HAPPY).effect

    assert 0 < len(effect.tracks) <= MAX_EXAMPLES
    assert {each.track_id for each in effect.tracks} <= set(TRACKS[8:])
    assert all(each.track_metadata.title == each.track_id.title() for each in effect.tracks)
    assert {Move(each.before, each.after, 0) for each in effect.tracks} <= {
        replace(move, n=0) for move in effect.moves
    }


def test_taking_all_back_moves_the_same_tracks_back(house):
    there = tell(house, *HAPPY).effect

    back = tell(
        house, *(Label.retraction(f"r{i}", label.track_id) for i, label in enumerate(HAPPY))
    ).effect

    assert {(m.before, m.after, m.n) for m in back.moves} == {
        (m.after, m.before, m.n) for m in there.moves
    }


def test_votes_of_others_are_no_effect_of_the_listeners_answers(house):
    for user_id in ("bob", "cleo", "dan"):
        house.tell(user_id, *HAPPY)

    effect = tell(house, Label.undecided("e", "t20")).effect

    assert effect.n_moved == 0


def test_answers_that_are_sent_again_have_no_effect_to_tell(house):
    call = RepeatableCall("key", "0" * 64)
    first = tell(house, *HAPPY, call=call)

    assert first.effect is not None
    assert tell(house, *HAPPY, call=call).effect is None
    assert tell(house, *HAPPY).effect is None


@dataclass
class Broken:
    error: AttuneError

    def current(self):
        raise self.error


@pytest.mark.parametrize(
    "error",
    [StoreUnavailableError("They cannot be stored."), FeaturesNotReadyError("track features")],
)
def test_an_answer_is_recorded_where_its_effect_cannot_be_computed(house, error):
    updated = tell(house, *HAPPY, track_features=Broken(error))

    assert (updated.accepted, updated.effect) == (len(HAPPY), None)
