"""Hearing a catalogue again: in parts, beside the service, and what must be sent again."""

import hashlib
import io
from dataclasses import dataclass

import numpy as np
import pytest

from models.emotion import Modality, Quadrant
from service.cli.reembed import reembed
from service.db.catalogue import Catalogue
from service.db.database import Database
from service.db.label_log import LabelLog
from service.db.recordings import FileRecordings
from service.db.stale_tracks import StaleTracks
from service.labels import Label
from service.tracks import Content, TrackMetadata
from tests.fakes import FakeClock, FakeExtractor, features, population_predictor

OLD, NEW = population_predictor("v1", "f" * 64), population_predictor("v2", "e" * 64)
KEPT = ("a", "b", "c")


class Interrupted(FakeExtractor):
    """Does something before it hears a recording for the last time."""

    def __init__(self, patience, then):
        super().__init__()
        self.patience, self.then = patience, then

    def audio(self, source):
        self.patience -= 1
        if not self.patience:
            self.then()
        return super().audio(source)


@dataclass
class Place:
    """A catalogue that an earlier snapshot judged, some of whose recordings are kept."""

    database: Database
    recordings: FileRecordings
    clock: FakeClock

    @property
    def old(self):
        return Catalogue(self.database, OLD, self.clock, recordings=self.recordings)

    @property
    def new(self):
        return Catalogue(self.database, NEW, self.clock, recordings=self.recordings)

    @property
    def stale(self):
        return StaleTracks(self.database, NEW)

    def put(self, track_id, audio, lyrics=None, *, is_kept=True):
        sha256 = hashlib.sha256(audio).hexdigest()
        content = Content(sha256, lyrics and hashlib.sha256(lyrics).hexdigest())
        given = features(seed=len(track_id), lyrics=lyrics is not None)
        with self.recordings.keep(sha256 if is_kept else None, io.BytesIO(audio)):
            self.old.put(track_id, given, content, TrackMetadata(track_id.upper()))

    def reembed(self, extractor=None):
        told = []
        done = reembed(
            self.stale,
            recordings=self.recordings,
            extractor=extractor or FakeExtractor(),
            progress=lambda done: told.append(done.n_seen),
        )
        return done, told

    def vector(self, track_id):
        return self.new.get(track_id).track.features.vector(Modality.AUDIO)


def heard(audio):
    return FakeExtractor().audio(io.BytesIO(audio)).vector


def interrupt():
    raise KeyboardInterrupt


@pytest.fixture(name="place")
def _place(database, tmp_path):
    place = Place(database, FileRecordings(tmp_path / "audio"), FakeClock())
    for track_id in KEPT:
        place.put(track_id, f"audio {track_id}".encode())
    return place


def test_what_is_kept_is_heard_and_the_rest_is_left_to_be_sent(place):
    place.put("gone", b"audio gone", is_kept=False)
    place.put("words", b"audio words", b"rain")

    done, told = place.reembed()

    assert (done.n_seen, done.n_extracted, done.refused) == (5, 4, [])
    assert told == [1, 2, 3, 4, 5]
    for track_id in KEPT:
        np.testing.assert_array_equal(place.vector(track_id), heard(f"audio {track_id}".encode()))
    assert place.new.get("gone").track.features.earlier == "v1"
    assert list(place.stale.unsent()) == [("gone", True), ("words", False)]


def test_it_goes_on_where_it_was_interrupted_and_hears_nothing_twice(place):
    first, second = Interrupted(2, interrupt), FakeExtractor()

    with pytest.raises(KeyboardInterrupt):
        place.reembed(first)
    assert place.stale.count() == 2
    place.reembed(second)

    assert (first.heard, second.heard) == (1, 2)
    assert place.stale.count() == 0
    assert place.reembed()[0].n_seen == 0


def test_others_write_while_it_hears(place):
    log = LabelLog(place.database, place.clock)
    written = Interrupted(1, lambda: log.append("ana", [Label("e", "a", Quadrant.Q1)]))

    done, _ = place.reembed(written)

    assert done.n_extracted == 3
    assert [event.label.track_id for event in log.events("ana")] == ["a"]


def test_whoever_registers_the_track_meanwhile_wins(place):
    given, content = features(seed=99, lyrics=False), place.old.content_of("a")
    put = Interrupted(1, lambda: place.new.put("a", given, content, TrackMetadata("Newer")))

    done, _ = place.reembed(put)

    assert (done.n_seen, done.n_extracted) == (3, 2)
    np.testing.assert_array_equal(place.vector("a"), given.audio.vector)
    assert place.new.get("a").track_metadata == TrackMetadata("Newer")


def test_a_recording_that_cannot_be_used_is_named_and_the_others_are_heard(place):
    place.put("aa", b"noise")

    done, _ = place.reembed()

    assert [(each.track_id, str(each.error)) for each in done.refused] == [
        ("aa", "This is not audio.")
    ]
    assert done.n_extracted == 3
    assert list(place.stale.unsent()) == [("aa", True)]


def test_a_track_that_was_deleted_is_neither_heard_nor_listed(place):
    place.new.hide("b")

    done, _ = place.reembed()

    assert done.n_extracted == 2
    assert list(place.stale.unsent()) == []
