"""Training from end to end on small corpora: what it learns, and what it must not see."""

from dataclasses import replace

import numpy as np
import pytest

from models.emotion import N_QUADRANTS, Modality
from models.errors import DatasetError
from models.fusion import FUSIONS, Evidence
from tests import small_models
from training.datasets.tracks import PointLabels
from training.members.committee import ALGORITHMS, Recipe, TrainingSet, fit_committee
from training.members.corpus import Corpus
from training.members.fusions import fit_pool
from training.members.pipeline import fit_readout, fit_system, predict
from training.metrics import nll, score
from training.snapshot.evaluation import judge

AUDIO, LYRICS = Modality
RECIPE = small_models.RECIPES[AUDIO]


def labelled(x, y, groups):
    return TrainingSet(x.astype(np.float32), y, groups)


def accuracy(proba, y):
    return (proba.argmax(axis=1) == y).mean()


def test_what_is_there_to_learn_is_learnt_and_told_of_tracks_not_seen(fitted):
    fresh = small_models.corpus(seed=7)

    said = predict(fitted, fresh)

    both = fresh.has[AUDIO] & fresh.has[LYRICS]
    for modality in Modality:
        has = fresh.has[modality]
        # Centres 2 sd from the origin, 2.8 from each other: .25 is chance.
        assert accuracy(said.consensus[modality][has], fresh.y[has]) > 0.65
        for algorithm in ALGORITHMS:
            assert accuracy(said.members[modality][algorithm][has], fresh.y[has]) > 0.5
    for name in FUSIONS:
        assert accuracy(said.fused[name][both], fresh.y[both]) > 0.65


def test_two_modalities_together_know_more_than_either(fitted):
    fresh = small_models.corpus(n_tracks=1_000, seed=8)
    both = fresh.has[AUDIO] & fresh.has[LYRICS]

    said = predict(fitted, fresh)

    alone = max(accuracy(said.consensus[m][both], fresh.y[both]) for m in Modality)
    assert accuracy(said.fused["log_opinion"][both], fresh.y[both]) > alone + 0.03


def test_every_prediction_is_a_distribution_and_uniform_where_nothing_was_judged(fitted):
    fresh = small_models.corpus(seed=7)

    said = predict(fitted, fresh)

    message = [*said.consensus.values(), *said.fused.values()]
    message += [proba for by_name in said.members.values() for proba in by_name.values()]
    for proba in message:
        assert proba.shape == (len(fresh), N_QUADRANTS)
        assert proba.sum(axis=1) == pytest.approx(1)
    assert (said.consensus[AUDIO][~fresh.has[AUDIO]] == 0.25).all()
    assert (said.fused["log_opinion"][~fresh.has[LYRICS]] == 0.25).all()


def test_the_same_seed_fits_the_same_system(fitted):
    again = fit_system(small_models.corpus(), seed=0, recipes=small_models.RECIPES)

    fresh = small_models.corpus(seed=7)
    one, other = predict(fitted, fresh), predict(again, fresh)
    for modality in Modality:
        assert (one.consensus[modality] == other.consensus[modality]).all()
    for name in FUSIONS:
        assert one.fused[name] == pytest.approx(other.fused[name], abs=1e-6)


def test_what_is_told_out_of_fold_is_calibrated():
    part = small_models.tracks(400, n_features=8)

    fitted = fit_committee(
        labelled(part.x, part.y, np.arange(400) // 2), RECIPE, seed=0, title="calibration"
    )

    confidence = fitted.out_of_fold.max(axis=1)
    right = fitted.out_of_fold.argmax(axis=1) == part.y
    # 400 answers right at rate .6 have a standard error of .024: three of them.
    assert confidence.mean() == pytest.approx(right.mean(), abs=0.075)
    assert fitted.out_of_fold.sum(axis=1) == pytest.approx(1)


def test_with_labels_shuffled_nothing_is_learnt():
    n_tracks = 240
    part = small_models.tracks(n_tracks, n_features=8, distance=4)
    shuffled = np.random.default_rng(1).permutation(part.y)

    fitted = fit_committee(
        labelled(part.x, shuffled, np.arange(n_tracks) // 2), RECIPE, seed=0, title="shuffled"
    )

    # Each answer is right at rate .25: a binomial share of 240 has the standard error
    # sqrt(.25 * .75 / 240) = .028; four of them. A committee that was scored on tracks it had
    # been fitted on would reach .6 and more, as its members do below.
    assert accuracy(fitted.out_of_fold, shuffled) == pytest.approx(0.25, abs=0.112)
    for proba in fitted.member_out_of_fold.values():
        assert accuracy(proba, shuffled) == pytest.approx(0.25, abs=0.112)
    seen = fitted.committee.consensus(fitted.committee.member_logits(part.x))
    assert accuracy(seen, shuffled) > 0.6


def signed_by_artist(n_artists=120, n_each=3, seed=0):
    """Tracks by whose sound one knows the artist and nothing else; each artist has a quadrant."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(n_artists), n_each)
    y = rng.integers(0, N_QUADRANTS, n_artists)[groups]
    x = rng.normal(0, 3, (n_artists, 12))[groups] + rng.normal(0, 0.1, (len(groups), 12))
    return labelled(x, y, groups)


def test_an_artist_who_was_heard_helps_with_none_of_that_artists_tracks():
    data = signed_by_artist()

    fitted = fit_committee(data, Recipe(n_components=5, xgb_rounds=10), seed=0, title="artists")

    # Artists, 120, are the independent draws: sqrt(.25 * .75 / 120) = .040; four of them. If an
    # artist's tracks were on both sides of a fold, nearly all would be told.
    assert accuracy(fitted.out_of_fold, data.y) == pytest.approx(0.25, abs=0.16)
    for proba in fitted.member_out_of_fold.values():
        assert accuracy(proba, data.y) == pytest.approx(0.25, abs=0.16)


def poisoned(seed):
    """By audio one knows the artist and nothing else; lyrics tell two tracks in three."""
    audio = signed_by_artist(n_artists=120, n_each=2, seed=seed)
    noise = np.random.default_rng(seed + 1).normal(size=(240, 8))
    lyrics = (noise + 1.5 * np.eye(4, 8)[audio.y]).astype(np.float32)
    everywhere = dict.fromkeys(Modality, np.ones(240, bool))
    features = {AUDIO: audio.x, LYRICS: lyrics}
    ids = np.arange(240).astype(str)
    return Corpus(ids, np.full(240, "poison"), audio.y, audio.groups, features, everywhere)


def loss(proba, y):
    return -np.log(proba[np.arange(len(y)), y]).mean()


def test_fusions_are_fitted_to_what_was_said_of_tracks_not_seen():
    corpus, fresh = poisoned(0), poisoned(3)

    system = fit_system(corpus, seed=0, recipes=small_models.RECIPES)

    said = predict(system, fresh)
    lyrics, fused = (loss(p, fresh.y) for p in (said.consensus[LYRICS], said.fused["log_opinion"]))
    # One that was fitted to what the committees say of tracks they have seen trusts the audio.
    seen = Evidence(predict(system, corpus).consensus, corpus.features)
    misled = fit_pool(seen, corpus.y).fuse(Evidence(said.consensus, fresh.features))
    assert fused < lyrics + 0.1 < loss(misled, fresh.y)


@pytest.mark.slow
def test_the_figures_of_shuffled_labels_are_chances():
    corpus = small_models.corpus(n_tracks=200, distance=4)
    # The default recipes want fifty components: more dimensions, in which there is nothing.
    rng = np.random.default_rng(2)
    features = {
        m: np.column_stack([x, rng.normal(size=(len(x), 60))]).astype(np.float32)
        * corpus.has[m][:, None]
        for m, x in corpus.features.items()
    }
    y = rng.permutation(corpus.y)
    shuffled = replace(corpus, y=y, features=features)

    figures = judge(shuffled, seed=0, repeats=1)

    # The smallest table, tracks with both, has 160 rows; a binomial share of these has the
    # standard error .034. Twenty rows are looked at: four and a half of them.
    tables = [figures["audio"]["ours"], figures["fusion"], figures["lyrics"]["ours"]]
    for table in tables:
        for row in table["rows"].values():
            assert row["accuracy"]["estimate"] == pytest.approx(0.25, abs=0.155)


def test_what_ships_is_not_fitted_without_a_quadrant_which_is_named():
    whole = small_models.corpus()
    corpus = replace(whole, y=np.where(whole.y == 2, 3, whole.y))

    with pytest.raises(DatasetError, match="Q3 has none of the 96 tracks to fit a fold to"):
        fit_system(corpus, seed=0, recipes=small_models.RECIPES)


def test_a_quadrant_without_tracks_is_given_a_small_share_by_every_algorithm():
    part, missing = small_models.tracks(80, n_features=8), 2
    y = np.where(part.y == missing, (missing + 1) % N_QUADRANTS, part.y)

    fitted = fit_committee(labelled(part.x, y, np.arange(80)), RECIPE, seed=0, title="three")

    for proba in [fitted.out_of_fold, *fitted.member_out_of_fold.values()]:
        assert 0 < proba[:, missing].mean() < 0.12
        assert accuracy(proba, y) > 0.4
    assert np.isfinite(list(fitted.committee.temperatures.values())).all()


def test_quadrants_of_one_artist_cost_only_the_fold_that_lacks_them():
    part = small_models.tracks(80, n_features=8)
    groups = np.where(part.y == 1, 0, np.arange(80))  # one artist has all of Q2

    fitted = fit_committee(labelled(part.x, part.y, groups), RECIPE, seed=0, title="rare")

    (fold,) = np.unique(fitted.fold[part.y == 1])
    weight = fitted.committee.families["sgd"].weight
    assert (weight[fold, 1, :-1] == 0).all()
    assert (weight[np.arange(5) != fold, 1, :-1] != 0).all()
    for logits in fitted.logits_out_of_fold.values():
        assert np.isfinite(logits).all()
    assert score(nll, part.y, fitted.out_of_fold) < 3


@pytest.mark.parametrize("n_quadrants", [1, 2])
def test_a_study_of_fewer_quadrants_is_fitted_to_those_it_has(n_quadrants):
    part = small_models.tracks(80, n_features=8)
    y = part.y % n_quadrants

    fitted = fit_committee(labelled(part.x, y, np.arange(80)), RECIPE, seed=0, title="few")

    logits = fitted.committee.member_logits(part.x)
    assert np.isfinite(logits).all()
    assert (logits.argmax(axis=2) < n_quadrants).mean() > 0.95


@pytest.mark.parametrize("algorithms", [("gnb", "sgd", "xgb"), ("xgb",), ("svm", "gnb")])
def test_a_committee_has_the_algorithms_its_recipe_names(algorithms):
    part = small_models.tracks(80, n_features=8)
    data = labelled(part.x, part.y, np.arange(80))

    fitted = fit_committee(data, replace(RECIPE, algorithms=algorithms), seed=0, title="some")
    whole = fit_committee(data, RECIPE, seed=0, title="all")

    assert tuple(fitted.committee.families) == tuple(fitted.member_out_of_fold) == algorithms
    assert list(fitted.committee.learners) == [name for name in algorithms if name != "svm"]
    for name in algorithms:
        assert (fitted.member_out_of_fold[name] == whole.member_out_of_fold[name]).all()


def test_fewer_features_than_components_are_all_seen():
    part = small_models.tracks(80, n_features=8)
    x = np.column_stack([part.x, np.full(80, 7.0)])
    recipe = Recipe(xgb_rounds=10)

    fitted = fit_committee(labelled(x, part.y, np.arange(80)), recipe, seed=0, title="eight")

    assert fitted.committee.families["gnb"].mean.shape == (5, N_QUADRANTS, 9)
    assert accuracy(fitted.member_out_of_fold["gnb"], part.y) > 0.5


def test_a_family_that_is_ready_joins_as_it_is(fitted, networked):
    _, ready = small_models.networked(small_models.corpus())

    committee = networked.fitted[AUDIO].committee

    assert list(committee.families) == ["gnb", "sgd", "xgb", "svm", "cnn"]
    assert list(committee.learners) == ["gnb", "sgd", "xgb", "cnn"]
    assert (committee.families["cnn"].weight == ready.family.weight).all()
    assert committee.temperatures["cnn"] != 1
    # The others are those that there are without it.
    for name in ALGORITHMS:
        alone = fitted.fitted[AUDIO].logits_out_of_fold[name]
        assert networked.fitted[AUDIO].logits_out_of_fold[name] == pytest.approx(alone, abs=1e-4)


def test_what_is_told_out_of_fold_is_told_by_the_member_that_was_kept_from_it(networked):
    corpus, ready = small_models.networked(small_models.corpus())

    message = networked.fitted[AUDIO].logits_out_of_fold["cnn"]

    own = corpus.features[AUDIO][corpus.has[AUDIO]][:, -ready.n_features :]
    everybody = ready.family.logits(own)
    assert message == pytest.approx(everybody[ready.kept_from, np.arange(len(message))])


def test_a_family_that_was_fitted_on_other_folds_is_refused_with_how_many():
    corpus, ready = small_models.networked(small_models.corpus())
    kept_from = ready.kept_from.copy()
    kept_from[:3] = (kept_from[:3] + 1) % 5
    other = replace(ready, kept_from=kept_from)

    with pytest.raises(DatasetError, match=r"The cnn was fitted on other folds: of 120 tracks, 3"):
        fit_system(corpus, seed=0, recipes=small_models.RECIPES, ready={AUDIO: other})
    with pytest.raises(DatasetError, match="other folds"):
        fit_system(corpus, seed=1, recipes=small_models.RECIPES, ready={AUDIO: ready})


def test_the_committee_without_a_family_is_the_one_that_never_had_it(fitted, networked):
    fresh, _ = small_models.networked(small_models.corpus(seed=7))
    x = fresh.features[AUDIO][fresh.has[AUDIO]]

    without = networked.fitted[AUDIO].without("cnn")

    alone = fitted.fitted[AUDIO].committee
    assert list(without.families) == list(alone.families)
    message = without.consensus(without.member_logits(x))
    expected = alone.consensus(alone.member_logits(x[:, :8]))
    assert message == pytest.approx(expected, abs=1e-4)


def test_the_read_out_is_the_moments_of_the_annotations_in_each_quadrant():
    rng = np.random.default_rng(0)
    points = rng.uniform(-1, 1, (400, 2))
    ids = [str(place) for place in range(400)]
    sets = [
        PointLabels(ids[part], points[part, 0], points[part, 1])
        for part in (slice(0, 150), slice(150, 400))
    ]

    readout = fit_readout(sets)

    calm = points[(points[:, 0] >= 0) & (points[:, 1] < 0)]
    assert readout.mean[3] == pytest.approx(calm.mean(axis=0))
    assert readout.variance[3] == pytest.approx(calm.var(axis=0))
    assert np.sign(readout.mean).tolist() == [[1, 1], [-1, 1], [-1, -1], [1, -1]]
