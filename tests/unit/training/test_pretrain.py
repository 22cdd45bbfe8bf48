"""A cnn that was exported joins the committee it was trained for, or is refused."""

import json

import numpy as np
import pytest

from models.emotion import Modality
from models.errors import DatasetError
from models.features.snapshot_network import Network
from tests import small_models
from training.cnn.export import load_exported, mark
from training.members.pipeline import fit_system
from training.snapshot.pretraining import cnn_family

AUDIO, _ = Modality
SPREAD = 5 * 64


@pytest.fixture(name="corpus")
def _corpus():
    """A small corpus heard by five folds' networks: noise, for none was trained."""
    corpus, _ = small_models.networked(small_models.corpus())
    heard = np.random.default_rng(0).normal(size=(len(corpus), SPREAD)).astype(np.float32)
    heard *= corpus.has[AUDIO][:, None]
    base = corpus.narrowed(AUDIO, 8)
    wide = np.hstack([base.features[AUDIO], heard])
    return type(base)(
        base.ids, base.dataset, base.y, base.groups, {**base.features, AUDIO: wide}, base.has
    )


@pytest.fixture(name="exported")
def _exported(tmp_path):
    """Files as training leaves them, of networks that were never trained."""
    _, ready = small_models.networked(small_models.corpus())
    graph = small_models.network(tmp_path / "cnn.onnx", n_folds=5)
    last = small_models.cnn(n_folds=5, n_embedding=64)
    ids = [f"t{place}" for place in range(120)]
    np.savez(
        tmp_path / "cnn.npz",
        weight=last.weight,
        bias=last.bias,
        centre=last.centre,
        scale=last.scale,
    )
    folds = [
        {
            "minutes": 1.0,
            "held_out": [mark(ids[place]) for place in np.flatnonzero(ready.kept_from == n)],
        }
        for n in range(5)
    ]
    facts = {"sha256": Network.open(graph).spec.digest, "folds": folds}
    (tmp_path / "cnn.json").write_text(json.dumps(facts))
    return load_exported(tmp_path)


@pytest.mark.slow
def test_what_was_exported_joins_with_the_folds_it_was_kept_from(corpus, exported):
    ready = cnn_family(exported, corpus)

    system = fit_system(corpus, seed=0, recipes=small_models.RECIPES, ready={AUDIO: ready})

    committee = system.committees[AUDIO]
    assert ready.n_features == SPREAD
    assert committee.n_common == 8
    assert (committee.families["cnn"].weight == exported.family.weight).all()
    assert list(system.committees[Modality.LYRICS].families) == ["gnb", "sgd", "xgb", "svm"]


def test_what_was_trained_without_a_track_of_the_corpus_does_not_join(corpus, exported):
    exported.held_out[2].pop()

    ready = cnn_family(exported, corpus)

    with pytest.raises(DatasetError, match="of 120 tracks, 1 are in the training"):
        fit_system(corpus, seed=0, recipes=small_models.RECIPES, ready={AUDIO: ready})
