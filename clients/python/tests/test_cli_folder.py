"""The recordings of a folder and their ids."""

from pathlib import PurePosixPath

import pytest

from attune_client.cli.importing.folder import FolderError, find_recordings, name_tracks


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_recordings_are_found_at_any_depth_with_their_lyrics(tmp_path):
    touch(tmp_path, "b.MP3", "a/c.flac", "a/c.txt", "a/c.lrc", "d.ogg", "d.lrc", "e.txt")
    touch(tmp_path, "cover.jpg", ".hidden/e.mp3", "a/.f.ogg")

    found = find_recordings(tmp_path)

    assert [(one.track_id, one.path, one.lyrics) for one in found] == [
        ("a:c", tmp_path / "a/c.flac", tmp_path / "a/c.txt"),
        ("b", tmp_path / "b.MP3", None),
        ("d", tmp_path / "d.ogg", tmp_path / "d.lrc"),
    ]


def test_a_folder_without_music_is_an_error(tmp_path):
    touch(tmp_path, "notes.doc")

    with pytest.raises(FolderError, match=r"There is no recording in .*\.flac"):
        find_recordings(tmp_path)
    with pytest.raises(FolderError, match="nowhere is neither a folder"):
        find_recordings(tmp_path / "nowhere")


def test_ids_are_distinct_and_valid():
    names = ("a.mp3", "a.ogg", "b.ogg", "x" * 300 + ".ogg", "\udcff夜/-.ogg")

    first, second, plain, long, strange = name_tracks([PurePosixPath(name) for name in names])

    assert first != second
    assert (first[:2], second[:2], plain) == ("a-", "a-", "b")
    assert (long[:180], len(long)) == ("x" * 180, 189)
    assert strange.startswith("track-")


def test_the_state_of_a_recording_changes_with_its_files(tmp_path):
    touch(tmp_path, "a.ogg")
    states = [find_recordings(tmp_path)[0].state()]
    touch(tmp_path, "a.txt")
    states.append(find_recordings(tmp_path)[0].state())
    (tmp_path / "a.txt").write_text("longer")
    states.append(find_recordings(tmp_path)[0].state())

    assert len(set(map(tuple, states))) == 3
