"""The notebook's table: what is read of it, what is refused, and splits into two files."""

import ast
import csv

import numpy as np
import pytest

from models.emotion import QUADRANTS
from models.errors import DatasetError
from tests.synthetic_laa import write_laa
from tests.tables import write_pairs
from training.datasets import laa
from training.datasets.paired import load_any, require_new_artists
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
AUDIO, LYRICS = "audio_embedding", "lyrics_embedding"
NO_LIST = "which is no list of numbers."
FINITE = "numbers are finite and at most 1e+09 from 0."
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
    rows = [GOOD | {"emotion": "calm ", "label": "2.0"}]

    assert laa.load(_write(tmp_path / "laa.csv", rows, [missing])).y.tolist() == [3]


@pytest.mark.parametrize(
    ("row", "change", "complaint"),
    [
        (17, {AUDIO: "[1, 2]"}, f"'{AUDIO}' has 2 numbers; line 2 has 3."),
        (2, {LYRICS: "[1]"}, f"'{LYRICS}' has 1 numbers; line 2 has 2."),
        (5, {"label": "2"}, "label '2' is Relaxed, but emotion is 'Sad'."),
        (5, {"label": "4"}, "label is '4'; there are 0 (Angry), 1 (Happy), 2 (Relaxed), 3 (Sad)."),
        (3, {"emotion": "Glad"}, "emotion is 'Glad'; there are Angry, Happy, Relaxed, Sad."),
        (3, {"emotion": ""}, "emotion is ''; there are Angry, Happy, Relaxed, Sad."),
        (1, {AUDIO: "[]"}, f"'{AUDIO}' is an empty list."),
        (2, {AUDIO: "[1, 2, x]"}, f"'{AUDIO}' is '[1, 2, x]', {NO_LIST}"),
        (2, {AUDIO: "[1, true, 2]"}, f"'{AUDIO}' is '[1, true, 2]', {NO_LIST}"),
        (2, {AUDIO: "[" * 100_000}, f"'{AUDIO}' is '{'[' * 40}...', {NO_LIST}"),
        (9, {AUDIO: "[1, nan, 2]"}, f"'{AUDIO}' holds nan as number 2; {FINITE}"),
        (9, {AUDIO: "[1, 2, -inf]"}, f"'{AUDIO}' holds -inf as number 3; {FINITE}"),
        (9, {LYRICS: "[2e9, 1]"}, f"'{LYRICS}' holds 2e+09 as number 1; {FINITE}"),
        (9, {LYRICS: f"[1{'0' * 5000}, 1]"}, f"'{LYRICS}' holds inf as number 1; {FINITE}"),
    ],
)
def test_a_wrong_cell_is_refused_with_its_row_and_value(tmp_path, row, change, complaint):
    path = _write(tmp_path / "LaA_train.csv", _rows(17, row, change))

    with pytest.raises(DatasetError) as refused:
        laa.load(path)

    assert str(refused.value) == f"{path} line {2 * row}: {complaint}"  # lyrics take two lines


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


def test_a_file_that_was_cut_off_is_refused(tmp_path):
    path = _write(tmp_path / "laa.csv", [GOOD, GOOD])
    whole = path.read_text(encoding="utf-8")

    for n_lost, complaint in (
        (3, "line 4 has 12 cells and the header has 13"),
        (30, "line 4 is not a row of a table: a quot"),
    ):
        path.write_text(whole[:-n_lost], encoding="utf-8")
        with pytest.raises(DatasetError, match=complaint):
            laa.load(path)


def test_tables_of_all_forms_are_told_apart(tmp_path):
    write_pairs(_paired("Ana", "Bo"), tmp_path / "mine.npz")
    header = "ids,artist,quadrant,audio_0,lyrics_0"
    (tmp_path / "mine.csv").write_text(f"{header}\na,Ana,Q1,1,2\n", encoding="utf-8")
    _write(tmp_path / "laa.csv", [GOOD])

    found = [load_any(tmp_path / name) for name in ("mine.npz", "mine.csv", "laa.csv")]

    assert [tracks.audio.shape for tracks in found] == [(2, 2), (1, 1), (1, 3)]


def test_an_artist_in_both_tables_is_refused_by_name(tmp_path):
    train, test = _paired("The Who", "Ana", "Who", "Bo", ""), _paired("Cy", "who", "bo", "")

    with pytest.raises(DatasetError) as refused:
        require_new_artists(train, test, tmp_path / "train.csv", tmp_path / "test.csv")

    assert str(refused.value) == (
        f"{tmp_path / 'test.csv'}: the artist 'who' of track '1' is also in"
        f" {tmp_path / 'train.csv'}, of track '0'; artists in both files: 2, with 3 of 5 training"
        " rows. --drop-shared-artists leaves these rows out."
    )


def test_an_id_that_occurs_twice_is_refused_with_both_rows(tmp_path):
    path = _write(tmp_path / "laa.csv", [GOOD | {"id": name} for name in ("a", "b", "a")])

    with pytest.raises(DatasetError, match=r"laa\.csv line 6: id 'a' is also that of line 2\."):
        laa.load(path)
