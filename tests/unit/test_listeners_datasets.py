"""Datasets of listeners, on a few rows in each one's true format, and on the real ones."""

from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from models.errors import DatasetError
from training.datasets import agreement, amg1608, deam, emotify, pmemo, trompa
from training.datasets.features import write_features
from training.datasets.listeners import FeatureTable, select_listeners
from training.datasets.source import Source
from training.datasets.studies import load_study

REAL = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not REAL.is_dir(), reason=f"the real datasets are not in {REAL}")


def _write(path, *lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _answers(labels):
    return list(zip(labels.listeners, labels.tracks, labels.y.tolist(), strict=True))


# TROMPA-MER


TROMPA_TRACKS = (
    "selection,cdr_title_num,cdr_track_num,composer_name,artist_name,track_name,track_id,"
    "popularity,year_rec,danceability,energy,valence,key,loudness,mode,speechiness,acousticness,"
    "instrumentalness,liveness,tempo,norm_energy,norm_valence,quadrant"
)
TROMPA_ANSWERS = (
    "internalID,externalID,userId,timestamp,freeMood,valenceValue,valenceComment,arousalValue,"
    "arousalComment,moodValue,moodComment,favSong,knownSong,annotationTime,user_quadrant"
)


def _described(track, composer, artist, first):
    numbers = ",".join(str(first + place) for place in range(11))
    return f"latam,{track[:7]},{track},{composer},{artist},T,x1,3,1999,{numbers},.9,-.9,2"


def _answered(track, listener, when, valence, arousal):
    return f"1,{track},{listener},{when},,{valence},,{arousal},,sadness,,0,1,99,Q9"


@pytest.fixture(name="trompa_folder")
def _trompa_folder(tmp_path):
    _write(
        tmp_path / "trompa" / "tracks.csv",
        TROMPA_TRACKS,
        _described("HEX0001-0001", "Bebe", "not found", 0),
        _described("HEX0001-0002", "not found", "Ana", 100),
        _described("HEX0001-0003", "not found", "not found", 200),
        _described("HEX0001-0001", "Bebe", "not found", 300),
    )
    _write(
        tmp_path / "trompa" / "annotations.csv",
        TROMPA_ANSWERS,
        _answered("HEX0001-0001", 7, 1586166808, 1, 1),
        _answered("HEX0001-0002", 7, 1586166809, -1, 1),
        _answered("HEX0001-0001", 11, 1586166810, -1, -1),
        _answered("HEX0001-0002", 11, 1586166811, "", -1),
        _answered("HEX0001-0001", 7, 1586166812, 1, -1),
        _answered("HEX0001-0009", 11, 1586166813, 1, 1),
    )
    return tmp_path


def test_trompas_listeners_are_those_who_gave_both_answers(trompa_folder):
    labels = trompa.load_labels(trompa_folder / "trompa")

    assert _answers(labels) == [
        ("7", "HEX0001-0002", 1),
        ("11", "HEX0001-0001", 2),
        ("7", "HEX0001-0001", 3),  # the second answer
        ("11", "HEX0001-0009", 0),
    ]


def test_trompas_features_are_the_eleven_descriptors_only(trompa_folder):
    features = trompa.load_features(trompa_folder / "trompa")

    assert features.ids == ["HEX0001-0002", "HEX0001-0003", "HEX0001-0001"]
    assert features.x.shape == (3, 11)
    assert features.x[:, 0].tolist() == [100, 200, 300]  # the last row of a repeated track
    assert features.x[:, -1].tolist() == [110, 210, 310]


def test_trompas_artist_is_whoever_is_known(trompa_folder):
    features = trompa.load_features(trompa_folder / "trompa")

    assert features.artists == ["Ana", "", "Bebe"]


def test_trompas_study_leaves_out_tracks_without_descriptors(trompa_folder):
    study = load_study("trompa", Source(trompa_folder))

    assert study.labels.counts == {"7": 2, "11": 1}
    assert study.track_places.tolist() == [0, 2, 2]


@pytest.mark.parametrize("answer", ["2", "-1.5"])
def test_trompas_answers_are_signs(trompa_folder, answer):
    _write(
        trompa_folder / "trompa" / "annotations.csv",
        TROMPA_ANSWERS,
        _answered("HEX0001-0001", 7, 1, answer, 1),
    )

    with pytest.raises(DatasetError, match=rf"row 0 has the valenceValue {answer}; it must lie"):
        trompa.load_labels(trompa_folder / "trompa")


# AMG1608


INSIDE = (
    *((0.5, 0.5, 0), (0.5, 0, 0), (0, 0.5, 0), (0, 0, 0)),
    *((-0.5, 0.5, 1), (-0.5, -0.5, 2), (0.5, -0.5, 3)),
)
"""Valence, arousal and the quadrant on which both borders agree."""


@pytest.fixture(name="amg_folder")
def _amg_folder(tmp_path):
    """Write three tracks and four listeners as MATLAB would."""
    folder = tmp_path / "amg1608"
    folder.mkdir()
    label = np.full((3, 4, 2), np.nan)
    label[0, 0] = 0.5, 0.25
    label[0, 2] = -0.5, -0.25
    label[2, 2] = 0.0, -1.0
    label[1, 3] = -1.0, np.nan  # half an answer
    info = np.empty((3, 2), dtype=object)
    info[:] = [["Ana", "One"], ["Bo", "Two"], ["Ana", "Three"]]
    frames = np.empty((3, 1), dtype=object)
    for track in range(3):
        frames[track, 0] = np.array([[1.0, 3.0], [track, track]])
    savemat(folder / "AMG1608.mat", {"song_label": label, "song_info": info, "feat_cell": frames})
    savemat(folder / "1608_song_id.mat", {"mat_id2song_id": np.array([[41], [7], [108]])})
    return tmp_path


def _moments(path, *rows):
    names = "frameTime;F0final_sma_stddev;F0final_sma_amean"
    return _write(path, names, *(";".join(map(str, row)) for row in rows))


def test_amg1608s_answers_are_where_there_is_a_number(amg_folder):
    labels = amg1608.load_labels(amg_folder / "amg1608")

    assert _answers(labels) == [("0", "41", 0), ("2", "41", 2), ("2", "108", 3)]


def test_amg1608s_points_are_kept(amg_folder):
    labels = amg1608.load_labels(amg_folder / "amg1608")

    assert labels.points.tolist() == [[0.5, 0.25], [-0.5, -0.25], [0, -1]]


@pytest.mark.parametrize(
    ("border", "valence", "arousal", "quadrant"),
    [
        *((border, v, a, q) for border in ("positive", "amg") for v, a, q in INSIDE),
        *(("positive", v, a, q) for v, a, q in ((-0.5, 0, 1), (0, -0.5, 3))),
        *(("amg", v, a, q) for v, a, q in ((-0.5, 0, 2), (0, -0.5, 2))),
    ],
)
def test_points_on_an_axis_belong_where_the_border_says(
    amg_folder, border, valence, arousal, quadrant
):
    label = np.full((3, 1, 2), np.nan)
    label[1, 0] = valence, arousal
    info = np.full((3, 2), "x", dtype=object)
    frames = np.empty((3, 1), dtype=object)
    frames[:, 0] = [np.ones((2, 2))] * 3
    savemat(
        amg_folder / "amg1608" / "AMG1608.mat",
        {"song_label": label, "song_info": info, "feat_cell": frames},
    )

    study = load_study("amg1608", Source(amg_folder, border=border))

    assert study.labels.y.tolist() == [quadrant]
    assert study.labels.points.tolist() == [[valence, arousal]]


def test_amg1608s_frames_are_rows_of_their_tracks(amg_folder):
    _moments(amg_folder / "amg1608" / "feats" / "108.csv", (0, 5, 20), (1, 5, 22), (2, 6, 0))
    _moments(amg_folder / "amg1608" / "feats" / "41.csv", (0, 1, 10))

    features = load_study("amg1608", Source(amg_folder, rows="frames")).features

    assert features.ids == ["41", "108"]
    assert features.bounds.tolist() == [0, 1, 4]
    assert features.x.tolist() == [[1, 10], [5, 20], [5, 22], [6, 0]]


def test_amg1608s_own_frames_are_rows_where_there_are_no_tables(amg_folder):
    features = load_study("amg1608", Source(amg_folder, rows="frames")).features

    assert features.bounds.tolist() == [0, 2, 4, 6]
    assert features.x.tolist() == [[1, 0], [3, 0], [1, 1], [3, 1], [1, 2], [3, 2]]


def test_amg1608s_recordings_are_found_by_track(amg_folder):
    heard = _write(amg_folder / "amg1608" / "audio" / "0041.m4a")
    samples = _write(amg_folder / "amg1608" / "npy" / "108.npy")
    _write(amg_folder / "amg1608" / "npy" / "41.npy")  # audio stands
    _write(amg_folder / "amg1608" / "audio" / "9.mp3")  # of no track
    _write(amg_folder / "amg1608" / "audio" / "7.txt")

    study = load_study("amg1608", Source(amg_folder))

    assert study.recordings == {"41": heard, "108": samples}


def test_amg1608_may_have_no_recordings(amg_folder):
    assert load_study("amg1608", Source(amg_folder)).recordings == {}


def test_amg1608_without_tables_has_the_frames_it_comes_with(amg_folder):
    study = load_study("amg1608", Source(amg_folder))

    assert study.features.ids == ["41", "7", "108"]
    assert study.features.artists == ["Ana", "Bo", "Ana"]
    assert study.features.x.tolist() == [[2, 0, 1, 0], [2, 1, 1, 0], [2, 2, 1, 0]]
    assert select_listeners(study, min_labels=2) == ["2"]


@pytest.mark.parametrize("name", ["feats", "features"])
def test_amg1608s_tables_are_called_after_the_tracks(amg_folder, name):
    _moments(amg_folder / "amg1608" / name / "0041.csv", (0, 1, 10), (1, 3, 10))
    _moments(amg_folder / "amg1608" / name / "108.csv", (0, 5, 20), (1, 5, 22))

    study = load_study("amg1608", Source(amg_folder))

    assert study.features.ids == ["41", "108"]
    assert study.features.artists == ["Ana", "Ana"]
    assert study.features.x.tolist() == [[2, 10, 1, 0], [5, 21, 0, 1]]
    assert study.labels.counts == {"0": 1, "2": 2}


def test_amg1608s_files_may_lie_as_the_papers_code_has_them(amg_folder):
    folder = amg_folder / "amg1608"
    (folder / "anno").mkdir()
    for name in ("AMG1608.mat", "1608_song_id.mat"):
        (folder / name).rename(folder / "anno" / name)

    assert len(load_study("amg1608", Source(amg_folder)).labels.y) == 3


def test_amg1608s_tables_of_other_tracks_are_no_use(amg_folder):
    _moments(amg_folder / "amg1608" / "feats" / "9.csv", (0, 1, 10))

    with pytest.raises(DatasetError, match=r"none of 1 files is called after .*, such as 41\.csv"):
        load_study("amg1608", Source(amg_folder))


@pytest.mark.parametrize(
    ("name", "arrays", "complaint"),
    [
        ("AMG1608.mat", {"song_label": np.zeros((3, 4))}, r"\(n_tracks, n_listeners, 2\), not"),
        ("AMG1608.mat", {"song_label": np.full((3, 1, 2), 4.0)}, "the valence 4; it must lie"),
        ("AMG1608.mat", {"other": np.zeros(1)}, "has no array 'song_label'"),
        ("1608_song_id.mat", {"mat_id2song_id": np.array([[1]])}, r"names 1 tracks; AMG.* has 3"),
    ],
)
def test_amg1608s_files_are_checked(amg_folder, name, arrays, complaint):
    savemat(amg_folder / "amg1608" / name, arrays)

    with pytest.raises(DatasetError, match=complaint):
        amg1608.load_labels(amg_folder / "amg1608")


@pytest.mark.parametrize("content", [b"", b"no MATLAB", b"MATLAB 7.3 MAT-file".ljust(200)])
def test_a_file_that_is_not_matlabs_is_refused(amg_folder, content):
    (amg_folder / "amg1608" / "AMG1608.mat").write_bytes(content)

    with pytest.raises(DatasetError, match=r"AMG1608\.mat is no MATLAB file"):
        amg1608.load_labels(amg_folder / "amg1608")


def test_a_missing_file_of_matlab_is_named(tmp_path):
    with pytest.raises(DatasetError, match=r"AMG1608\.mat is missing"):
        load_study("amg1608", Source(tmp_path))


# Agreement


@pytest.fixture(name="agreement_folder")
def _agreement_folder(tmp_path):
    _write(
        tmp_path / "agreement" / "answers.csv",
        "listener,language,track_id,quadrant,anger",
        "L02,english,0002,Q3,1",
        "L01,english,0001,Q1,4",
        "L01,english,0002,Q2,1",
    )
    for track in ("0001", "0002"):
        _write(tmp_path / "agreement" / "clips" / f"{track}.ogg", "")
    return tmp_path


def test_agreements_quadrants_are_the_listeners_own(agreement_folder):
    ears = _Ears()

    study = load_study("agreement", Source(agreement_folder, cache=lambda: ears))

    answers = [("L02", "0002", 2), ("L01", "0001", 0), ("L01", "0002", 1)]
    assert _answers(study.labels) == answers
    assert ears.heard == [("agreement", ["0001.ogg", "0002.ogg"])]
    assert set(study.features.artists) == {""}  # not given: each excerpt is a group of its own


def test_an_excerpt_that_is_missing_is_named(agreement_folder):
    (agreement_folder / "agreement" / "clips" / "0001.ogg").unlink()

    with pytest.raises(DatasetError, match=r"0001\.ogg is missing"):
        agreement.recordings(agreement_folder / "agreement")


# Emotify


EMOTIFY = (
    "track_id,genre,amazement,solemnity,tenderness,nostalgia,calmness,power,joyful_activation,"
    "tension,sadness,mood,liked,disliked,age,gender,mother_tongue,pseudo_user,quadrant_derived"
)


def _felt(track, listener, *emotions):
    named = [int(name in emotions) for name in EMOTIFY.split(",")[2:11]]
    return f"{track},classical,{','.join(map(str, named))},3,1,0,21,1,English,{listener},"


@pytest.fixture(name="emotify_folder")
def _emotify_folder(tmp_path):
    _write(
        tmp_path / "emotify" / "annotations.csv",
        EMOTIFY,
        _felt(1, 0, "power", "joyful_activation", "sadness"),
        _felt(1, 1, "tension", "sadness"),  # as much of one as of the other
        _felt(1, 2, "nostalgia", "solemnity"),  # of no quadrant
        _felt(2, 0, "tension"),
        _felt(2, 1, "sadness", "nostalgia"),
        _felt(2, 0, "calmness"),  # the same listener again
    )
    for track in ("001", "002"):
        _write(tmp_path / "emotify" / "clips" / f"{track}.ogg", "")
    return tmp_path


class _Ears:
    def __init__(self):
        self.heard = []

    def audio(self, name, paths):
        self.heard.append((name, [path.name for path in paths.values()]))
        return np.array([[float(track)] for track in paths], np.float32)


def test_emotifys_answers_count_where_they_name_one_quadrant(emotify_folder):
    labels = emotify.load_labels(emotify_folder / "emotify")

    assert _answers(labels) == [("0", "1", 0), ("1", "2", 2), ("0", "2", 3)]


def test_emotifys_features_are_heard(emotify_folder):
    ears = _Ears()

    study = load_study("emotify", Source(emotify_folder, cache=lambda: ears))

    assert ears.heard == [("emotify", ["001.ogg", "002.ogg"])]
    assert study.features.x.tolist() == [[1.0], [2.0]]
    assert study.labels.counts == {"0": 2, "1": 1}


def test_emotify_needs_ears_or_a_table_of_features(emotify_folder):
    with pytest.raises(DatasetError, match="heard from its 2 recordings, and nothing was given"):
        load_study("emotify", Source(emotify_folder))


def test_nobody_listens_where_features_are_given(emotify_folder):
    given = emotify_folder / "embedded.npz"
    write_features(FeatureTable(["2"], [""], np.ones((1, 5), np.float32)), given)

    study = load_study("emotify", Source(emotify_folder, features=given))

    assert study.features.x.shape == (1, 5)
    assert study.labels.counts == {"0": 1, "1": 1}


# DEAM


def test_deams_raters_are_read_from_both_tables_whatever_the_headers_case(tmp_path):
    folder = tmp_path / "annotations" / "annotations per each rater" / "song_level"
    _write(
        folder / "static_annotations_songs_1_2000.csv",
        "workerID, SongId, Valence, Arousal",
        "a1, 2, 9, 1",
        "b2, 2, 5, 5",
        "a1, 2, 1, 1",
    )
    _write(
        folder / "static_annotations_songs_2000_2058.csv",
        "SongId,WorkerId,Arousal_Average,Valence_Average",
        "2001,a1,8.5,2",
    )

    assert _answers(deam.load_labels(tmp_path)) == [
        ("b2", "2", 0),  # the middle belongs to the positive side
        ("a1", "2", 2),
        ("a1", "2001", 1),
    ]


def test_deams_averages_are_nobodys(tmp_path):
    with pytest.raises(DatasetError, match="holds averages over raters only: there is nobody"):
        load_study("deam", Source(tmp_path))


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (("workerID,SongId,Valence", "a,2,5"), "no column 'arousal'"),
        (("workerID,SongId,Valence,Arousal", "a,2,5,10"), "the arousal 1.25; it must lie"),
    ],
)
def test_deams_raters_are_checked(tmp_path, lines, complaint):
    _write(tmp_path / "static_annotations_songs_1_2000.csv", *lines)

    with pytest.raises(DatasetError, match=complaint):
        deam.load_labels(tmp_path)


def test_deams_study_summarises_the_features_of_a_track(tmp_path):
    folder = tmp_path / "deam"
    _write(
        folder / "static_annotations_songs_1_2000.csv",
        "workerID,SongId,Valence,Arousal",
        "a,2,9,9",
        "a,3,9,9",
    )
    _moments(folder / "features" / "2.csv", (0.0, 1, 10), (0.5, 3, 10))

    study = load_study("deam", Source(tmp_path))

    assert study.labels.counts == {"a": 1}
    assert study.labels.points.tolist() == [[1, 1]]
    assert study.features.x.tolist() == [[2, 10, 1, 0]]
    framed = load_study("deam", Source(tmp_path, rows="frames")).features
    assert framed.x.tolist() == [[1, 10], [3, 10]]
    assert framed.bounds.tolist() == [0, 2]


# PMEmo


@pytest.fixture(name="pmemo_folder")
def _pmemo_folder(tmp_path):
    folder = tmp_path / "pmemo"
    _write(folder / "static_va.csv", "musicId,arousal,valence,title,artist", "7,0.4,0.6,A,Ana")
    _write(
        folder / "features_spotify.csv",
        "musicId,key,mode,f2,split,valence,arousal,quadrant",
        "7,4.0,0.0,0.25,train,0.6,0.4,Q4",
    )
    return tmp_path


def test_pmemos_listeners_are_of_the_first_edition(pmemo_folder):
    for axis, letter, answers in (("Arousal", "A", (0.9, 0.1)), ("Valence", "V", (0.2, 0.5))):
        _write(
            pmemo_folder / "pmemo" / "Annotations" / axis / f"7-{letter}.csv",
            "subject,static,0.5,1.0",
            f"100177,{answers[0]},0,0",
            f"200378,{answers[1]},1,1",
        )

    study = load_study("pmemo", Source(pmemo_folder))

    assert _answers(study.labels) == [("100177", "7", 1), ("200378", "7", 3)]
    np.testing.assert_allclose(study.labels.points, [[-0.6, 0.8], [0, -0.8]])
    assert study.features.x.tolist() == [[4.0, 0.0, 0.25]]
    assert study.features.artists == ["Ana"]


def test_pmemos_averages_are_nobodys(pmemo_folder):
    with pytest.raises(DatasetError, match="holds averages over listeners only"):
        load_study("pmemo", Source(pmemo_folder))


def test_pmemos_annotations_are_checked(pmemo_folder):
    annotations = pmemo_folder / "pmemo" / "Annotations"
    (annotations / "Valence").mkdir(parents=True)

    with pytest.raises(DatasetError, match=r"Valence holds no file like 7-V\.csv"):
        pmemo.load_labels(pmemo_folder / "pmemo")

    _write(annotations / "Valence" / "7-V.csv", "subject", "1")

    with pytest.raises(DatasetError, match="has 1 column"):
        pmemo.load_labels(pmemo_folder / "pmemo")


# The real ones


@pytest.mark.data
@needs_data
def test_trompa_holds_what_it_should():
    study = load_study("trompa", Source(REAL))

    assert len(study.labels.counts) == 91
    assert len(study.labels.y) == 2084
    assert study.features.x.shape == (1158, 11)
    assert "" not in study.features.artists
    assert len(select_listeners(study, min_labels=80)) == 16
    with pytest.raises(DatasetError, match="at least 150 labels; the most anyone gave is 118"):
        select_listeners(study, min_labels=150)


@pytest.mark.data
@needs_data
def test_emotify_holds_what_it_should():
    labels = emotify.load_labels(REAL / "emotify")

    assert len(labels.counts) == 448
    assert len(labels.y) == 5256
    assert sum(count >= 40 for count in labels.counts.values()) == 14
    assert len(set(labels.tracks)) == 400


@pytest.mark.data
@needs_data
def test_agreement_holds_what_it_should():
    labels = agreement.load_labels(REAL / "agreement")

    assert len(labels.counts) == 61
    assert min(labels.counts.values()) == 16
    assert len(labels.y) == 1210
    assert set(labels.tracks) == set(agreement.recordings(REAL / "agreement"))
    assert len(set(labels.tracks)) == 22


@pytest.mark.data
@needs_data
def test_the_real_descriptors_of_pmemo_are_33():
    features = pmemo.load_features(REAL / "pmemo")

    assert features.x.shape == (388, 33)
    assert "" not in features.artists
