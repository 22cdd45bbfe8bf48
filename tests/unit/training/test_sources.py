"""What is embedded: recordings of a folder or rows of a manifest, their ids and their tags."""

import io
from pathlib import PurePosixPath

import av
import numpy as np
import pytest
import soundfile

from models.errors import DatasetError
from models.ids import TRACK_ID
from models.library import MAX_TEXT
from models.tags import Tags, read_tags
from tests.audio_signals import chord
from training.library.sources import Source, name_tracks, read_sources


def named(*paths):
    return name_tracks([PurePosixPath(path) for path in paths])


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"audio")


def manifest(folder, text):
    path = folder / "tracks.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("path", "track_id"),
    [
        ("a.mp3", "a"),
        ("Ana/Blue/01.flac", "Ana:Blue:01"),
        ("Don't Stop (Live).mp3", "Don-t-Stop-Live"),
        ("Motörhead/Ace.mp3", "Motorhead:Ace"),
        ("_x.mp3", "x"),
        ("v1.2.mp3", "v1.2"),
        ("\u00e9.mp3", "e"),
        ("e\u0301.mp3", "e"),  # the same, spelt otherwise
    ],
)
def test_an_id_is_the_path_as_far_as_ids_allow(path, track_id):
    assert named(path) == [track_id]


@pytest.mark.parametrize("path", ["夜/曲.mp3", "a 夜.mp3", "x" * 250 + ".mp3", "---.mp3", "ø.mp3"])
def test_every_path_has_an_id_that_the_service_takes(path):
    (track_id,) = named(path)

    assert TRACK_ID.fullmatch(track_id)


@pytest.mark.parametrize(
    "paths",
    [
        ("a.mp3", "a.flac"),
        ("夜.mp3", "昼.mp3"),
        ("x" * 250 + "1.mp3", "x" * 250 + "2.mp3"),
        ("a/b.mp3", "a:b.mp3"),
        ("caf\u00e9.wav", "cafe\u0301.wav"),
        ("Song.mp3", "song.mp3"),
        ("\udcff.mp3", "\udcfe.mp3"),
    ],
)
def test_two_paths_have_two_ids_that_do_not_depend_on_their_order(paths):
    ids = named(*paths)

    assert len(set(ids)) == 2
    assert named(*reversed(paths)) == ids[::-1]


def test_a_folder_is_searched_to_its_depths(tmp_path):
    touch(tmp_path, "b.OGG", "a/deep/c.mp3", "a/cover.jpg", ".hidden.mp3", ".trash/d.mp3")
    (tmp_path / "b.txt").write_text("words")
    (tmp_path / "alone.txt").write_text("words")

    assert read_sources(tmp_path) == [
        Source("a:deep:c", tmp_path / "a/deep/c.mp3"),
        Source("b", tmp_path / "b.OGG", tmp_path / "b.txt"),
    ]


def test_a_manifest_says_what_there_is(tmp_path):
    path = manifest(
        tmp_path,
        "track_id,path,title,artist,lyrics_path,lyrics\n"
        "1,sub/a.mp3, Blue  in Green ,Miles,,\n"
        "2,,,,words.txt,\n"
        '3,,,,,"Rain,\nrain"\n',
    )

    sources = read_sources(path)

    assert sources == [
        Source("1", tmp_path / "sub/a.mp3", None, "Blue in Green", "Miles"),
        Source("2", None, tmp_path / "words.txt"),
        Source("3", None, "Rain,\nrain"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,path\n1,a.mp3\n", "has no column 'track_id'"),
        ("track_id,path\n", "tracks.csv has no row"),
        ("track_id,path\na/b,a.mp3\n", "line 2 has the track id 'a/b'"),
        ("track_id,path\n1,a.mp3\n,b.mp3\n", "line 3 has the track id ''"),
        ("track_id,path\n1,a.mp3\n1,b.mp3\n", "has 2 rows of the track '1'"),
        ("track_id,path\n1,\n", "line 2 has neither a path nor lyrics"),
    ],
)
def test_a_manifest_that_cannot_be_meant_is_refused_before_anything_is_heard(
    tmp_path, text, message
):
    with pytest.raises(DatasetError, match=message):
        read_sources(manifest(tmp_path, text))


def test_what_is_no_source_is_refused(tmp_path):
    touch(tmp_path, "notes.doc")

    with pytest.raises(DatasetError, match="There is no recording in"):
        read_sources(tmp_path)
    with pytest.raises(DatasetError, match="neither a folder nor a manifest"):
        read_sources(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match="is missing"):
        read_sources(tmp_path / "nowhere.csv")


def tagged(suffix, title, artist):
    file = io.BytesIO()
    if suffix in {".m4a", ".mp3"}:
        container, codec = {".m4a": ("mp4", "aac"), ".mp3": ("mp3", "libmp3lame")}[suffix]
        with av.open(file, "w", format=container) as output:
            output.metadata.update({"title": title, "artist": artist})
            stream = output.add_stream(codec, rate=16_000, layout="mono")
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(chord(seconds=1)[None]), format="fltp", layout="mono"
            )
            frame.sample_rate, frame.pts = 16_000, 0
            for packet in [*stream.encode(frame), *stream.encode(None)]:
                output.mux(packet)
        return file
    kind = {".wav": ("WAV", "PCM_16"), ".flac": ("FLAC", "PCM_16"), ".ogg": ("OGG", "VORBIS")}
    container, subtype = kind[suffix]
    with soundfile.SoundFile(file, "w", 16_000, 1, subtype, format=container) as output:
        output.title, output.artist = title, artist
        output.write(chord(seconds=1))
    return file


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".m4a", ".mp3"])
def test_a_recording_says_what_it_is_called(suffix):
    file = tagged(suffix, "Ça et là", "The  Band\n")

    assert read_tags(file, suffix.upper()) == Tags("Ça et là", "The Band")


@pytest.mark.parametrize("suffix", [".wav", ".ogg", ".m4a", ".mp3", ".m3u", ""])
@pytest.mark.parametrize("content", [b"", b"music", b"#EXTM3U\nhttp://127.0.0.1:9/a.mp3\n" * 9])
def test_what_says_nothing_has_no_tags(suffix, content):
    assert read_tags(io.BytesIO(content), suffix) == Tags()


def test_a_title_is_no_longer_than_the_service_takes():
    assert len(read_tags(tagged(".mp3", "x" * 1000, ""), ".mp3").title) == MAX_TEXT
