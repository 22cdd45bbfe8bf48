"""Catalogue: tracks are registered once, shown, listed and taken away."""

import io

import numpy as np
import pytest

from models.emotion import Quadrant
from models.errors import NoEvidenceError, UndecodableAudioError
from service.catalogue import Registration, delete_track, list_tracks, put_track, show_track
from service.ports import Heading, Label
from service.predict import Asked, Upload
from service.refusals import InvalidCursorError, TrackLabelledError, TrackNotFoundError
from tests.house import House

NOBODY = Asked()


@pytest.fixture(name="house")
def _house() -> House:
    return House()


def put(house, track_id="t", *, audio=b"audio 1", lyrics="some words", title="Title"):
    sent = Upload(None if audio is None else io.BytesIO(audio), lyrics)
    return put_track(
        track_id,
        Registration(sent, Heading(title, "Artist")),
        catalogue=house.catalogue,
        extractor=house.extractor,
        listeners=house.listeners,
    )


def show(house, track_id="t", asked=NOBODY):
    return show_track(track_id, asked, catalogue=house.catalogue, listeners=house.listeners)


def page(house, cursor=None, limit=2):
    return list_tracks(cursor, limit, catalogue=house.catalogue, listeners=house.listeners)


def ids(listed):
    return [shown.record.track_id for shown in listed.tracks]


def test_a_track_is_registered_with_its_prediction(house):
    registered = put(house)

    shown = show(house)
    assert registered.is_new
    assert registered.shown.record.heading == Heading("Title", "Artist")
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

    assert show(house).record.heading.title == "Other"
    assert (house.extractor.heard, house.extractor.read) == (1, 1)


def test_other_content_takes_the_place_of_what_was_there(house):
    put(house)

    put(house, lyrics=None)

    assert show(house).record.content.lyrics_sha256 is None
    assert show(house).record.track.features.lyrics is None


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

    assert show(house).record.heading.title == "Other"


def test_a_deleted_track_is_gone_until_it_is_registered_again(house):
    put(house)
    delete_track("t", catalogue=house.catalogue)

    with pytest.raises(TrackNotFoundError):
        show(house)
    with pytest.raises(TrackNotFoundError):
        delete_track("t", catalogue=house.catalogue)
    assert ids(page(house)) == []

    assert put(house).is_new
    assert show(house).record.heading.title == "Title"


def test_a_deleted_track_that_is_labelled_comes_back_without_computing(house):
    put(house)
    house.tell("ana", Label("e1", "t", Quadrant.Q1))
    delete_track("t", catalogue=house.catalogue)

    assert put(house).is_new
    assert house.extractor.heard == 1


def test_a_track_is_shown_to_a_listener(house):
    put(house)
    house.tell("ana", Label("e1", "t", Quadrant.Q1))

    shown = show(house, asked=Asked("ana", "lyrics"))

    assert shown.prediction.personal.is_used
    assert shown.prediction.recognition.fusion == "lyrics"


def test_a_track_of_other_features_is_shown_without_a_prediction(house):
    put(house, "a")
    put(house, "b", audio=b"audio b")
    house.memory.tracks["a"].feature_digest = "e" * 64

    assert show(house, "a").prediction is None
    assert [shown.prediction is None for shown in page(house).tracks] == [True, False]


def test_pages_lead_to_each_other_and_end(house):
    for track_id in "edcba":
        put(house, track_id)

    first = page(house)
    second = page(house, first.cursor)
    third = page(house, second.cursor)

    assert [ids(first), ids(second), ids(third)] == [["a", "b"], ["c", "d"], ["e"]]
    assert third.cursor is None
    assert page(house, limit=5).cursor is None


@pytest.mark.parametrize("cursor", ["", "!", "abc", "ÄÖ", "AAAA", "gIA", "YQ==="])
def test_what_is_not_a_cursor_is_refused(house, cursor):
    with pytest.raises(InvalidCursorError):
        page(house, cursor)
