"""Import: a library's tracks are in the catalogue as if they had been put one by one."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from models.emotion import Modality, Quadrant
from models.features.embeddings import EmbeddingSpec
from models.features.extraction import FeatureExtractor
from models.library import Library, LibraryError, LibraryTrack, write_library
from models.prediction.batches import predict_population_all
from models.prediction.predictor import predict_population
from models.snapshot import Snapshot
from models.track import AudioFeatures, TrackFeatures
from service.__main__ import main
from service.api.predict.predictions import PredictionTarget, Upload, predict_track
from service.api.tracks.catalogue import Archive, Registration, put_track
from service.auth.signed_urls import SignedUrls
from service.cli import library_import
from service.cli.library_import import ImportCounts, import_library
from service.db.bulk_catalogue import BulkCatalogue
from service.db.catalogue import Catalogue
from service.db.database import Database
from service.db.label_log import LabelLog
from service.db.personal_models import PersonalModels
from service.db.recordings import NoRecordings
from service.db.schema import migrate
from service.errors import TrackLabelledError, TrackNotFoundError
from service.labels import Label
from service.serving.track_table import LiveTable
from service.tracks import Content, TrackMetadata
from tests import small
from tests.fakes import FakeClock, features
from tests.house import listeners_over, population_predictor_of, snapshot
from tests.signals import chord, encoded
from training.engine import Processes
from training.library.embedding import embed

ROOT = Path(__file__).parents[2]
A, B = "a" * 64, "b" * 64


@dataclass
class Place:
    """A database, and all that works on it."""

    database: Database
    snapshot: Snapshot

    def __post_init__(self) -> None:
        parts = self.database, population_predictor_of(self.snapshot), FakeClock()
        self.catalogue, self.bulk_catalogue = Catalogue(*parts), BulkCatalogue(*parts)
        self.log = LabelLog(self.database, FakeClock())
        model_store = PersonalModels(self.database)
        self.listeners = listeners_over(self.snapshot, self.catalogue, self.log, model_store)

    def take(self, library: Library) -> ImportCounts:
        return import_library(
            library,
            snapshot=self.snapshot,
            bulk_catalogue=self.bulk_catalogue,
            told=lambda _: None,
        )

    def put(self, track_id, extractor, audio=None, lyrics=None):
        sent = Upload(None if audio is None else io.BytesIO(audio), lyrics)
        return put_track(
            track_id,
            Registration(sent, TrackMetadata()),
            archive=Archive(self.catalogue, NoRecordings(), SignedUrls(b"place", FakeClock())),
            extractor=extractor,
            listeners=self.listeners,
        )

    def predict(self, track_id):
        return predict_track(
            track_id, PredictionTarget(), catalogue=self.catalogue, listeners=self.listeners
        ).recognition


@pytest.fixture(name="new_place")
def _new_place(tmp_path) -> Iterator:
    opened = []

    def new_place(shared):
        database = Database(f"sqlite:///{tmp_path}/{len(opened)}.db")
        migrate(database)
        opened.append(database)
        return Place(database, shared)

    yield new_place
    for database in opened:
        database.close()


@pytest.fixture(name="place")
def _place(new_place):
    return new_place(snapshot())


@pytest.fixture(name="library_of")
def _library_of(tmp_path):
    def library_of(*tracks, digest="f" * 64):
        write_library(tmp_path / "tracks.npz", digest, tracks)
        return Library.open(tmp_path / "tracks.npz")

    return library_of


def heard(track_id, *, seed=0, audio=A, lyrics=B, title="Title"):
    given = features(seed=seed, audio=bool(audio), lyrics=bool(lyrics))
    return LibraryTrack(track_id, title, "", audio, lyrics, given)


def counts(done):
    return done.n_new, done.n_replaced, done.n_kept, len(done.refused)


def test_tracks_are_registered_with_their_names_contents_and_features(place, library_of):
    tracks = [heard("b", seed=1), heard("a", seed=2, lyrics="", title=""), heard("c", audio="")]

    done = place.take(library_of(*tracks))

    assert counts(done) == (3, 0, 0, 0)
    for track in tracks:
        record = place.catalogue.get(track.track_id)
        assert record.track_metadata == TrackMetadata(track.title or None, None)
        assert record.content == Content(track.audio_sha256 or None, track.lyrics_sha256 or None)
        for modality in Modality:
            given = track.features.vector(modality)
            kept = record.track.features.vector(modality)
            assert (given is None) == (kept is None)
            if given is not None:
                np.testing.assert_array_equal(kept, given)


def test_a_track_of_an_embedding_has_no_length_and_no_segments(place, library_of):
    given = heard("t", lyrics="")
    audio = AudioFeatures.of_embedding(given.features.audio.vector)

    place.take(library_of(replace(given, features=TrackFeatures(audio, None)), heard("beside")))

    record = place.catalogue.get("t")
    assert record.duration_s is None
    np.testing.assert_array_equal(record.track.features.audio.vector, audio.vector)
    assert place.predict("t").segments == ()
    assert place.catalogue.get("beside").duration_s == 9.0


def test_beliefs_are_those_of_tracks_that_were_put_one_by_one(place, new_place, library_of):
    tracks = [heard(f"t{seed}", seed=seed) for seed in range(5)]
    other = new_place(place.snapshot)
    for track in tracks:
        other.catalogue.put(track.track_id, track.features, Content(A, B), TrackMetadata())

    place.take(library_of(*tracks))

    for track in tracks:
        one, two = place.predict(track.track_id), other.predict(track.track_id)
        np.testing.assert_allclose(one.proba, two.proba, atol=1e-6)
        assert len(one.segments) == len(two.segments) == 3
        for ours, theirs in zip(one.segments, two.segments, strict=True):
            np.testing.assert_allclose(ours.proba, theirs.proba, atol=1e-6)


def test_doing_it_again_changes_nothing(place, library_of):
    library = library_of(heard("a"), heard("b"))
    place.take(library)
    before = place.catalogue.changes_since(0, 10).revision

    again = place.take(library)

    assert counts(again) == (0, 0, 2, 0)
    assert place.catalogue.changes_since(0, 10).revision == before


def test_what_changed_is_replaced_and_the_rest_stays(place, library_of):
    place.take(library_of(heard("a", seed=1), heard("b", seed=2), heard("c", seed=3)))
    changed = [heard("a", seed=9, audio="c" * 64), heard("b", seed=2, title="New"), heard("d")]

    done = place.take(library_of(*changed))

    assert counts(done) == (1, 1, 1, 0)
    assert place.catalogue.get("b").track_metadata.title == "New"
    np.testing.assert_array_equal(
        place.catalogue.get("a").track.features.audio.vector, changed[0].features.audio.vector
    )
    assert place.catalogue.get("c").content == Content(A, B)


def test_a_labelled_track_keeps_its_content_and_the_others_come_in(place, library_of):
    place.take(library_of(heard("a"), heard("b")))
    place.log.append("ana", [Label("e1", "a", Quadrant.Q1)])
    other = [heard(name, seed=5, audio="c" * 64, title="New") for name in "cab"]

    done = place.take(library_of(*other))

    assert counts(done) == (1, 1, 0, 1)
    assert isinstance(done.refused[0], TrackLabelledError)
    assert done.refused[0].track_id == "a"
    assert place.catalogue.get("a").track_metadata.title == "Title"
    assert place.catalogue.get("b").content.audio_sha256 == "c" * 64


def test_a_deleted_track_comes_back_as_a_new_one(place, library_of):
    library = library_of(heard("a"), heard("b"))
    place.take(library)
    place.catalogue.hide("a")

    done = place.take(library)

    assert counts(done) == (1, 0, 1, 0)
    assert place.catalogue.get("a").track_metadata.title == "Title"


def test_tracks_of_other_features_are_taken_up_again(place, library_of):
    old = replace(place.snapshot, feature_digest="e" * 64)
    before = Place(place.database, old)
    before.take(library_of(heard("a"), digest="e" * 64))
    before.log.append("ana", [Label("e1", "a", Quadrant.Q1)])
    assert place.catalogue.get("a").track.is_stale

    done = place.take(library_of(heard("a")))

    assert counts(done) == (0, 1, 0, 0)
    assert not place.catalogue.get("a").track.is_stale
    assert place.predict("a").quadrant


def test_who_asks_sees_them_at_once(place, library_of):
    table = LiveTable(place.catalogue)
    assert table.current().track_ids == ()

    place.take(library_of(heard("a"), heard("b")))

    assert set(table.current().track_ids) == {"a", "b"}


def test_batches_are_told_of_and_make_no_difference(place, new_place, library_of, monkeypatch):
    library = library_of(*(heard(f"t{seed}", seed=seed) for seed in range(7)))
    whole, told = new_place(place.snapshot), []
    whole.take(library)
    monkeypatch.setattr(library_import, "TRACKS_AT_ONCE", 3)

    done = import_library(
        library,
        snapshot=place.snapshot,
        bulk_catalogue=place.bulk_catalogue,
        told=lambda done: told.append(done.n_tracks),
    )

    assert told == [3, 6, 7]
    assert counts(done) == (7, 0, 0, 0)
    for track_id in library.ids:
        np.testing.assert_allclose(
            place.predict(track_id).proba, whole.predict(track_id).proba, atol=1e-6
        )


def test_other_features_are_refused_before_anything_is_written(place, library_of):
    with pytest.raises(LibraryError, match=r"features 'eeeeeeeeeeee' and snapshot v1 reads 'ffff"):
        place.take(library_of(heard("a"), digest="e" * 64))

    with pytest.raises(TrackNotFoundError):
        place.catalogue.get("a")


def test_other_features_than_embeddings_are_refused_by_what_is_read(new_place, library_of):
    place = new_place(replace(snapshot(), embeddings=EmbeddingSpec(6, 6)))

    with pytest.raises(LibraryError, match="it reads embeddings, 6 numbers in audio_embedding"):
        place.take(library_of(heard("a"), digest="e" * 64))


def test_what_breaks_a_batch_undoes_it_and_keeps_those_before(place, library_of, monkeypatch):
    monkeypatch.setattr(library_import, "TRACKS_AT_ONCE", 2)
    judge = library_import.predict_population_all

    def break_at_last(shared, tracks):
        if len(tracks) == 1:
            raise RuntimeError("no")
        return judge(shared, tracks)

    monkeypatch.setattr(library_import, "believe_all", break_at_last)

    with pytest.raises(RuntimeError):
        place.take(library_of(heard("a"), heard("b"), heard("c")))

    assert [record.track_id for record in place.catalogue.page("", 5)] == ["a", "b"]


def test_many_beliefs_are_those_of_each_track(shipped):
    tracks = [
        track.features
        for without in (None, *Modality)
        for track in small.drawn_tracks(shipped, 3, without=without)
    ]

    together = predict_population_all(shipped, tracks)

    for track, population_prediction in zip(tracks, together, strict=True):
        alone = predict_population(shipped, track)
        assert population_prediction.member_logits.keys() == alone.member_logits.keys()
        for modality, logits in alone.member_logits.items():
            np.testing.assert_allclose(
                population_prediction.member_logits[modality], logits, rtol=1e-4, atol=1e-4
            )
        np.testing.assert_allclose(
            population_prediction.segment_proba, alone.segment_proba, atol=1e-5
        )
    assert predict_population_all(shipped, []) == []


@pytest.fixture(name="music")
def _music(tmp_path):
    folder = tmp_path / "music"
    folder.mkdir()
    (folder / "one.ogg").write_bytes(encoded(chord(seconds=7), "ogg vorbis"))
    (folder / "two.wav").write_bytes(encoded(chord(seconds=4, seed=1)))
    (folder / "two.txt").write_text("The rain came down and nobody was home")
    return folder


@pytest.mark.slow
def test_an_imported_track_is_the_one_that_is_put(music, tmp_path, new_place, shipped):
    extractor = FeatureExtractor.open(ROOT / "models/weights", shipped.network)
    embed(music, tmp_path / "tracks.npz", lambda: extractor, Processes(1))
    imported, put = new_place(shipped), new_place(shipped)
    sent = {
        "one": ((music / "one.ogg").read_bytes(), None),
        "two": ((music / "two.wav").read_bytes(), (music / "two.txt").read_text()),
    }
    for track_id, (audio, lyrics) in sent.items():
        put.put(track_id, extractor, audio, lyrics)

    done = imported.take(Library.open(tmp_path / "tracks.npz"))

    assert counts(done) == (2, 0, 0, 0)
    for track_id in sent:
        one, two = imported.predict(track_id), put.predict(track_id)
        assert one.quadrant == two.quadrant
        np.testing.assert_allclose(one.proba, two.proba, atol=1e-4)
        assert [s.start_s for s in one.segments] == [s.start_s for s in two.segments]
        for ours, theirs in zip(one.segments, two.segments, strict=True):
            np.testing.assert_allclose(ours.proba, theirs.proba, atol=1e-3)
    # Whichever way a track came in, the other way computes nothing.
    assert not imported.put("one", None, *sent["one"]).is_new
    assert counts(put.take(Library.open(tmp_path / "tracks.npz"))) == (0, 0, 2, 0)


def test_the_command_imports_and_tells(tmp_path, shipped, capsys, monkeypatch):
    made = small.drawn_tracks(shipped, 3)
    tracks = [LibraryTrack(t.track_id, "", "", A, B, t.features) for t in made]
    write_library(tmp_path / "tracks.npz", shipped.feature_digest, tracks)
    url = f"sqlite:///{tmp_path}/attune.db"
    monkeypatch.setenv("ATTUNE_DATABASE_URL", "sqlite:////nowhere/at.db")

    statuses = [
        main(["import", str(tmp_path / "tracks.npz"), "--database", url]) for _ in range(2)
    ]

    assert statuses == [0, 0]
    assert capsys.readouterr().out == (
        "3 tracks: 3 new, 0 replaced, 0 there before, 0 refused.\n"
        "3 tracks: 0 new, 0 replaced, 3 there before, 0 refused.\n"
    )
    log = LabelLog(Database(url), FakeClock())
    log.append("ana", [Label("e1", made[0].track_id, Quadrant.Q1)])
    changed = [replace(track, audio_sha256="c" * 64) for track in tracks]
    write_library(tmp_path / "tracks.npz", shipped.feature_digest, changed)

    status = main(["import", str(tmp_path / "tracks.npz"), "--database", url])

    told = capsys.readouterr()
    assert status == 1
    assert told.out == "3 tracks: 0 new, 2 replaced, 0 there before, 1 refused.\n"
    assert made[0].track_id in told.err


def test_the_command_refuses_with_a_sentence(tmp_path, capsys):
    write_library(tmp_path / "tracks.npz", "e" * 64, [heard("a")])
    url = f"sqlite:///{tmp_path}/attune.db"

    assert main(["import", str(tmp_path / "no.npz"), "--database", url]) == 1
    assert "no.npz is missing." in capsys.readouterr().err
    assert main(["import", str(tmp_path / "tracks.npz"), "--database", url]) == 1
    assert "The library holds features 'eeeeeeeeeeee'" in capsys.readouterr().err


@pytest.mark.slow
def test_importing_loads_no_encoder_and_no_server(tmp_path):
    code = (
        "import sys; from service.__main__ import main; "
        f"main(['import', '{tmp_path}/no.npz']); import service.serving.container; "
        "sys.exit(bool({'bentoml', 'fastapi'} & set(sys.modules)))"
    )

    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ)  # noqa: S603

    assert ended.returncode == 0
