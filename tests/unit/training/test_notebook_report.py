"""The part of the page that sets the notebook's figures beside those without its leaks."""

from dataclasses import replace

import numpy as np
import pytest

from models.fusion import FUSIONS
from training.experiments.fusion.notebook import CLOSED, NAMES
from training.reporting.notebook import Replication, WithoutShared, section


def _answers(y, share, rng):
    """Return answers of which some are right and the others drawn."""
    return np.where(rng.random(len(y)) < share, y, rng.integers(4, size=len(y)))


def _replication():
    rng = np.random.default_rng(14)
    y = rng.integers(4, size=60)
    drawn = [
        {name: _answers(y, share, rng) for name in names}
        for share, names in (
            (0.4, NAMES),
            (0.2, CLOSED),
            (0.3, FUSIONS),
            (0.3, NAMES),
            (0.1, CLOSED),
        )
    ]
    as_notebook, closed, ours, *without = drawn
    return Replication(
        y, np.arange(60) // 3, as_notebook, closed, ours, WithoutShared(3, 12, *without)
    )


def test_the_section_is_the_stored_one(expect_page):
    expect_page("notebook.md", section(_replication(), seed=5))


def test_without_ours_and_shared_artists_nothing_is_said_of_them():
    bare = replace(_replication(), ours={}, without_shared=None)

    page = section(bare, seed=5)

    assert "artists are worth" not in page
    assert "Ours are" not in page
    assert page.count("\n| `") == len(NAMES)


def test_intervals_are_those_of_artists_not_of_tracks():
    y, groups = np.zeros(600, np.int64), np.arange(600) // 3
    answers = groups % 2

    together, apart = (
        Replication(y, each, {}, {}).share(answers, seed=0) for each in (groups, np.arange(600))
    )

    assert together.estimate == apart.estimate == 0.5
    # Tracks in threes that are right or wrong together: wider by the root of 3.
    assert (together.high - together.low) / (apart.high - apart.low) == pytest.approx(
        1.73, abs=0.15
    )
