"""Import: a library's tracks are in the catalogue as if they had been put one by one."""

import io
import os
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.emotion import Modality, Quadrant
from models.features.embeddings import EmbeddingSpec
from models.features.extraction import FeatureExtractor
from models.library import Library, LibraryError, LibraryTrack, write_library
from models.prediction.batches import predict_population_all
from models.prediction.predictor import predict_population
from models.track import AudioFeatures, TrackFeatures
from service.__main__ import main
from service.api.predict.predictions import Upload
from service.cli import library_import
from service.cli.library_import import import_library
from service.db.bulk_catalogue import BulkCatalogue
from service.db.database import Database
from service.db.label_log import LabelLog
from service.db.retention import size_of_segments
from service.errors import TrackLabelledError, TrackNotFoundError
from service.labels import Label
from service.serving.container import population_predictor_of
from service.tracks import Content, TrackMetadata
from tests import small_models
from tests.audio_signals import chord, encoded
from tests.fakes import FakeClock, features
from tests.small_service import SmallService, predict, register, snapshot
from training.engine import Processes
from training.library.embedding import embed

ROOT = Path(__file__).parents[3]
A, B, C = "a" * 64, "b" * 64, "c" * 64
SOUND, RAW = "d" * 64, "e" * 64


@pytest.fixture(name="house")
def _house() -> SmallService:
    return SmallService()


@pytest.fixture(name="library_of")
def _library_of(tmp_path):
    def library_of(*tracks, digest="f" * 64):
        write_library(tmp_path / "tracks.npz", digest, tracks)
        return Library.open(tmp_path / "tracks.npz")

    return library_of


def take(house, library, progress=str):
    bulk_catalogue = BulkCatalogue(
        house.database, population_predictor_of(house.snapshot), FakeClock()
    )
    return import_library(
        library, snapshot=house.snapshot, bulk_catalogue=bulk_catalogue, progress=progress
    )


def heard(track_id, *, seed=0, audio=A, lyrics=B, title="Title"):
    given = features(seed=seed, audio=bool(audio), lyrics=bool(lyrics))
    return LibraryTrack(track_id, title, "", audio, lyrics, given)


def counts(done):
    return done.n_new, done.n_replaced, done.n_kept, len(done.refused)


def vectors(features):
    return [np.atleast_1d(features.vector(modality)).tolist() for modality in Modality]


def test_tracks_are_registered_with_their_names_contents_and_features(house, library_of):
    tracks = [heard("b", seed=1), heard("a", seed=2, lyrics="", title=""), heard("c", audio="")]

    done = take(house, library_of(*tracks))

    assert counts(done) == (3, 0, 0, 0)
    for track in tracks:
        record = house.catalogue.get(track.track_id)
        assert record.track_metadata == TrackMetadata(track.title or None, None)
        assert record.content == Content(track.audio_sha256 or None, track.lyrics_sha256 or None)
        assert vectors(record.track.features) == vectors(track.features)


def test_a_track_of_an_embedding_has_no_length_and_no_segments(house, library_of):
    given = heard("t", lyrics="")
    audio = AudioFeatures.of_embedding(given.features.audio.vector)

    take(house, library_of(replace(given, features=TrackFeatures(audio, None)), heard("beside")))

    assert house.catalogue.get("t").duration_s is None
    assert predict(house, "t").recognition.segments == ()
    assert house.catalogue.get("beside").duration_s == 9.0


def test_what_changed_is_replaced_and_the_rest_stays(house, library_of):
    library = library_of(*(heard(name, seed=seed) for seed, name in enumerate("abch")))
    take(house, library)
    house.catalogue.hide("h")
    changed = [
        heard("a", seed=9, audio=C),
        heard("b", seed=1, title="New"),
        heard("d"),
        heard("h"),
    ]

    done = take(house, library_of(*changed))
    before = house.catalogue.revision()
    again = take(house, library_of(*changed))

    assert counts(done) == (2, 1, 1, 0)
    assert house.catalogue.get("b").track_metadata.title == "New"
    kept = house.catalogue.get("a").track.features
    assert vectors(kept) == vectors(changed[0].features)
    assert house.catalogue.get("c").content == Content(A, B)
    assert (counts(again), house.catalogue.revision()) == ((0, 0, 4, 0), before)


def test_a_labelled_track_keeps_its_content_and_the_others_come_in(house, library_of):
    take(house, library_of(heard("a"), heard("b")))
    house.log.append("ana", [Label("e1", "a", Quadrant.Q1)])

    done = take(house, library_of(*(heard(name, audio=C, title="New") for name in "cab")))

    assert counts(done) == (1, 1, 0, 1)
    assert isinstance(done.refused[0], TrackLabelledError)
    assert "'a'" in str(done.refused[0])
    assert house.catalogue.get("a").track_metadata.title == "Title"
    assert house.catalogue.get("b").content.audio_sha256 == C


@pytest.mark.parametrize("is_stale", [False, True])
def test_a_labelled_track_takes_the_title_of_a_file_of_the_same_sound(house, library_of, is_stale):
    stored, tagged = (replace(heard("a", audio=each), sound_sha256=SOUND) for each in (A, C))
    digest = ("e" if is_stale else "f") * 64
    before = house.restarted(replace(house.snapshot, feature_digest=digest))
    take(before, library_of(stored, digest=digest))
    house.log.append("ana", [Label("e1", "a", Quadrant.Q1)])

    done = take(house, library_of(replace(tagged, title="New")))

    record = house.catalogue.get("a")
    assert counts(done) == (0, is_stale, not is_stale, 0)
    assert record.track_metadata.title == "New"
    assert record.content == Content(A, B, SOUND)  # of the recording that may be stored


@pytest.mark.parametrize("stored", [B, RAW], ids=["this release", "an earlier release"])
def test_lyrics_of_a_labelled_track_are_known_by_either_digest(house, library_of, stored):
    take(house, library_of(heard("a", lyrics=stored)))
    house.log.append("ana", [Label("e1", "a", Quadrant.Q1)])

    done = take(house, library_of(replace(heard("a"), lyrics_raw_sha256=RAW)))

    assert counts(done) == (0, 0, 1, 0)
    assert house.catalogue.get("a").content == Content(A, B)


def test_a_library_without_digests_of_sound_keeps_those_that_are_stored(house, library_of):
    take(house, library_of(replace(heard("a"), sound_sha256=SOUND)))

    take(house, library_of(heard("a")))

    assert house.catalogue.get("a").content == Content(A, B, SOUND)


def test_labelled_tracks_of_other_features_are_taken_up_again(house, library_of):
    before = house.restarted(replace(house.snapshot, feature_digest="e" * 64))
    take(before, library_of(heard("a"), digest="e" * 64))
    before.log.append("ana", [Label("e1", "a", Quadrant.Q1)])
    was_stale = house.catalogue.get("a").track.is_stale

    done = take(house, library_of(heard("a")))

    assert counts(done) == (0, 1, 0, 0)
    assert (was_stale, house.catalogue.get("a").track.is_stale) == (True, False)


@pytest.mark.parametrize(
    ("embeddings", "message"),
    [
        (None, r"features 'eeeeeeeeeeee', but snapshot v1 reads 'ffff"),
        (EmbeddingSpec(6, 6), "the snapshot reads embeddings, 6 numbers in audio_embedding"),
    ],
)
def test_other_features_are_refused_before_anything_is_written(library_of, embeddings, message):
    house = SmallService(snapshot=replace(snapshot(), embeddings=embeddings))

    with pytest.raises(LibraryError, match=message):
        take(house, library_of(heard("a"), digest="e" * 64))

    with pytest.raises(TrackNotFoundError):
        house.catalogue.get("a")


def test_what_breaks_a_batch_undoes_it_and_keeps_those_before(house, library_of, monkeypatch):
    message = []
    monkeypatch.setattr(library_import, "TRACKS_AT_ONCE", 2)
    judge = library_import.predict_population_all

    def break_at_last(shared, tracks):
        if len(tracks) == 1:
            raise RuntimeError("no")
        return judge(shared, tracks)

    monkeypatch.setattr(library_import, "predict_population_all", break_at_last)

    with pytest.raises(RuntimeError):
        take(house, library_of(*map(heard, "abcde")), lambda done: message.append(done.n_tracks))

    assert message == [2, 4]
    assert [record.track_id for record in house.catalogue.page("", 9)] == list("abcd")


def test_many_beliefs_are_those_of_each_track(shipped):
    tracks = [
        track.features
        for without in (None, *Modality)
        for track in small_models.drawn_tracks(shipped, 3, without=without)
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


@pytest.mark.slow
def test_an_imported_track_is_the_one_that_is_put(tmp_path, shipped):
    music, library = tmp_path / "music", tmp_path / "tracks.npz"
    music.mkdir()
    (music / "one.ogg").write_bytes(encoded(chord(seconds=7), "ogg vorbis"))
    (music / "two.wav").write_bytes(encoded(chord(seconds=4, seed=1)))
    (music / "two.txt").write_text("The rain came down and nobody was home")
    extractor = FeatureExtractor.open(ROOT / "models/weights", shipped.network)
    embed(music, library, lambda: extractor, Processes(1))
    imported, put = (SmallService(snapshot=shipped, extractor=extractor) for _ in range(2))

    def registered(house):
        one, two, lyrics = (music / name for name in ("one.ogg", "two.wav", "two.txt"))
        sent = Upload(io.BytesIO(two.read_bytes()), lyrics.read_text())
        return [
            register(house, "one", Upload(io.BytesIO(one.read_bytes()))).is_new,
            register(house, "two", sent).is_new,
        ]

    ways = [registered(put), counts(take(imported, Library.open(library)))]

    assert ways == [[True, True], (2, 0, 0, 0)]
    for track_id in ("one", "two"):
        one, two = (predict(house, track_id).recognition for house in (imported, put))
        assert one.quadrant == two.quadrant
        np.testing.assert_allclose(one.proba, two.proba, atol=1e-4)
        assert [s.start_s for s in one.segments] == [s.start_s for s in two.segments]
        for ours, theirs in zip(one.segments, two.segments, strict=True):
            np.testing.assert_allclose(ours.proba, theirs.proba, atol=1e-3)
    # Whichever way a track came in, the other way computes nothing.
    assert registered(imported) == [False, False]
    assert counts(take(put, Library.open(library))) == (0, 0, 2, 0)


@pytest.mark.parametrize(("segments", "n_rows"), [("coarse", 3), ("none", 0)])
def test_the_command_stores_the_segments_that_are_chosen(
    tmp_path, shipped, monkeypatch, segments, n_rows
):
    made = small_models.drawn_tracks(shipped, 3)
    tracks = [LibraryTrack(t.track_id, "", "", A, B, t.features) for t in made]
    write_library(tmp_path / "tracks.npz", shipped.feature_digest, tracks)
    monkeypatch.setenv("ATTUNE_DATABASE_URL", f"sqlite:///{tmp_path}/attune.db")
    monkeypatch.setenv("ATTUNE_SEGMENTS", segments)

    assert main(["import", str(tmp_path / "tracks.npz")]) == 0

    with closing(Database(f"sqlite:///{tmp_path}/attune.db")) as database:
        size = size_of_segments(database)
    n_features = made[0].features.audio.segments.shape[1]
    assert (size.n_tracks, size.n_bytes) == (n_rows, n_rows * 2 * n_features)


def test_the_command_imports_and_tells(tmp_path, shipped, capsys, monkeypatch):
    made = small_models.drawn_tracks(shipped, 3)
    tracks = [LibraryTrack(t.track_id, "", "", A, B, t.features) for t in made]
    write_library(tmp_path / "tracks.npz", shipped.feature_digest, tracks)
    url = f"sqlite:///{tmp_path}/attune.db"
    monkeypatch.setenv("ATTUNE_DATABASE_URL", "sqlite:////nowhere/at.db")

    statuses = [
        main(["import", str(tmp_path / "tracks.npz"), "--database", url]) for _ in range(2)
    ]

    assert statuses == [0, 0]
    assert capsys.readouterr().out == (
        "3 tracks: 3 new, 0 replaced, 0 unchanged, 0 refused.\n"
        "3 tracks: 0 new, 0 replaced, 3 unchanged, 0 refused.\n"
    )
    log = LabelLog(Database(url), FakeClock())
    log.append("ana", [Label("e1", made[0].track_id, Quadrant.Q1)])
    changed = [replace(track, audio_sha256="c" * 64) for track in tracks]
    write_library(tmp_path / "tracks.npz", shipped.feature_digest, changed)

    status = main(["import", str(tmp_path / "tracks.npz"), "--database", url])

    message = capsys.readouterr()
    assert status == 1
    assert message.out == "3 tracks: 0 new, 2 replaced, 0 unchanged, 1 refused.\n"
    assert made[0].track_id in message.err
    assert main(["import", str(tmp_path / "no.npz"), "--database", url]) == 1
    assert "no.npz is missing." in capsys.readouterr().err


@pytest.mark.slow
def test_importing_loads_no_encoder_and_no_server(tmp_path):
    code = (
        "import sys; from service.__main__ import main; "
        f"main(['import', '{tmp_path}/no.npz']); import service.serving.container; "
        "sys.exit(bool({'bentoml', 'fastapi'} & set(sys.modules)))"
    )

    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ)  # noqa: S603

    assert ended.returncode == 0
