"""What ``make bench-fuse`` measures, at a tenth of the size."""

import numpy as np
import pytest

from tests.bench import fuse

pytestmark = pytest.mark.slow
N_ROWS = fuse.ROWS // 10


@pytest.fixture(scope="module", name="pair")
def _pair():
    return fuse.tables(N_ROWS, seed=0)


@pytest.fixture(scope="module", name="measured")
def _measured(pair):
    return fuse.measure(*pair, seed=0)


def test_the_pair_is_of_the_notebooks_size_and_shares_no_artist(pair):
    train, test = pair

    assert train.audio.shape == (N_ROWS, 498)
    assert test.lyrics.shape == (N_ROWS // 4, 768)
    assert not set(train.artists) & set(test.artists)
    assert np.bincount(train.y).min() > N_ROWS / 6


def test_the_honest_figures_take_at_most_twice_what_the_notebooks_svms_take(measured):
    assert measured.ratio <= 2


def test_both_sides_learn_something(measured):
    # Chance is 0.25 with a standard deviation of 0.03 over 271 tracks in fours of an artist.
    assert min(measured.accuracy) > 0.29


def test_the_page_adds_up_what_was_measured(pair, measured):
    page = fuse.report(*pair, measured, seed=0)

    total = sum(step.spent_s for step in measured.notebook)
    assert f"| **notebook, all** | **{total:.1f}** |" in page
    assert f"take **{measured.ratio:.2f}** times" in page
    assert f"--rows {N_ROWS} --seed 0" in page
