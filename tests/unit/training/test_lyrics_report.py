"""What the page about lyrics counts and compares."""

import numpy as np
import pytest

from models.emotion import N_QUADRANTS
from training.experiments.languages.detection import LANGUAGES, load_parallels, tally
from training.experiments.languages.evaluation import across

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
