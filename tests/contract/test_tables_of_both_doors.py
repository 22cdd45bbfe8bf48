"""`attune import` and `python -m training fuse` read and refuse the same tables."""

import re

import pytest
from attune_client.cli.importing.table import TableError
from attune_client.cli.importing.table_check import find_rows

from models.errors import DatasetError
from training.datasets.own_table import load

HEADER = "ids,artist,quadrant,audio_0,audio_1,lyrics_0\n"
ROW = "a,Ana,Q1,0.5,-2e-05,1\n"
SECOND = "b,Ben,sad,1,2,3\n"
READ = {
    "plain": HEADER + ROW + SECOND,
    "with a byte order mark": f"\ufeff{HEADER}{ROW}{SECOND}",
    "with CR line ends": (HEADER + ROW + SECOND).replace("\n", "\r"),
    "with blank lines": f"{HEADER}\n{ROW}\r\n  \n{SECOND}\n\n",
    "with the index of pandas": f",{HEADER}0,{ROW}1,{SECOND}",
    "with columns in another order": "audio_1,ids,lyrics_0,audio_0,artist,quadrant\n"
    "2,a,1,1,Ana,Q1\n2,b,1,1,Ben,Q2\n",
}
REFUSED = {
    "a row with a cell less": (HEADER + ROW + "b,Ben,Q1,1,2\n", 3),
    "a row with a cell more": (HEADER + ROW + "b,Ben,Q1,1,2,3,\n", 3),
    "a row behind a cell of two lines": (HEADER + 'a,"A\nna",Q1,1,2,3\n' + "b,1\n", 4),
    "a column with blanks": (HEADER.replace("audio_1", " audio_1") + ROW, 1),
    "a column without a name": (HEADER.replace("quadrant", "") + ROW, 1),
    "a doubled column": (HEADER.replace("quadrant", "artist") + ROW, 1),
    "an open quotation mark": (HEADER + ROW + 'b,"Ben,Q1,1,2,3\n', 3),
    "a character U+0000": (HEADER + ROW + "b,B\0n,Q1,1,2,3\n", 3),
    "a cell that is no number": (HEADER + ROW + "b,Ben,Q1,1,1_000,3\n", 3),
    "a decimal comma": (HEADER + ROW + 'b,Ben,Q1,1,"0,5",3\n', 3),
    "a number that is not finite": (HEADER + ROW + "b,Ben,Q1,1,NaN,3\n", 3),
    "semicolons": ((HEADER + ROW).replace(",", ";"), 1),
}


@pytest.mark.parametrize("text", READ.values(), ids=READ)
def test_both_read_a_table(tmp_path, text):
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode())

    assert [row.track_id for row in find_rows(path).sources] == load(path).ids == ["a", "b"]


@pytest.mark.parametrize(("text", "line"), REFUSED.values(), ids=REFUSED)
def test_both_refuse_a_table_and_name_the_line(tmp_path, text, line):
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode())

    with pytest.raises(TableError) as imported:
        find_rows(path)
    with pytest.raises(DatasetError) as trained:
        load(path)

    said = [str(error.value) for error in (imported, trained)]
    assert [re.findall(r"line (\d+)", sentence)[:1] for sentence in said] == [[str(line)]] * 2
