"""Features of a catalogue side by side."""

from dataclasses import replace

import numpy as np
import pytest

from models.catalogue_pool import TrackTable
from models.emotion import Modality
from models.query.features import side_by_side
from models.track import Track
from tests.fakes import N_FEATURES, features, predict_population
from tests.house import snapshot

COMMITTEES = snapshot().committees


def track(track_id, **which):
    given = features(seed=sum(track_id.encode()), **which)
    return Track(track_id, given, predict_population(given))


def test_every_track_has_its_row_and_nan_for_what_it_lacks():
    both, heard, read = track("b"), track("a", lyrics=False), track("c", audio=False)

    rows = side_by_side(TrackTable.of([both, heard, read]), COMMITTEES)

    lacking = np.full(N_FEATURES, np.nan)
    expected = [
        [*heard.features.audio.vector, *lacking],
        [*both.features.audio.vector, *both.features.lyrics],
        [*lacking, *read.features.lyrics],
    ]
    assert rows.dtype == np.float32
    assert np.array_equal(rows, np.array(expected, np.float32), equal_nan=True)


@pytest.mark.parametrize("which", ["audio", "lyrics"])
def test_of_one_modality_there_is_one(which):
    other = {"audio": "lyrics", "lyrics": "audio"}[which]

    rows = side_by_side(TrackTable.of([track("a", **{other: False})]), COMMITTEES)

    assert rows.shape == (1, N_FEATURES)
    assert not np.isnan(rows).any()


def test_no_track_has_no_row():
    assert side_by_side(TrackTable.of([]), COMMITTEES).shape == (0, 0)


def test_a_networks_own_features_are_left_out():
    narrow = {m: replace(committee, n_common=2) for m, committee in COMMITTEES.items()}
    both = track("b")

    rows = side_by_side(TrackTable.of([both]), narrow)

    given = both.features
    expected = [*given.vector(Modality.AUDIO)[:2], *given.vector(Modality.LYRICS)[:2]]
    assert rows.tolist() == [pytest.approx(expected)]
