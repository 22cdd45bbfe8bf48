"""What of a table of embeddings is imported, under which ids, and what is wrong with one."""

import csv
import io

import pytest

from attune_client.cli.importing.scan import find_rows, require_sizes
from attune_client.cli.importing.table import TableError

AS_IN_THE_NOTEBOOK = [
    *("", "Unnamed: 0", "artist_name", "track_name", "valence", "arousal", "lyrics", "audio_url"),
    *("search_method", "emotion", "lyrics_embedding", "audio_embedding", "label"),
]


@pytest.fixture(name="table")
def _table(tmp_path):
    """Return what writes a CSV file."""

    def write(header, *rows):
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([header, *rows])
        path = tmp_path / "table.csv"
        path.write_text(text.getvalue(), encoding="utf-8")
        return path

    return write


def notebook_row(title, *, url="https://music.example/1.mp3", lyrics=None, audio=None):
    words = [0.1, -2e-05] if lyrics is None else lyrics
    sound = [1.5, 2, -3.0] if audio is None else audio
    return [7, 7, "Élan", title, 0.5, -0.5, 'la\n"la"\n', url, "s", "happy", words, sound, 1]


def contents(path):
    return [row.read() for row in find_rows(path).sources]


def test_the_notebook_s_table_is_read(table):
    path = table(AS_IN_THE_NOTEBOOK, notebook_row("Mr. Blue"), notebook_row("Green", url="x.mp3"))

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


def test_numbers_may_have_a_column_each_in_any_order(table):
    path = table(
        ["ids", "lyrics_0", "audio_1", "audio_0", "lyrics"],
        ["a", "0.5", "2", "1", "la"],
        ["b", "", "4", "3", "lo"],
    )

    assert [content.embeddings.body() for content in contents(path)] == [
        {"audio_embedding": [1.0, 2.0], "lyrics_embedding": [0.5]},
        {"audio_embedding": [3.0, 4.0]},
    ]


def test_an_empty_cell_is_no_embedding(table):
    path = table(
        ["id", "audio_embedding", "lyrics_embedding"], ["a", "[1]", " "], ["b", "", "[2, 3]"]
    )

    assert [content.embeddings.body() for content in contents(path)] == [
        {"audio_embedding": [1.0]},
        {"lyrics_embedding": [2.0, 3.0]},
    ]


def test_a_mark_before_the_text_and_other_ends_of_lines_and_empty_lines_are_left_out(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(
        b'\xef\xbb\xbfid,title,audio_embedding\r\n\r\na,"El\xc3\xa9\r\nx",[1]\r\n\r\nb,B,[2]'
    )

    assert [(row.track_id, row.number) for row in find_rows(path).sources] == [("a", 1), ("b", 2)]
    assert [content.title for content in contents(path)] == ["Elé x", "B"]


def test_a_column_that_is_preferred_comes_before_another(table):
    path = table(
        ["track_name", "id", "track_id", "title", "artist_name", "audio_embedding"],
        ["no", "no", "yes", "Yes", "Who", "[1]"],
    )

    (row,) = find_rows(path).sources

    assert (row.track_id, row.preview()) == ("yes", ["Yes", "Who", "1 number", "-"])


def test_rows_of_one_name_have_ids_of_their_own_that_stay(table):
    rows = [["A", "x", "[1]"], ["A", "x", "[2]"], ["Á", "x", "[3]"], ["夜", "夜", "[4]"]]
    path = table(["artist", "title", "audio_embedding"], *rows)

    ids, again = ([row.track_id for row in find_rows(path).sources] for _ in range(2))

    assert ids == again
    assert len(set(ids)) == 4
    assert [each.rpartition("-")[0] for each in ids[2:]] == ["A:x", "track"]
    assert ids[1] == f"{ids[0]}-2"


def test_a_row_says_when_its_file_has_changed_meanwhile(table):
    header = ["id", "audio_embedding"]
    first, second = find_rows(table(header, ["a", "[1]"], ["b", "[2]"])).sources
    path = table(header, ["a", "[1]"], ["b", "[3]"])

    assert first.read().embeddings.body() == {"audio_embedding": [1.0]}
    with pytest.raises(TableError, match="has changed since"):
        second.read()
    path.write_text("")
    with pytest.raises(TableError, match="has changed since"):
        first.read()


def test_the_state_of_a_row_changes_with_what_is_sent_of_it_and_with_nothing_else(table):
    header = ["id", "title", "label", "audio_embedding"]

    def state(*row):
        return find_rows(table(header, ["z", "Z", "0", "[9]"], row)).sources[1].state()

    as_it_was = state("a", "A", "1", "[1]")

    assert state("a", "A", "2", "[1]") == as_it_was
    assert state("a", "B", "1", "[1]") != as_it_was
    assert state("a", "A", "1", "[2]") != as_it_was


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (["id", "lyrics", "audio_url"], "there are no embeddings in it: audio_embedding and ly"),
        (["artist_name", "audio_embedding"], "title or track_name is missing; a track's id is"),
        (["track_name", "audio_0"], "artist or artist_name is missing; a track's id is in tra"),
        (["id", "audio_0", "audio_2"], "audio_1 is missing, though audio_2 is there"),
        (["id", "audio_embedding", "audio_0"], "audio_embedding and audio_0 are both in it"),
        (["id", "id", "audio_0"], "id is the name of two columns"),
        (["id", "audio_0", "audio_0"], "audio_1 is missing"),
    ],
)
def test_columns_that_are_missing_or_there_twice_are_named(table, header, says):
    with pytest.raises(TableError, match=r"table\.csv: " + says):
        find_rows(table(header, ["1"] * len(header)))


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (["b", "[1, 2]"], "it has 2 cells and the header 3"),
        (["b", "[1, 2]", "[1]", ""], "it has 4 cells and the header 3"),
        (["b", "[1]", ""], "audio_embedding has 1 number; row 1 has 2"),
        (["b", "[1, nan]", ""], r"audio_embedding\[1\] is nan; a finite number is needed"),
        (["b", "[1, 1e999]", ""], r"audio_embedding\[1\] is inf; a finite number is needed"),
        (["b", "[1, '2']", ""], r"audio_embedding\[1\] is \" '2'\"; a number is needed"),
        (["b", "[0.1 0.2]", ""], r"audio_embedding\[0\] is '0\.1 0\.2'; a number is needed"),
        (["b", "[]", ""], r"audio_embedding\[0\] is ''; a number is needed"),
        (["b", "", "0.5"], "lyrics_embedding is '0.5'; a list of numbers such as "),
        (["b", "", " "], r"there is no embedding in it \(audio_embedding and lyrics_embedding em"),
        (["b c", "[1, 2]", ""], "id is 'b c'; up to 200 letters, digits and"),
        (["", "[1, 2]", ""], "id is ''; up to 200 letters"),
        (["a", "[1, 2]", ""], "id is 'a', as in row 1"),
    ],
)
def test_what_is_wrong_in_a_row_is_told_with_row_column_and_value(table, cells, says):
    path = table(["id", "audio_embedding", "lyrics_embedding"], ["a", "[1, 2]", "[3]"], cells)

    with pytest.raises(TableError, match=r"table\.csv, row 2: " + says):
        find_rows(path)


def test_a_number_that_has_a_column_is_named_by_it(table):
    path = table(["id", "audio_0", "audio_1"], ["a", "1", ""])

    with pytest.raises(TableError, match=r"row 1: audio_1 is ''; a number is needed"):
        find_rows(path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", r"table\.csv is empty"),
        (b"id,audio_embedding\n", r"There is no row in .*table\.csv"),
        (b"\xff\xfei\x00d\x00", "the header: this is no CSV in UTF-8"),
        (b"id,title,audio_0\na,\xe9,1\n", "row 1: this is no CSV in UTF-8"),
        (b'id,audio_embedding\na,[1]\nb,"[2', "row 2: this is no CSV in UTF-8"),
    ],
)
def test_what_is_no_table_is_told(tmp_path, content, says):
    path = tmp_path / "table.csv"
    path.write_bytes(content)

    with pytest.raises(TableError, match=says):
        find_rows(path)


@pytest.mark.parametrize(
    ("sizes", "says"),
    [
        (None, "http://a.test reads recordings and lyrics .* `python -m training fuse --export"),
        ({"audio": 1, "lyrics": 1}, "audio embeddings have 2 numbers; .* reads 1"),
        ({"audio": 2}, "lyrics embeddings have 1 number; .* reads 0"),
    ],
)
def test_a_service_that_does_not_read_such_embeddings_is_told(table, sizes, says):
    header = ["id", "audio_embedding", "lyrics_embedding"]
    found = find_rows(table(header, ["a", "[1, 2]", "[3]"]))

    with pytest.raises(TableError, match=says):
        require_sizes(found, sizes, "http://a.test")
    require_sizes(found, {"audio": 2, "lyrics": 1}, "http://a.test")


def test_embeddings_of_the_largest_size_are_read_and_not_kept(table):
    numbers = [0.1234567890123456] * 16_384
    path = table(["id", "audio_embedding"], ["a", numbers])

    (row,) = find_rows(path).sources

    assert row.read().embeddings.body() == {"audio_embedding": numbers}
    assert not any(isinstance(getattr(row, name), list) for name in row.__slots__)
