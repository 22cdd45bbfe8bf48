"""Tables of listeners' labels and of features, who is judged, and studies of one's own tables."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.emotion import quadrant_of
from models.errors import DatasetError
from models.library import LibraryTrack, write_library
from models.track import AudioFeatures, TrackFeatures
from tests.tables import write_features, write_labels
from training.datasets.features import read_features
from training.datasets.listeners import (
    FeatureTable,
    ListenerLabels,
    Study,
    read_listener_file,
    select_listeners,
)
from training.datasets.ratings import read_labels
from training.datasets.source import Source
from training.datasets.studies import load_study


def _write(path, *lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _table(n_tracks=3):
    x = np.arange(n_tracks * 2, dtype=np.float32).reshape(n_tracks, 2) / 7
    return FeatureTable([f"t{n}" for n in range(n_tracks)], ["Ana"] * n_tracks, x)


def _study(*counts):
    """Return a study in which each listener gave as many labels as told."""
    pairs = [(f"l{who}", f"t{what}") for who, n in enumerate(counts) for what in range(n)]
    listeners, tracks = zip(*pairs, strict=True)
    return Study("ours", ListenerLabels(listeners, tracks, np.arange(len(pairs)) % 4), _table(9))


@settings(max_examples=20)  # each writes and reads files
@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("12"), st.floats(-1, 1)), min_size=1)
)
def test_points_come_back_from_their_file(tmp_path_factory, answers):
    path = tmp_path_factory.mktemp("points") / "labels.csv"
    _write(
        path,
        "listener,track,valence,arousal",
        *(f"{listener},{track},{at!r},{-at!r}" for listener, track, at in answers),
    )

    labels = read_labels(path)
    write_labels(labels, path)
    again = read_labels(path)

    last = {(listener, track): [at, -at] for listener, track, at in answers}
    pairs = zip(labels.listeners, labels.tracks, strict=True)
    assert dict(zip(pairs, labels.points.tolist(), strict=True)) == last
    assert np.array_equal(again.points, labels.points)
    assert (
        again.y.tolist() == labels.y.tolist() == [quadrant_of(*at).index for at in labels.points]
    )


def test_points_stay_with_their_labels():
    points = np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]])
    labels = ListenerLabels(["a", "a", "b"], ["1", "2", "1"], np.zeros(3, int), points)

    assert labels.about({"1"}).points.tolist() == [[0.1, 0.2], [0.5, 0.6]]
    with pytest.raises(DatasetError, match=r"3 labels need points of shape \(3, 2\), not \(1, 2"):
        ListenerLabels(labels.listeners, labels.tracks, labels.y, points[:1])


@pytest.mark.parametrize(
    "moments",
    [
        ("20", "3.5"),
        ("2024-05-01T10:00:00Z", "2024-05-01T11:30:00+02:00"),
        ("2024-05-01 10:00", "2024-04-30"),
    ],
)
def test_the_latest_answer_stands_where_it_is_told_when(tmp_path, moments):
    path = _write(
        tmp_path / "labels.csv",
        "listener,track,quadrant,answered_at",
        f"a,1,Q1,{moments[0]}",
        f"a,1,Q2,{moments[1]}",
    )

    assert read_labels(path).y.tolist() == [0]


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (("listener,quadrant", "a,Q1"), "has no column 'track'"),
        (("listener,track,mood", "a,1,sad"), "has neither a column 'quadrant' nor the two"),
        (("listener,track,valence", "a,1,1"), "has neither a column 'quadrant' nor the two"),
        (("listener,track,quadrant", "a,1,Q1", "a,2,Q0"), "line 3 has the quadrant 'Q0'"),
        (("listener,track,quadrant", "a,1,Q1", ",2,Q1"), "line 3 has no listener"),
        (("listener,track,quadrant", "a,,Q1"), "line 2 has no track"),
        (
            ("listener,track,valence,arousal", "a,1,0,0", "a,2,0.5,-1.25"),
            r"line 3 has the arousal -1.25; it must lie in \[-1, 1\]",
        ),
        (
            ("listener,track,valence,arousal", "a,1,0,high"),
            "line 2 has 'high' in 'arousal': not a finite number",
        ),
        (
            ("listener,track,quadrant,answered_at", "a,1,Q1,yesterday"),
            "line 2 was answered at 'yesterday'",
        ),
        (("listener,track,quadrant,answered_at", "a,1,Q1,nan"), "line 2 was answered at 'nan'"),
        (("listener,track,quadrant",), "no row after its header"),
    ],
)
def test_a_table_of_labels_is_checked(tmp_path, lines, complaint):
    path = _write(tmp_path / "labels.csv", *lines)

    with pytest.raises(DatasetError, match=complaint):
        read_labels(path)


@pytest.mark.parametrize("name", ["features.npz", "features.csv"])
def test_features_come_back_from_their_file_to_the_last_bit(tmp_path, name):
    write_features(_table(), tmp_path / name)

    again = read_features(tmp_path / name)

    assert list(again.ids) == ["t0", "t1", "t2"]
    assert again.groups.tolist() == [0, 0, 0]
    assert again.x.dtype == np.float32
    assert np.array_equal(again.x, _table().x)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"audio": np.ones(2)}, r"'audio' must be numbers \(n_tracks, n_features\), not float64"),
        ({"audio": np.array([[1, 2], [np.inf, 3]])}, "not finite, inf in row 1, column 0"),
        ({"audio": np.array([[1, 2], [1e300, 3]])}, r"not finite, 1e\+300 in row 1, column 0"),
        ({"audio": np.ones((3, 2))}, r"differ in length: \(2, 2, 3\) tracks"),
        ({"ids": np.array(["a", "a"])}, "'a' occurs 2 times"),
        ({"has_audio": np.array([1, 0])}, "'has_audio' must hold one boolean per track"),
        ({"has_audio": np.array([True])}, "'has_audio' must hold one boolean per track"),
    ],
)
def test_a_file_of_features_is_checked(tmp_path, change, complaint):
    arrays = {"ids": np.array(["a", "b"]), "artist": np.array(["", ""]), "audio": np.ones((2, 2))}
    np.savez(tmp_path / "features.npz", **(arrays | change))

    with pytest.raises(DatasetError, match=complaint):
        read_features(tmp_path / "features.npz")


def _heard(track_id, artist, vector):
    audio = None
    if vector is not None:
        segments = np.array([vector], np.float32)
        times = np.zeros(1, np.float32), np.ones(1, np.float32)
        audio = AudioFeatures(segments[0], segments, *times, 1.0)
    features = TrackFeatures(audio, np.ones(4, np.float32))
    return LibraryTrack(track_id, "T", artist, "a" * 64, "b" * 64, features)


def test_what_was_embedded_is_a_table_of_the_tracks_that_have_audio(tmp_path):
    tracks = [_heard("a", "Ana", [1, 2, 3]), _heard("b", "Bo", None), _heard("c", "", [4, 5, 6])]
    write_library(tmp_path / "tracks.npz", "f" * 64, tracks)

    features = read_features(tmp_path / "tracks.npz")

    assert features.ids == ["a", "c"]
    assert features.artists == ["Ana", ""]
    assert features.x.tolist() == [[1, 2, 3], [4, 5, 6]]


def test_features_as_csv_are_checked(tmp_path):
    path = _write(tmp_path / "features.csv", "ids,artist,audio_0,audio_1", "a,,1,2", "b,,,3")

    with pytest.raises(DatasetError, match="line 3 has '' in 'audio_0'"):
        read_features(path)


@pytest.mark.parametrize(("chosen", "judged"), [(None, ["l1", "l2"]), (["l2", "l0"], ["l2"])])
def test_those_with_enough_labels_are_judged(chosen, judged):
    assert select_listeners(_study(2, 5, 3), min_labels=3, chosen=chosen) == judged


@pytest.mark.parametrize(
    ("unknown", "complaint"),
    [("l11", "called 'l11'; there is 'l1', one of 3"), ("Zoe", "called 'Zoe'; there is 'l0'")],
)
def test_an_unknown_listener_is_named_with_the_nearest(unknown, complaint):
    with pytest.raises(DatasetError, match=complaint):
        select_listeners(_study(2, 5, 3), min_labels=1, chosen=["l0", unknown])


def test_if_nobody_has_enough_labels_the_most_is_told():
    with pytest.raises(
        DatasetError, match=r"None of 3 listeners of ours gave at least 6 labels; the most .* is 5"
    ):
        select_listeners(_study(2, 5, 3), min_labels=6)


def test_a_file_names_a_listener_a_line(tmp_path):
    path = _write(tmp_path / "who.txt", "# ours", "b  # the second", "", "a", "b")

    assert read_listener_file(path) == ["b", "a"]
    with pytest.raises(DatasetError, match=r"who\.txt names no listener"):
        read_listener_file(_write(path, "# nobody", ""))
    with pytest.raises(DatasetError, match=r"gone\.txt cannot be read"):
        read_listener_file(tmp_path / "gone.txt")


def test_ones_own_tables_are_a_study(tmp_path):
    labels = _write(tmp_path / "labels.csv", "listener,track,quadrant", "a,t2,Q1", "a,t9,Q3")
    write_features(_table(), tmp_path / "features.npz")

    study = load_study("table", Source(labels=labels, features=tmp_path / "features.npz"))

    assert list(study.labels.tracks) == ["t2"]  # t9 has no features
    assert study.track_places.tolist() == [2]
    assert len(study.features.ids) == 3
    other = _write(tmp_path / "other.csv", "listener,track,quadrant", "a,7,Q1")
    with pytest.raises(DatasetError, match=r"such as '7', is among the 3 .*, such as 't0'"):
        load_study("table", Source(labels=other, features=tmp_path / "features.npz"))


@pytest.mark.parametrize(
    ("given_table", "lacking"),
    [("labels", "a table of features"), ("features", "a table of labels")],
)
def test_ones_own_study_needs_both_tables(tmp_path, given_table, lacking):
    labels = _write(tmp_path / "labels.csv", "listener,track,quadrant", "a,t2,Q1")
    write_features(_table(), tmp_path / "features.npz")
    tables = {"labels": labels, "features": tmp_path / "features.npz"}

    with pytest.raises(DatasetError, match=f"needs {lacking}"):
        load_study("table", Source(**{given_table: tables[given_table]}))


def test_labels_of_ones_own_make_a_study_of_a_consensus(tmp_path):
    labels = _write(tmp_path / "labels.csv", "listener,track,quadrant", "a,t2,Q1")
    features = tmp_path / "features.csv"
    write_features(_table(), features)

    study = load_study("mirex", Source(labels=labels, features=features))

    assert study.name == "mirex"
    assert study.labels.counts == {"a": 1}
    assert study.about.endswith(f"The labels are from {labels}. The features are from {features}.")


def test_the_manuals_examples_are_what_is_read(tmp_path):
    manual = (Path(__file__).parents[3] / "docs" / "datasets.md").read_text(encoding="utf-8")
    examples = [part.split("```")[0] for part in manual.split("```csv\n")[1:]]

    heads = {example.split(",")[0]: example for example in examples}

    labels = read_labels(_write(tmp_path / "labels.csv", heads["listener"].rstrip()))
    features = read_features(_write(tmp_path / "features.csv", heads["ids"].rstrip()))
    assert set(labels.tracks) <= set(features.ids)
    assert labels.y[labels.tracks.index("basalt")] == 2
    assert dict(zip(labels.tracks, labels.y, strict=True))["amber"] == 3  # Ana's second answer


def _framed():
    """Three tracks of 2, 1 and 3 rows."""
    x = np.arange(12, dtype=np.float32).reshape(6, 2)
    return FeatureTable(["a", "b", "c"], ["Ana", "", "Bo"], x, np.array([0, 2, 3, 6]))


def test_some_tracks_are_taken_with_all_their_rows():
    taken = _framed().take([2, 1])

    assert taken.ids == ["c", "b"]
    assert taken.artists == ["Bo", ""]
    assert taken.x[:, 0].tolist() == [6, 8, 10, 4]
    assert taken.bounds.tolist() == [0, 3, 4]
    assert taken.rows.of(np.array([1], int)).tolist() == [3]


@pytest.mark.parametrize(
    ("bounds", "complaint"),
    [
        ([0, 2, 6], r"differ in length: \(3, 3, 2\) tracks"),
        ([1, 2, 3, 6], "go from 1 to 6; there are 6 rows"),
        ([0, 2, 3, 5], "go from 0 to 5; there are 6 rows"),
        ([0, 2, 2, 6], "Track 1 has no row"),
        ([0, 4, 3, 6], "Track 1 has no row"),
    ],
)
def test_bounds_are_checked(bounds, complaint):
    x = np.zeros((6, 2), np.float32)

    with pytest.raises(DatasetError, match=complaint):
        FeatureTable(["a", "b", "c"], ["", "", ""], x, np.array(bounds))


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({"rows": "seconds"}, "'seconds' is no kind of rows; there are tracks and frames"),
        ({"border": "both"}, "'both' is no border; there are positive and amg"),
    ],
)
def test_a_source_knows_what_there_is(asked, complaint):
    with pytest.raises(DatasetError, match=complaint):
        Source(**asked)


def test_a_table_of_features_has_no_frames(tmp_path):
    with pytest.raises(DatasetError, match=r"mine\.npz has one row of features per track"):
        load_study("amg1608", Source(tmp_path, features=tmp_path / "mine.npz", rows="frames"))


def test_a_border_is_of_points(tmp_path):
    write_features(_table(2), tmp_path / "features.npz")
    _write(tmp_path / "quadrants.csv", "listener,track,quadrant", "a,t0,Q2")
    _write(tmp_path / "points.csv", "listener,track,valence,arousal", "a,t0,-1,0", "a,t1,0,0")

    def study(labels):
        return load_study(
            "table",
            Source(labels=tmp_path / labels, features=tmp_path / "features.npz", border="amg"),
        )

    assert study("points.csv").labels.y.tolist() == [2, 0]
    with pytest.raises(DatasetError, match=r"quadrants\.csv are quadrants; --border amg needs"):
        study("quadrants.csv")
