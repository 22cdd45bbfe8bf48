"""What the page about lyrics counts and compares."""

import numpy as np
import pytest

from models.emotion import N_QUADRANTS
from training.experiments.languages.detection import cut_texts, gibberish, tally
from training.experiments.languages.evaluation import across, mapped
from training.experiments.languages.parallel_texts import LANGUAGES, load_parallels

ENGLISH = {"the", "rain", "falls", "on", "my", "window"}


def test_there_are_ten_texts_of_each_quadrant_in_each_language():
    parallels = load_parallels()

    assert np.bincount(parallels.y).tolist() == [10] * N_QUADRANTS
    assert {code: len(set(texts)) for code, texts in parallels.texts.items()} == dict.fromkeys(
        LANGUAGES, 40
    )


def test_what_becomes_of_texts_is_counted():
    texts = ["the rain falls", "12", "Ich liebe dich so sehr", "Te quiero mucho y tú lo sabes"]

    found = tally(texts, ENGLISH)

    assert (found.n_texts, found.n_read, found.n_no_words) == (4, 1, 1)
    assert found.languages == {"de": 1, "es": 1}


def test_a_text_half_in_english_has_one_line_of_each():
    cut = cut_texts(load_parallels())

    first, second = cut["es, a line after one in English"][0].split("\n")
    assert first == cut["en, a line"][0]
    assert second == cut["es, two lines"][0].split("\n")[1]


def test_gibberish_is_the_same_each_time_and_all_different():
    assert gibberish() == gibberish()
    assert len(set(gibberish()["drawn letters, 20 words"])) == 200


@pytest.fixture(name="songs")
def _songs():
    """Embeddings around a centre for each quadrant, and the quadrants."""
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(N_QUADRANTS), 50)
    return 3 * np.eye(N_QUADRANTS, 8)[y] + rng.normal(0, 0.5, (len(y), 8)), y


def test_a_language_whose_embeddings_are_noise_is_told_at_random(songs):
    x, y = songs
    noise = np.random.default_rng(1).normal(0, 1, x.shape)

    right = across(x, y, {"same": x, "noise": noise}, y)

    assert right["same"] > 0.95
    assert right["noise"] < 0.45


def test_a_map_between_spaces_brings_moods_along(songs):
    x, y = songs
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(8, 8)))[0]
    source = np.tile(x, (20, 1)) @ turn

    there = mapped(source, np.tile(x, (20, 1)), {"turned": x @ turn})

    assert across(x, y, {"as it is": x @ turn} | there, y)["turned"] > 0.9
