"""A folder goes by the same ids whether a client imports it or training hears it."""

from pathlib import PurePosixPath

from attune_client.cli.importing import folder, listing
from hypothesis import given
from hypothesis import strategies as st

from models.ids import TRACK_ID
from training.library.listing import list_folder
from training.library.sources import SUFFIXES, name_tracks, read_sources

LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="/\0") | st.sampled_from(
    "aäA.:-_ @é\u0301夜\udcff"
)
NAMES = st.text(LETTERS, min_size=1, max_size=12).filter(lambda name: name not in {".", ".."})
LONG = st.text(st.sampled_from("ab é"), min_size=170, max_size=200)
PATHS = st.builds(
    lambda parts, stem, suffix: PurePosixPath(*parts, stem + suffix),
    st.lists(NAMES, max_size=2),
    NAMES | LONG,
    st.sampled_from(sorted(SUFFIXES)),
)


@given(st.lists(PATHS, unique=True, max_size=8), st.lists(PATHS, unique=True, max_size=8))
def test_a_path_has_one_id_which_stays_and_no_other_path_has_it(before, paths):
    ids_before = dict(zip(map(str, before), name_tracks(before), strict=True))

    ids = name_tracks(paths, ids_before)

    in_another_order = dict(reversed(ids_before.items()))
    assert folder.name_tracks(paths, in_another_order) == ids
    assert len(set(ids)) == len(paths)
    assert all(map(TRACK_ID.fullmatch, ids))
    kept = dict(zip(map(str, paths), ids, strict=True))
    assert {path: kept[path] for path in kept.keys() & ids_before.keys()} == {
        path: ids_before[path] for path in kept.keys() & ids_before.keys()
    }


def test_the_same_files_are_taken_for_recordings_and_lyrics(tmp_path):
    names = ("b/c.OGG", "a.mp3", "a.txt", "a.lrc", ".d.mp3", "e.pdf", "f.flac", "f.LRC", "g.txt")
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    (tmp_path / "around").symlink_to(tmp_path)
    (tmp_path / "broken.wav").symlink_to(tmp_path / "nowhere.wav")

    heard, found = read_sources(tmp_path), folder.find_recordings(tmp_path)

    assert listing.SUFFIXES == SUFFIXES
    assert [(one.track_id, one.path, one.lyrics) for one in found.sources] == [
        (one.track_id, one.audio, one.lyrics) for one in heard
    ]
    assert found.left_out == list_folder(tmp_path).left_out
    assert found.links == [str(path) for path in list_folder(tmp_path).links]
