"""Catalogue: tracks are registered once, shown, listed and taken away."""

import hashlib
import io

import numpy as np
import pytest

from models.emotion import Modality, Quadrant
from models.errors import EmbeddingSizeError, NoEvidenceError, UndecodableAudioError
from models.features.embeddings import EmbeddingReader, EmbeddingSpec
from models.features.language import notice_of
from service.api.predict.predictions import PredictionTarget, Upload
from service.api.tracks.catalogue import (
    Archive,
    Registration,
    delete_track,
    list_tracks,
    put_track,
    recording_of,
    show_track,
)
from service.auth.signed_urls import SignedUrls
from service.db.recordings import FileRecordings
from service.errors import (
    AudioNotKeptError,
    AudioStoreError,
    InvalidCursorError,
    TrackLabelledError,
    TrackNotFoundError,
)
from service.labels import Label
from service.tracks import TrackMetadata
from tests.fakes import N_FEATURES, FakeClock
from tests.house import SmallService

NOBODY = PredictionTarget()


@pytest.fixture(name="house")
def _house() -> SmallService:
    return SmallService()


@pytest.fixture(name="keeping")
def _keeping(tmp_path) -> SmallService:
    """A house that keeps recordings."""
    return SmallService(recordings=FileRecordings(tmp_path))


def archive(house):
    return Archive(house.catalogue, house.recordings, SignedUrls(b"house", FakeClock()))


def put(house, track_id="t", *, audio=b"audio 1", lyrics="some words", title="Title"):
    sent = Upload(None if audio is None else io.BytesIO(audio), lyrics)
    return put_track(
        track_id,
        Registration(sent, TrackMetadata(title, "Artist")),
        archive=archive(house),
        extractor=house.extractor,
        listeners=house.listeners,
    )


def show(house, track_id="t", asked=NOBODY):
    return show_track(track_id, asked, archive=archive(house), listeners=house.listeners)


def page(house, cursor=None, limit=2):
    return list_tracks(cursor, limit, archive=archive(house), listeners=house.listeners)


def ids(listed):
    return [shown.record.track_id for shown in listed.tracks]


def test_a_track_is_registered_with_its_prediction(house):
    registered = put(house)

    shown = show(house)
    assert registered.is_new
    assert registered.shown.record.track_metadata == TrackMetadata("Title", "Artist")
    np.testing.assert_array_equal(
        shown.prediction.recognition.proba, registered.shown.prediction.recognition.proba
    )


def test_registering_again_computes_nothing(house):
    put(house)

    again = put(house)

    assert not again.is_new
    assert (house.extractor.heard, house.extractor.read) == (1, 1)


def test_a_new_title_computes_nothing(house):
    put(house)

    put(house, title="Other")

    assert show(house).record.track_metadata.title == "Other"
    assert (house.extractor.heard, house.extractor.read) == (1, 1)


def test_other_content_takes_the_place_of_what_was_there(house):
    put(house)

    put(house, lyrics=None)

    assert show(house).record.content.lyrics_sha256 is None
    assert show(house).record.track.features.lyrics is None


def test_a_track_tells_that_its_lyrics_were_not_read_whenever_it_is_shown(house):
    put(house, lyrics="unread language:es")

    again = put(house, lyrics="unread language:es")

    assert again.shown.record.content.has_lyrics
    assert show(house).record.track.features.lyrics is None
    assert show(house).record.track.features.notices == (notice_of("language:es"),)
    assert house.extractor.read == 1


@pytest.mark.parametrize("lyrics", [None, "", "  \n"])
def test_lyrics_without_a_word_are_no_lyrics(house, lyrics):
    put(house, lyrics=None)

    again = put(house, lyrics=lyrics)

    assert not again.is_new
    assert house.extractor.heard == 1


def test_a_track_without_anything_to_judge_by_is_refused(house):
    with pytest.raises(NoEvidenceError):
        put(house, audio=None, lyrics=" ")
    with pytest.raises(UndecodableAudioError):
        put(house, audio=b"text")
    with pytest.raises(TrackNotFoundError):
        show(house)


def test_a_labelled_track_keeps_its_content_and_may_be_renamed(house):
    put(house)
    house.tell("ana", Label("e1", "t", Quadrant.Q1))

    with pytest.raises(TrackLabelledError):
        put(house, lyrics="other words")
    put(house, title="Other")

    assert show(house).record.track_metadata.title == "Other"


def test_a_deleted_track_is_gone_until_it_is_registered_again(house):
    put(house)
    delete_track("t", archive=archive(house))

    with pytest.raises(TrackNotFoundError):
        show(house)
    with pytest.raises(TrackNotFoundError):
        delete_track("t", archive=archive(house))
    assert ids(page(house)) == []

    assert put(house).is_new
    assert show(house).record.track_metadata.title == "Title"


def test_a_deleted_track_that_is_labelled_comes_back_without_computing(house):
    put(house)
    house.tell("ana", Label("e1", "t", Quadrant.Q1))
    delete_track("t", archive=archive(house))

    assert put(house).is_new
    assert house.extractor.heard == 1


def test_a_track_is_shown_to_a_listener(house):
    put(house)
    house.tell("ana", Label("e1", "t", Quadrant.Q1))

    shown = show(house, asked=PredictionTarget("ana", "lyrics"))

    assert shown.prediction.personal.is_used
    assert shown.prediction.recognition.fusion == "lyrics"


def test_a_track_of_other_features_that_was_never_judged_is_shown_without_a_prediction(house):
    put(house, "a")
    put(house, "b", audio=b"audio b")
    house.memory.tracks["a"].feature_digest = "e" * 64
    house.memory.tracks["a"].population_prediction.member_logits.clear()

    assert show(house, "a").prediction is None
    assert [shown.prediction is None for shown in page(house).tracks] == [True, False]


def test_pages_lead_to_each_other_and_end(house):
    for track_id in "edcba":
        put(house, track_id)

    first = page(house)
    second = page(house, first.next_cursor)
    third = page(house, second.next_cursor)

    assert [ids(first), ids(second), ids(third)] == [["a", "b"], ["c", "d"], ["e"]]
    assert third.next_cursor is None
    assert page(house, limit=5).next_cursor is None


@pytest.mark.parametrize("cursor", ["", "!", "abc", "ÄÖ", "AAAA", "gIA", "YQ==="])
def test_what_is_not_a_cursor_is_refused(house, cursor):
    with pytest.raises(InvalidCursorError):
        page(house, cursor)


def heard(house, track_id="t"):
    return recording_of(track_id, archive=archive(house)).file.read_bytes()


def kept_in(folder):
    return sorted(file.read_bytes() for file in folder.rglob("*") if len(file.name) > len("lock"))


def test_a_recording_can_be_heard_as_it_was_sent(keeping):
    put(keeping)

    recording = recording_of("t", archive=archive(keeping))

    assert recording.file.read_bytes() == b"audio 1"
    assert recording.sha256 == hashlib.sha256(b"audio 1").hexdigest()
    assert show(keeping).record.is_kept
    assert keeping.catalogue.playable(["t", "no"]) == {"t"}


def test_nothing_is_kept_unless_the_operator_wants_it(house):
    put(house)

    assert not show(house).record.is_kept
    assert house.catalogue.playable(["t"]) == set()
    with pytest.raises(AudioNotKeptError, match="'t' is not kept here"):
        heard(house)


def test_a_track_of_lyrics_alone_has_nothing_to_hear(keeping, tmp_path):
    put(keeping, audio=None)

    with pytest.raises(AudioNotKeptError):
        heard(keeping)
    with pytest.raises(TrackNotFoundError):
        heard(keeping, "no")
    assert kept_in(tmp_path) == []


def test_what_was_registered_before_recordings_were_kept_is_kept_when_it_is_sent_again(
    house, tmp_path
):
    put(house)
    keeping = SmallService(house.memory, house.snapshot, recordings=FileRecordings(tmp_path))

    again = put(keeping)

    assert not again.is_new
    assert again.shown.record.is_kept
    assert heard(keeping) == b"audio 1"
    assert keeping.extractor.heard == 0


def test_tracks_of_one_recording_share_it_until_the_last_is_gone(keeping, tmp_path):
    put(keeping, "a")
    put(keeping, "b", lyrics="other words")
    assert kept_in(tmp_path) == [b"audio 1"]

    delete_track("a", archive=archive(keeping))
    assert heard(keeping, "b") == b"audio 1"

    delete_track("b", archive=archive(keeping))
    assert kept_in(tmp_path) == []


def test_a_recording_that_was_replaced_is_removed(keeping, tmp_path):
    put(keeping)

    put(keeping, audio=b"audio 2")

    assert heard(keeping) == b"audio 2"
    assert kept_in(tmp_path) == [b"audio 2"]


def test_a_deleted_track_that_comes_back_can_be_heard_again(keeping):
    put(keeping)
    keeping.tell("ana", Label("e1", "t", Quadrant.Q1))
    delete_track("t", archive=archive(keeping))

    put(keeping)

    assert heard(keeping) == b"audio 1"
    assert keeping.extractor.heard == 1


def test_what_is_refused_leaves_no_recording(keeping, tmp_path):
    put(keeping)
    keeping.tell("ana", Label("e1", "t", Quadrant.Q1))

    with pytest.raises(TrackLabelledError):
        put(keeping, audio=b"audio 2")
    with pytest.raises(UndecodableAudioError):
        put(keeping, "u", audio=b"text")

    assert kept_in(tmp_path) == [b"audio 1"]


@pytest.mark.parametrize("was_there", [False, True])
def test_a_recording_that_cannot_be_kept_registers_nothing(house, tmp_path, was_there):
    for _ in range(was_there):
        put(house)
    (tmp_path / "audio").write_text("This is no folder.")
    recordings = FileRecordings(tmp_path / "audio")
    keeping = SmallService(house.memory, house.snapshot, recordings=recordings)

    with pytest.raises(AudioStoreError, match="cannot be kept here now"):
        put(keeping, title="Other")

    told = [shown.record.track_metadata.title for shown in page(house).tracks]
    assert told == ["Title"] * was_there


def test_where_a_track_is_heard_is_told_and_changed_without_computing(house):
    urls = ["https://music.example/t.mp3", "https://music.example/other.mp3", None]
    told = []

    for url in urls:
        registration = Registration(Upload(lyrics="words"), TrackMetadata("Title", None, url))
        put_track(
            "t",
            registration,
            archive=archive(house),
            extractor=house.extractor,
            listeners=house.listeners,
        )
        told.append((show(house).audio_url, house.catalogue.playable(["t"])))

    assert told == [(urls[0], {"t"}), (urls[1], {"t"}), (None, set())]
    assert house.extractor.read == 1


@pytest.fixture(name="reading")
def _reading(tmp_path) -> SmallService:
    """A house whose snapshot reads embeddings, and which keeps recordings."""
    extractor = EmbeddingReader(EmbeddingSpec(N_FEATURES, N_FEATURES))
    return SmallService(extractor=extractor, recordings=FileRecordings(tmp_path))


def put_embedded(house, **embeddings):
    given = {Modality(name): numbers for name, numbers in embeddings.items()}
    return put_track(
        "t",
        Registration(Upload(embeddings=given), TrackMetadata()),
        archive=archive(house),
        extractor=house.extractor,
        listeners=house.listeners,
    )


NUMBERS = [0.1, 0.2, -0.3, 0.0, 5.0, 1e9]


def test_a_track_is_made_from_embeddings_and_has_no_length(reading):
    put_embedded(reading, audio=NUMBERS, lyrics=NUMBERS)

    shown = show(reading)
    assert shown.record.duration_s is None
    assert shown.record.track.features.lyrics.tolist() == np.float32(NUMBERS).tolist()
    assert shown.prediction.recognition.segments == ()
    assert not shown.record.is_kept


def test_an_embedding_is_known_by_its_numbers_in_single_precision(reading):
    put_embedded(reading, audio=NUMBERS)
    before = show(reading).record

    again = put_embedded(reading, audio=[float(np.float32(each)) for each in NUMBERS])

    assert not again.is_new
    assert show(reading).record.content == before.content
    told = b"embedding\0" + np.asarray(NUMBERS, "<f4").tobytes()
    assert before.content.audio_sha256 == hashlib.sha256(told).hexdigest()


def test_the_two_zeros_are_one_number(reading):
    put_embedded(reading, audio=NUMBERS)
    before = show(reading).record.content

    put_embedded(reading, audio=[-0.0 if each == 0 else each for each in NUMBERS])

    assert show(reading).record.content == before


def test_a_labelled_track_keeps_its_embeddings(reading):
    put_embedded(reading, audio=NUMBERS)
    reading.tell("ana", Label("e", "t", Quadrant.Q1))

    with pytest.raises(TrackLabelledError):
        put_embedded(reading, audio=NUMBERS[::-1])
    with pytest.raises(TrackLabelledError):
        put_embedded(reading, audio=NUMBERS, lyrics=NUMBERS)

    assert not put_embedded(reading, audio=NUMBERS).is_new


def test_an_embedding_of_another_size_registers_nothing(reading):
    with pytest.raises(EmbeddingSizeError):
        put_embedded(reading, lyrics=NUMBERS[:-1])

    with pytest.raises(TrackNotFoundError):
        show(reading)


def test_the_recording_of_an_embedding_is_not_kept(reading):
    put_embedded(reading, audio=NUMBERS)

    with pytest.raises(AudioNotKeptError):
        recording_of("t", archive=archive(reading))
