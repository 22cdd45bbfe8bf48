"""Loaders, on a few rows in each dataset's true format, and on the real ones where they lie."""

from pathlib import Path

import numpy as np
import pytest

from models.errors import DatasetError
from training.datasets import deam, mirex, nju, own_table, pmemo, taffc4q
from training.datasets.tracks import PairedTable

REAL = Path(__file__).parents[3] / "shared" / "data"


def _write(path, *lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(name="taffc4q_folder")
def _taffc4q_folder(tmp_path):
    _write(
        tmp_path / "tracks.csv",
        "track_id,artist,title,quadrant,moods,genres",
        "MT01,Ana,One,Q3,Sad,Pop",
        "MT02,,Two,Q1,Happy; Bright,Jazz",
        "MT03,NA,Three,Q2,Angry,Rock",
    )
    _write(tmp_path / "asr_lyrics.csv", "track_id,lyrics", 'MT03,"la, la "', "MT01,")
    for name in ("MT01", "MT02", "MT03"):
        _write(tmp_path / "audio" / f"{name}.ogg", "")
    return tmp_path


@pytest.fixture(name="mirex_folder")
def _mirex_folder(tmp_path):
    _write(
        tmp_path / "songs.csv",
        "song_id,cluster,category,Title,Artist,Album,Year,quadrant_derived",
        '1,C1,Boisterous,A,"Brown, Ruth",X,1996.0,Q1',
        "2,C4,Witty,B,Ana,X,,",
        "3,C2,Sweet,C,Bo,X,2000.0,Q4",
        "4,C3,Brooding,D,Cy,X,2001.0,Q3",
    )
    np.savez(
        tmp_path / "embeddings.npz",
        audio_ids=np.array(["4", "1", "2"]),
        audio_panns256=np.arange(6, dtype=np.float32).reshape(3, 2),
        lyric_ids=np.array(["1", "2", "3", "4"]),
        lyric_bert768=np.arange(12, dtype=np.float32).reshape(4, 3),
    )
    return tmp_path


@pytest.fixture(name="pmemo_folder")
def _pmemo_folder(tmp_path):
    _write(
        tmp_path / "static_va.csv",
        "musicId,arousal,valence,title,artist",
        "1,0.4,0.575,Good,Ana",
        "4,0.9,0.0,Bad,Bo",
        "5,0.5,0.5,Middle,Cy",
    )
    _write(tmp_path / "lyrics.csv", "musicId,split,lyrics", "5,test,oh", "1,train,Uhh yeah ")
    return tmp_path


def _paired(n_tracks=3):
    return PairedTable(
        ids=[f"t{n}" for n in range(n_tracks)],
        y=np.arange(n_tracks) % 4,
        artists=["Ana"] * n_tracks,
        audio=np.ones((n_tracks, 2), np.float32),
        lyrics=np.zeros((n_tracks, 3), np.float32),
    )


def test_taffc4q_has_clips_and_what_was_heard_in_them(taffc4q_folder):
    tracks = taffc4q.load(taffc4q_folder)

    assert tracks.ids == ["MT01", "MT02", "MT03"]
    assert tracks.y.tolist() == [2, 0, 1]
    assert tracks.lyrics == ["", "", "la, la"]
    assert tracks.audio[0] == taffc4q_folder / "audio" / "MT01.ogg"


def test_an_artist_called_na_is_not_a_missing_one(taffc4q_folder):
    tracks = taffc4q.load(taffc4q_folder)

    assert tracks.artists == ["Ana", "", "NA"]
    assert len(set(tracks.groups.tolist())) == 3


def test_a_missing_clip_is_named(taffc4q_folder):
    (taffc4q_folder / "audio" / "MT02.ogg").unlink()

    with pytest.raises(DatasetError, match=r"MT02\.ogg is missing"):
        taffc4q.load(taffc4q_folder)


def test_nju_numbers_its_lyrics_within_mood_and_half(tmp_path):
    _write(
        tmp_path / "lyrics.csv",
        "mood,split,no,lyrics,title,artist,quadrant",
        'Angry,Train,1,"one\ntwo ",T,Slayer,Q2',
        "Relaxed,Train,1,three,T,,Q4",
    )

    tracks = nju.load(tmp_path)

    assert tracks.ids == ["train-angry-1", "train-relaxed-1"]
    assert tracks.lyrics == ["one\ntwo", "three"]
    assert tracks.y.tolist() == [1, 3]
    assert list(tracks.audio) == []


def test_pmemo_takes_quadrants_and_artists_from_its_annotations(pmemo_folder):
    tracks = pmemo.load(pmemo_folder)

    assert tracks.ids == ["5", "1"]
    assert tracks.artists == ["Cy", "Ana"]
    assert tracks.y.tolist() == [0, 3]  # the middle belongs to the positive side of both axes


def test_pmemo_points_are_on_the_projects_plane(pmemo_folder):
    points = pmemo.load_points(pmemo_folder)

    np.testing.assert_allclose(points.arousal, [-0.2, 0.8, 0.0])
    np.testing.assert_allclose(points.valence, [0.15, -1.0, 0.0])


def test_pmemo_lyrics_without_an_annotation_are_refused(pmemo_folder):
    _write(pmemo_folder / "lyrics.csv", "musicId,split,lyrics", "77,test,oh")

    with pytest.raises(DatasetError, match=r"the track '77', which static_va\.csv lacks"):
        pmemo.load(pmemo_folder)


def test_deam_is_placed_on_the_plane(tmp_path):
    _write(tmp_path / "static_1802.csv", "song_id,arousal01,valence01", "2,0.25,0.75", "3,1.0,0.0")

    points = deam.load(tmp_path)

    assert points.ids == ["2", "3"]
    assert points.valence.tolist() == [0.5, -1.0]
    assert points.arousal.tolist() == [-0.5, 1.0]
    assert points.y.tolist() == [3, 1]


@pytest.mark.parametrize(
    ("cell", "complaint"),
    [
        ("1.5", "has the coordinate 1.5; it must lie in"),
        ("much", "row 0 has 'much' in 'valence01'"),
        ("inf", "row 0 has 'inf' in 'valence01'"),
        ("", "row 0 has '' in 'valence01'"),
    ],
)
def test_a_value_off_the_plane_is_refused(tmp_path, cell, complaint):
    _write(tmp_path / "static_1802.csv", "song_id,arousal01,valence01", f"2,0.25,{cell}")

    with pytest.raises(DatasetError, match=complaint):
        deam.load(tmp_path)


def test_mirex_keeps_the_tracks_that_have_both_embeddings_and_a_quadrant(mirex_folder):
    tracks = mirex.load(mirex_folder)

    assert tracks.ids == ["1", "4"]
    assert tracks.y.tolist() == [0, 2]
    assert tracks.audio.tolist() == [[2.0, 3.0], [0.0, 1.0]]
    assert tracks.lyrics.tolist() == [[0.0, 1.0, 2.0], [9.0, 10.0, 11.0]]


def test_mirex_without_its_embeddings_names_the_file(mirex_folder):
    (mirex_folder / "embeddings.npz").unlink()

    with pytest.raises(DatasetError, match=r"embeddings\.npz is missing"):
        mirex.load(mirex_folder)


@pytest.mark.parametrize(
    ("load", "file", "header", "column"),
    [
        (taffc4q.load, "tracks.csv", "track_id,artist", "quadrant"),
        (nju.load, "lyrics.csv", "mood,split,no,lyrics,artist", "quadrant"),
        (pmemo.load, "static_va.csv", "musicId,valence", "arousal"),
        (deam.load, "static_1802.csv", "song_id,valence01", "arousal01"),
        (mirex.load, "songs.csv", "song_id,quadrant_derived", "Artist"),
    ],
)
def test_a_missing_table_or_column_is_named(tmp_path, load, file, header, column):
    with pytest.raises(DatasetError, match=f"{file} is missing"):
        load(tmp_path)

    path = _write(tmp_path / file, header)

    with pytest.raises(DatasetError) as refused:
        load(tmp_path)
    assert str(refused.value) == f"{path} has no column '{column}'."


def test_a_quadrant_that_is_none_is_refused_with_its_row(tmp_path):
    _write(
        tmp_path / "lyrics.csv", "mood,split,no,lyrics,artist,quadrant", "Glad,Train,1,la,Ana,Q5"
    )

    with pytest.raises(
        DatasetError, match="row 0 has the quadrant 'Q5'; there are Q1, Q2, Q3, Q4"
    ):
        nju.load(tmp_path)


@pytest.mark.parametrize("content", ["", '"a', "\udc80"])
def test_a_file_that_is_no_table_is_refused(tmp_path, content):
    (tmp_path / "lyrics.csv").write_text(content, encoding="utf-8", errors="surrogateescape")

    with pytest.raises(DatasetError, match=r"lyrics\.csv"):
        nju.load(tmp_path)


def test_ones_own_table_comes_back_from_its_file(tmp_path):
    own_table.save(_paired(), tmp_path / "mine.npz")

    again = own_table.load(tmp_path / "mine.npz")

    assert again.ids == ["t0", "t1", "t2"]
    assert again.y.tolist() == [0, 1, 2]
    assert again.groups.tolist() == [0, 0, 0]
    assert np.array_equal(again.audio, _paired().audio)
    assert np.array_equal(again.lyrics, _paired().lyrics)


def test_ones_own_csv_has_a_column_a_number_in_any_order(tmp_path):
    path = _write(
        tmp_path / "mine.csv",
        "ids,artist,quadrant,audio_1,audio_0,lyrics_0,lyrics_2,lyrics_1,remark",
        "007,,Q4,2,1,0.5,0.7,0.6,fine",
    )

    tracks = own_table.load(path)

    assert tracks.ids == ["007"]
    assert tracks.audio.tolist() == [[1.0, 2.0]]
    np.testing.assert_allclose(tracks.lyrics, [[0.5, 0.6, 0.7]], rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"audio": np.ones(3)}, r"'audio' must be numbers \(n_tracks, n_features\), not float64"),
        ({"audio": np.array([["a"], ["b"], ["c"]])}, "'audio' must be numbers"),
        ({"lyrics": np.full((3, 2), np.nan)}, "'lyrics' holds a number that is not finite"),
        ({"lyrics": np.ones((2, 2))}, r"The columns differ in length: \[2, 3\]"),
        ({"ids": np.array(["a", "b", "a"])}, "'a' occurs 2 times"),
        ({"quadrant": np.array(["Q1", "sad", "Q2"])}, "row 1 has the quadrant 'sad'"),
        ({"ids": np.array(["a", {}, "b"], dtype=object)}, "no file of plain arrays"),
    ],
)
def test_ones_own_table_is_checked(tmp_path, change, complaint):
    arrays = {
        "ids": np.array(["a", "b", "c"]),
        "artist": np.array(["", "", ""]),
        "quadrant": np.array(["Q1", "Q2", "Q3"]),
        "audio": np.ones((3, 2)),
        "lyrics": np.ones((3, 2)),
    }
    np.savez(tmp_path / "mine.npz", **(arrays | change))

    with pytest.raises(DatasetError, match=complaint):
        own_table.load(tmp_path / "mine.npz")


def test_a_table_without_tracks_is_refused(tmp_path):
    path = _write(tmp_path / "mine.csv", "ids,artist,quadrant,audio_0,lyrics_0")

    with pytest.raises(DatasetError, match="no labelled track"):
        own_table.load(path)


def test_a_table_of_another_kind_is_refused(tmp_path):
    with pytest.raises(DatasetError, match=r"ends in '\.xlsx'; tables are \.csv or \.npz files"):
        own_table.load(tmp_path / "mine.xlsx")


@pytest.mark.data
@pytest.mark.skipif(not REAL.is_dir(), reason=f"the real datasets are not in {REAL}")
@pytest.mark.parametrize(
    ("name", "load", "counts"),
    [
        ("taffc4q", taffc4q.load, [214, 215, 220, 215]),
        ("nju", nju.load, [100, 100, 100, 100]),
        ("pmemo", pmemo.load, [169, 58, 110, 51]),
        ("deam", deam.load, [647, 229, 686, 240]),
        ("mirex", mirex.load, [134, 108, 127, 51]),
    ],
)
def test_the_real_tables_hold_what_they_should(name, load, counts):
    tracks = load(REAL / name)

    assert np.bincount(tracks.y).tolist() == counts
