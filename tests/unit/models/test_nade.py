"""The embedding of lines: how words are cut and hashed, and that lines count alike."""

import time
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.features.nade import (
    LINE_WORDS,
    MAX_LINES,
    NADE,
    AffectEncoder,
    HashedRows,
    hash_runs,
    hash_text,
    lines_of,
    words_of,
)

WEIGHTS = Path(__file__).resolve().parents[3] / "models" / "weights"
TEXTS = st.text(max_size=300)

# What fastText 0.9.2 gives for the line below (fasttext-numpy2 0.10.4, `get_sentence_vector`).
GOLDEN = [-0.14120, 0.05419, -0.00571, 0.02065, 0.04277]


@pytest.fixture(scope="module", name="feel")
def _feel():
    return AffectEncoder.open(WEIGHTS)


@pytest.fixture(name="tiny")
def _tiny():
    """Three words of two numbers each, and one run of two words that has a row.

    A row has one part: code 0 stands for nothing, 1 for (1, 0), 2 for (0, 1).
    """
    # Both hashes are below 2 ** 31: there is no sign to care for.
    run = (hash_text("tree") * 116_049_371 + hash_text("falls")) % 1_000
    centroids = np.zeros((1, 256, 2), np.float32)
    centroids[0, 1:3] = np.eye(2)
    rows = HashedRows(
        words={"tree": 0, "falls": 1, "</s>": 2},
        buckets=np.array([run], np.int32),
        bucket_rows=np.array([3], np.int32),
        n_hashes=1_000,
        run_words=2,
        run_chars=(90, 90),  # no word is as long
    )
    codes = np.array([[1], [2], [0], [1]], np.uint8)
    return AffectEncoder(rows, codes, centroids, np.array([1, 2, 1, 4], np.float32))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # tree (1, 0), falls 2 * (0, 1), the end (0, 0), "tree falls" 4 * (1, 0): four rows.
        (["tree", "falls"], [5 / 4, 2 / 4]),
        (["falls", "tree"], [1 / 3, 2 / 3]),  # a run counts in its order only
        (["tree", "qqq"], [1 / 2, 0]),  # a word without a row does not count
        (["qqq"], [0, 0]),
    ],
)
def test_a_line_is_the_mean_of_its_words_its_runs_and_its_end(tiny, line, expected):
    assert tiny.embed([line])[0] == pytest.approx(expected)


def test_lines_weigh_the_same_however_long_they_are(tiny):
    lines = tiny.embed([["tree"], ["falls", "falls", "falls"]])

    assert tiny("tree\n\nfalls falls falls") == pytest.approx(lines.mean(axis=0))
    assert tiny(" \n ").tolist() == [0, 0]


def test_the_embedding_has_not_drifted(feel):
    assert feel("the rain falls on my window")[:5] == pytest.approx(GOLDEN, abs=1e-5)


@given(TEXTS)
def test_any_text_has_an_embedding(feel, text):
    embedding = feel(text)

    assert embedding.shape == (NADE.dimension,)
    assert embedding.dtype == np.float32
    assert np.isfinite(embedding).all()


@given(st.lists(st.text("ab c.", min_size=1, max_size=40), min_size=1, max_size=5))
def test_a_line_is_read_the_same_in_any_company(feel, texts):
    lines = [line for text in texts for line in lines_of(text)] or [["a"]]

    together = feel.embed(lines)

    alone = np.concatenate([feel.embed([line]) for line in lines])
    assert np.array_equal(together, alone)


def test_case_and_blanks_do_not_matter(feel):
    assert np.array_equal(feel("The  RAIN falls,\tnow"), feel("the rain falls , now"))


@pytest.mark.parametrize("text", ["q" * 100_000, "rain " * 20_000, "a\n" * 50_000], ids=len)
def test_the_longest_texts_take_no_more_than_seconds(feel, text):
    before_s = time.process_time()

    feel(text)

    assert time.process_time() - before_s < 5


@given(TEXTS)
def test_no_piece_of_a_line_is_longer_than_the_most(text):
    lines = lines_of(text * 3)

    assert all(1 <= len(line) <= LINE_WORDS for line in lines)
    assert len(lines) <= MAX_LINES


@given(st.integers(1, 200))
def test_pieces_of_a_line_hold_its_words_in_their_order(n_words):
    words = [f"w{number}" for number in range(n_words)]

    pieces = lines_of(" ".join(words))

    assert list(chain(*pieces)) == words
    assert max(map(len, pieces)) - min(map(len, pieces)) <= 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Wait... what?!", ["wait", "...", "what", "?!"]),
        ("a_b", ["a", "_", "b"]),
        ("5$ + 3€", ["5$", "+", "3€"]),
        ("¿Qué?", ["¿", "qué", "?"]),
        ("♪ la ♪", ["♪", "la", "♪"]),
    ],
)
def test_marks_of_punctuation_are_words_and_other_symbols_stay_where_they_are(line, words):
    assert words_of(line) == words


@pytest.mark.parametrize(
    ("word", "sizes", "runs"),
    [("<é>", (2, 3), ["<é", "<é>", "é>"]), ("<ab>", (1, 1), ["a", "b"])],  # not single marks
)
def test_runs_of_characters_are_whole_characters(word, sizes, runs):
    assert list(hash_runs(word, *sizes)) == [hash_text(run) for run in runs]


def test_bytes_beyond_ascii_are_hashed_as_negative_numbers():
    expected = ((2_166_136_261 ^ 0xFFFFFFC3) * 16_777_619) % (1 << 32)
    expected = ((expected ^ 0xFFFFFFA9) * 16_777_619) % (1 << 32)

    assert hash_text("é") == expected
