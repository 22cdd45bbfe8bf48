"""What is each corpus' own: level and scale, weights of quadrants, offsets."""

import numpy as np
import pytest

from models.emotion import N_QUADRANTS, softmax
from tests import small_models
from training.members.calibration import calibrate, calibrate_parts, fit_offsets
from training.members.committee import Recipe, TrainingSet, fit_committee
from training.members.corpus_offsets import balanced_weights, fit_corpus_scales, with_offsets

OURS, THEIRS = "ours", "theirs"


@pytest.fixture(name="drawn")
def _drawn():
    """Features of two corpora of other levels and scales, one of them larger."""
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(size=(60, 3)), rng.normal(7, 4, (40, 3))]).astype(np.float32)
    return x, np.repeat([OURS, THEIRS], [60, 40])


def test_corpora_are_brought_to_the_level_and_scale_of_the_largest(drawn):
    x, dataset = drawn

    scales = fit_corpus_scales(x, dataset)

    aligned = scales.align(x, dataset)
    assert scales.reference == OURS
    assert (scales.align(x, np.full(100, "new")) == x).all()  # no known corpus
    assert (aligned[:60] == x[:60]).all()
    assert aligned[60:].mean(axis=0) == pytest.approx(x[:60].mean(axis=0), abs=1e-5)
    assert aligned[60:].std(axis=0) == pytest.approx(x[:60].std(axis=0), abs=1e-5)


def test_the_quadrants_of_a_corpus_weigh_alike_and_no_track_too_much():
    y = np.repeat([0, 1, 2, 3, 0, 1, 2, 3], [10, 10, 10, 10, 36, 30, 30, 4])
    dataset = np.repeat([OURS, THEIRS], [40, 100])

    weights = balanced_weights(y, dataset, most=3.0)

    assert weights[:40] == pytest.approx(1)
    assert weights[40 + np.array([0, 36, 96])] == pytest.approx([25 / 36, 25 / 30, 3])


def test_offsets_move_the_tracks_of_their_corpus_alone():
    proba = np.full((3, N_QUADRANTS), 0.25)
    offsets = {OURS: np.log([2.0, 1, 1, 1])}

    reply = with_offsets(proba, np.array([OURS, THEIRS, ""]), offsets)

    assert reply[0] == pytest.approx([0.4, 0.2, 0.2, 0.2])
    assert (reply[1:] == 0.25).all()
    scores, y = np.zeros((50, 4)), np.arange(50) % 4
    assert fit_offsets(scores, y, np.full(50, ""))[1] == {}  # one corpus has none


def test_offsets_are_found_that_tell_corpora_apart():
    rng = np.random.default_rng(1)
    n = 4_000
    dataset = np.repeat([OURS, THEIRS], n // 2)
    truth = {OURS: np.zeros(4), THEIRS: np.array([1.0, -0.5, -1.0, 0.5])}
    scores = rng.normal(0, 2, (n, N_QUADRANTS))
    proba = softmax(scores / 2 + np.stack([truth[name] for name in dataset]))
    y = (rng.random((n, 1)) > proba.cumsum(axis=1)).sum(axis=1)

    temperature, offsets = fit_offsets(scores, y, dataset)

    assert temperature == pytest.approx(2, rel=0.1)
    for name, expected in truth.items():
        assert offsets[name] == pytest.approx(expected, abs=0.15)


def test_each_choice_of_algorithms_has_the_sharpness_that_it_would_be_given_alone():
    rng = np.random.default_rng(3)
    y, dataset = rng.integers(0, 4, 300), np.repeat([OURS, THEIRS], [200, 100])
    logits = {
        name: scale * (rng.normal(size=(300, 4)) + np.eye(4)[y])
        for name, scale in (("gnb", 1.0), ("sgd", 4.0), ("svm", 0.5))
    }
    whole = calibrate(logits, y, dataset)

    sharpness_of = calibrate_parts(whole, logits, y, dataset)

    assert len(sharpness_of) == 6
    pair = {name: logits[name] for name in ("sgd", "svm")}
    assert sharpness_of[frozenset(pair)] == calibrate(pair, y, dataset).sharpness


def test_a_committee_of_two_corpora_reads_a_known_one_by_its_own_level_and_scale():
    ours, theirs = (small_models.tracks(n, seed=n, n_features=8) for n in (160, 120))
    x = np.concatenate([ours.x, 3 * theirs.x + 20]).astype(np.float32)
    y, dataset = np.r_[ours.y, theirs.y], np.repeat([OURS, THEIRS], [160, 120])
    recipe = Recipe(algorithms=("sgd", "svm"), most_weight=3.0, aligns_corpora=True)

    fitted = fit_committee(TrainingSet(x, y, np.arange(280), dataset), recipe, seed=0, title="")

    fresh = small_models.tracks(400, seed=9, n_features=8)
    foreign = (3 * fresh.x + 20).astype(np.float32)
    known = fitted.consensus(foreign, np.full(400, THEIRS)).argmax(axis=1) == fresh.y
    unknown = fitted.consensus(foreign).argmax(axis=1) == fresh.y
    assert known.mean() > 0.6
    assert known.mean() > unknown.mean() + 0.15
    # Out of fold: as the corpus' own, and as the service would read it.
    own = dataset == THEIRS
    reply, served = fitted.out_of_fold[own], fitted.served_out_of_fold[own]
    assert (reply.argmax(axis=1) == y[own]).mean() > (served.argmax(axis=1) == y[own]).mean() + 0.1
    assert fitted.served_out_of_fold[~own] == pytest.approx(fitted.out_of_fold[~own], abs=1e-6)


def test_a_feature_that_never_varies_in_a_corpus_stays_finite(drawn):
    x, dataset = drawn
    x[60:, 1] = 3

    aligned = fit_corpus_scales(x, dataset).align(x, dataset)

    assert np.isfinite(aligned).all()
    assert aligned[60:, 1] == pytest.approx(x[:60, 1].mean(), abs=1e-6)
