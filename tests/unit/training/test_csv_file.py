"""Tables as text: what is read of them, and what is refused with its line."""

import numpy as np
import pytest

from models.errors import DatasetError
from training.datasets import own_table
from training.datasets.features import read_features
from training.datasets.moments import read_all, read_moments
from training.datasets.ratings import read_labels
from training.datasets.tables import column_names, numbers, read_csv
from training.library.sources import read_sources


def written(folder, content):
    path = folder / "table.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def found(folder, content):
    """Return line numbers and rows."""
    table = read_csv(written(folder, content), [])
    return [(line, *row) for line, *row in table.itertuples()]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("a,b\n1,2\n", [(2, "1", "2")]),
        ("a,b\r\n1,2\r\n3,4", [(2, "1", "2"), (3, "3", "4")]),
        ("a,b\r1,2\r3,4\r", [(2, "1", "2"), (3, "3", "4")]),
        (b"\xef\xbb\xbfa,b\n1,2\n", [(2, "1", "2")]),
        ("\na,b\n\n1,2\n \n\n3,4\n\n", [(4, "1", "2"), (7, "3", "4")]),
        ('a,b\n"x\ny","2,5"\n3,4\n', [(2, "x\ny", "2,5"), (4, "3", "4")]),
        (",a\n0,1\n", [(2, "0", "1")]),  # pandas writes its index without a name
        (
            "a,b\n007,1e5\nNA,null\nTrue,\n",
            [(2, "007", "1e5"), (3, "NA", "null"), (4, "True", "")],
        ),
        ("a,b\nÉ,夜\n", [(2, "É", "夜")]),
    ],
)
def test_cells_are_text_and_lines_are_those_of_an_editor(tmp_path, content, rows):
    assert found(tmp_path, content) == rows


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("a,b\n1,2,3\n", r"csv line 2 has 3 cells and the header has 2: '1,2,3' under 'a,b'\."),
        ("a,b\n1,2\n\n1\n", r"csv line 4 has 1 cell and the header has 2: '1' under 'a,b'\.$"),
        ("a,b\n1,2,\n3,4,\n", "csv line 2 has 3 cells and the header has 2: '1,2,' under 'a,b'"),
        ('a,b\n"x\ny",2\n3\n', "csv line 4 has 1 cell "),
        (
            '"a","b"\n"1",1,2\n',
            r"under 'a,b'\. R leaves out names of rows with row.names = FALSE\.",
        ),
        ("a,b\n1,2,\n", r"under 'a,b'\.$"),
        ('"a";"b"\n', "line 1 is not a row of a table: a cell goes on .* separated by commas"),
        ("a,b,\n1,2\n", "csv line 1: column 3 of 3 has no name: 'a,b,'"),
        ("a,,b\n1,2,3\n", "csv line 1: column 2 of 3 has no name"),
        ("a, b\n1,2\n", r"csv line 1: the column ' b' has blanks around its name; write 'b'\."),
        ("a,b \n1,2\n", "the column 'b ' has blanks"),
        ("a,b,a\n1,2,3\n", "csv line 1: two columns are called 'a'"),
        (
            "a;b\n1;0,5\n",
            "line 1 separates its cells by semicolons; they must be separated by comm",
        ),
        ("a\tb\n1\t2\n", "by tabs"),
        ("sep=;\na;b\n", "by semicolons"),
        ("", "csv is empty; a table begins with the names of its columns"),
        ("\n\n", "is empty"),
        ("a,b\n", r"csv has no row after its header\."),
        (
            'a,b\n1,2\n"3,4\n5,6\n',
            "csv line 3 is not a row of a table: a quotation mark is not cl",
        ),
        ('a,b\n"1"x,2\n', "csv line 2 is not a row of a table"),
        ("a,b\n1,2\0\n", r"csv line 2 holds the character U\+0000"),
        (b"a,b\n1,2\n\xe9,4\n", r"csv is not in UTF-8: the byte 0xe9 in line 3 \(byte 9\)"),
        (b"a,b\r1,2\r\xe9,4\r", "the byte 0xe9 in line 3"),
        ("a,b\n1,2\n".encode("utf-16"), "the byte 0xff in line 1"),
        ("a,b\n1,2\n".encode("utf-16-le"), r"line 1 holds the character U\+0000, as texts in UT"),
    ],
)
def test_what_is_no_table_is_refused_with_its_line(tmp_path, content, complaint):
    with pytest.raises(DatasetError, match=complaint):
        read_csv(written(tmp_path, content), ["a", "b"])


def test_a_missing_column_is_named_with_those_that_there_are(tmp_path):
    path = written(tmp_path, "Track,b\n1,2\n")

    with pytest.raises(DatasetError, match=r"has no column 'track'; it has 'Track', 'b'\."):
        read_csv(path, ["track"])
    with pytest.raises(DatasetError, match="two columns"):
        column_names(written(tmp_path, "a,a\n"))


READERS = {
    "labels": (read_labels, "listener,track,valence,arousal", "ana,amber,0.4,0.7", ","),
    "features": (read_features, "ids,artist,audio_0,audio_1", "amber,Ana,0.12,-1.5", ","),
    "pairs": (own_table.load, "ids,artist,quadrant,audio_0,lyrics_0", "a,Ana,Q1,1,2", ","),
    "manifest": (read_sources, "track_id,path,title", "amber,amber.wav,Amber", ","),
    "moments": (read_moments, "frameTime;a;b", "0;1;2", ";"),
}


@pytest.mark.parametrize(("read", "header", "row", "separator"), READERS.values(), ids=READERS)
def test_every_reader_refuses_a_row_of_another_length(tmp_path, read, header, row, separator):
    longer, shorter = f"{row}{separator}0", row.rpartition(separator)[0]

    read(written(tmp_path, f"{header}\n{row}\n"))

    for cells in (longer, shorter):
        with pytest.raises(DatasetError, match=r"csv line 2 has \d cells? and the header has \d"):
            read(written(tmp_path, f"{header}\n{cells}\n"))


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        (
            "audio_0,audio_2",
            "has the column 'audio_2' but no 'audio_1'; columns are numbered from",
        ),
        ("audio_0,audio_00", "has the column 'audio_00' but no 'audio_1'"),
        ("audio_0,Audio_1", "has the column 'Audio_1' but no 'audio_1'"),
        ("audio_0,audio_0.1", "has the column 'audio_0.1' but no"),
        ("audio_0,audio_-1", "has the column 'audio_-1' but no"),
        ("audio_0, audio_1", "the column ' audio_1' has blanks around its name"),
        ("audio_1,audio_2", "has no column 'audio_0'"),
    ],
)
def test_gaps_in_numbered_columns_are_refused(tmp_path, columns, complaint):
    with pytest.raises(DatasetError, match=complaint):
        read_features(written(tmp_path, f"ids,artist,{columns}\na,,1,2\n"))


@pytest.mark.parametrize("index", ["", "Unnamed: 0"])
def test_an_index_is_no_feature(tmp_path, index):
    path = written(tmp_path, f"{index};frameTime;a\n0;0;1\n1;0.5;2\n")

    with pytest.raises(DatasetError, match=f"csv has the column '{index}', the numbers of rows"):
        read_moments(path)


def test_two_tables_of_one_track_are_refused(tmp_path):
    for name in ("7.csv", "007.csv"):
        (tmp_path / name).write_text("frameTime;a\n0;1\n", encoding="utf-8")

    with pytest.raises(DatasetError, match=r"7\.csv and 007\.csv are both of the track '7'\."):
        read_all(tmp_path)


def test_numbered_columns_may_be_in_any_order(tmp_path):
    path = written(tmp_path, "audio_1,ids,audio_10,artist,audio_0\n")
    names = ",".join(f"audio_{place}" for place in reversed(range(11)))
    path.write_text(f"{names},ids,artist\n10,9,8,7,6,5,4,3,2,1,0,a,Ana\n", encoding="utf-8")

    assert read_features(path).x.tolist() == [list(range(11))]


@pytest.mark.parametrize(
    "cell", ["", " ", "nan", "inf", "-Infinity", "1e39", "1_000", '"0,5"', '"1,000"', "0x10", "٣"]
)
def test_a_cell_that_is_no_finite_number_is_refused_with_its_line(tmp_path, cell):
    table = read_csv(path := written(tmp_path, f"a,b\n1,2\n3,{cell}\n"), [])

    with pytest.raises(DatasetError, match=r"csv line 3 has '.*' in 'b': not a finite number"):
        numbers(table, ["a", "b"], path)


def test_numbers_are_read_to_the_last_digit(tmp_path):
    table = read_csv(path := written(tmp_path, "a,b\n0.1, -2e-05\n,7\n"), [])

    assert np.array_equal(
        numbers(table, ["a", "b"], path, may_lack=True),
        [[0.1, -2e-05], [np.nan, 7.0]],
        equal_nan=True,
    )


def test_ids_have_no_blanks_around_them(tmp_path):
    labels = read_labels(written(tmp_path, "listener,track,quadrant\n ana,amber ,Q1\n"))
    features = read_features(written(tmp_path, "ids,artist,audio_0\n amber,,1\n"))

    assert (labels.listeners, labels.tracks, features.ids) == (["ana"], ["amber"], ["amber"])


@pytest.mark.parametrize("cell", ["", " "])
def test_a_row_without_an_id_is_refused_with_its_line(tmp_path, cell):
    path = written(tmp_path, f"ids,artist,audio_0\na,,1\n{cell},,2\n")

    with pytest.raises(DatasetError, match=r"csv line 3 has no ids\."):
        read_features(path)


def test_quadrants_may_be_words(tmp_path):
    words = ["Q1", "q2", "happy", " Tense ", "SAD", "calm", "angry", "Relaxed"]
    rows = "".join(f"ana,t{place},{word}\n" for place, word in enumerate(words))

    labels = read_labels(written(tmp_path, f"listener,track,quadrant\n{rows}"))

    assert labels.y.tolist() == [0, 1, 0, 1, 2, 3, 1, 3]
