"""What of a folder is imported, and under which ids."""

from pathlib import PurePosixPath

import pytest

from attune_client.cli.importing.folder import FolderError, find_recordings, name_tracks


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_recordings_are_found_however_deep_and_nothing_else(tmp_path):
    touch(tmp_path, "b.MP3", "a/c.flac", "a/d.txt", "cover.jpg", ".hidden/e.mp3", "a/.f.ogg")

    found = find_recordings(tmp_path)

    assert [(one.track_id, one.path) for one in found] == [
        ("a:c", tmp_path / "a/c.flac"),
        ("b", tmp_path / "b.MP3"),
    ]


def test_words_lie_beside_a_recording_and_plain_text_comes_first(tmp_path):
    touch(tmp_path, "a.ogg", "a.lrc", "a.txt", "b.ogg", "b.lrc", "c.ogg", "d.txt")

    assert [one.lyrics for one in find_recordings(tmp_path)] == [
        tmp_path / "a.txt",
        tmp_path / "b.lrc",
        None,
    ]


def test_what_is_no_folder_of_music_is_told(tmp_path):
    touch(tmp_path, "notes.doc")

    with pytest.raises(FolderError, match=r"There is no recording in .*\.flac"):
        find_recordings(tmp_path)
    with pytest.raises(FolderError, match="nowhere is no folder"):
        find_recordings(tmp_path / "nowhere")


def test_ids_tell_paths_apart_that_would_be_one():
    ids = name_tracks([PurePosixPath(name) for name in ("a.mp3", "a.ogg", "b.ogg")])

    assert ids[2] == "b"
    assert len({*ids}) == 3
    assert all(each.startswith("a-") for each in ids[:2])


def test_an_id_is_one_that_the_service_takes_however_long_or_strange_the_path():
    (long,) = name_tracks([PurePosixPath("x" * 300 + ".ogg")])
    (strange,) = name_tracks([PurePosixPath("\udcff夜/-.ogg")])

    assert (long[:180], len(long)) == ("x" * 180, 189)
    assert strange.startswith("track-")


def test_the_state_of_a_recording_changes_with_its_files(tmp_path):
    touch(tmp_path, "a.ogg")
    (alone,) = find_recordings(tmp_path)
    touch(tmp_path, "a.txt")
    (accompanied,) = find_recordings(tmp_path)
    before = accompanied.state()
    (tmp_path / "a.txt").write_text("longer")

    assert alone.state() != before
    assert accompanied.state() != before
