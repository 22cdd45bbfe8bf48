"""Where a prediction comes from, in sentences."""

from dataclasses import replace

import numpy as np
import pytest

from models.emotion import Modality
from models.personal import PARTS
from models.prediction.prediction import Part
from models.prediction.predictor import predict_all, predict_population
from models.track import Track, TrackFeatures
from service.api.predict.explanations import why_words
from tests.fakes import features
from tests.small_service import SmallService

NONE = np.zeros(4)
HAPPY, TENSE, SAD, CALM = np.eye(4) - 0.25
AUDIO, LYRICS = Modality


@pytest.fixture(name="plain", scope="module")
def _plain():
    """A prediction of which no part does anything."""
    house = SmallService()
    heard = TrackFeatures(features(seed=1).audio, None)
    track = Track("", heard, predict_population(house.snapshot, heard))
    (found,) = predict_all(house.snapshot, [track], personal=None, fusion="average")
    return replace(found, why={name: Part(NONE, 0.25) for name in PARTS})


def told(plain, votes=(0, 0, 0, 0), **parts):
    why = {**plain.why, **{name: Part(log_odds, 0.5) for name, log_odds in parts.items()}}
    return why_words(replace(plain, why=why), np.array(votes, np.float64))


def test_parts_are_told_in_their_order(plain):
    said = told(plain, (2, 0, 0, 1), population=3 * CALM, others=HAPPY, level=HAPPY, taste=-TENSE)

    assert said == (
        "By its sound most people would call it calm. 3 other listeners lean to happy. "
        "You answer happy more often than most. "
        "Music like this you call tense less often than most."
    )


def test_a_part_that_does_nothing_is_not_mentioned(plain):
    assert told(plain, (1, 0, 0, 0), level=-2 * SAD) == "You answer sad less often than most."
    assert told(plain) == "Nothing favours one answer over another."


def test_a_population_that_is_not_sure_names_two_answers(plain):
    said = told(plain, population=0.5 * CALM + 0.2 * SAD)

    assert said == "By its sound people would call it calm or sad."


@pytest.mark.parametrize(
    ("modalities", "source"),
    [
        ({AUDIO: HAPPY}, "sound"),
        ({LYRICS: HAPPY}, "lyrics"),
        ({AUDIO: HAPPY, LYRICS: HAPPY}, "sound and lyrics"),
        ({AUDIO: HAPPY, LYRICS: None}, "sound"),
    ],
)
def test_it_names_what_was_read(plain, modalities, source):
    read = replace(plain, modalities=modalities)

    assert told(read, population=3 * HAPPY).startswith(f"By its {source} most people")


def test_of_a_track_that_nothing_was_read_of_only_votes_are_told(plain):
    unread = replace(plain, modalities={})

    said = told(unread, (0, 1, 0, 0), population=HAPPY, others=TENSE)

    assert said == "1 other listener leans to tense."


@pytest.mark.parametrize(
    ("votes", "said"),
    [
        ((1, 0, 0, 0), "1 other listener leans to happy."),
        ((0.5, 0.5, 0, 0), "1 other listener wavers between happy and tense."),
        ((0, 0, 2, 2), "4 other listeners are divided between sad and calm."),
        ((0, 0, 1.25, 2.75), "4 other listeners lean to calm."),
    ],
)
def test_votes_are_told_by_how_many_gave_them_and_where_they_lean(plain, votes, said):
    assert told(plain, votes, others=HAPPY) == said
