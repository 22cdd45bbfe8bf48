"""Whole networks learn from a listener in the simulation: tiny ones, on noise that tells."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
import torch

from tests import small_studies
from training.cnn.folded_network import Folded, FoldedCnn, Layer
from training.experiments.active_learning.plan import Protocol, UnitKey
from training.experiments.active_learning.unit import run_unit
from training.experiments.active_learning.whole import with_whole_networks
from training.experiments.protocol import PlanError
from training.experiments.starting_models import begin

PROTOCOL = Protocol("small", n_queries=4, n_rounds=2)
WIDTH, N_BLOCKS, N_DENSE, N_EMBEDDING = 2, 7, 8, 4


def network(seed):
    rng = np.random.default_rng(seed)

    def layer(*shape):
        scale = np.sqrt(2 / np.prod(shape[1:]))
        return Layer(rng.normal(0, scale, shape).astype("f"), np.zeros(shape[0], "f"))

    widths = [1] + [WIDTH] * N_BLOCKS
    blocks = [layer(n_out, n_in, 3, 3) for n_in, n_out in pairwise(widths)]
    turned = np.linalg.qr(rng.normal(size=(N_DENSE, N_EMBEDDING)))[0].T.astype("f")
    one, none = np.ones(1, "f"), np.zeros(1, "f")
    folded = Folded(one, none, blocks, layer(N_DENSE, WIDTH), turned)
    last = layer(4, N_EMBEDDING)
    return FoldedCnn(folded, last.weight, last.bias).eval()


class Clips:
    """Recordings whose loudness tells the quadrant."""

    def __init__(self, n_tracks):
        rng = np.random.default_rng(0)
        self.mels = [
            rng.normal(place % 4, 1, (231, 128)).astype(np.float16) for place in range(n_tracks)
        ]


@pytest.fixture(scope="module", name="whole")
def _whole():
    study = small_studies.study()
    shipped = begin(study, "listener 0", 0, PROTOCOL).committee
    shipped = dataclasses.replace(shipped, temperatures={**shipped.temperatures, "cnn": 1.0})
    networks = [network(seed) for seed in range(shipped.n_folds)]
    return *with_whole_networks(study, shipped, networks, Clips(60)), networks


@pytest.mark.slow
@pytest.mark.parametrize("personaliser", ["successive", "refit"])
def test_whole_networks_learn_and_the_shared_ones_stay(whole, personaliser):
    study, committee, networks = whole
    before = [weight.clone() for net in networks for weight in net.state_dict().values()]
    start = begin(study, "listener 0", 0, PROTOCOL, committee)

    message, models = run_unit(start, UnitKey("listener 0", 0, "mc", personaliser), PROTOCOL)

    place = message.predictors.index("cnn")
    assert (message.proba[0, place] != message.proba[1, place]).any()
    assert np.isfinite(message.proba).all()
    assert "cnn/0.last.weight" in models.arrays
    after = [weight for net in networks for weight in net.state_dict().values()]
    assert all(torch.equal(*pair) for pair in zip(before, after, strict=True))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"algorithms": ("gnb", "cnn")}, "--population snapshot starts from"),
        ({"cnn": "full"}, "--cnn full needs a cnn"),
    ],
)
def test_a_cnn_needs_the_snapshots_population(change, message):
    with pytest.raises(PlanError, match=message):
        dataclasses.replace(PROTOCOL, **change)
