import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from models.members.rbf_svm import RbfSvm
from training.members.svm import balanced, fit_rbf_svm


@pytest.fixture(name="tracks")
def _tracks():
    rng = np.random.default_rng(7)
    y = np.arange(120) % 4
    x = rng.normal(size=(120, 12)) * rng.uniform(0.1, 30.0, 12) + rng.normal(size=(4, 12))[y] * 8.0
    return x.astype(np.float32), y


@pytest.mark.parametrize("class_weight", [None, "balanced"])
@pytest.mark.parametrize(("c", "gamma"), [(1.0, "scale"), (0.3, 0.05), (10.0, 0.01)])
def test_scores_equal_scikit_learns_decision_values(tracks, c, gamma, class_weight):
    x, y = tracks
    scaler = StandardScaler().fit(x[:90])
    z, unseen = scaler.transform(x[:90]), scaler.transform(x[90:])
    oracle = [
        SVC(C=c, gamma=gamma, class_weight=class_weight)
        .fit(z, y[:90] == k)
        .decision_function(unseen)
        for k in range(4)
    ]

    weight = None if class_weight is None else balanced(y[:90])
    machine = fit_rbf_svm(x[:90], y[:90], c=c, gamma=gamma, weight=weight)

    # The optimiser stops at a tolerance of 1e-3 and rounding decides where within it.
    np.testing.assert_allclose(machine.scores(x[90:]), np.stack(oracle, axis=1), atol=2e-3)


def test_a_machine_survives_its_arrays_exactly(tracks):
    x, y = tracks
    machine = fit_rbf_svm(x, y, c=1.0)

    again = RbfSvm.from_arrays(machine.to_arrays())

    assert np.array_equal(again.scores(x), machine.scores(x))


@pytest.mark.parametrize("present", [[0, 1, 2], [2]])
def test_a_quadrant_without_examples_is_never_the_answer(tracks, present):
    x, y = tracks
    is_seen = np.isin(y, present)

    scores = fit_rbf_svm(x[is_seen], y[is_seen], c=1.0).scores(x)

    assert (np.delete(scores, present, axis=1) == -1.0).all()
    assert np.isin(scores.argmax(axis=1), present).all()


def test_a_constant_feature_changes_nothing_and_divides_by_nothing(tracks):
    x, y = tracks
    padded = np.hstack([x, np.full((len(x), 1), 3.0, np.float32)])

    scores = fit_rbf_svm(padded, y, c=1.0, gamma=0.05).scores(padded)

    np.testing.assert_allclose(scores, fit_rbf_svm(x, y, c=1.0, gamma=0.05).scores(x), atol=1e-5)
