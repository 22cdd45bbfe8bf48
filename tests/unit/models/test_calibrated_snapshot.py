"""A snapshot under a calibration: all that is told follows from the shifted distribution."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calibration.catalogue import CatalogueCalibration
from models.catalogue_pool import TrackTable, member_proba
from models.emotion import QUADRANTS, softmax
from models.personal.logistic import (
    components_in,
    n_columns,
    proba_in,
    recalibrated_features,
    track_features,
)
from models.prediction.batches import predict_population_all
from models.prediction.predictor import predict_all, predict_population
from models.track import Track
from tests import small_service
from tests.fakes import features

OFFSET = np.array([0.9, 0.4, -0.8, -0.5])
CALIBRATION = CatalogueCalibration(OFFSET, {"n_tracks": 30, "n_answers": 4}, {})
BASE = small_service.snapshot()
SHARED = BASE.under(CALIBRATION)
N_COMPONENTS = 3


def shifted(proba):
    return softmax(np.log(proba) + OFFSET)


def track_of(snapshot, seed, **has):
    given_features = features(seed=seed, **has)
    return Track(f"t{seed}", given_features, predict_population(snapshot, given_features))


def told(snapshot, tracks, *, personal=None, fusion="average"):
    return predict_all(snapshot, tracks, personal=personal, fusion=fusion)


@given(st.integers(0, 2**32 - 1))
def test_a_sketch_holds_distribution_and_components(seed):
    rng = np.random.default_rng(seed)
    proba, phi = rng.dirichlet(np.full(4, 0.3), 20), rng.normal(size=(20, N_COMPONENTS))

    rows = track_features(proba, phi)

    assert rows.shape == (20, n_columns(N_COMPONENTS))
    np.testing.assert_allclose(proba_in(rows), proba, atol=3e-7)
    np.testing.assert_allclose(components_in(rows), phi, atol=1e-6)


def test_a_redrawn_sketch_is_that_of_the_shifted_distribution_in_any_company():
    rng = np.random.default_rng(0)
    proba, phi = rng.dirichlet(np.ones(4), 1001), rng.normal(size=(1001, N_COMPONENTS))
    before = track_features(proba, phi)

    after = recalibrated_features(before, CALIBRATION)

    np.testing.assert_allclose(after, track_features(shifted(proba), phi), atol=2e-6)
    np.testing.assert_array_equal(after[:, 3:], before[:, 3:])
    alone = [recalibrated_features(row[None], CALIBRATION)[0] for row in before]
    np.testing.assert_array_equal(after, alone)


def test_without_a_calibration_nothing_is_shifted():
    assert BASE.serving_version == BASE.version
    assert SHARED.under(None).serving_version == BASE.version
    assert SHARED.serving_version == f"{BASE.version}+{CALIBRATION.version}"


@pytest.mark.parametrize("has", [{}, {"lyrics": False}], ids=str)
@pytest.mark.parametrize("fusion", ["average", "audio"])
def test_every_distribution_is_shifted(fusion, has):
    tracks = [track_of(BASE, seed, **has) for seed in range(5)]

    for before, after in zip(
        told(BASE, tracks, fusion=fusion), told(SHARED, tracks, fusion=fusion), strict=True
    ):
        np.testing.assert_allclose(after.proba, shifted(before.proba))
        assert after.quadrant is QUADRANTS[shifted(before.proba).argmax()]
        for modality, proba in before.modalities.items():
            np.testing.assert_allclose(after.modalities[modality], shifted(proba))
        for first, second in zip(before.segments, after.segments, strict=True):
            np.testing.assert_allclose(second.proba, shifted(first.proba))


def test_a_belief_holds_the_sketch_of_what_is_told():
    track = track_of(SHARED, 2)
    (heard,) = told(SHARED, [track])

    together = predict_population_all(SHARED, [track.features])[0]

    np.testing.assert_allclose(
        proba_in(track.population_prediction.sketch[None])[0], heard.proba, atol=1e-6
    )
    np.testing.assert_array_equal(together.sketch, track.population_prediction.sketch)
    for modality, logits in track_of(BASE, 2).population_prediction.member_logits.items():
        np.testing.assert_array_equal(track.population_prediction.member_logits[modality], logits)


def test_every_member_is_shifted():
    table = TrackTable.of([track_of(BASE, seed) for seed in range(4)])

    before, after = (member_proba(snapshot, table, None) for snapshot in (BASE, SHARED))

    np.testing.assert_allclose(after, shifted(before))
