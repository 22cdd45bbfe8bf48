"""Tables that cannot be fitted to: the command says row and value, and ends with status 1."""

import csv
import re
import subprocess
import sys

import pytest

from tests.journey.servers import ROOT, environment
from tests.synthetic_laa import write_laa

pytestmark = [pytest.mark.journey, pytest.mark.slow]

N_AUDIO, N_LYRICS = 6, 5


@pytest.fixture(name="tables")
def _tables(tmp_path):
    return write_laa(tmp_path, n_train=40, n_test=12, n_audio=N_AUDIO, n_lyrics=N_LYRICS)


@pytest.fixture(name="refused")
def _refused(tables, tmp_path):
    """Give the command both tables, and return its sentence."""
    command = [sys.executable, "-m", "training", "fuse", "--export", "mine"]
    options = ["--train", tables[0].name, "--test", tables[1].name]
    environ = environment(tmp_path) | {"PYTHONPATH": str(ROOT)}

    def refused():
        done = subprocess.run(  # noqa: S603  # our own command
            [*command, *options], cwd=tmp_path, env=environ, capture_output=True, text=True
        )
        assert done.returncode == 1, done.stdout + done.stderr
        assert not (tmp_path / "mine").exists()
        return done.stderr

    return refused


def changed(path, change):
    """Write a table anew with its rows changed."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    change(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def without_column(rows):
    for row in rows:
        del row["audio_embedding"]


def of_another_length(rows):
    rows[16]["audio_embedding"] = "[0.5, 1.5]"


def against_emotion(rows):
    rows[4] |= {"label": "1", "emotion": "Sad"}


BAD = {
    "a missing column": (
        without_column,
        "LaA_train.csv has no column 'audio_embedding'; needed are artist_name, track_name, "
        "lyrics_embedding, audio_embedding, and label or emotion.\n",
    ),
    "another length": (
        of_another_length,
        "LaA_train.csv row 17: 'audio_embedding' has 2 numbers; row 1 has 6.\n",
    ),
    "label against emotion": (
        against_emotion,
        "LaA_train.csv row 5: label '1' is Happy, but emotion is 'Sad'.\n",
    ),
}


@pytest.mark.parametrize(("change", "sentence"), BAD.values(), ids=BAD)
def test_a_table_is_refused_by_row_and_value(change, sentence, refused, tables):
    changed(tables[0], change)

    assert refused() == sentence


def test_an_artist_in_both_tables_is_refused(refused, tables):
    changed(tables[1], lambda rows: rows[2].update(artist_name="  ARTIST 3 "))

    assert re.fullmatch(
        r"LaA_test\.csv row 3: the artist '  ARTIST 3 ' is also in LaA_train\.csv row \d+; "
        r"artists in both files: 1, with 4 of 40 training rows\. "
        r"--drop-shared-artists leaves these rows out\.\n",
        refused(),
    )
