"""Tracks without audio features: others' answers predict them."""

from dataclasses import replace

import numpy as np
import pytest

from models.emotion import Modality, Quadrant
from models.errors import MissingModalityError
from models.personal import CommitteePersonaliser, LogisticPersonaliser
from service.api.predict.predictions import PredictionTarget, predict_track, predict_tracks
from service.api.tracks.catalogue import Archive, list_tracks, show_track
from service.auth.signed_urls import SignedUrls
from service.errors import ForeignFeaturesError
from service.serving.forecasts import forecast_answers
from service.tracks import Content, TrackMetadata
from tests.fakes import FakeClock, features
from tests.house import SmallService, answers, snapshot

Q1, Q2, Q3, Q4 = Quadrant
NOBODY = PredictionTarget()
EVEN = np.full(4, 0.25)


@pytest.fixture(name="house")
def _house() -> SmallService:
    """Three tracks of other features, of which no snapshot ever judged the first."""
    house = SmallService()
    house.put("unjudged", "stale", "other")
    house.memory.tracks["unjudged"].population_prediction.member_logits.clear()
    newer = house.restarted(replace(snapshot("v2"), feature_digest="e" * 64))
    personaliser = LogisticPersonaliser(newer.snapshot.listener_model)
    newer.listeners = replace(newer.listeners, personaliser=personaliser)
    return newer


def by_id(house, track_id, asked=NOBODY):
    return predict_track(track_id, asked, catalogue=house.catalogue, listeners=house.listeners)


def archive(house):
    return Archive(house.catalogue, house.recordings, SignedUrls(b"house", FakeClock()))


@pytest.mark.parametrize("user", [None, "ana"])
def test_others_answers_and_even_odds_predict_a_track_that_was_never_judged(house, user):
    house.tell("bob", *answers(("unjudged", Q3)))

    prediction = by_id(house, "unjudged", PredictionTarget(user))

    found = prediction.recognition
    kappa = house.snapshot.listener_model.prior.kappa
    np.testing.assert_allclose(found.proba, (np.eye(4)[2] + kappa * EVEN) / (1 + kappa))
    assert found.quadrant is Q3
    assert found.likely is None
    assert not found.modalities
    assert not found.segments
    assert not any(found.why["population"].log_odds)
    assert found.why["others"].share == 1.0
    assert [notice.code for notice in found.notices] == ["votes_only"]
    assert prediction.snapshot == "v2"


def test_without_an_answer_of_somebody_else_such_a_track_is_refused(house):
    house.tell("ana", *answers(("unjudged", Q3)))

    with pytest.raises(ForeignFeaturesError, match="'unjudged'"):
        by_id(house, "unjudged", PredictionTarget("ana"))
    assert by_id(house, "unjudged").recognition.quadrant is Q3


def test_in_a_batch_it_stands_beside_tracks_that_were_judged(house):
    house.tell("bob", *answers(("unjudged", Q3)))
    ids = ["stale", "unjudged", "other"]

    batch = predict_tracks(ids, NOBODY, catalogue=house.catalogue, listeners=house.listeners)

    for track_id, item in zip(ids, batch.items, strict=True):
        expected = by_id(house, track_id).recognition.proba
        np.testing.assert_array_equal(item.prediction.recognition.proba, expected)


def test_a_fusion_that_needs_a_modality_is_refused_for_it_alone(house):
    house.tell("bob", *answers(("unjudged", Q3)))
    ids, asked = ["stale", "unjudged"], PredictionTarget(fusion="lyrics")

    batch = predict_tracks(ids, asked, catalogue=house.catalogue, listeners=house.listeners)

    judged, refused = batch.items
    assert judged.prediction is not None
    assert isinstance(refused.error, MissingModalityError)


def test_the_catalogue_shows_its_prediction_once_somebody_has_answered(house):
    def shown():
        (listed,) = (
            each
            for each in list_tracks(
                None, 9, archive=archive(house), listeners=house.listeners
            ).tracks
            if each.record.track_id == "unjudged"
        )
        alone = show_track("unjudged", NOBODY, archive=archive(house), listeners=house.listeners)
        return listed.prediction, alone.prediction

    assert shown() == (None, None)

    house.tell("bob", *answers(("unjudged", Q3)))

    assert [each.recognition.quadrant for each in shown()] == [Q3, Q3]


def test_an_answer_about_it_teaches_the_listeners_level_and_no_taste(house):
    house.tell("ana", *answers(("unjudged", Q3)))

    model = house.listeners.current("ana").model

    level, taste = model.weights[0], model.weights[1:]
    assert level.argmax() == Q3.index
    assert not taste.any()
    assert by_id(house, "other", PredictionTarget("ana")).personal.is_used


def test_nothing_is_forecast_of_it_until_somebody_else_has_answered(house):
    (label,) = answers(("unjudged", Q3))

    assert not forecast_answers("ana", [label], house.listeners)

    house.tell("bob", label)

    assert forecast_answers("ana", [label], house.listeners).keys() == {"unjudged"}


def test_committees_which_look_at_no_votes_refuse_it_still(house):
    house.tell("bob", *answers(("unjudged", Q3)))
    shared = house.snapshot
    committees = CommitteePersonaliser(shared.committees)
    house.listeners = replace(house.listeners, personaliser=committees)

    with pytest.raises(ForeignFeaturesError):
        by_id(house, "unjudged")


def test_lyrics_alone_and_others_answers_predict_together():
    house = SmallService()
    personaliser = LogisticPersonaliser(house.snapshot.listener_model)
    house.listeners = replace(house.listeners, personaliser=personaliser)
    given = features(seed=1, audio=False)
    house.catalogue.put("sung", given, Content(None, "lyrics"), TrackMetadata())
    before = by_id(house, "sung").recognition
    unlikely = Quadrant(f"Q{int(before.proba.argmin()) + 1}")

    house.tell("bob", *answers(("sung", unlikely)))

    after = by_id(house, "sung").recognition
    assert after.modalities.keys() == {Modality.LYRICS}
    assert after.proba[unlikely.index] > before.proba[unlikely.index]
    np.testing.assert_allclose(after.why["population"].log_odds, before.why["population"].log_odds)
    assert after.why["others"].share > 0
