"""How what is exported is judged: on other folds than its calibration was fitted to."""

import numpy as np
import pytest

from models.emotion import N_QUADRANTS, Modality, softmax
from tests import small
from training.calibration import calibrate, cross_calibrated
from training.judging import COMMITTEE, METRICS, WITHOUT, Truth, judge_abroad, judge_folds

AUDIO, _ = Modality
FOLDS = 5


def drawn(seed=0, n_tracks=100, distance=2.0):
    """Two algorithms' logits, one of them too sure of itself; labels; folds."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, N_QUADRANTS, n_tracks)
    logits = {
        name: scale * (rng.normal(size=(n_tracks, N_QUADRANTS)) + distance * np.eye(4)[y])
        for name, scale in (("meek", 1.0), ("loud", 8.0))
    }
    return logits, y, np.arange(n_tracks) % FOLDS


def test_calibration_takes_back_what_is_too_loud():
    logits, y, _ = drawn(n_tracks=2_000)

    fitted = calibrate(logits, y)

    assert fitted.temperatures["loud"] == pytest.approx(8 * fitted.temperatures["meek"], rel=0.15)
    assert fitted.member("loud", logits["loud"]) == pytest.approx(
        softmax(logits["loud"] / fitted.temperatures["loud"])
    )


def test_a_fold_is_calibrated_on_the_others_alone():
    logits, y, fold = drawn()
    here = fold == 2
    other_y = np.where(here, (y + 1) % N_QUADRANTS, y)

    told, other = (cross_calibrated(logits, labels, fold) for labels in (y, other_y))

    assert (told.consensus[here] == other.consensus[here]).all()
    for name in logits:
        assert (told.members[name][here] == other.members[name][here]).all()
    assert (told.consensus[~here] != other.consensus[~here]).any()


def test_all_that_is_told_is_a_distribution():
    told = cross_calibrated(*drawn())

    for proba in (told.consensus, *told.members.values()):
        assert proba.sum(axis=1) == pytest.approx(1)


@pytest.fixture(scope="module", name="figures")
def _figures(networked):
    fitted = networked.fitted[AUDIO]
    corpus = small.corpus()
    truth = Truth(fitted.y, corpus.groups[corpus.has[AUDIO]], 0)
    return judge_folds(fitted, truth, joined="cnn")


def test_members_and_both_committees_are_judged_on_the_same_tracks(figures):
    assert (figures["n_tracks"], figures["n_artists"]) == (120, 60)
    assert set(figures["rows"]) == {COMMITTEE, WITHOUT, "gnb", "sgd", "xgb", "svm", "cnn"}
    for row in [*figures["rows"].values(), figures["difference"]]:
        assert set(row) == set(METRICS)
        assert all(each["low"] <= each["high"] for each in row.values())


def test_the_difference_is_that_of_the_two_rows(figures):
    with_it, without = figures["rows"][COMMITTEE], figures["rows"][WITHOUT]

    for metric, told in figures["difference"].items():
        expected = with_it[metric]["estimate"] - without[metric]["estimate"]
        assert told["estimate"] == pytest.approx(expected, abs=2e-4)  # each is rounded
    # This network knows more than the small features, and paired intervals are narrow.
    assert figures["difference"]["accuracy"]["low"] > 0
    assert figures["difference"]["nll"]["high"] < 0


def test_a_network_that_knows_nothing_is_told_to_be_quiet(networked):
    fitted = networked.fitted[AUDIO]
    noise = np.random.default_rng(0).normal(size=fitted.logits_out_of_fold["cnn"].shape)
    deaf = {**fitted.logits_out_of_fold, "cnn": 5 * noise}
    corpus = small.corpus()
    truth = Truth(fitted.y, corpus.groups[corpus.has[AUDIO]], 0)

    told = cross_calibrated(deaf, truth.y, fitted.fold)

    # Nearly uniform: ln 4 = 1.386.
    assert truth.figures(told.members["cnn"])["nll"]["estimate"] == pytest.approx(1.386, abs=0.03)


def test_abroad_every_committee_is_judged_beside_the_largest_quadrant(networked):
    fresh, _ = small.networked(small.corpus(seed=7))
    has = fresh.has[AUDIO]
    fitted = networked.fitted[AUDIO]
    committees = {COMMITTEE: fitted.committee, WITHOUT: fitted.without("cnn")}

    told = judge_abroad(
        committees, fresh.features[AUDIO][has], Truth(fresh.y[has], fresh.groups[has], 0)
    )

    assert told["majority"] == 0.25
    assert set(told["rows"]) == {COMMITTEE, WITHOUT}
    better, worse = (told["rows"][name]["nll"]["estimate"] for name in (COMMITTEE, WITHOUT))
    assert better < worse
