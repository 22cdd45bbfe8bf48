"""Boosted trees without xgboost, held against xgboost."""

from pathlib import Path

import numpy as np
import pytest
import xgboost

from models.emotion import N_QUADRANTS
from models.members import ubjson
from models.members.booster import Booster

SHIPPED = sorted(Path("models/pretrained").glob("*.ubj"))
SOFTPROB = {"objective": "multi:softprob", "num_class": N_QUADRANTS, "nthread": 1}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_trees_add_up_to_xgboosts_margins_bit_for_bit(path):
    theirs, ours = loaded(path.read_bytes()), Booster.from_ubj(path.read_bytes())
    x = features(200, ours.n_features)

    assert_same(ours, theirs, x)
    assert ours.content == path.read_bytes()


@pytest.mark.parametrize(
    "settings",
    [
        {"base_score": 0.0, "max_depth": 2},
        {"base_score": 0.3, "max_depth": 9, "tree_method": "exact"},
        {"gamma": 1e9},  # no tree has a split
        {"num_parallel_tree": 3, "subsample": 0.5},
        {"grow_policy": "lossguide", "max_leaves": 20, "max_depth": 0},
    ],
    ids=str,
)
def test_trees_of_every_shape_are_read(settings):
    theirs = grown(settings)
    ours = Booster.from_ubj(bytes(theirs.save_raw("ubj")))

    assert_same(ours, theirs, features(300, 6, seed=1))


def test_a_missing_feature_goes_where_xgboost_sends_it():
    theirs = grown({"max_depth": 4}, share_missing=0.3)
    ours = Booster.from_ubj(bytes(theirs.save_raw("ubj")))

    assert_same(ours, theirs, features(300, 6, seed=1, share_missing=0.5))
    assert set(ours.forest.is_left_default) == {0, 1}


def test_features_may_be_read_only_and_in_any_order():
    ours = Booster.from_ubj(SHIPPED[0].read_bytes())
    x = features(20, ours.n_features)
    margins = ours.margins(x)
    x.flags.writeable = False

    assert (ours.margins(x) == margins).all()
    assert (ours.margins(np.asfortranarray(x)) == margins).all()
    assert (ours.margins(x.astype(np.float64)) == margins).all()


def test_tracks_with_other_features_are_refused():
    ours = Booster.from_ubj(SHIPPED[0].read_bytes())

    with pytest.raises(ValueError, match=r"read \d+ features, not 6"):
        ours.margins(features(3, 6))


@pytest.mark.parametrize(
    ("objective", "y"),
    [({"objective": "reg:squarederror"}, 0), ({"objective": "multi:softprob", "num_class": 3}, 0)],
    ids=["regression", "three classes"],
)
def test_trees_for_something_else_are_refused(objective, y):
    x = features(20, 6)
    theirs = xgboost.train(objective, xgboost.DMatrix(x, label=np.full(20, y)), 2)

    with pytest.raises(ValueError, match="quadrants"):
        Booster.from_ubj(bytes(theirs.save_raw("ubj")))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("left_children", 10_000),
        ("right_children", -7),
        ("right_children", 0),  # a circle
        ("split_indices", 6),
        ("split_type", 1),
    ],
)
def test_trees_that_lead_elsewhere_are_refused(name, value):
    content = bytearray(grown({"max_depth": 3}).save_raw("ubj"))
    kind = content.index(name.encode()) + len(name) + 2  # behind "[$" of the first tree's array
    size, start = {ord("l"): 4, ord("U"): 1}[content[kind]], kind + 3 + 8
    content[start : start + size] = value.to_bytes(size, "big", signed=value < 0)

    with pytest.raises(ValueError, match="trees"):
        Booster.from_ubj(bytes(content))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.999])
def test_a_file_that_is_cut_short_is_refused(share):
    content = SHIPPED[0].read_bytes()

    with pytest.raises(ValueError, match="cut short"):
        Booster.from_ubj(content[: int(share * len(content))])


@pytest.mark.parametrize(
    "content", [b"?", b"[", b"[i", b"[$", b"[$?#L" + bytes(8), b"[#l" + bytes(4), b"{i"]
)
def test_what_is_not_ubjson_is_refused(content):
    with pytest.raises(ValueError, match=r"."):
        ubjson.loads(content)


def assert_same(ours, theirs, x):
    margins = theirs.inplace_predict(x, predict_type="margin")
    assert (ours.margins(x) == margins.reshape(len(x), N_QUADRANTS)).all()
    one = np.concatenate([ours.margins(row[None]) for row in x])
    assert (one == ours.margins(x)).all()


def features(n_tracks, n_features, seed=0, share_missing=0.0):
    rng = np.random.default_rng(seed)
    spread = rng.choice([0.02, 0.3, 1, 10], n_features)
    x = (rng.normal(size=(n_tracks, n_features)) * spread).astype(np.float32)
    x[rng.random(x.shape) < share_missing] = np.nan
    return x


def grown(settings, share_missing=0.0):
    x = features(400, 6, share_missing=share_missing)
    y = np.random.default_rng(0).integers(N_QUADRANTS, size=400)
    y = np.where(np.nan_to_num(x[:, 0]) > 0, y // 2, y)
    return xgboost.train(SOFTPROB | settings, xgboost.DMatrix(x, label=y), 8)


def loaded(content):
    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(bytearray(content))
    return booster
