"""How a prediction goes over the wire: what was not used is told, and is null or absent."""

import numpy as np
import pytest

from models.notices import Notice
from models.personal import PARTS
from models.prediction.predictor import predict_population
from models.track import Track, TrackFeatures
from service.api.predict.predictions import PredictionTarget, predict_known
from service.api.predict.schemas import Prediction
from tests.fakes import features
from tests.house import SmallService

LANGUAGE = Notice("lyrics_language", "The lyrics are in Spanish; they are read in English.")
STALE = Notice("stale_features", "The features are those of another snapshot.")


@pytest.fixture(name="wire")
def _wire():
    """Returns what is sent of a prediction of a recording with these notices."""
    house = SmallService()

    def wire(*notices):
        heard = TrackFeatures(features(seed=1).audio, None, notices)
        track = Track("", heard, predict_population(house.snapshot, heard))
        (predicted,) = predict_known([track], PredictionTarget(), listeners=house.listeners)
        return Prediction.model_validate(predicted).model_dump(mode="json")

    return wire


def test_lyrics_that_were_not_sent_are_absent(wire):
    assert wire()["modalities"].keys() == {"audio"}
    assert wire()["notices"] == []


def test_lyrics_that_were_sent_and_not_read_are_null_and_named(wire):
    told = wire(LANGUAGE)

    assert told["modalities"]["lyrics"] is None
    assert sum(told["modalities"]["audio"].values()) == pytest.approx(1)
    assert told["notices"] == [{"code": LANGUAGE.code, "message": LANGUAGE.message}]


def test_what_is_not_about_lyrics_leaves_them_absent(wire):
    told = wire(STALE)

    assert told["modalities"].keys() == {"audio"}
    assert [notice["code"] for notice in told["notices"]] == ["stale_features"]


def test_the_parts_add_up_to_the_log_of_the_distribution(wire):
    told = wire()
    why, proba = told["why"], told["probabilities"]

    assert why.keys() == {*PARTS, "words"}
    total = np.array([sum(why[part]["log_odds"][q] for part in PARTS) for q in proba])
    log_proba = np.log(list(proba.values()))
    assert total == pytest.approx(log_proba - log_proba.mean())
    assert sum(why[part]["share"] for part in PARTS) == pytest.approx(1.0)
    assert why["words"].startswith("By its sound ")


def test_nothing_else_depends_on_what_was_not_used(wire):
    without, told = wire(), wire(LANGUAGE, STALE)

    changed = {name for name in told if told[name] != without[name]}
    assert changed == {"modalities", "notices"}
