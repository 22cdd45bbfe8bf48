"""A committee: where its members stand, what they say together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.committee import Committee, sharpen
from models.emotion import N_QUADRANTS, Modality, entropy, softmax
from tests import small_models

TEMPERATURES = {"gnb": 1.7, "sgd": 1.3, "xgb": 0.9, "svm": 0.6}


def committee():
    families = {
        "gnb": small_models.gnb(),
        "sgd": small_models.sgd(),
        "xgb": small_models.xgb(),
        "svm": small_models.svm(),
    }
    learners = {name: families[name] for name in ("gnb", "sgd", "xgb")}
    return Committee(small_models.N_FOLDS, families, learners, TEMPERATURES)


def distributions(seed, n=5):
    return np.random.default_rng(seed).dirichlet(np.ones(N_QUADRANTS), n)


def test_members_stand_by_algorithm_then_by_fold_and_are_calibrated():
    whole, x = committee(), small_models.tracks(9).x

    logits = whole.member_logits(x)

    assert logits.shape == (4 * small_models.N_FOLDS, 9, N_QUADRANTS)
    for name, family in whole.families.items():
        expected = family.logits(x) / TEMPERATURES[name]
        assert (logits[whole.rows(name)] == expected).all()


@given(st.integers(0, 1_000), st.floats(0.2, 5))
def test_the_consensus_is_the_sharpened_mean_whatever_the_order_of_members(seed, sharpness):
    whole = Committee(small_models.N_FOLDS, {}, {}, {}, sharpness)
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 5, (12, 6, N_QUADRANTS))

    reply = whole.consensus(rng.permutation(logits))

    assert reply == pytest.approx(sharpen(softmax(logits).mean(axis=0), sharpness))


@given(st.integers(0, 1_000), st.floats(1, 10))
def test_sharpening_keeps_the_order_of_quadrants_and_takes_doubt_away(seed, exponent):
    proba = distributions(seed)

    sharper = sharpen(proba, exponent)

    assert sharper.sum(axis=1) == pytest.approx(1)
    assert (sharper.argsort(axis=1) == proba.argsort(axis=1)).all()
    assert (entropy(sharper) <= entropy(proba) + 1e-9).all()


@pytest.mark.parametrize("exponent", [1e-2, 1, 100])
def test_certainty_stays_certain(exponent):
    assert sharpen(np.eye(N_QUADRANTS), exponent) == pytest.approx(np.eye(N_QUADRANTS))


@pytest.mark.parametrize("modality", Modality)
@pytest.mark.parametrize("name", ["shipped", "with_cnn"])
def test_a_real_committee_is_five_members_an_algorithm_each_of_whom_says_something_else(
    request, name, modality
):
    snapshot = request.getfixturevalue(name)
    whole = snapshot.committees[modality]
    (track,) = small_models.drawn_tracks(snapshot, 1)

    proba = softmax(track.population_prediction.member_logits[modality])

    assert [name for name in whole.families if name != "cnn"] == ["gnb", "sgd", "xgb", "svm"]
    assert list(whole.learners) == [name for name in whole.families if name != "svm"]
    assert proba.shape == (5 * len(whole.families), N_QUADRANTS)
    assert len(np.unique(proba.round(9), axis=0)) == len(proba)


def beside_a_network():
    """Families over six features, last layers over six more."""
    families = {"sgd": small_models.sgd(), "svm": small_models.svm(), "cnn": small_models.cnn()}
    learners = {name: families[name] for name in ("sgd", "cnn")}
    temperatures = {"sgd": 1.3, "svm": 0.6, "cnn": 2.0}
    return Committee(
        small_models.N_FOLDS,
        families,
        learners,
        temperatures,
        n_common=small_models.N_FEATURES,
        apart=frozenset({"cnn"}),
    )


def test_an_algorithm_apart_reads_what_no_other_reads():
    whole = beside_a_network()
    common, own = small_models.tracks(9).x, small_models.tracks(9, seed=1).x

    logits = whole.member_logits(np.hstack([common, own]))

    assert (logits[whole.rows("cnn")] == small_models.cnn().logits(own) / 2.0).all()
    for name in ("sgd", "svm"):
        family, temperature = whole.families[name], whole.temperatures[name]
        assert logits[whole.rows(name)] == pytest.approx(family.logits(common) / temperature)


@pytest.mark.parametrize("name", ["sgd", "svm", "cnn"])
def test_features_are_read_where_they_lie(name):
    x = np.hstack([small_models.tracks(9).x, small_models.tracks(9, seed=1).x])

    read = beside_a_network().read_by(name, x)

    assert np.shares_memory(read, x)
    assert read.shape == (9, small_models.N_FEATURES)
