"""Tracks that an earlier snapshot judged, whose features the present one cannot read."""

import json

import numpy as np
import pytest

from models.emotion import Modality, Quadrant
from models.track import Track
from service.db import track_feature_files
from service.db.catalogue import Catalogue
from service.db.label_log import LabelLog
from service.db.stale_rows import UNSENT
from service.db.stale_tracks import StaleTracks
from service.db.track_features import TrackFeatureFeed, TrackFeatureStore
from service.labels import Label
from service.tracks import Content, TrackMetadata
from tests.fakes import (
    FakeClock,
    features,
    population_predictor,
    predict_from_earlier,
    predict_population,
)

OLD, NEW = population_predictor("v1", "f" * 64), population_predictor("v2", "e" * 64)
AUDIO, BOTH = Content("a" * 64, None), Content("b" * 64, "c" * 64)
TEXT = Content(None, "d" * 64)
HEADING = TrackMetadata("Title", "Artist", "https://music.example/t.mp3")
Q1 = Quadrant.Q1


def read_every_way(catalogue, track_id):
    """A track, as each way to read tracks finds it."""
    (found,) = catalogue.find([track_id])
    (among,) = [each for each in catalogue.find([track_id, "no"]) if isinstance(each, Track)]
    (listed,) = [each for each in catalogue.page("", 99) if each.track_id == track_id]
    learnt = catalogue.learnt_from([track_id])[track_id]
    return [found, among, listed.track, learnt, catalogue.get(track_id).track]


@pytest.mark.parametrize("has", [{"lyrics": False}, {"audio": False}, {}], ids=str)
def test_however_it_is_read_it_has_the_earlier_judgement_and_none_of_the_features(stores, has):
    given = features(seed=3, **has)
    stores.catalogue.put("t", given, BOTH, TrackMetadata())
    newer = stores.seen_by(NEW)

    for track in read_every_way(newer, "t"):
        said = predict_from_earlier(predict_population(given))
        assert track.features.earlier == "v1"
        assert track.is_stale
        assert [each.code for each in track.features.notices] == ["stale_features"]
        assert [track.features.vector(m) for m in Modality] == [None, None]
        assert track.population_prediction.member_logits.keys() == said.member_logits.keys()
        for modality, logits in said.member_logits.items():
            np.testing.assert_array_equal(
                track.population_prediction.member_logits[modality], logits
            )
        np.testing.assert_array_equal(track.sketch, said.sketch)


def test_its_curve_is_the_earlier_one(stores):
    given = features(seed=3)
    stores.catalogue.put("t", given, BOTH, TrackMetadata())

    (track,) = stores.seen_by(NEW).find(["t"])

    np.testing.assert_array_equal(
        track.population_prediction.segment_proba, predict_population(given).segment_proba
    )
    np.testing.assert_array_equal(track.features.audio.starts_s, given.audio.starts_s)
    np.testing.assert_array_equal(track.features.audio.ends_s, given.audio.ends_s)


def test_its_outline_is_said_to_be_stale_and_hidden_ones_are_learnt_from_too(stores):
    stores.put("t", "hidden")
    stores.log.append("ana", [Label("e1", "hidden", Q1)])
    stores.catalogue.hide("hidden")
    newer = stores.seen_by(NEW)
    newer.put("fresh", features(seed=9), AUDIO, TrackMetadata())

    summaries = newer.summaries(["t", "hidden", "fresh"])

    assert {key: each.is_stale for key, each in summaries.items()} == {
        "t": True,
        "hidden": True,
        "fresh": False,
    }
    np.testing.assert_array_equal(
        summaries["t"].sketch, predict_from_earlier(predict_population(features())).sketch
    )


@pytest.mark.parametrize("is_labelled", [False, True])
def test_the_same_content_refreshes_it_labelled_or_not(stores, is_labelled):
    stores.catalogue.put("t", features(seed=3), BOTH, TrackMetadata())
    stores.log.append("ana", [Label("e1", "t", Q1)] * is_labelled)
    newer = stores.seen_by(NEW)

    assert newer.retitle("t", BOTH, HEADING) is None
    change = newer.put("t", features(seed=4), BOTH, HEADING)

    record = newer.get("t")
    assert not change.is_new
    assert (record.track.features.earlier, record.track.features.notices) == (None, ())
    assert (record.track_metadata, record.content) == (HEADING, BOTH)


class Place:
    """A database whose tracks an earlier snapshot judged, and what the present one sees of it."""

    def __init__(self, database, folder):
        self.database, self.folder, self.clock = database, folder, FakeClock()
        self.old = Catalogue(database, OLD, self.clock)
        self.new = Catalogue(database, NEW, self.clock)
        self.log = LabelLog(database, self.clock)
        self.stale = StaleTracks(database, NEW)
        self.track_features = TrackFeatureStore(TrackFeatureFeed(database, NEW), folder, "v2", 5)

    def renew(self, track_id, seed=8):
        (found,) = [each for each in self.stale.following("", 99) if each.track_id == track_id]
        return self.stale.renew(found, features(seed=seed).audio)

    def sketch(self, track_id):
        mapped = self.track_features.current()
        (place,) = mapped.places([track_id])
        return mapped.rows[place].tolist()


@pytest.fixture(name="place")
def _place(database, tmp_path):
    place = Place(database, tmp_path / "sketches")
    place.old.put("both", features(seed=1), BOTH, HEADING)
    place.old.put("audio", features(seed=2, lyrics=False), AUDIO, HEADING)
    place.old.put("text", features(seed=3, audio=False), TEXT, HEADING)
    return place


def test_its_sketch_is_drawn_from_the_earlier_judgement_and_follows_what_is_heard(place):
    earlier = predict_from_earlier(
        predict_population(features(seed=2, lyrics=False))
    ).sketch.tolist()
    assert place.sketch("audio") == earlier

    place.renew("audio")

    assert (
        place.sketch("audio") == predict_population(features(seed=8, lyrics=False)).sketch.tolist()
    )


@pytest.mark.parametrize(("kept", "n_segments"), [("all", 3), ("coarse", 1), ("none", 0)])
def test_the_segments_that_are_chosen_are_stored_with_the_new_features(place, kept, n_segments):
    place.stale = StaleTracks(place.database, NEW, kept)

    place.renew("audio")

    track = place.new.get("audio").track
    assert len(track.population_prediction.segment_proba) == n_segments
    assert len(track.features.audio.starts_s) == n_segments


def test_hearing_it_again_replaces_its_numbers_and_nothing_else(place):
    place.log.append("ana", [Label("e1", "audio", Q1)])
    before = place.new.get("audio")
    revision = place.new.revision()

    assert place.renew("audio")

    after, heard = place.new.get("audio"), features(seed=8, lyrics=False)
    assert (after.track_metadata, after.content, after.created_at, after.updated_at) == (
        before.track_metadata,
        before.content,
        before.created_at,
        before.updated_at,
    )
    assert (after.track.features.earlier, after.track.features.notices) == (None, ())
    np.testing.assert_array_equal(after.track.features.audio.vector, heard.audio.vector)
    np.testing.assert_array_equal(
        after.track.population_prediction.member_logits[Modality.AUDIO],
        predict_population(heard).member_logits[Modality.AUDIO],
    )
    assert TrackFeatureFeed(place.database, NEW).since(revision)[1].track_ids == ["audio"]
    assert [event.label for event in place.log.events("ana")] == [Label("e1", "audio", Q1)]


def test_lyrics_that_were_not_sent_again_are_left_out_and_named(place):
    assert place.renew("both")

    record = place.new.get("both")
    assert record.track.population_prediction.member_logits.keys() == {Modality.AUDIO}
    assert record.track.features.lyrics is None
    assert [each.code for each in record.track.features.notices] == ["stale_features"]
    assert record.content == BOTH


def test_the_same_content_brings_the_lyrics_back_also_where_the_track_is_labelled(place):
    place.log.append("ana", [Label("e1", "both", Q1)])
    place.renew("both")

    assert place.new.retitle("both", BOTH, HEADING) is None
    place.new.put("both", features(seed=1), BOTH, HEADING)

    track = place.new.get("both").track
    assert track.population_prediction.member_logits.keys() == set(Modality)
    assert track.features.notices == ()
    assert place.new.retitle("both", BOTH, TrackMetadata("Other")) is not None


def test_a_track_that_is_deleted_meanwhile_stays_deleted(place):
    (found,) = [each for each in place.stale.following("", 9) if each.track_id == "audio"]
    place.new.hide("audio")

    assert not place.stale.renew(found, features(seed=8).audio)

    assert [each.track_id for each in place.new.page("", 9)] == ["both", "text"]


def test_what_is_left_and_what_must_be_sent_again_is_told(place):
    assert place.stale.count() == 3
    assert [each.track_id for each in place.stale.following("audio", 1)] == ["both"]
    assert list(place.stale.unsent()) == [("audio", True), ("both", True), ("text", True)]

    place.renew("audio")
    place.renew("both")

    assert place.stale.count() == 1
    assert list(place.stale.unsent()) == [("both", False), ("text", True)]
    place.new.put("both", features(seed=1), BOTH, HEADING)
    assert list(place.stale.unsent()) == [("text", True)]


def test_lyrics_stay_to_be_sent_over_a_second_upgrade(place):
    place.renew("both")
    third = StaleTracks(place.database, population_predictor("v3", "d" * 64))

    (found,) = [each for each in third.following("", 9) if each.track_id == "both"]
    third.renew(found, features(seed=8).audio)

    assert found.lyrics_unread == UNSENT
    assert ("both", False) in list(third.unsent())


def is_stale(place, *track_ids):
    mapped = place.track_features.current()
    return mapped.is_stale(mapped.places(track_ids)).tolist()


def test_files_tell_which_features_are_an_earlier_snapshots(place, monkeypatch):
    assert is_stale(place, "audio", "both", "missing") == [True, True, False]
    before = place.track_features.current()

    place.new.put("fresh", features(seed=3), AUDIO, TrackMetadata())
    place.renew("audio")
    assert is_stale(place, "audio", "both", "fresh") == [False, True, False]
    assert before.is_stale(before.places(["audio", "both"])).tolist() == [True, True]

    monkeypatch.setattr(track_feature_files, "FEW", 0)
    for seed in range(3, 9):  # until a new generation is written
        place.new.put("fresh", features(seed=seed), AUDIO, TrackMetadata())
        place.track_features.current()
    assert place.track_features.current().lineage != before.lineage
    assert is_stale(place, "audio", "both", "fresh") == [False, True, False]


def test_equal_features_that_are_no_longer_stale_are_told_as_such(place):
    mapped = place.track_features.current()
    (at,) = mapped.places(["audio"])
    folder = next(place.folder.glob("*/state.json")).parent
    state = track_feature_files.State.read(folder)
    changes = track_feature_files.Changes(["audio"], mapped.rows[[at]].copy())

    track_feature_files.extend(folder, state, changes).write(folder)

    after = track_feature_files.TrackFeatureMatrix(folder, track_feature_files.State.read(folder))
    assert after.is_stale(after.places(["audio", "both"])).tolist() == [False, True]
    assert after.rows[after.places(["audio"])[0]].tolist() == mapped.rows[at].tolist()


def test_files_of_a_release_that_did_not_tell_stale_rows_are_made_again(place):
    before = place.track_features.current()
    state = next(place.folder.glob("*/state.json"))
    kept = json.loads(state.read_text())
    del kept["n_stale"]
    state.write_text(json.dumps(kept))
    again = Place(place.database, place.folder)

    assert is_stale(again, "audio", "both") == [True, True]
    assert again.track_features.current().lineage != before.lineage
