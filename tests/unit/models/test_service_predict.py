"""Predict, from what is sent along or registered."""

import io

import numpy as np
import pytest

from models.emotion import Modality
from models.errors import MissingModalityError, UnsupportedInputError
from models.features.embeddings import EmbeddingReader, EmbeddingSpec
from models.prediction.predictor import predict_population
from models.track import Notice, Track, TrackFeatures
from service.api.predict.predictions import (
    PredictionTarget,
    Upload,
    predict_known,
    predict_tracks,
    predict_upload,
)
from service.api.predict.schemas import Prediction
from service.errors import TrackNotFoundError
from service.tracks import Content, TrackMetadata
from tests.fakes import N_FEATURES, features
from tests.small_service import SmallService


def upload(house, sent):
    return predict_upload(
        sent, PredictionTarget(), extractor=house.extractor, listeners=house.listeners
    )


def test_an_upload_is_predicted_and_not_kept():
    house = SmallService()

    prediction = upload(house, Upload(io.BytesIO(b"audio 1"), "some words"))

    assert prediction.recognition.modalities.keys() == set(Modality)
    assert len(prediction.recognition.segments) == 3
    assert prediction.personal is None
    assert prediction.snapshot == "v1"
    assert house.catalogue.revision() == 0


def test_a_track_that_the_fusion_cannot_judge_does_not_fail_its_batch():
    house = SmallService()
    house.put("a")
    house.catalogue.put("mute", features(audio=False), Content(None, "x"), TrackMetadata())

    results = predict_tracks(
        ["mute", "a", "no"],
        PredictionTarget(fusion="audio"),
        catalogue=house.catalogue,
        listeners=house.listeners,
    ).items

    assert isinstance(results[0].error, MissingModalityError)
    assert results[1].prediction.recognition.fusion == "audio"
    assert isinstance(results[2].error, TrackNotFoundError)


@pytest.mark.parametrize("has", [[Modality.AUDIO], [Modality.LYRICS], list(Modality)], ids=str)
def test_embeddings_are_predicted_as_features_are_and_have_no_segments(has):
    house = SmallService(extractor=EmbeddingReader(EmbeddingSpec(N_FEATURES, N_FEATURES)))
    numbers = np.random.default_rng(0).normal(size=N_FEATURES)

    heard = upload(house, Upload(embeddings=dict.fromkeys(has, numbers.tolist()))).recognition

    assert heard.modalities.keys() == set(has)
    assert heard.segments == ()
    for modality in has:
        committee = house.snapshot.committees[modality]
        logits = committee.member_logits(numbers[None].astype(np.float32))
        np.testing.assert_allclose(heard.modalities[modality], committee.consensus(logits)[0])


def test_nothing_is_heard_where_an_embedding_beside_it_is_not_read():
    house = SmallService()

    with pytest.raises(UnsupportedInputError):
        upload(house, Upload(io.BytesIO(b"audio"), None, {Modality.LYRICS: [0.0]}))

    assert house.extractor.heard == 0


def test_lyrics_that_were_not_sent_are_absent_and_unread_ones_are_null_and_named():
    house = SmallService()
    unread = Notice("lyrics_language", "The lyrics are in Spanish; they are read in English.")
    stale = Notice("stale_features", "The features are those of another snapshot.")

    def wire(*notices):
        heard = TrackFeatures(features(seed=1).audio, None, notices)
        track = Track("", heard, predict_population(house.snapshot, heard))
        (predicted,) = predict_known([track], PredictionTarget(), listeners=house.listeners)
        return Prediction.model_validate(predicted).model_dump(mode="json")

    without, noticed = wire(), wire(unread, stale)

    assert without["modalities"].keys() == {"audio"}
    assert without["notices"] == []
    assert noticed["modalities"] == {**without["modalities"], "lyrics": None}
    reply = [(each["code"], each["message"]) for each in noticed["notices"]]
    assert reply == [(each.code, each.message) for each in (unread, stale)]
    changed = {name for name in noticed if noticed[name] != without[name]}
    assert changed == {"modalities", "notices"}
