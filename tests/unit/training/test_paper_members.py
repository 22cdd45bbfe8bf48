"""The paper's models, held against scikit-learn and xgboost called directly."""

import numpy as np
import pytest
import xgboost
from sklearn.linear_model import SGDClassifier
from sklearn.naive_bayes import GaussianNB

from models.errors import DatasetError
from training.datasets.feature_rows import Rows
from training.experiments.paper.members import FITS, Batch, Tracks, file_name, load_member

N_SONGS, N_FRAMES, N_FEATURES = 40, 6, 9
SEED = 3


def songs(seed, n_songs=N_SONGS, quadrants=(0, 1, 2, 3)):
    """Songs with a row a frame; the first two features tell the quadrant, with noise."""
    rng = np.random.default_rng(seed)
    y = np.resize(quadrants, n_songs)
    rows = Rows(np.full(n_songs, N_FRAMES))
    x = rng.normal(size=(n_songs * N_FRAMES, N_FEATURES))
    x[:, :2] += np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])[rows.spread(y)]
    return Tracks(x.astype(np.float32), rows), y


def batch_of(seed, quadrants=(0, 1, 2, 3)):
    tracks, y = songs(seed, 5, quadrants)
    return Batch(tracks, y, tracks, y)


BATCHES = (batch_of(1), batch_of(2, (0, 2)), batch_of(3, (1,)), batch_of(4))
"""Two of them lack quadrants."""


def direct_gnb(x, y):
    model = GaussianNB().fit(x, y)
    yield model.predict_proba
    for batch in BATCHES:
        model.partial_fit(batch.tracks.x, np.repeat(batch.y, N_FRAMES))
        yield model.predict_proba


def direct_sgd(x, y):
    model = SGDClassifier(loss="log_loss", penalty="l2", warm_start=True, random_state=SEED)
    model.fit(x, y)
    yield model.predict_proba
    for batch in BATCHES:
        model.partial_fit(batch.tracks.x, np.repeat(batch.y, N_FRAMES))
        yield model.predict_proba


def direct_xgb(x, y):
    # The first fit by the classifier that the paper uses; it takes no batch that lacks a quadrant,
    # so that the booster beneath is what goes on.
    model = xgboost.XGBClassifier(max_depth=5, n_jobs=1, random_state=SEED).fit(x, y)
    yield model.predict_proba
    settings = {"objective": "multi:softprob", "num_class": 4, "max_depth": 5, "nthread": 1}
    booster = model.get_booster()
    for batch in BATCHES:
        reply = xgboost.DMatrix(batch.tracks.x, label=np.repeat(batch.y, N_FRAMES))
        booster = xgboost.train(settings, reply, 100, xgb_model=booster)
        yield lambda x, booster=booster: booster.predict(xgboost.DMatrix(x))


DIRECT = {"gnb": direct_gnb, "sgd": direct_sgd, "xgb": direct_xgb}


@pytest.mark.parametrize("algorithm", FITS)
def test_fit_and_updates_equal_the_library_called_directly_to_the_last_digit(algorithm):
    (tracks, y), (judged, _) = songs(0), songs(9)
    direct = DIRECT[algorithm](tracks.x, tracks.rows.spread(y))
    member = FITS[algorithm](tracks.x, tracks.rows.spread(y), SEED)

    assert (member.proba(judged) == next(direct)(judged.x)).all()
    for batch in BATCHES:
        member = member.learn(batch)
        assert (member.proba(judged) == next(direct)(judged.x)).all()


@pytest.mark.parametrize("algorithm", FITS)
def test_learning_leaves_the_model_that_learns_as_it_was(algorithm):
    (tracks, y), (judged, _) = songs(0), songs(9)
    member = FITS[algorithm](tracks.x, tracks.rows.spread(y), SEED)
    before = member.proba(judged)

    changed = member.learn(BATCHES[0])

    assert (member.proba(judged) == before).all()
    assert (changed.proba(judged) != before).any()


@pytest.mark.parametrize("algorithm", FITS)
def test_a_kept_model_says_and_learns_the_same(algorithm, tmp_path):
    (tracks, y), (judged, _) = songs(0), songs(9)
    member = FITS[algorithm](tracks.x, tracks.rows.spread(y), SEED).learn(BATCHES[0])
    path = tmp_path / file_name(algorithm, 2)

    member.save(path)
    loaded = load_member(path)

    assert (loaded.proba(judged) == member.proba(judged)).all()
    after, after_loading = (one.learn(BATCHES[1]).proba(judged) for one in (member, loaded))
    assert (after == after_loading).all()


@pytest.mark.parametrize("name", [file_name("gnb", 0), file_name("xgb", 0)])
def test_a_damaged_model_is_named(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"PK no model")
    with pytest.raises(DatasetError, match=name):
        load_member(path)
