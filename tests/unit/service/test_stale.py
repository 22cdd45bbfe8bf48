"""A catalogue that was registered under a snapshot of other features is served on."""

from dataclasses import replace

import numpy as np
import pytest

from models.emotion import Quadrant
from models.errors import MissingModalityError
from models.query import STRATEGIES, is_personal
from service.api.predict.predictions import PredictionTarget, predict_tracks
from service.api.query.pools import PoolSources
from service.api.query.questions import QueryRequest, query
from service.api.tracks.catalogue import Archive, list_tracks, show_track
from service.errors import ForeignFeaturesError
from service.serving.container import PERSONALISERS
from service.serving.forecasts import forecast_answers
from service.tracks import Content, TrackMetadata
from tests.fakes import features
from tests.small_service import SmallService, answers, predict, snapshot

Q1, Q2, Q3, Q4 = Quadrant
TRACKS = [f"t{number}" for number in range(6)]
ASKED = [
    *(("logistic", strategy) for strategy in STRATEGIES),
    *(("committee", strategy) for strategy in STRATEGIES if not is_personal(strategy)),
]
"""Personalisers, each with every strategy that goes with it."""


def upgraded(house, personaliser="logistic"):
    """Another worker over the same state, whose snapshot reads other features."""
    newer = house.restarted(replace(snapshot("v2"), feature_digest="e" * 64))
    return newer.learning(personaliser)


@pytest.fixture(name="old")
def _old() -> SmallService:
    house = SmallService()
    house.put(*TRACKS)
    return house


@pytest.fixture(name="house", params=PERSONALISERS)
def _house(request, old) -> SmallService:
    return upgraded(old, request.param)


@pytest.mark.parametrize("n_fresh", [0, 3])
@pytest.mark.parametrize(("personaliser", "strategy"), ASKED)
def test_every_strategy_asks_about_every_open_track(old, personaliser, strategy, n_fresh):
    house = upgraded(old, personaliser)
    house.tell("ana", *answers(("t0", Q1)))
    for number in range(n_fresh):
        house.catalogue.put(
            f"fresh{number}", features(seed=number), Content("f", None), TrackMetadata()
        )

    asked = query(
        QueryRequest("ana", 20, strategy=strategy),
        sources=PoolSources(house.catalogue, house.track_features, house.votes),
        log=house.log,
        listeners=house.listeners,
        rng=np.random.default_rng(0),
    )

    open_tracks = TRACKS[1:] + [f"fresh{number}" for number in range(n_fresh)]
    assert sorted(each.track_id for each in asked.tracks) == sorted(open_tracks)
    assert all(np.isfinite(each.score) for each in asked.tracks)


def test_what_was_learnt_of_stale_tracks_is_learnt_anew_once_they_are_heard_again(house):
    house.tell("ana", *answers(("t0", Q1), ("t1", Q3)))
    predict(house, "t2", "ana")
    for track_id in ("t0", "t1"):
        house.catalogue.put(track_id, features(seed=7), Content(track_id, None), TrackMetadata())

    reply = predict(house, "t0", "ana").recognition

    house.drop_models()  # what is left is the log
    fresh = upgraded(SmallService(house.database), house.listeners.personaliser.algorithm)
    again = predict(fresh, "t0", "ana").recognition
    np.testing.assert_array_equal(reply.proba, again.proba)


def test_a_listener_of_stale_tracks_is_remembered_until_a_track_changes(house):
    found = []
    house.listeners = replace(house.listeners, found=found.append)
    house.tell("ana", *answers(("t0", Q1), ("t1", Q3)))
    del found[:]

    for _ in range(2):
        predict(house, "t2", "ana")
    house.catalogue.put("t0", features(seed=7), Content("t0", None), TrackMetadata())
    predict(house, "t2", "ana")

    assert found == ["memory", "memory", "log"]
    assert house.users_with_models() == set()


@pytest.fixture(name="newer")
def _newer() -> SmallService:
    """Three tracks of other features, of which no snapshot ever judged the first."""
    house = SmallService()
    house.put("unjudged", "stale", "other")
    house.make_unjudged("unjudged")
    return upgraded(house)


@pytest.mark.parametrize("user", [None, "ana"])
def test_others_answers_and_even_odds_predict_a_track_that_was_never_judged(newer, user):
    newer.tell("bob", *answers(("unjudged", Q3)))

    prediction = predict(newer, "unjudged", user)

    found = prediction.recognition
    kappa = newer.snapshot.listener_model.prior.kappa
    np.testing.assert_allclose(
        found.proba, (np.eye(4)[2] + kappa * np.full(4, 0.25)) / (1 + kappa)
    )
    assert found.quadrant is Q3
    assert found.likely is None
    assert not found.modalities
    assert not found.segments
    assert not any(found.why["population"].log_odds)
    assert found.why["others"].share == 1.0
    assert [notice.code for notice in found.notices] == ["votes_only"]
    assert prediction.snapshot == "v2"


def test_without_an_answer_of_somebody_else_such_a_track_is_refused(newer):
    newer.tell("ana", *answers(("unjudged", Q3)))

    with pytest.raises(ForeignFeaturesError, match="'unjudged'"):
        predict(newer, "unjudged", "ana")
    assert predict(newer, "unjudged").recognition.quadrant is Q3


def test_a_fusion_that_needs_a_modality_is_refused_for_it_alone(newer):
    newer.tell("bob", *answers(("unjudged", Q3)))
    ids, asked = ["stale", "unjudged"], PredictionTarget(fusion="lyrics")

    batch = predict_tracks(ids, asked, catalogue=newer.catalogue, listeners=newer.listeners)

    judged, refused = batch.items
    assert judged.prediction is not None
    assert isinstance(refused.error, MissingModalityError)


def test_the_catalogue_shows_its_prediction_once_somebody_has_answered(newer):
    def shown():
        page = list_tracks(None, 9, archive=Archive.of(newer), listeners=newer.listeners)
        listed = {each.record.track_id: each.prediction for each in page.tracks}
        alone = show_track(
            "unjudged", PredictionTarget(), archive=Archive.of(newer), listeners=newer.listeners
        )
        return listed["unjudged"], alone.prediction

    assert shown() == (None, None)

    newer.tell("bob", *answers(("unjudged", Q3)))

    assert [each.recognition.quadrant for each in shown()] == [Q3, Q3]


def test_an_answer_about_it_teaches_the_listeners_level_and_no_taste(newer):
    newer.tell("ana", *answers(("unjudged", Q3)))

    model = newer.listeners.current("ana").model

    level, taste = model.weights[0], model.weights[1:]
    assert level.argmax() == Q3.index
    assert not taste.any()
    assert predict(newer, "other", "ana").personal.is_used


def test_nothing_is_forecast_of_it_until_somebody_else_has_answered(newer):
    (label,) = answers(("unjudged", Q3))

    assert not forecast_answers("ana", [label], newer.listeners)

    newer.tell("bob", label)

    assert forecast_answers("ana", [label], newer.listeners).keys() == {"unjudged"}


def test_committees_which_look_at_no_votes_refuse_it_still(newer):
    newer.tell("bob", *answers(("unjudged", Q3)))
    newer.learning("committee")

    with pytest.raises(ForeignFeaturesError):
        predict(newer, "unjudged")
