import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

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


def test_a_quadrant_without_examples_is_never_the_answer(tracks):
    x, y = tracks
    seen = y != 3

    scores = fit_rbf_svm(x[seen], y[seen], c=1.0).scores(x)

    assert np.all(scores[:, 3] == -1.0)
    assert not np.any(scores.argmax(axis=1) == 3)
