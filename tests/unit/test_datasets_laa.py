"""The notebook's table: what is read of it, what is refused, and splits into two files."""

import ast
import csv

import numpy as np
import pytest

from models.emotion import QUADRANTS
from models.errors import DatasetError
from tests.synthetic_laa import write_laa
from training.datasets import laa, own_table
from training.datasets.paired import load_any, require_new_artists, shared_artist_rows
from training.datasets.tracks import PairedTable

GOOD = {
    "Unnamed: 0.1": "4",
    "Unnamed: 0": "9",
    "artist_name": "Ana",
    "track_name": "One",
    "valence": "-2.33",
    "arousal": "0.5",
    "lyrics": 'La, "la"\nla',
    "audio_url": "",
    "search_method": "exact",
    "emotion": "Sad",
    "lyrics_embedding": "[1.0, 2e-05]",
    "audio_embedding": "[0.25, -3, 4.5]",
    "label": "3",
}
MOODS = ["Angry", "Happy", "Relaxed", "Sad"]


def _write(path, rows, without=()):
    kept = [{name: cell for name, cell in row.items() if name not in without} for row in rows]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(kept[0]))
        writer.writeheader()
        writer.writerows(kept)
    return path


def _rows(n_rows, at, change):
    rows = [dict(GOOD) for _ in range(n_rows)]
    rows[at - 1] |= change
    return rows


def _paired(*artists):
    n_tracks = len(artists)
    return PairedTable(
        ids=[str(place) for place in range(n_tracks)],
        y=np.zeros(n_tracks, np.int64),
        artists=artists,
        audio=np.ones((n_tracks, 2), np.float32),
        lyrics=np.ones((n_tracks, 2), np.float32),
    )


def test_the_notebooks_table_is_read_as_pandas_writes_it(tmp_path):
    path, _ = write_laa(tmp_path, n_train=24, n_test=4, n_audio=5, n_lyrics=3)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    tracks = load_any(path)

    assert list(rows[0]) == list(GOOD)
    assert tracks.ids == [str(row) for row in range(1, 25)]
    assert tracks.artists == [row["artist_name"] for row in rows]
    assert tracks.audio.tolist() == [ast.literal_eval(row["audio_embedding"]) for row in rows]
    assert tracks.lyrics.tolist() == [ast.literal_eval(row["lyrics_embedding"]) for row in rows]
    assert len(set(tracks.groups.tolist())) == 6


def test_the_notebooks_moods_are_our_quadrants(tmp_path):
    rows = [
        GOOD | {"emotion": mood, "label": str(place), "track_name": mood}
        for place, mood in enumerate(MOODS)
    ]

    tracks = laa.load(_write(tmp_path / "laa.csv", rows))

    assert [str(QUADRANTS[k]) for k in tracks.y] == ["Q2", "Q1", "Q4", "Q3"]


@pytest.mark.parametrize("missing", ["emotion", "label"])
def test_either_of_emotion_and_label_will_do(tmp_path, missing):
    rows = [GOOD | {"emotion": "relaxed ", "label": "2.0"}]

    assert laa.load(_write(tmp_path / "laa.csv", rows, [missing])).y.tolist() == [3]


@pytest.mark.parametrize("column", ["track_id", "id"])
def test_ids_are_a_column_where_there_is_one(tmp_path, column):
    rows = [GOOD | {column: "b7"}, GOOD | {column: "a1"}]

    assert laa.load(_write(tmp_path / "laa.csv", rows)).ids == ["b7", "a1"]


@pytest.mark.parametrize(
    ("row", "change", "complaint"),
    [
        (17, {"audio_embedding": "[1, 2]"}, "'audio_embedding' has 2 numbers; row 1 has 3."),
        (2, {"lyrics_embedding": "[1]"}, "'lyrics_embedding' has 1 numbers; row 1 has 2."),
        (5, {"label": "2"}, "label '2' is Relaxed, but emotion is 'Sad'."),
        (5, {"label": "4"}, "label is '4'; there are 0 (Angry), 1 (Happy), 2 (Relaxed), 3 (Sad)."),
        (3, {"emotion": "Glad"}, "emotion is 'Glad'; there are Angry, Happy, Relaxed, Sad."),
        (3, {"emotion": ""}, "emotion is ''; there are Angry, Happy, Relaxed, Sad."),
        (1, {"audio_embedding": "[]"}, "'audio_embedding' is an empty list."),
        (
            2,
            {"audio_embedding": "[1, 2, x]"},
            "'audio_embedding' is '[1, 2, x]', which is no list of numbers.",
        ),
        (
            2,
            {"audio_embedding": "[1, true, 2]"},
            "'audio_embedding' is '[1, true, 2]', which is no list of numbers.",
        ),
        (
            2,
            {"audio_embedding": "[" * 100_000},
            f"'audio_embedding' is '{'[' * 40}...', which is no list of numbers.",
        ),
        (
            9,
            {"audio_embedding": "[1, nan, 2]"},
            "'audio_embedding' holds nan as number 2; numbers are finite and at most 1e+09"
            " from 0.",
        ),
        (
            9,
            {"audio_embedding": "[1, 2, -inf]"},
            "'audio_embedding' holds -inf as number 3; numbers are finite and at most 1e+09"
            " from 0.",
        ),
        (
            9,
            {"lyrics_embedding": "[2e9, 1]"},
            "'lyrics_embedding' holds 2e+09 as number 1; numbers are finite and at most 1e+09"
            " from 0.",
        ),
        (
            9,
            {"lyrics_embedding": f"[1{'0' * 5000}, 1]"},
            "'lyrics_embedding' holds inf as number 1; numbers are finite and at most 1e+09"
            " from 0.",
        ),
    ],
)
def test_a_wrong_cell_is_refused_with_its_row_and_value(tmp_path, row, change, complaint):
    path = _write(tmp_path / "LaA_train.csv", _rows(17, row, change))

    with pytest.raises(DatasetError) as refused:
        laa.load(path)

    assert str(refused.value) == f"{path} row {row}: {complaint}"


def test_an_id_that_occurs_twice_is_refused_with_both_rows(tmp_path):
    path = _write(tmp_path / "laa.csv", [GOOD | {"id": name} for name in ("a", "b", "a")])

    with pytest.raises(DatasetError, match=r"laa\.csv row 3: id 'a' is also that of row 1\."):
        laa.load(path)


@pytest.mark.parametrize(
    ("missing", "complaint"),
    [
        (["audio_embedding"], "has no column 'audio_embedding'"),
        (["artist_name"], "has no column 'artist_name'"),
        (["label", "emotion"], "has neither a column 'label' nor 'emotion'"),
    ],
)
def test_a_missing_column_is_named_with_those_that_are_needed(tmp_path, missing, complaint):
    path = _write(tmp_path / "laa.csv", [GOOD], missing)

    with pytest.raises(DatasetError) as refused:
        load_any(path)

    assert str(refused.value) == (
        f"{path} {complaint}; needed are artist_name, track_name, lyrics_embedding,"
        " audio_embedding, and label or emotion."
    )


def test_a_table_that_ends_in_its_header_is_refused(tmp_path):
    (tmp_path / "laa.csv").write_text(",".join(GOOD) + "\n", encoding="utf-8")

    with pytest.raises(DatasetError, match=r"laa\.csv has no row after its header"):
        laa.load(tmp_path / "laa.csv")


def test_a_file_that_was_cut_off_is_refused(tmp_path):
    path = _write(tmp_path / "laa.csv", [GOOD, GOOD])
    whole = path.read_text(encoding="utf-8")

    for n_lost, complaint in ((3, "row 2: label is ''"), (30, "is no table")):
        path.write_text(whole[:-n_lost], encoding="utf-8")
        with pytest.raises(DatasetError, match=complaint):
            laa.load(path)


def test_tables_of_all_forms_are_told_apart(tmp_path):
    own_table.save(_paired("Ana", "Bo"), tmp_path / "mine.npz")
    header = "ids,artist,quadrant,audio_0,lyrics_0"
    (tmp_path / "mine.csv").write_text(f"{header}\na,Ana,Q1,1,2\n", encoding="utf-8")
    _write(tmp_path / "laa.csv", [GOOD])

    found = [load_any(tmp_path / name) for name in ("mine.npz", "mine.csv", "laa.csv")]

    assert [tracks.audio.shape for tracks in found] == [(2, 2), (1, 1), (1, 3)]


def test_a_table_of_no_known_form_is_refused(tmp_path):
    (tmp_path / "mine.csv").write_text("mood,audio\nsad,1\n", encoding="utf-8")

    with pytest.raises(DatasetError, match=r"neither a column 'audio_embedding' .* nor columns"):
        load_any(tmp_path / "mine.csv")


def test_training_rows_of_an_artist_of_the_test_table_are_found_however_spelt():
    train = _paired("The Who", "Ana", "", "Who", "Bo")
    test = _paired("", "Cy", "who", "bo")

    assert shared_artist_rows(train, test).tolist() == [0, 3, 4]


def test_an_artist_in_both_tables_is_refused_by_name(tmp_path):
    train, test = _paired("The Who", "Ana", "Who", "Bo"), _paired("Cy", "who", "bo")

    with pytest.raises(DatasetError) as refused:
        require_new_artists(train, test, tmp_path / "train.csv", tmp_path / "test.csv")

    assert str(refused.value) == (
        f"{tmp_path / 'test.csv'} row 2: the artist 'who' is also in {tmp_path / 'train.csv'}"
        " row 1; artists in both files: 2, with 3 of 4 training rows. --drop-shared-artists"
        " leaves these rows out."
    )


def test_unknown_artists_are_not_in_both_tables(tmp_path):
    require_new_artists(_paired("", "Ana"), _paired("", "Bo"), tmp_path, tmp_path)
