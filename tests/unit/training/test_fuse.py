"""Fitting fusions, the nested evaluation and its page."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from models.emotion import Modality, softmax
from models.errors import AttuneError, DatasetError
from models.fusion import FUSIONS, Evidence
from models.fusion.evidence import log_proba
from models.fusion.pool import LogOpinionPool
from models.fusion.stacking import side_by_side
from training.datasets.tracks import PairedTable
from training.experiments.fusion import comparison
from training.members.fusions import FusionData, fit_early, fit_fusions, fit_pool
from training.members.stacking import fit_logistic_regression, read_forest
from training.metrics import accuracy
from training.reporting.fusion import Evaluation, Run, page

AUDIO, LYRICS = Modality.AUDIO, Modality.LYRICS


def _drawn(proba, rng):
    return (proba.cumsum(axis=1) < rng.random((len(proba), 1))).sum(axis=1)


def _table(n_tracks, signal, seed=0):
    """Return tracks whose two modalities know different halves of the quadrant."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(n_tracks) % 4)
    arousal, valence = np.isin(y, [0, 1]), np.isin(y, [0, 3])
    audio, lyrics = rng.normal(size=(n_tracks, 5)), rng.normal(size=(n_tracks, 4))
    audio[:, 0] += signal * arousal
    lyrics[:, 0] += signal * valence
    return PairedTable(
        ids=[f"t{place}" for place in range(n_tracks)],
        y=y,
        artists=[f"artist {place // 2}" for place in range(n_tracks)],
        audio=audio.astype(np.float32),
        lyrics=lyrics.astype(np.float32),
    )


@pytest.fixture(name="lesson", scope="module")
def _lesson():
    rng = np.random.default_rng(8)
    proba = {modality: rng.dirichlet(np.ones(4), 400) for modality in Modality}
    truth = softmax(sum(np.log(each) for each in proba.values()))
    features = {m: rng.normal(size=(400, 3)).astype(np.float32) for m in Modality}
    return FusionData(Evidence(proba, features), _drawn(truth, rng), np.arange(400) // 2, seed=0)


def test_the_forest_answers_as_scikit_learns_does(lesson):
    seen = side_by_side(lesson.evidence)
    oracle = RandomForestClassifier(30, max_depth=6, random_state=0).fit(seen, lesson.y)

    forest = read_forest(oracle, np.full(4, 0.25), strength=0.0)

    np.testing.assert_allclose(
        forest.fuse(lesson.evidence), oracle.predict_proba(seen), atol=1e-12
    )


def test_the_regression_answers_as_scikit_learns_does(lesson):
    seen = log_proba(side_by_side(lesson.evidence))
    oracle = LogisticRegression(C=1.0, max_iter=1000).fit(seen, lesson.y)

    fused = fit_logistic_regression(lesson.evidence, lesson.y).fuse(lesson.evidence)

    np.testing.assert_allclose(fused, oracle.predict_proba(seen), atol=1e-9)


def test_the_pools_weights_are_those_that_made_the_labels():
    rng = np.random.default_rng(9)
    proba = {modality: rng.dirichlet(np.ones(4), 20_000) for modality in Modality}
    evidence = Evidence(proba, {})
    maker = LogOpinionPool(np.array([0.9, 0.3]), np.full(4, 0.25))
    y = _drawn(maker.fuse(evidence), rng)

    found = fit_pool(evidence, y)

    # A weight's standard deviation is about 0.01 with 20,000 labels.
    np.testing.assert_allclose(found.weights, [0.9, 0.3], atol=0.05)


def test_without_torch_the_error_names_the_extra(lesson, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "training.members.stacking_network", raising=False)

    with pytest.raises(AttuneError, match="needs torch: install the extra 'training'"):
        fit_fusions(lesson)


def test_the_early_fusion_is_calibrated_on_artists_that_it_has_not_heard():
    # An artist's two tracks are twins, their label drawn at random: who saw one knows the other.
    rng = np.random.default_rng(10)
    y = rng.permutation(np.arange(60) % 4).repeat(2)
    x = rng.normal(size=(60, 80)).repeat(2, axis=0).astype(np.float32)
    evidence = Evidence({m: np.full((120, 4), 0.25) for m in Modality}, dict.fromkeys(Modality, x))

    honest = fit_early(FusionData(evidence, y, np.arange(60).repeat(2), seed=0))
    leaky = fit_early(FusionData(evidence, y, np.arange(120), seed=0))

    # Chance's probabilities are even; who knew the twins believes what the machine says.
    assert honest.fuse(evidence).max(axis=1).mean() < 0.45
    assert leaky.fuse(evidence).max(axis=1).mean() > 0.8


@pytest.fixture(name="nothing_is_fitted")
def _nothing_is_fitted(monkeypatch):
    def fit(*_, **__):
        raise AssertionError("fitted")

    monkeypatch.setattr(comparison, "fit_system", fit)


@pytest.mark.usefixtures("nothing_is_fitted")
def test_a_table_without_a_quadrant_is_refused_at_once():
    tracks = _table(80, signal=1.0)
    kept = np.flatnonzero(tracks.y != 1)

    with pytest.raises(DatasetError, match="Q2 has none of the 60 tracks; fusions need tracks"):
        comparison.cross_validate(tracks.take(kept), seed=0, n_folds=4, n_repeats=1)


@pytest.mark.usefixtures("nothing_is_fitted")
def test_a_quadrant_of_one_artist_is_refused_at_once():
    tracks = _table(80, signal=1.0)
    kept = np.concatenate([np.flatnonzero(tracks.y != 1), np.flatnonzero(tracks.y == 1)[:3]])
    rare = tracks.take(kept)
    artists = [*rare.artists[:-3], "Ana", "Ana", "Ana"]

    with pytest.raises(
        DatasetError, match=r"All 3 tracks of Q2 are in one fold.* by 1 of the artists"
    ):
        comparison.cross_validate(replace(rare, artists=artists), seed=0, n_folds=4, n_repeats=1)


@pytest.mark.usefixtures("nothing_is_fitted")
@pytest.mark.parametrize(
    ("n_tracks", "complaint"),
    [
        (6, "3 artists cannot be spread over 4 folds"),
        (12, "No quadrant has more than 3 tracks; 4 folds need 4 of one"),
        (16, r"No quadrant has more than 4 tracks; 5 folds need 5|cannot be spread over 5"),
    ],
)
def test_a_small_table_is_refused_at_once(n_tracks, complaint):
    with pytest.raises(DatasetError, match=complaint):
        comparison.cross_validate(_table(n_tracks, signal=1.0), seed=0, n_folds=4, n_repeats=1)


def _evaluation():
    """Predictions drawn at random, of tracks in pairs of one artist."""
    rng = np.random.default_rng(12)
    y = rng.integers(4, size=60)
    proba = {name: rng.dirichlet(0.8 + np.eye(4)[y].sum(axis=0) / 99, (2, 60)) for name in FUSIONS}
    proba["log_opinion"] = 0.4 * proba["log_opinion"] + 0.6 * np.eye(4)[y]
    return Evaluation(y, np.arange(60) // 2, proba, rng.random((4, 2)))


def test_the_page_is_the_stored_one(expect_page):
    about = Run(
        "mine", "A table.", "python -m training fuse", 3, "Python and libraries", n_folds=2
    )

    expect_page("fusion.md", page(about, _evaluation()))


@pytest.mark.slow
def test_labels_that_mean_nothing_are_predicted_at_chance_by_every_fusion():
    evaluation = comparison.cross_validate(_table(200, signal=0.0), seed=0, n_folds=4, n_repeats=1)

    accuracies = [evaluation.score(accuracy, name) for name in FUSIONS]

    # 0.25 with a standard deviation of 0.03; four of them, as eleven fusions are looked at.
    assert max(accuracies) < 0.37
