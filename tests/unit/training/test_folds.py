import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import DatasetError
from training.datasets.folds import artist_groups, artist_key, grouped_folds


@pytest.fixture(name="tracks")
def _tracks():
    rng = np.random.default_rng(2)
    return rng.integers(0, 4, 400), rng.integers(0, 150, 400)


def test_no_artist_is_on_both_sides_of_a_fold(tracks):
    y, groups = tracks

    shared = [
        set(groups[train]) & set(groups[test]) for train, test in grouped_folds(y, groups, 5, 0)
    ]

    assert shared == [set()] * 5


def test_every_track_is_judged_exactly_once(tracks):
    y, groups = tracks

    judged = np.concatenate([test for _, test in grouped_folds(y, groups, 5, 0)])

    assert np.array_equal(np.sort(judged), np.arange(400))


def test_every_fold_has_nearly_the_same_share_of_each_quadrant(tracks):
    y, groups = tracks

    shares = [
        np.bincount(y[test], minlength=4) / len(test) for _, test in grouped_folds(y, groups, 5, 0)
    ]

    # Folds hold about 80 tracks of whole artists: a few tracks either way is 5 %.
    assert np.abs(np.array(shares) - np.bincount(y) / 400).max() < 0.06


def test_more_folds_than_artists_are_refused():
    with pytest.raises(DatasetError, match="2 artists cannot be spread over 3 folds"):
        next(grouped_folds(np.array([0, 1, 2]), np.array([0, 0, 1]), 3, 0))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Brown, Ruth", "Ruth Brown"),
        ("Who [1]", "The Who"),
        ("SUM 41", "Sum 41"),
        ("Bj\u00f6rk", "Bjork"),
        ("Guns N' Roses", "Guns N\u2019 Roses"),
        ("Simon & Garfunkel", "Simon and Garfunkel"),
    ],
)
def test_spellings_of_one_artist_meet(one, other):
    assert artist_key(one) == artist_key(other)


@given(st.lists(st.sampled_from(["", " ", "Ana", "ana", "Bo"]), min_size=1))
def test_tracks_without_an_artist_are_each_their_own_group(artists):
    groups = artist_groups(artists)

    unknown = [group for group, name in zip(groups, artists, strict=True) if not name.strip()]
    known = {group for group, name in zip(groups, artists, strict=True) if name.strip()}
    assert len(set(unknown)) == len(unknown)
    assert not known & set(unknown)
    assert len(known) == len({name.casefold() for name in artists if name.strip()})


@pytest.mark.parametrize("name", ["The The", "The Band", "\u5f20\u5b66\u53cb"])
def test_a_name_is_never_lost(name):
    assert artist_key(name)
