"""What every catalogue must do."""

from dataclasses import replace

import numpy as np
import pytest

from models.emotion import Modality, Quadrant
from models.features.language import notice_of
from models.track import Track
from service.db.track_feature_feed import TrackFeatureFeed
from service.errors import ForeignFeaturesError, TrackLabelledError, TrackNotFoundError
from service.labels import Label
from service.tracks import CatalogueChange, Content, PopulationPredictor, TrackMetadata
from tests.fakes import features, population_predictor, predict_population

A, B = Content("a" * 64, None), Content("b" * 64, "c" * 64)
TAGGED = Content("b" * 64, "c" * 64, "d" * 64)
TAGGED_AGAIN = Content("e" * 64, "c" * 64, "d" * 64)
Q1, Q2, Q3, Q4 = Quadrant


def found(stores, track_id):
    (track,) = stores.catalogue.find([track_id])
    assert isinstance(track, Track)
    return track


def all_changes(database, revision=0, seen_by=None):
    _, changes = TrackFeatureFeed(database, seen_by or population_predictor()).since(revision)
    return set(changes.track_ids), set(changes.removed)


def test_a_track_reads_as_it_was_put(stores):
    given = features(seed=3)
    stores.catalogue.put("t", given, B, TrackMetadata("Title", "Artist"))

    record = stores.catalogue.get("t")

    kept = record.track.features
    np.testing.assert_array_equal(kept.audio.vector, given.audio.vector)
    np.testing.assert_array_equal(kept.audio.starts_s, given.audio.starts_s)
    np.testing.assert_array_equal(kept.audio.ends_s, given.audio.ends_s)
    np.testing.assert_array_equal(kept.lyrics, given.lyrics)
    assert kept.audio.duration_s == given.audio.duration_s
    assert (record.track_id, record.content) == ("t", B)
    assert record.track_metadata == TrackMetadata("Title", "Artist")
    assert record.created_at == record.updated_at
    assert record.created_at.tzinfo is not None


def test_a_belief_reads_as_the_snapshot_said_it(stores):
    given = features(seed=3)
    stores.catalogue.put("t", given, A, TrackMetadata())

    population_prediction = found(stores, "t").population_prediction

    said = population_predictor().predict_population(given)
    assert population_prediction.member_logits.keys() == set(Modality)
    for modality in Modality:
        np.testing.assert_array_equal(
            population_prediction.member_logits[modality], said.member_logits[modality]
        )
    np.testing.assert_array_equal(population_prediction.segment_proba, said.segment_proba)
    np.testing.assert_array_equal(population_prediction.sketch, said.sketch)


@pytest.mark.parametrize("unread", ["language:es", "no_words"])
def test_a_track_keeps_why_its_lyrics_were_not_read(stores, unread):
    given = features(seed=3, lyrics=False)
    stores.catalogue.put("t", replace(given, notices=(notice_of(unread),)), B, TrackMetadata())

    assert found(stores, "t").features.notices == (notice_of(unread),)
    assert stores.catalogue.get("t").track.features.notices == (notice_of(unread),)

    stores.catalogue.put("t", features(seed=3), A, TrackMetadata())
    assert found(stores, "t").features.notices == ()


@pytest.mark.parametrize("modality", Modality)
def test_a_track_may_lack_a_modality(stores, modality):
    given = features(lyrics=modality is Modality.LYRICS, audio=modality is Modality.AUDIO)
    stores.catalogue.put("t", given, A, TrackMetadata())

    track = found(stores, "t")

    assert track.population_prediction.member_logits.keys() == {modality}
    assert track.features.vector(modality) is not None
    assert sum(track.features.vector(each) is None for each in Modality) == 1


def test_find_answers_in_place_and_in_order(stores):
    stores.put("a", "b")

    first, missing, *others = stores.catalogue.find(["b", "no", "a", "b"])

    assert [track.track_id for track in (first, *others)] == ["b", "a", "b"]
    assert isinstance(missing, TrackNotFoundError)
    assert "'no'" in str(missing)


def test_putting_tells_whether_the_id_was_free(stores):
    first = stores.catalogue.put("t", features(), A, TrackMetadata())
    again = stores.catalogue.put("t", features(seed=1), B, TrackMetadata("New"))

    assert (first, again) == (
        CatalogueChange(is_new=True, replaced=None),
        CatalogueChange(is_new=False, replaced=A),
    )
    record = stores.catalogue.get("t")
    assert (record.content, record.track_metadata) == (B, TrackMetadata("New"))
    assert record.created_at < record.updated_at


def test_a_retitled_track_keeps_its_numbers(stores):
    stores.put("t")
    before = found(stores, "t")

    change = stores.catalogue.retitle("t", A, TrackMetadata("Other"))

    assert change == CatalogueChange(is_new=False, replaced=A)
    assert stores.catalogue.get("t").track_metadata == TrackMetadata("Other")
    np.testing.assert_array_equal(found(stores, "t").features.lyrics, before.features.lyrics)


@pytest.mark.parametrize("read_again", [False, True], ids=["retitle", "put"])
def test_a_labelled_track_takes_another_file_of_the_same_sound(stores, read_again):
    stores.catalogue.put("t", features(), TAGGED, TrackMetadata())
    stores.log.append("ana", [Label("e1", "t", Q1)])

    given = [features()] * read_again
    change = (stores.catalogue.put if read_again else stores.catalogue.retitle)(
        "t", *given, TAGGED_AGAIN, TrackMetadata("New")
    )

    assert change == CatalogueChange(is_new=False, replaced=TAGGED)
    assert stores.catalogue.get("t").content == TAGGED_AGAIN
    assert stores.catalogue.get("t").track_metadata.title == "New"


@pytest.mark.parametrize(
    ("stored", "sent"),
    [
        (B, TAGGED),  # a row of an earlier release, and the same file
        (Content("b" * 64, "9" * 64), replace(TAGGED, earlier_lyrics=frozenset({"9" * 64}))),
    ],
    ids=["file", "words as they were sent"],
)
def test_a_row_of_an_earlier_release_takes_the_new_digests(stores, stored, sent):
    stores.catalogue.put("t", features(), stored, TrackMetadata())
    stores.log.append("ana", [Label("e1", "t", Q1)])

    stores.catalogue.retitle("t", sent, TrackMetadata())

    assert stores.catalogue.get("t").content == TAGGED


def test_the_sound_of_a_stored_file_is_added_while_it_is_the_tracks(stores):
    stores.catalogue.put("t", features(), B, TrackMetadata())

    stores.catalogue.add_sound("t", "a" * 64, "f" * 64)
    stores.catalogue.add_sound("t", "b" * 64, "d" * 64)

    assert stores.catalogue.get("t").content == TAGGED


@pytest.mark.parametrize(
    ("stored", "sent"),
    [
        (B, TAGGED_AGAIN),  # nobody knows what the old file sounds like
        (TAGGED, Content("e" * 64, "c" * 64, "f" * 64)),
        (TAGGED, Content("e" * 64, "c" * 64)),
        (TAGGED, replace(TAGGED_AGAIN, lyrics_sha256="f" * 64)),
        (TAGGED, replace(TAGGED_AGAIN, lyrics_sha256=None)),
        (TAGGED, Content(None, "c" * 64)),
        (Content(None, "c" * 64), TAGGED),
    ],
)
def test_other_sound_or_other_words_of_a_labelled_track_are_refused(stores, stored, sent):
    stores.catalogue.put("t", features(), stored, TrackMetadata())
    stores.log.append("ana", [Label("e1", "t", Q1)])

    assert stores.catalogue.retitle("t", sent, TrackMetadata()) is None
    with pytest.raises(TrackLabelledError):
        stores.catalogue.put("t", features(), sent, TrackMetadata())


def test_fields_of_the_metadata_change_alone(stores, database):
    stores.put("t")
    revision = stores.catalogue.revision()

    stores.catalogue.change_metadata("t", {"artist": None, "audio_url": "https://a.test"})

    record = stores.catalogue.get("t")
    assert record.track_metadata == TrackMetadata("T", None, "https://a.test")
    assert record.content == A
    assert all_changes(database, revision) == ({"t"}, set())


@pytest.mark.parametrize("track_id", ["hidden", "no"])
def test_metadata_of_no_track_cannot_change(stores, track_id):
    stores.put("hidden")
    stores.catalogue.hide("hidden")
    before = stores.catalogue.revision()

    with pytest.raises(TrackNotFoundError):
        stores.catalogue.change_metadata(track_id, {"title": "New"})

    assert stores.catalogue.revision() == before


@pytest.mark.parametrize(
    ("track_id", "content"), [("t", B), ("t", Content(None, None)), ("no", A)]
)
def test_retitling_needs_the_same_content(stores, track_id, content):
    stores.put("t")

    change = stores.catalogue.retitle(track_id, content, TrackMetadata("Other"))

    assert change is None
    assert stores.catalogue.get("t").track_metadata == TrackMetadata("T", "Ana")


def test_nothing_changes_when_a_track_is_retitled_to_its_title(stores):
    stores.put("t")
    revision = stores.catalogue.revision()
    before = stores.catalogue.get("t").updated_at

    stores.catalogue.retitle("t", A, TrackMetadata("T", "Ana"))

    assert stores.catalogue.get("t").updated_at == before
    assert stores.catalogue.revision() == revision


def test_a_hidden_track_is_nowhere(stores, database):
    stores.put("a", "b", "c")
    stores.catalogue.hide("b")

    assert isinstance(stores.catalogue.find(["b"])[0], TrackNotFoundError)
    assert [record.track_id for record in stores.catalogue.page("", 10)] == ["a", "c"]
    assert all_changes(database) == ({"a", "c"}, {"b"})
    with pytest.raises(TrackNotFoundError):
        stores.catalogue.get("b")
    with pytest.raises(TrackNotFoundError):
        stores.catalogue.hide("b")


def test_the_numbers_of_a_hidden_track_stay_while_a_label_stands_on_them(stores):
    stores.put("t")
    stores.log.append("ana", [Label("e1", "t", Q1)])
    stores.catalogue.hide("t")

    assert stores.catalogue.learnt_from(["t"]).keys() == {"t"}

    stores.log.append("ana", [Label.retraction("e2", "t")])

    assert stores.catalogue.learnt_from(["t"]) == {}


def test_the_numbers_of_a_hidden_track_go_with_the_last_user(stores):
    stores.put("t")
    stores.log.append("ana", [Label("e1", "t", Q1)])
    stores.log.append("bob", [Label("e1", "t", Q2)])
    stores.catalogue.hide("t")

    stores.log.forget("ana")
    assert stores.catalogue.learnt_from(["t"]).keys() == {"t"}

    stores.log.forget("bob")
    assert stores.catalogue.learnt_from(["t"]) == {}


def test_outlines_are_the_sketches_of_what_is_learnt_from(stores):
    stores.put("shown", "hidden", "erased")
    stores.log.append("ana", [Label("e1", "hidden", Q1)])
    stores.catalogue.hide("hidden")
    stores.catalogue.hide("erased")
    asked = ["hidden", "no", "erased", "shown"]
    newer = stores.seen_by(population_predictor("v2", "e" * 64))
    newer.put("newer", features(seed=9), A, TrackMetadata())

    for catalogue, known in (
        (stores.catalogue, {"shown", "hidden", "newer"}),
        (stores.seen_by(PopulationPredictor("v2", "f" * 64, _surer)), {"shown", "hidden"}),
        (newer, {"shown", "hidden", "newer"}),
    ):
        summaries = catalogue.summaries([*asked, "newer"])
        tracks = catalogue.learnt_from([*asked, "newer"])

        assert summaries.keys() == tracks.keys() == known
        for track_id, summary in summaries.items():
            assert summary.track_id == track_id
            np.testing.assert_array_equal(
                summary.sketch, tracks[track_id].population_prediction.sketch
            )


def test_the_same_content_brings_a_hidden_track_back(stores, database):
    stores.put("t")
    stores.log.append("ana", [Label("e1", "t", Q1)])
    stores.catalogue.hide("t")
    revision = stores.catalogue.revision()

    change = stores.catalogue.retitle("t", A, TrackMetadata("Again"))

    assert change == CatalogueChange(is_new=True, replaced=A)
    assert stores.catalogue.get("t").track_metadata == TrackMetadata("Again")
    assert all_changes(database, revision) == ({"t"}, set())


def test_a_labelled_track_takes_the_numbers_of_another_encoder_but_no_others(stores):
    own = PopulationPredictor("v2", "e" * 64, predict_population, reads_embeddings=True)
    stores.put("t")
    stores.log.append("ana", [Label("e1", "t", Q1)])
    reencoded = stores.seen_by(own)

    change = reencoded.put("t", features(seed=3), B, TrackMetadata())

    assert not change.is_new
    assert reencoded.content_of("t") == B
    assert reencoded.learnt_from(["t"]).keys() == {"t"}
    with pytest.raises(TrackLabelledError):
        reencoded.put("t", features(seed=4), A, TrackMetadata())
    with pytest.raises(TrackLabelledError):
        stores.catalogue.put("t", features(seed=1), A, TrackMetadata())


def test_a_track_whose_labels_were_taken_back_may_change(stores):
    stores.put("t")
    stores.log.append("ana", [Label("e1", "t", Q1), Label.retraction("e2", "t")])

    stores.catalogue.put("t", features(seed=1), B, TrackMetadata())

    assert stores.catalogue.get("t").content == B


def test_pages_follow_the_bytes_of_the_ids(stores):
    stores.put("b", "B", "a", "10", "9")

    first = [record.track_id for record in stores.catalogue.page("", 3)]
    second = [record.track_id for record in stores.catalogue.page(first[-1], 3)]

    assert first + second == ["10", "9", "B", "a", "b"]


def test_another_snapshot_believes_something_else_of_the_same_features(stores):
    given = features(seed=3)
    stores.catalogue.put("t", given, A, TrackMetadata())
    surer = PopulationPredictor("v2", "f" * 64, _surer)

    (track,) = stores.seen_by(surer).find(["t"])
    record = stores.seen_by(surer).get("t")

    before = found(stores, "t").population_prediction.member_logits[Modality.LYRICS]
    np.testing.assert_array_equal(
        track.population_prediction.member_logits[Modality.LYRICS], before * 2
    )
    np.testing.assert_array_equal(
        track.population_prediction.segment_proba, _surer(given).segment_proba
    )
    np.testing.assert_array_equal(
        record.track.population_prediction.segment_proba, _surer(given).segment_proba
    )
    np.testing.assert_array_equal(record.track.population_prediction.sketch, _surer(given).sketch)


def _silent(given):
    population_prediction = predict_population(given)
    return type(population_prediction)(
        {}, population_prediction.segment_proba[:0], population_prediction.sketch
    )


def _surer(given):
    population_prediction = population_predictor().predict_population(given)
    doubled = {key: logits * 2 for key, logits in population_prediction.member_logits.items()}
    return type(population_prediction)(
        doubled, population_prediction.segment_proba[::-1], -population_prediction.sketch
    )


def test_a_track_of_other_features_that_was_never_judged_is_refused_until_it_is_put_again(
    stores, database
):
    silent = stores.seen_by(PopulationPredictor("v1", "f" * 64, _silent))
    silent.put("t", features(), A, TrackMetadata("T", "Ana"))
    stores.log.append("ana", [Label("e1", "t", Q1)])
    other = population_predictor("v2", "e" * 64)
    newer = stores.seen_by(other)

    assert isinstance(newer.find(["t"])[0], ForeignFeaturesError)
    assert newer.get("t").track is None
    assert newer.learnt_from(["t"]) == {}
    assert all_changes(database, seen_by=other) == (set(), {"t"})
    assert newer.retitle("t", A, TrackMetadata()) is None

    newer.put("t", features(), A, TrackMetadata())

    assert newer.get("t").track is not None


def test_where_a_track_is_heard_is_read_as_it_was_put_and_goes_with_it(stores):
    track_metadata = TrackMetadata("T", "Ana", "https://music.example/t.mp3")
    stores.catalogue.put("t", features(), A, track_metadata)
    stores.put("u")

    assert stores.catalogue.get("t").track_metadata == track_metadata
    assert stores.catalogue.playable(["t", "u", "no"]) == {"t"}
    stores.catalogue.retitle("t", A, TrackMetadata("T", "Ana"))
    assert stores.catalogue.playable(["t"]) == set()
    stores.catalogue.retitle("t", A, track_metadata)
    stores.catalogue.hide("t")
    assert stores.catalogue.playable(["t", "u"]) == set()


def test_a_catalogue_that_keeps_nothing_says_so_of_every_track(stores):
    stores.put("t")

    assert not stores.catalogue.get("t").is_kept
    assert [record.is_kept for record in stores.catalogue.page("", 5)] == [False]


def test_recordings_are_in_use_while_a_track_that_is_shown_is_made_from_them(stores):
    stores.catalogue.put("a", features(), A, TrackMetadata())
    stores.catalogue.put("b", features(), B, TrackMetadata())
    asked = [A.audio_sha256, B.audio_sha256, "d" * 64]

    assert stores.catalogue.audio_in_use(asked) == {A.audio_sha256, B.audio_sha256}
    stores.catalogue.hide("a")
    assert stores.catalogue.audio_in_use(asked) == {B.audio_sha256}
    assert stores.catalogue.audio_in_use([]) == set()


def test_the_content_of_a_track_is_told_also_of_a_hidden_one_that_is_labelled(stores):
    stores.catalogue.put("t", features(), B, TrackMetadata())
    assert stores.catalogue.content_of("t") == B
    assert stores.catalogue.content_of("no") is None

    stores.log.append("ana", [Label("e", "t", Q1)])
    assert stores.catalogue.hide("t") == B
    assert stores.catalogue.content_of("t") == B


def test_nothing_is_left_of_a_hidden_track_that_nobody_labelled(stores):
    stores.catalogue.put("t", features(), TAGGED, TrackMetadata())
    stores.catalogue.hide("t")

    assert stores.catalogue.learnt_from(["t"]) == {}
    assert stores.catalogue.content_of("t") == Content(None, None)
    for content in (B, Content(None, None)):
        assert stores.catalogue.retitle("t", content, TrackMetadata("Title", None)) is None
    assert stores.catalogue.page("", 10) == []
