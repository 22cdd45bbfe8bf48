"""How what is exported is judged: on other folds than its calibration was fitted to."""

from dataclasses import replace

import numpy as np
import pytest

from models.emotion import N_QUADRANTS, Modality
from tests import small_models
from training.members.calibration import cross_calibrated
from training.members.committee import TrainingSet
from training.snapshot.evaluation import COMMITTEE, METRICS, UNKNOWN, WITHOUT, Truth, judge_folds
from training.snapshot.transfer import judge_genres, judge_transfer

AUDIO, _ = Modality
FOLDS = 5


def drawn(seed=0, n_tracks=100, distance=2.0):
    """Two algorithms' logits, one of them too sure of itself; labels; folds; the corpus."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, N_QUADRANTS, n_tracks)
    logits = {
        name: scale * (rng.normal(size=(n_tracks, N_QUADRANTS)) + distance * np.eye(4)[y])
        for name, scale in (("meek", 1.0), ("loud", 8.0))
    }
    return logits, y, np.arange(n_tracks) % FOLDS, np.full(n_tracks, "")


def test_a_fold_is_calibrated_on_the_others_alone():
    logits, y, fold, corpus = drawn()
    here = fold == 2
    other_y = np.where(here, (y + 1) % N_QUADRANTS, y)

    reply, other = (cross_calibrated(logits, labels, fold, corpus) for labels in (y, other_y))

    assert (reply.consensus[here] == other.consensus[here]).all()
    for name in logits:
        assert (reply.members[name][here] == other.members[name][here]).all()
    assert (reply.consensus[~here] != other.consensus[~here]).any()


@pytest.fixture(scope="module", name="figures")
def _figures(networked):
    return judge_folds(networked.fitted[AUDIO], 0, joined="cnn")


def test_members_and_both_committees_are_judged_on_the_same_tracks(figures):
    assert (figures["n_tracks"], figures["n_artists"]) == (120, 60)
    assert set(figures["rows"]) == {COMMITTEE, WITHOUT, "gnb", "sgd", "xgb", "svm", "cnn"}
    for row in [*figures["rows"].values(), figures["difference"]]:
        assert set(row) == set(METRICS)
        assert all(each["low"] <= each["high"] for each in row.values())


def test_the_difference_is_that_of_the_two_rows(figures):
    with_it, without = figures["rows"][COMMITTEE], figures["rows"][WITHOUT]

    for metric, reply in figures["difference"].items():
        expected = with_it[metric]["estimate"] - without[metric]["estimate"]
        assert reply["estimate"] == pytest.approx(expected, abs=2e-4)  # each is rounded
    # This network knows more than the small features, and paired intervals are narrow.
    assert figures["difference"]["accuracy"]["low"] > 0
    assert figures["difference"]["nll"]["high"] < 0


RECIPE = replace(
    small_models.RECIPES[AUDIO], algorithms=("sgd", "svm"), most_weight=3.0, aligns_corpora=True
)


def two_corpora(n_foreign=80):
    """A corpus with centres for quadrants, and one that has them elsewhere, mostly Q1 and Q4."""
    ours, theirs = (
        small_models.tracks(n, seed=seed, n_features=8) for seed, n in enumerate((160, n_foreign))
    )
    rng = np.random.default_rng(2)
    kept = (theirs.y % 3 == 0) | (rng.random(n_foreign) < 0.4)
    x = np.concatenate([ours.x, 3 * theirs.x[kept] + 20]).astype(np.float32)
    y = np.concatenate([ours.y, theirs.y[kept]])
    dataset = np.repeat(["ours", "theirs"], [160, kept.sum()])
    return TrainingSet(x, y, np.arange(len(y)), dataset)


def test_a_corpus_that_was_not_trained_on_is_judged_as_it_is_read():
    data = two_corpora()

    reply = judge_transfer(data, "theirs", 0, RECIPE)

    theirs = data.y[data.corpus == "theirs"]
    assert reply["n_tracks"] == len(theirs)
    assert set(reply["rows"]) == {UNKNOWN}
    # The other corpus' level and scale: its sounds all lie in one corner of ours.
    assert reply["rows"][UNKNOWN]["accuracy"]["estimate"] < 0.5


def test_a_genre_is_judged_by_what_the_others_tell_of_its_corpus():
    data = two_corpora()
    is_theirs = data.corpus == "theirs"
    genre = np.where(is_theirs, np.where(np.arange(len(data.y)) % 2, "odd", "even"), "")

    reply = judge_genres(data, genre, 0, RECIPE)

    assert reply["genres"] == ["even", "odd"]
    assert reply["n_tracks"] == is_theirs.sum()
    known, unknown = (reply["rows"][name]["accuracy"]["estimate"] for name in (COMMITTEE, UNKNOWN))
    assert known > 0.6
    assert known > unknown + 0.1


def test_confusion_and_reliability_stand_beside_the_figures():
    y = np.array([0, 0, 1, 2, 3])
    proba = np.eye(N_QUADRANTS)[[0, 1, 1, 2, 3]] * 0.6 + 0.1

    reply = Truth(y, np.arange(5), 0).table({COMMITTEE: proba})

    assert reply["majority"] == 0.4
    assert reply["confusion"][COMMITTEE][0] == [0.2, 0.2, 0, 0]
    bins = reply["reliability"][COMMITTEE]
    assert [each["n"] for each in bins] == [1] * 5
    assert sum(each["accuracy"] for each in bins) == 4
    assert all(each["confidence"] == pytest.approx(0.7) for each in bins)
