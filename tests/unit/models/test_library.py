"""Libraries: what is written is what is read, and what was changed is refused."""

import zipfile
from dataclasses import replace

import numpy as np
import pytest

from models.features.embeddings import EmbeddingSpec
from models.library import (
    FORMAT,
    MAX_TEXT,
    Library,
    LibraryError,
    LibraryTrack,
    write_library,
)
from models.track import AudioFeatures
from tests.fakes import features

DIGEST = "f" * 64


def heard(track_id="t", *, seed=0, title="Title", artist="Artist", **parts):
    given = features(seed=seed, **parts)
    return LibraryTrack(
        track_id,
        title,
        artist,
        audio_sha256="" if given.audio is None else "a" * 64,
        lyrics_sha256="" if given.lyrics is None else "b" * 64,
        features=given,
        sound_sha256="" if given.audio is None else "c" * 64,
        lyrics_raw_sha256="" if given.lyrics is None else "d" * 64,
    )


TRACKS = [
    heard("both", seed=1, title="Ça et là", artist="夜"),
    heard("audio:only", seed=2, lyrics=False, title="", artist=""),
    heard("lyrics-only", seed=3, audio=False),
    heard("again", seed=4),
]


@pytest.fixture(name="path")
def _path(tmp_path):
    return tmp_path / "tracks.npz"


def rewritten(path, **changes):
    """Write the library again with other arrays, each with digests that fit it."""
    with np.load(path) as file:
        arrays = dict(file)
    for name, change in changes.items():
        if change is None:
            del arrays[name]
        else:
            arrays[name] = change(arrays[name])
    np.savez(path, **arrays)
    return path


def parts_of(track):
    """All that a library holds of a track, as what NumPy can compare."""
    audio = track.features.audio
    names = ("vector", "segments", "starts_s", "ends_s", "duration_s")
    heard_parts = {name: getattr(audio, name, None) for name in names}
    return repr(replace(track, features=None)), track.features.lyrics, heard_parts


@pytest.mark.parametrize(
    "tracks", [TRACKS, [], TRACKS[1:2], TRACKS[2:3]], ids=["all", "none", "audio", "lyrics"]
)
def test_what_is_written_is_read_as_often_as_it_is_read(path, tracks):
    n_tracks = write_library(path, DIGEST, iter(tracks))

    library = Library.open(path)

    assert n_tracks == len(library) == len(tracks)
    assert library.feature_digest == DIGEST
    assert library.ids == [track.track_id for track in tracks]
    next(iter(library), None)
    np.testing.assert_equal([*map(parts_of, library)], [*map(parts_of, tracks)])


def test_a_library_of_format_1_is_read_without_digests_of_sound(path):
    write_library(path, DIGEST, TRACKS)
    rewritten(path, format=lambda _: np.array(1), sound_sha256=None, lyrics_raw_sha256=None)

    read = list(Library.open(path))

    earlier = [replace(track, sound_sha256="", lyrics_raw_sha256="") for track in TRACKS]
    np.testing.assert_equal([*map(parts_of, read)], [*map(parts_of, earlier)])


def embedded():
    """A track of an embedding, beside one that was heard."""
    given = heard("embedded", seed=5)
    audio = AudioFeatures.of_embedding(given.features.audio.vector)
    return replace(given, features=replace(given.features, audio=audio))


def test_a_track_of_an_embedding_has_neither_length_nor_stretches(path):
    write_library(path, EmbeddingSpec(6, 6).digest, [embedded(), TRACKS[0]])

    read, beside = Library.open(path)

    assert read.features.audio.duration_s is None
    assert len(read.features.audio.segments) == 0
    np.testing.assert_array_equal(read.features.audio.vector, embedded().features.audio.vector)
    assert beside.features.audio.duration_s == TRACKS[0].features.audio.duration_s


def test_stretches_are_read_as_the_service_keeps_them(path):
    given = heard()
    far = np.full_like(given.features.audio.segments, 1e6)
    audio = replace(given.features.audio, segments=far)

    write_library(path, DIGEST, [replace(given, features=replace(given.features, audio=audio))])

    (read,) = Library.open(path)
    assert set(read.features.audio.segments.ravel()) == {np.float32(65504)}


def test_a_library_that_was_not_finished_leaves_the_old_one(path):
    write_library(path, DIGEST, TRACKS[:1])

    def fail():
        yield TRACKS[1]
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        write_library(path, DIGEST, fail())

    assert Library.open(path).ids == ["both"]
    assert [left.name for left in path.parent.iterdir()] == ["tracks.npz"]


def test_a_missing_one_is_told(path):
    with pytest.raises(LibraryError, match=r"tracks\.npz is missing"):
        Library.open(path)


def test_a_changed_byte_is_noticed_wherever_it_lies(path):
    write_library(path, DIGEST, TRACKS)
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        places = [
            member.header_offset + 100 + 2 * len(member.filename) for member in archive.infolist()
        ]

    for place in places:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(LibraryError):
            Library.open(path)


@pytest.mark.parametrize(
    "change",
    [
        *(
            lambda _, start=start: start
            for start in (b"", b"music", b"PK\x03\x04", b"\x93NUMPY\x01\x00")
        ),
        *(lambda whole, share=share: whole[: int(share * len(whole))] for share in (0.3, 0.999)),
    ],
)
def test_what_is_no_library_or_a_part_of_one_is_refused(path, change):
    write_library(path, DIGEST, TRACKS)
    path.write_bytes(change(path.read_bytes()))

    with pytest.raises(LibraryError, match="no library, or is damaged"):
        Library.open(path)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("format", None, "format None"),
        ("format", lambda _: np.array(FORMAT + 1), "has format 3; this code reads format 1 and 2"),
        (
            "title",
            lambda column: column.astype(object),
            "Object arrays cannot be loaded",
        ),  # pickle
        ("artist", None, "'artist' is missing"),
        ("segments", None, "damaged"),
        ("segments", lambda rows: rows.astype(np.float32), "float32, not float16"),
        ("segments", lambda rows: rows[:-1], "segments do not fit"),
        ("segment_offsets", lambda offsets: offsets[::-1].copy(), "segments do not fit"),
        ("starts_s", lambda starts: starts[1:], "segments do not fit"),
        ("audio", lambda rows: rows[:, 0], "'audio' is float32 of shape"),
        ("has_audio", lambda column: column.astype(int), "'has_audio' is int64"),
        ("title", lambda column: column[1:], "differ in length"),
        ("ids", lambda ids: np.array(["a/b", *ids[1:]]), "'a/b' is not a valid track id"),
        ("ids", lambda ids: np.array(["x" * 257, *ids[1:]]), "is not a valid track id"),
        ("ids", lambda ids: np.array([ids[1], *ids[1:]]), "'audio:only' occurs twice"),
        ("title", lambda column: np.char.multiply(column, MAX_TEXT), "'both' has a title that"),
        ("artist", lambda column: np.array(["a\0b", *column[1:]]), "'both' has an artist that"),
        ("audio", lambda rows: rows + np.inf, "'both' holds a number that is not finite"),
        ("has_lyrics", lambda column: column & False, "'lyrics-only' has neither"),
        ("duration_s", lambda column: -column, "'both' has no length"),
        ("duration_s", lambda column: column * np.nan, "'both' has no length"),
        ("segments", lambda rows: rows * np.float16(np.nan), "a segment of 'both' is not finite"),
        ("starts_s", lambda times: times + np.nan, "'starts_s' holds a number that is not finite"),
        ("ends_s", lambda times: times + np.inf, "'ends_s' holds a number that is not finite"),
        ("audio_sha256", lambda column: column[::-1].copy(), "'audio:only' must have audio and"),
        ("lyrics_sha256", lambda _: np.full(4, "x"), "'both' has lyrics without"),
        ("sound_sha256", None, "'sound_sha256' is missing"),
        ("sound_sha256", lambda _: np.full(4, "x"), "'both' has a sound_sha256 that is no SHA"),
        ("lyrics_raw_sha256", lambda _: np.full(4, "x"), "'both' has a lyrics_raw_sha256 that"),
    ],
)
def test_what_the_service_would_not_have_taken_is_refused(path, name, change, message):
    write_library(path, DIGEST, TRACKS)
    rewritten(path, **{name: change})

    with pytest.raises(LibraryError, match=message):
        list(Library.open(path))
