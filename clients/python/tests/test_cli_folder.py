"""The recordings of a folder and their ids."""

import os
from pathlib import PurePosixPath

import pytest

from attune_client.cli.importing.folder import FolderError, find_recordings, name_tracks


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def nest(folder, name, depth):
    """Make a folder within a folder, and so on."""
    at = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(name, dir_fd=at)
        inner = os.open(name, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = inner
    os.close(at)


def test_recordings_are_found_at_any_depth_with_their_lyrics(tmp_path):
    touch(tmp_path, "b.MP3", "a/c.flac", "a/c.txt", "a/c.lrc", "d.ogg", "d.LRC", "e.txt")
    touch(tmp_path, "f.wav", "f.TXT", "f.txt", "f.lrc", ".hidden/e.mp3", "a/.f.ogg")

    found = find_recordings(tmp_path).sources

    assert [(one.track_id, one.path, one.lyrics) for one in found] == [
        ("a:c", tmp_path / "a/c.flac", tmp_path / "a/c.txt"),
        ("b", tmp_path / "b.MP3", None),
        ("d", tmp_path / "d.ogg", tmp_path / "d.LRC"),
        ("f", tmp_path / "f.wav", tmp_path / "f.txt"),
    ]


def test_what_is_left_out_is_counted_by_its_ending(tmp_path):
    touch(tmp_path, "a.ogg", "a.txt", "a.lrc", "b.lrc", "c/d.LRC", "cover.JPG", "e.jpg", "x.ape")
    touch(tmp_path, "README", ".hidden.jpg", ".git/f.txt")
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "a.TXT").symlink_to("/dev/zero")

    assert find_recordings(tmp_path).left_out == {
        ".jpg": 2,
        ".lrc without a recording": 2,
        ".lrc beside other lyrics": 1,
        ".ape": 1,
        "without an ending": 1,
        ".wav that is no file": 1,
        ".txt that is no file": 1,
    }


def test_links_lead_to_files_and_neither_into_folders_nor_around(tmp_path):
    music = tmp_path / "music"
    touch(tmp_path, "elsewhere/a.ogg", "music/b.ogg")
    (music / "album").symlink_to(tmp_path / "elsewhere")
    (music / "around").symlink_to(music)
    (music / "linked.ogg").symlink_to(tmp_path / "elsewhere" / "a.ogg")
    (music / "broken.mp3").symlink_to(tmp_path / "nowhere.mp3")
    (music / "loop.mp3").symlink_to(music / "loop.mp3")

    found = find_recordings(music)

    assert [one.path.name for one in found.sources] == [
        "b.ogg",
        "broken.mp3",
        "linked.ogg",
        "loop.mp3",
    ]
    assert found.links == [str(music / "album"), str(music / "around")]


def test_a_folder_that_cannot_be_read_is_named(tmp_path):
    touch(tmp_path, "a.ogg")
    nest(tmp_path, "x" * 250, 17)  # a path longer than any that Linux opens

    found = find_recordings(tmp_path)

    assert [one.track_id for one in found.sources] == ["a"]
    ((place, why),) = found.unread
    assert place.startswith(str(tmp_path / "xxx"))
    assert why == "File name too long."


def test_a_folder_without_music_is_an_error(tmp_path):
    touch(tmp_path, "notes.doc")

    with pytest.raises(FolderError, match=r"There is no recording in .*\.flac"):
        find_recordings(tmp_path)
    with pytest.raises(FolderError, match="nowhere is neither a folder"):
        find_recordings(tmp_path / "nowhere")


def named(*paths, given=None):
    return name_tracks([PurePosixPath(path) for path in paths], given)


def test_ids_are_distinct_and_valid():
    first, second, plain, long, strange = named(
        "a.mp3", "a.ogg", "b.ogg", "x" * 300 + ".ogg", "\udcff夜/-.ogg"
    )

    assert first != second
    assert (first[:2], second[:2], plain) == ("a-", "a-", "b")
    assert (long[:180], len(long)) == ("x" * 180, 189)
    assert strange.startswith("track-")


@pytest.mark.parametrize(
    ("paths", "ids"),
    [
        (["café.wav"], ["cafe"]),
        (["cafe\u0301.wav"], ["cafe"]),
        (["cafe\u0301.wav", "café.wav"], ["cafe-4434d618", "cafe-3b8d76bf"]),
        (
            ["cafe-3b8d76bf.wav", "café.wav", "cafe.wav"],
            ["cafe-3b8d76bf", "cafe-3b8d76bf-2", "cafe-"],
        ),
        (["a/b.mp3", "a:b.mp3"], ["a:b-", "a:b-"]),
        (["Song.mp3", "song.mp3"], ["Song", "song"]),
        (["夜.mp3", "昼.mp3"], ["track-4f773654", "track-"]),
        (["\udcff.mp3", "\udcfe.mp3"], ["track-", "track-"]),
        (["x" * 200 + "1.mp3", "x" * 200 + "2.mp3"], ["x" * 180 + "-", "x" * 180 + "-"]),
    ],
)
def test_two_files_have_two_ids_in_any_order(paths, ids):
    found = named(*paths)

    assert len(set(found)) == len(paths)
    assert [each[: len(expected)] for each, expected in zip(found, ids, strict=True)] == ids
    assert named(*reversed(paths)) == found[::-1]


@pytest.mark.parametrize(
    ("given", "paths", "ids"),
    [
        ({"song.wav": "song"}, ["song.wav", "song.flac"], ["song", "song-5dc21bf5"]),
        ({"song.wav": "song"}, ["song.flac"], ["song"]),
        ({"song.wav": "song-1"}, ["song.flac", "song.mp3"], ["song-1", "song-"]),
        ({"café.wav": "cafe"}, ["cafe\u0301.wav"], ["cafe"]),
        ({"é.aac": "e-1", "é.wav": "e-2"}, ["e\u0301.aac", "e\u0301.wav"], ["e-1", "e-2"]),
        ({"é.aac": "e-1", "é.wav": "e-2"}, ["e\u0301.wav"], ["e-2"]),
        ({"b.wav": "b-1", "b.aac": "b-2"}, ["b.mp3"], ["b-2"]),
        ({"b.aac": "b-2", "b.wav": "b-1"}, ["b.mp3"], ["b-2"]),
        ({"a/b.mp3": "a:b"}, ["a:b.mp3"], ["a:b-"]),
        ({"café.wav": "cafe-3b8d76bf"}, ["cafe-3b8d76bf.wav"], ["cafe-3b8d76bf-"]),
    ],
)
def test_an_id_that_was_given_stays_with_its_file_or_its_successor(given, paths, ids):
    found = named(*paths, given=given)

    assert len(set(found)) == len(paths)
    assert [each[: len(expected)] for each, expected in zip(found, ids, strict=True)] == ids


def test_the_state_of_a_recording_changes_with_its_files(tmp_path):
    touch(tmp_path, "a.ogg")
    states = [find_recordings(tmp_path).sources[0].state()]
    touch(tmp_path, "a.txt")
    states.append(find_recordings(tmp_path).sources[0].state())
    (tmp_path / "a.txt").write_text("longer")
    states.append(find_recordings(tmp_path).sources[0].state())

    assert len(set(map(tuple, states))) == 3
