"""A folder goes by the same ids whether a client imports it or training hears it."""

from pathlib import PurePosixPath

from attune_client.cli.importing import folder, metadata
from hypothesis import given
from hypothesis import strategies as st

from models.library import MAX_TEXT
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


@given(st.lists(PATHS, unique=True, max_size=8))
def test_a_path_has_one_id(paths):
    assert folder.name_tracks(paths) == name_tracks(paths)


def test_the_same_files_are_taken_for_recordings_and_lyrics(tmp_path):
    for name in ("b/c.OGG", "a.mp3", "a.txt", ".d.mp3", "e.pdf", "f.flac", "f.lrc"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")

    heard, found = read_sources(tmp_path), folder.find_recordings(tmp_path)

    assert folder.SUFFIXES == SUFFIXES
    assert [(one.track_id, one.path) for one in found] == [
        (one.track_id, one.audio) for one in heard
    ]
    # Marks of time are the client's business alone.
    assert [one.lyrics for one in heard] == [tmp_path / "a.txt", None, None]
    assert [one.lyrics for one in found] == [tmp_path / "a.txt", None, tmp_path / "f.lrc"]


def test_a_title_has_one_bound():
    assert metadata.MAX_NAME == MAX_TEXT
