"""Weighted F1 from counts: the same figures as one by one."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from training import metrics
from training.experiments.active_learning.plan import UnitKey
from training.experiments.active_learning.report.curves import unit_curves
from training.experiments.active_learning.results import Unit
from training.experiments.splits import JudgedTracks
from training.reporting.scores import CONSENSUS, SINGLE, confusions, slopes, weighted_f1

ALL, WARM, COLD = range(3)


def _judged(n_tracks, seed=0, n_quadrants=4):
    rng = np.random.default_rng(seed)
    return JudgedTracks(rng.integers(n_quadrants, size=n_tracks), rng.random(n_tracks) < 0.4)


def _unit(n_tracks=23, seed=1):
    rng = np.random.default_rng(seed)
    return Unit(
        key=UnitKey("ada", 0, "mc", "successive"),
        judged=_judged(n_tracks, seed),
        n_labels=np.array([0, 4, 8]),
        labelled=np.arange(8),
        predictors=["gnb", "sgd", "committee"],
        proba=rng.dirichlet(np.ones(4), size=(3, 3, n_tracks)).astype(np.float32),
        answers=rng.integers(4, size=(3, 10, n_tracks)).astype(np.int8),
        seconds={"asking": 0.1},
    )


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n_quadrants", [1, 3, 4])
def test_f1_is_that_of_the_metrics_and_of_scikit_learn(seed, n_quadrants):
    judged = _judged(17, seed, n_quadrants)  # few tracks: some quadrants are missing
    answered = np.random.default_rng(seed + 100).integers(4, size=(2, 3, 17))

    found = weighted_f1(confusions(judged.y, judged.is_cold, answered))

    parts = [np.full(17, fill_value=True), ~judged.is_cold, judged.is_cold]
    for part, is_in in enumerate(parts):
        for place in np.ndindex(2, 3):
            y, said = judged.y[is_in], answered[place][is_in]
            theirs = f1_score(y, said, average="weighted", zero_division=0)
            ours = metrics.score(metrics.weighted_f1, y, np.eye(4)[said])
            assert found[(part, *place)] == pytest.approx(theirs, abs=1e-12)
            assert found[(part, *place)] == pytest.approx(ours, abs=1e-12)


def test_curves_are_means_of_single_models_and_scores_of_mean_distributions():
    unit = _unit()
    y = unit.judged.y

    curves = unit_curves(unit)

    assert curves.shape == (3, 2, 3, 3)
    for at in range(3):
        single = [f1_score(y, said, average="weighted") for said in unit.answers[at]]
        assert curves[ALL, SINGLE, 0, at] == pytest.approx(np.mean(single[:5]))
        assert curves[ALL, SINGLE, 1, at] == pytest.approx(np.mean(single[5:]))
        assert curves[ALL, SINGLE, 2, at] == pytest.approx(np.mean(single))
        for place in range(3):
            said = unit.proba[at, place].argmax(axis=1)
            expected = f1_score(y, said, average="weighted")
            assert curves[ALL, CONSENSUS, place, at] == pytest.approx(expected)


def test_slopes_are_those_of_a_fitted_line():
    rng = np.random.default_rng(3)
    curves, n_labels = rng.random((4, 5, 6)), np.array([0, 4, 8, 12, 16, 17])

    found = slopes(curves, n_labels)

    for place in np.ndindex(4, 5):
        assert found[place] == pytest.approx(np.polyfit(n_labels, curves[place], 1)[0])


def test_a_curve_without_labels_has_no_slope():
    assert slopes(np.array([0.2, 0.4]), np.array([0, 0])) == 0.0
