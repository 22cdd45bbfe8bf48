"""Tables of embeddings: content, ids and errors."""

import csv
import io

import pytest

from attune_client.cli.importing.table import TableError
from attune_client.cli.importing.table_check import find_rows, require_sizes

NOTEBOOK_HEADER = [
    *("", "Unnamed: 0", "artist_name", "track_name", "valence", "arousal", "lyrics", "audio_url"),
    *("search_method", "emotion", "lyrics_embedding", "audio_embedding", "label"),
]


@pytest.fixture(name="table")
def _table(tmp_path):
    """Return a function that writes a CSV file."""

    def write(header, *rows):
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([header, *rows])
        path = tmp_path / "table.csv"
        path.write_text(text.getvalue(), encoding="utf-8")
        return path

    return write


def notebook_row(title, *, url="https://music.example/1.mp3"):
    texts = [7, 7, "Élan", title, 0.5, -0.5, 'la\n"la"\n', url, "s", "happy"]
    return [*texts, [0.1, -2e-05], [1.5, 2, -3.0], 1]


def contents(path):
    return [row.read() for row in find_rows(path).sources]


def test_the_table_of_the_notebook_is_read(table):
    path = table(NOTEBOOK_HEADER, notebook_row("Mr. Blue"), notebook_row("Green", url="x.mp3"))

    found = find_rows(path)
    first, second = contents(path)

    assert [row.track_id for row in found.sources] == ["Elan:Mr.-Blue", "Elan:Green"]
    assert found.sizes == {"audio": 3, "lyrics": 2}
    assert first.embeddings.body() == {
        "audio_embedding": [1.5, 2.0, -3.0],
        "lyrics_embedding": [0.1, -2e-05],
    }
    assert (first.title, first.artist, first.lyrics) == ("Mr. Blue", "Élan", None)
    assert (first.audio_url, second.audio_url) == ("https://music.example/1.mp3", None)


@pytest.mark.parametrize(
    "rows",
    [
        (["ids", "audio_1", "lyrics_0", "audio_0"], ["a", "2", "0.5", "1"], ["b", "4", "", "3"]),
        (
            ["id", "audio_embedding", "lyrics_embedding"],
            ["a", "[1, 2]", "[0.5]"],
            ["b", "[3, 4]", " "],
        ),
    ],
)
def test_embeddings_are_lists_or_numbered_columns_and_may_be_empty(table, rows):
    assert [content.embeddings.body() for content in contents(table(*rows))] == [
        {"audio_embedding": [1.0, 2.0], "lyrics_embedding": [0.5]},
        {"audio_embedding": [3.0, 4.0]},
    ]


def test_byte_order_mark_line_ends_and_empty_lines_are_ignored(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(
        b'\xef\xbb\xbfid,title,audio_embedding\r\n\r\na,"El\xc3\xa9\r\nx",[1]\r\n\r\nb,B,[2]'
    )

    assert [(row.track_id, row.line) for row in find_rows(path).sources] == [("a", 3), ("b", 6)]
    assert [content.title for content in contents(path)] == ["Elé x", "B"]


def test_lines_may_end_in_cr(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(b"id,audio_embedding\ra,[1]\rb,[2]\r")

    assert [row.line for row in find_rows(path).sources] == [2, 3]
    assert [content.embeddings.body() for content in contents(path)] == [
        {"audio_embedding": [1.0]},
        {"audio_embedding": [2.0]},
    ]


def test_the_preferred_column_is_read(table):
    path = table(
        ["track_name", "id", "track_id", "title", "artist_name", "audio_embedding"],
        ["no", "no", "yes", "Yes", "Who", "[1]"],
    )

    (row,) = find_rows(path).sources

    assert (row.track_id, *row.preview().cells) == ("yes", "Yes", "Who", "1 number", "-")


def test_ids_of_equal_names_are_distinct_and_stable(table):
    rows = [["A", "x", "[1]"], ["A", "x", "[2]"], ["Á", "x", "[3]"], ["夜", "夜", "[4]"]]
    path = table(["artist", "title", "audio_embedding"], *rows)

    ids, again = ([row.track_id for row in find_rows(path).sources] for _ in range(2))

    assert ids == again
    assert len(set(ids)) == 4
    assert [each.rpartition("-")[0] for each in ids[2:]] == ["A:x", "track"]
    assert ids[1] == f"{ids[0]}-2"


def test_a_row_that_has_changed_is_an_error(table):
    header = ["id", "audio_embedding"]
    first, second = find_rows(table(header, ["a", "[1]"], ["b", "[2]"])).sources
    path = table(header, ["a", "[1]"], ["b", "[3]"])

    assert first.read().embeddings.body() == {"audio_embedding": [1.0]}
    with pytest.raises(TableError, match="has changed since"):
        second.read()
    path.write_text("")
    with pytest.raises(TableError, match="has changed since"):
        first.read()


def test_the_state_of_a_row_changes_only_with_the_sent_content(table):
    header = ["id", "title", "label", "audio_embedding"]

    def state(*row):
        return find_rows(table(header, ["z", "Z", "0", "[9]"], row)).sources[1].state()

    before = state("a", "A", "1", "[1]")

    assert state("a", "A", "2", "[1]") == before
    assert state("a", "B", "1", "[1]") != before
    assert state("a", "A", "1", "[2]") != before


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (["id", "lyrics", "audio_url"], "the table has no embeddings: it needs audio_embedding"),
        (["artist_name", "audio_embedding"], "title or track_name is missing; a track's id comes"),
        (["track_name", "audio_0"], "artist or artist_name is missing; a track's id comes from"),
        (["id", "audio_0", "audio_2"], "audio_1 is missing, but the table has audio_2"),
        (["id", "audio_embedding", "audio_0"], "the table has both audio_embedding and audio_0"),
        (["id", "id", "audio_0"], "two columns are named id"),
        (["id", "audio_0", "audio_0"], "audio_1 is missing"),
        (["id", "audio_0", "Audio_1"], "audio_1 is missing, but the table has Audio_1"),
        (["id", "audio_0", "audio_00"], "audio_1 is missing, but the table has audio_00"),
        (["id", "audio_0", " audio_1"], "' audio_1' has blanks around its name; write 'audio_1'"),
        (["id", "audio_0", ""], "column 3 of 3 has no name: 'id,audio_0,'"),
        (
            ["id;audio_0"],
            "its cells are separated by semicolons; they must be separated by commas",
        ),
        (["id\taudio_0"], "its cells are separated by tabs; they must be separated by commas"),
    ],
)
def test_missing_and_duplicate_columns_are_named(table, header, message):
    with pytest.raises(TableError, match=r"table\.csv, line 1: " + message):
        find_rows(table(header, ["1"] * len(header)))


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["b", "[1, 2]"], r"the row has 2 cells, the header 3: 'b,\[1, 2\]' under 'id,audio_emb"),
        (["1", "b", "[1, 2]", "[3]"], ".*; R leaves out names of rows with row.names = FALSE"),
        (["b", "[1]", ""], "audio_embedding has 1 number; line 2 has 2"),
        (["b", "[1, nan]", ""], r"audio_embedding\[1\] is nan; it must be finite"),
        (["b", "[1, '2']", ""], r"audio_embedding\[1\] is \" '2'\"; it must be a number"),
        (["b", "[0.1 0.2]", ""], r"audio_embedding\[0\] is '0\.1 0\.2'; it must be a number"),
        (["b", "[]", ""], r"audio_embedding\[0\] is ''; it must be a number"),
        (["b", "", "0.5"], "lyrics_embedding is '0.5'; it must be a list of numbers"),
        (["b", "", " "], r"the row has no embedding \(audio_embedding and lyrics_embedding em"),
        (["b c", "[1, 2]", ""], "id is 'b c'; an id has up to 256 letters"),
        (["a", "[1, 2]", ""], "id is 'a', as in line 2"),
    ],
)
def test_an_error_in_a_row_names_row_column_and_value(table, cells, message):
    path = table(["id", "audio_embedding", "lyrics_embedding"], ["a", "[1, 2]", "[3]"], cells)

    with pytest.raises(TableError, match=r"table\.csv, line 3: " + message):
        find_rows(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"table\.csv is empty"),
        (b"id,audio_embedding\n", r"There is no row in .*table\.csv"),
        (b"\xff\xfei\x00d\x00", "line 1: no row of a table: it holds the character U\\+0000"),
        (b"id,title,audio_0\na,\xe9,1\n", "line 2: the byte 0xe9 is not UTF-8"),
        (
            b'id,audio_embedding\na,[1]\nb,"[2',
            "line 3: no row of a table: a quotation mark is not closed",
        ),
        (b'"id";"audio_0"\n', "line 1: no row of a table: .*; cells are separated by commas"),
        ("id,audio_0\na,١٢\n".encode(), "line 2: audio_0 is '١٢'; it must be a number"),
        (b"id,audio_0\na,1_000\n", "line 2: audio_0 is '1_000'; it must be a number"),
        (b"id,audio_0,audio_1\na,1,\n", r"line 2: audio_1 is ''; it must be a number"),
    ],
)
def test_a_file_that_is_no_table_is_an_error(tmp_path, content, message):
    path = tmp_path / "table.csv"
    path.write_bytes(content)

    with pytest.raises(TableError, match=message):
        find_rows(path)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        (None, "http://a.test reads recordings and lyrics, not .* `python -m training fuse"),
        ({"audio": 1, "lyrics": 1}, "audio embeddings have 2 numbers; .* reads 1"),
        ({"audio": 2}, "lyrics embeddings have 1 number; .* reads 0"),
    ],
)
def test_sizes_that_the_service_does_not_read_are_an_error(table, sizes, message):
    header = ["id", "audio_embedding", "lyrics_embedding"]
    found = find_rows(table(header, ["a", "[1, 2]", "[3]"]))

    with pytest.raises(TableError, match=message):
        require_sizes(found, sizes, "http://a.test")
    require_sizes(found, {"audio": 2, "lyrics": 1}, "http://a.test")


def test_large_embeddings_are_read_and_not_kept(table):
    numbers = [0.1234567890123456] * 16_384
    path = table(["id", "audio_embedding"], ["a", numbers])

    (row,) = find_rows(path).sources

    assert row.read().embeddings.body() == {"audio_embedding": numbers}
    assert not any(isinstance(getattr(row, name), list) for name in row.__slots__)
