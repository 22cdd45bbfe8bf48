"""Catalogue: what registering computes, and which recordings are kept."""

import hashlib
import io
from contextlib import contextmanager, nullcontext

import numpy as np
import pytest
from sqlalchemy import update

from models.emotion import Modality, Quadrant
from models.errors import UndecodableAudioError
from models.features.embeddings import EmbeddingReader, EmbeddingSpec
from models.features.language import notice_of
from service.api.predict.predictions import PredictionTarget, Upload
from service.api.tracks.catalogue import (
    Archive,
    delete_track,
    list_tracks,
    recording_of,
    show_track,
)
from service.db.catalogue import Catalogue
from service.db.recordings import FileRecordings
from service.db.tables import track
from service.errors import InvalidCursorError, TrackLabelledError
from service.labels import Label
from service.serving.container import population_predictor_of
from service.tracks import TrackMetadata
from tests.audio_signals import chord, encoded
from tests.decompression_bombs import REFUSED
from tests.fakes import N_FEATURES, FakeClock
from tests.retagging import with_wav_chunks
from tests.small_service import SmallService, register


@pytest.fixture(name="house")
def _house(tmp_path) -> SmallService:
    """A house that keeps recordings."""
    return SmallService(recordings=FileRecordings(tmp_path))


def put(house, track_id="t", *, audio=b"audio 1", lyrics="some words", title="Title"):
    return register(house, track_id, Upload(io.BytesIO(audio), lyrics), TrackMetadata(title))


def show(house, track_id="t"):
    return show_track(
        track_id, PredictionTarget(), archive=Archive.of(house), listeners=house.listeners
    )


def heard(house, track_id="t"):
    return recording_of(track_id, archive=Archive.of(house)).file.read_bytes()


def kept_in(folder):
    return sorted(file.read_bytes() for file in folder.rglob("*") if len(file.name) > len("lock"))


@pytest.mark.parametrize("title", ["Title", "Other"])
def test_the_same_content_again_computes_nothing(house, title):
    put(house)

    again = put(house, title=title)

    assert not again.is_new
    assert show(house).record.track_metadata.title == title
    assert (house.extractor.heard, house.extractor.read) == (1, 1)


@pytest.mark.parametrize("lyrics", [None, "", "  \n"])
def test_lyrics_without_a_word_are_no_lyrics(house, lyrics):
    put(house, lyrics=None)

    again = put(house, lyrics=lyrics)

    assert not again.is_new
    assert house.extractor.heard == 1


def test_a_track_tells_that_its_lyrics_were_not_read_whenever_it_is_shown(house):
    for _ in range(2):
        put(house, lyrics="unread language:es")

    record = show(house).record

    assert record.content.has_lyrics
    assert record.track.features.lyrics is None
    assert record.track.features.notices == (notice_of("language:es"),)
    assert house.extractor.read == 1


def test_an_unjudged_track_of_other_features_is_shown_without_a_prediction(house):
    put(house, "a")
    put(house, "b", audio=b"audio b")
    house.make_unjudged("a")

    page = list_tracks(None, 2, archive=Archive.of(house), listeners=house.listeners)

    assert show(house, "a").prediction is None
    assert [shown.prediction is None for shown in page.tracks] == [True, False]


@pytest.mark.parametrize("cursor", ["", "!", "abc", "ÄÖ", "AAAA", "gIA", "YQ==="])
def test_what_is_not_a_cursor_is_refused(house, cursor):
    with pytest.raises(InvalidCursorError):
        list_tracks(cursor, 2, archive=Archive.of(house), listeners=house.listeners)


def test_a_recording_that_was_not_kept_is_kept_when_it_is_sent_again(tmp_path):
    house = SmallService()
    put(house)
    keeping = SmallService(house.database, recordings=FileRecordings(tmp_path))

    again = put(keeping)

    assert (again.is_new, again.view.record.is_kept) == (False, True)
    assert heard(keeping) == b"audio 1"
    assert keeping.extractor.heard == 0


def test_tracks_of_one_recording_share_it_until_the_last_is_gone(house, tmp_path):
    put(house, "a")
    put(house, "b", lyrics="other words")
    assert kept_in(tmp_path) == [b"audio 1"]

    delete_track("a", archive=Archive.of(house))
    assert heard(house, "b") == b"audio 1"

    delete_track("b", archive=Archive.of(house))
    assert kept_in(tmp_path) == []


def test_a_recording_that_was_replaced_is_removed(house, tmp_path):
    put(house)

    put(house, audio=b"audio 2")

    assert heard(house) == b"audio 2"
    assert kept_in(tmp_path) == [b"audio 2"]


def test_a_deleted_track_that_is_labelled_comes_back_without_computing_and_is_heard(house):
    put(house)
    house.tell("ana", Label("e1", "t", Quadrant.Q1))
    delete_track("t", archive=Archive.of(house))

    assert put(house).is_new
    assert heard(house) == b"audio 1"
    assert house.extractor.heard == 1


RECORDING = encoded(chord(seconds=1.0))
TAGGED, TAGGED_AGAIN = with_wav_chunks(RECORDING), RECORDING + b"junk at the end"


def test_a_labelled_track_takes_a_file_of_the_same_sound_and_nothing_is_computed(house, tmp_path):
    put(house, audio=RECORDING)
    house.tell("ana", Label("e1", "t", Quadrant.Q1))

    again = put(house, audio=TAGGED, title="Other")

    assert not again.is_new
    assert again.view.record.track_metadata.title == "Other"
    assert heard(house) == TAGGED
    assert kept_in(tmp_path) == [TAGGED]
    assert (house.extractor.heard, house.extractor.read) == (1, 1)


@pytest.mark.parametrize(
    ("sent", "outcome", "kept"),
    [
        (TAGGED, nullcontext(), TAGGED),
        (encoded(chord()), pytest.raises(TrackLabelledError), RECORDING),
    ],
    ids=["same sound", "other sound"],
)
def test_the_sound_of_a_track_of_an_earlier_release_is_read_from_its_stored_file(
    house, sent, outcome, kept
):
    put(house, audio=RECORDING)
    house.tell("ana", Label("e1", "t", Quadrant.Q1))
    with house.database.write() as connection:
        connection.execute(update(track).values(sound_sha256=None))

    with outcome:
        put(house, audio=sent)

    assert heard(house) == kept
    assert show(house).record.content.sound_sha256 is not None


def test_a_recording_that_is_refused_unread_is_not_decoded(house):
    with pytest.raises(UndecodableAudioError, match="compressed"):
        put(house, audio=REFUSED["m4a with a compressed moov"]())

    assert house.extractor.heard == 0


class Overtaken(FileRecordings):
    """Recordings that another call overtakes between the copy of a file and the commit."""

    overtake = staticmethod(lambda: None)

    @contextmanager
    def keep(self, sha256, audio):
        with super().keep(sha256, audio):
            overtake, self.overtake = self.overtake, lambda: None
            overtake()
            yield


@pytest.mark.parametrize("is_labelled", [False, True])
def test_of_two_files_at_once_the_last_is_kept_and_the_other_is_removed(tmp_path, is_labelled):
    house = SmallService(recordings=Overtaken(tmp_path))
    put(house, audio=RECORDING)
    house.tell("ana", *[Label("e1", "t", Quadrant.Q1)] * is_labelled)
    house.recordings.overtake = lambda: put(house, audio=TAGGED)

    put(house, audio=TAGGED_AGAIN)

    assert heard(house) == TAGGED_AGAIN
    assert kept_in(tmp_path) == [TAGGED_AGAIN]


def test_a_track_that_is_deleted_while_it_is_tagged_again_comes_back_whole(tmp_path):
    house = SmallService(recordings=Overtaken(tmp_path))
    put(house, audio=RECORDING)
    house.tell("ana", Label("e1", "t", Quadrant.Q1))
    house.recordings.overtake = lambda: delete_track("t", archive=Archive.of(house))

    again = put(house, audio=TAGGED)

    assert again.is_new
    assert heard(house) == TAGGED
    assert kept_in(tmp_path) == [TAGGED]


def test_deleting_removes_the_recording_that_the_track_had_last(tmp_path):
    house = SmallService(recordings=FileRecordings(tmp_path))
    put(house, audio=RECORDING)
    house.tell("ana", Label("e1", "t", Quadrant.Q1))
    put(house, audio=TAGGED)

    delete_track("t", archive=Archive.of(house))

    assert kept_in(tmp_path) == []


def test_what_is_refused_leaves_no_recording(house, tmp_path):
    put(house)
    house.tell("ana", Label("e1", "t", Quadrant.Q1))

    with pytest.raises(TrackLabelledError):
        put(house, audio=b"audio 2")
    with pytest.raises(UndecodableAudioError):
        put(house, "u", audio=b"text")

    assert kept_in(tmp_path) == [b"audio 1"]


def test_an_embedding_is_known_by_its_numbers_in_single_precision_and_zero_has_no_sign():
    house = SmallService(extractor=EmbeddingReader(EmbeddingSpec(N_FEATURES, N_FEATURES)))
    numbers = [0.1, 0.2, -0.3, 0.0, 5.0, 1e9]
    rounded = [float(np.float32(each)) for each in numbers]
    signed = [-0.0 if each == 0 else each for each in numbers]

    registered = [
        register(house, "t", Upload(embeddings={Modality.AUDIO: given}))
        for given in (numbers, rounded, signed)
    ]

    assert [each.is_new for each in registered] == [True, False, False]
    expected = hashlib.sha256(b"embedding\0" + np.asarray(numbers, "<f4").tobytes()).hexdigest()
    assert {each.view.record.content.audio_sha256 for each in registered} == {expected}


@pytest.mark.parametrize("n_before", [0, 1])
def test_a_registration_that_is_deleted_before_its_reply_tells_what_it_did(house, n_before):
    class DeletedAtOnce(Catalogue):
        """A catalogue whose tracks another call deletes after each registration."""

        def get(self, track_id):
            self.hide(track_id)
            return super().get(track_id)

    for _ in range(n_before):
        put(house)
    predictor = population_predictor_of(house.snapshot)
    house.catalogue = DeletedAtOnce(house.database, predictor, FakeClock())

    reply = put(house, title="Other")

    assert reply.is_new == (n_before == 0)
    assert reply.view.record.track_metadata == TrackMetadata("Other")
    assert (reply.view.record.content.has_audio, reply.view.record.content.has_lyrics) == (
        True,
        True,
    )
    assert reply.view.prediction is None
