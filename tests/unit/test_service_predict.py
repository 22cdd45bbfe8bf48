"""Predict, from what is sent along or registered."""

import io

import numpy as np
import pytest

from models.emotion import QUADRANTS, Modality
from models.errors import (
    EmbeddingSizeError,
    MissingModalityError,
    NoEvidenceError,
    UndecodableAudioError,
    UnknownFusionError,
    UnreadInputError,
)
from models.features.embeddings import EmbeddingReader, EmbeddingSpec
from models.features.language import notice_of
from service.api.predict.predictions import (
    PredictionTarget,
    Upload,
    features_of,
    predict_track,
    predict_tracks,
    predict_upload,
    predict_uploads,
)
from service.errors import ForeignFeaturesError, TrackNotFoundError
from service.serving.personal_models import PersonalUse
from service.tracks import Content, TrackMetadata
from tests.fakes import N_FEATURES, features
from tests.house import SmallService, answers, snapshot

NOBODY = PredictionTarget()


@pytest.fixture(name="house")
def _house() -> SmallService:
    house = SmallService()
    house.put("a", "b", "c")
    return house


def upload(house, sent, asked=NOBODY):
    return predict_upload(sent, asked, extractor=house.extractor, listeners=house.listeners)


def by_id(house, track_id, asked=NOBODY):
    return predict_track(track_id, asked, catalogue=house.catalogue, listeners=house.listeners)


def batch(house, track_ids, asked=NOBODY):
    return predict_tracks(track_ids, asked, catalogue=house.catalogue, listeners=house.listeners)


def uploads(house, sent, asked=NOBODY):
    return predict_uploads(sent, asked, extractor=house.extractor, listeners=house.listeners)


@pytest.fixture(name="reading")
def _reading() -> SmallService:
    """A house whose snapshot reads embeddings."""
    return SmallService(extractor=EmbeddingReader(EmbeddingSpec(N_FEATURES, N_FEATURES)))


def embedded(*modalities, seed=0, n=N_FEATURES):
    """An upload of embeddings, as long as they are to be."""
    drawn = np.random.default_rng(seed).normal(size=n).tolist()
    return Upload(embeddings=dict.fromkeys(modalities, drawn))


def test_an_upload_is_predicted_and_not_kept(house):
    prediction = upload(house, Upload(io.BytesIO(b"audio 1"), "some words"))

    assert prediction.recognition.modalities.keys() == set(Modality)
    assert len(prediction.recognition.segments) == 3
    assert prediction.personal is None
    assert prediction.snapshot == "v1"
    assert len(house.memory.tracks) == 3


@pytest.mark.parametrize(
    ("sent", "modality"),
    [(Upload(io.BytesIO(b"audio")), Modality.AUDIO), (Upload(lyrics="words"), Modality.LYRICS)],
)
def test_one_modality_is_enough(house, sent, modality):
    assert upload(house, sent).recognition.modalities.keys() == {modality}


@pytest.mark.parametrize("sent", [Upload(), Upload(lyrics=""), Upload(lyrics=" \n ")])
def test_nothing_to_judge_by_is_refused(house, sent):
    with pytest.raises(NoEvidenceError):
        upload(house, sent)


def test_lyrics_that_are_not_read_are_named_beside_audio(house):
    prediction = upload(house, Upload(io.BytesIO(b"audio 1"), "unread language:es"))

    heard = features_of(Upload(io.BytesIO(b"audio 1"), "unread no_words"), house.extractor)
    assert prediction.recognition.modalities.keys() == set(Modality)
    assert prediction.recognition.modalities[Modality.LYRICS] is None
    assert heard.notices == (notice_of("no_words"),)


def test_lyrics_that_are_not_read_are_no_evidence_alone(house):
    with pytest.raises(NoEvidenceError, match="The lyrics are in Spanish and were not used"):
        upload(house, Upload(lyrics="unread language:es"))


@pytest.mark.parametrize("lyrics", [None, "", " \n", "some words"])
def test_nothing_is_said_of_lyrics_that_are_read_or_not_there(house, lyrics):
    heard = features_of(Upload(io.BytesIO(b"audio 1"), lyrics), house.extractor)

    assert heard.notices == ()


def test_what_is_not_audio_is_refused(house):
    with pytest.raises(UndecodableAudioError):
        upload(house, Upload(io.BytesIO(b"text"), "some words"))


def test_a_registered_track_is_predicted_by_its_id(house):
    prediction = by_id(house, "a", PredictionTarget(fusion="lyrics"))

    assert prediction.recognition.fusion == "lyrics"
    assert by_id(house, "a").recognition.fusion == "average"


def test_an_unknown_track_is_refused(house):
    with pytest.raises(TrackNotFoundError, match="'no'"):
        by_id(house, "no")


def test_an_unknown_fusion_is_refused(house):
    with pytest.raises(UnknownFusionError, match="'magic'"):
        by_id(house, "a", PredictionTarget(fusion="magic"))
    with pytest.raises(UnknownFusionError, match="'magic'"):
        batch(house, ["no"], PredictionTarget(fusion="magic"))


def test_a_track_of_other_features_that_was_never_judged_is_refused(house):
    house.memory.tracks["a"].feature_digest = "e" * 64
    house.memory.tracks["a"].population_prediction.member_logits.clear()

    with pytest.raises(ForeignFeaturesError, match="'a'"):
        by_id(house, "a")


def test_somebody_without_labels_hears_what_everybody_hears(house):
    alone, population_model = by_id(house, "a", PredictionTarget("ana")), by_id(house, "a")

    np.testing.assert_array_equal(alone.recognition.proba, population_model.recognition.proba)
    assert alone.personal == PersonalUse("ana", 0, is_used=False)


def test_answers_move_the_predictions_of_who_gave_them_and_nobody_elses(house):
    before = by_id(house, "a").recognition.proba
    unlikely = int(before.argmin())

    house.tell("ana", *answers(("a", QUADRANTS[unlikely])))

    hers = by_id(house, "a", PredictionTarget("ana"))
    assert hers.recognition.proba[unlikely] > before[unlikely]
    assert hers.personal == PersonalUse("ana", 1, is_used=True)
    for asked in (PredictionTarget(), PredictionTarget("bob")):
        np.testing.assert_array_equal(by_id(house, "a", asked).recognition.proba, before)


def test_a_batch_answers_in_its_order_with_errors_in_their_places(house):
    results = batch(house, ["b", "no", "a", "b"], PredictionTarget("ana")).items

    one_by_one = [by_id(house, each, PredictionTarget("ana")) for each in ("b", "a", "b")]
    assert isinstance(results[1].error, TrackNotFoundError)
    for result, alone in zip([results[0], *results[2:]], one_by_one, strict=True):
        found = result.prediction
        np.testing.assert_allclose(found.recognition.proba, alone.recognition.proba)
        assert found.personal == alone.personal


def test_a_track_that_the_fusion_cannot_judge_does_not_fail_its_batch(house):
    house.catalogue.put("mute", features(audio=False), Content(None, "x"), TrackMetadata())

    results = batch(house, ["mute", "a", "no"], PredictionTarget(fusion="audio")).items

    assert isinstance(results[0].error, MissingModalityError)
    assert results[1].prediction.recognition.fusion == "audio"
    assert isinstance(results[2].error, TrackNotFoundError)


def test_lyrics_come_in_batches_too(house):
    results = uploads(house, [Upload(lyrics=text) for text in ("some words", " ", "more")]).items

    assert isinstance(results[1].error, NoEvidenceError)
    found = [results[n].prediction.recognition.fusion for n in (0, 2)]
    assert found == ["average"] * 2


def test_another_snapshot_judges_the_same_features_anew(house):
    before = by_id(house, "a")

    after = by_id(house.restarted(snapshot("v2")), "a")

    assert after.snapshot == "v2"
    assert not np.allclose(after.recognition.proba, before.recognition.proba)


@pytest.mark.parametrize("has", [[Modality.AUDIO], [Modality.LYRICS], list(Modality)], ids=str)
def test_embeddings_are_predicted_as_features_are_and_have_no_segments(reading, has):
    sent = embedded(*has)

    heard = upload(reading, sent).recognition

    assert heard.modalities.keys() == set(has)
    assert heard.segments == ()
    for modality in has:
        vector = np.asarray([sent.embeddings[modality]], np.float32)
        committee = reading.snapshot.committees[modality]
        said = committee.consensus(committee.member_logits(vector))[0]
        np.testing.assert_allclose(heard.modalities[modality], said)


def test_an_embedding_of_another_size_has_its_error_in_its_place(reading):
    sent = [embedded(Modality.AUDIO), embedded(Modality.AUDIO, n=5), embedded(*Modality)]

    results = uploads(reading, sent).items

    assert isinstance(results[1].error, EmbeddingSizeError)
    assert [results[n].prediction.recognition.modalities.keys() for n in (0, 2)] == [
        {Modality.AUDIO},
        set(Modality),
    ]


def test_an_embedding_that_the_fusion_cannot_judge_does_not_fail_its_batch(reading):
    results = uploads(
        reading, [embedded(m) for m in Modality], PredictionTarget(fusion="audio")
    ).items

    assert results[0].prediction.recognition.fusion == "audio"
    assert isinstance(results[1].error, MissingModalityError)


def test_a_whole_batch_is_refused_where_nothing_of_its_kind_is_read(house, reading):
    with pytest.raises(UnreadInputError):
        uploads(reading, [Upload(lyrics="la")])
    with pytest.raises(UnreadInputError):
        uploads(house, [embedded(Modality.AUDIO)])


def test_nothing_is_heard_where_an_embedding_beside_it_is_not_read(house):
    sent = Upload(io.BytesIO(b"audio"), None, {Modality.LYRICS: [0.0]})

    with pytest.raises(UnreadInputError):
        upload(house, sent)

    assert house.extractor.heard == 0
