import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, log_loss

from training.metrics import (
    accuracy,
    bootstrap_by_group,
    brier,
    confusion,
    ece,
    nll,
    score,
    weighted_f1,
)

METRICS = [accuracy, weighted_f1, nll, brier, ece]


@pytest.fixture(name="answers")
def _answers():
    rng = np.random.default_rng(11)
    return rng.integers(0, 4, 300), rng.dirichlet(np.ones(4), 300)


def test_metrics_agree_with_scikit_learn(answers):
    y, proba = answers
    said = proba.argmax(axis=1)

    assert score(accuracy, y, proba) == pytest.approx(accuracy_score(y, said))
    assert score(weighted_f1, y, proba) == pytest.approx(f1_score(y, said, average="weighted"))
    assert score(nll, y, proba) == pytest.approx(log_loss(y, proba))


@pytest.mark.parametrize("metric", METRICS)
def test_a_weight_of_two_is_the_same_track_twice(metric, answers):
    y, proba = answers
    y, proba = y[:30], proba[np.argsort(proba.max(axis=1))][:30]
    counts = np.repeat([1, 2], 15)

    weighted = metric(y, proba, counts[None].astype(float))
    repeated = metric(
        np.repeat(y, 2), np.repeat(proba, 2, axis=0), np.tile(np.repeat(counts / 2, 2), (1, 1))
    )

    assert weighted[0] == pytest.approx(repeated[0])


def test_ece_is_the_gap_between_confidence_and_accuracy():
    proba = np.tile([0.7, 0.1, 0.1, 0.1], (150, 1))
    half_right = np.tile([0, 1], 75)

    assert score(ece, half_right, proba) == pytest.approx(0.2)


def test_confusion_has_the_truth_in_rows():
    counts = confusion(np.array([0, 0, 3]), np.eye(4)[[0, 1, 3]])

    assert counts.tolist() == [[1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]]


def test_the_interval_is_as_wide_as_the_binomial_says_when_every_track_is_its_own_artist(answers):
    y, proba = answers

    interval = bootstrap_by_group(accuracy, y, proba, np.arange(300), np.random.default_rng(0))

    half = 1.96 * np.sqrt(interval.estimate * (1 - interval.estimate) / 300)
    assert interval.low < interval.estimate < interval.high
    # 2,000 samples place a 2.5 % point to about a tenth of the half width.
    assert (interval.high - interval.low) / 2 == pytest.approx(half, rel=0.15)


def test_tracks_of_one_artist_are_not_independent_evidence(answers):
    y, proba = answers
    tripled = np.repeat(y, 3), np.repeat(proba, 3, axis=0)

    together = bootstrap_by_group(
        accuracy, *tripled, np.repeat(np.arange(300), 3), np.random.default_rng(0)
    )
    single = bootstrap_by_group(accuracy, y, proba, np.arange(300), np.random.default_rng(0))

    assert together == single
