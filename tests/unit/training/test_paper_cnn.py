"""The paper's CNN: its schedule and loss, fine-tuning, and files that can be trained further."""

import math
import subprocess
import sys
from copy import deepcopy

import numpy as np
import pytest
import torch

from models.emotion import N_QUADRANTS
from models.errors import AttuneError, DatasetError, EncoderError
from models.features import cnn
from training.cnn.network import build, channels_last
from training.cnn.paper import PaperCnn, PaperRecipe
from training.cnn.paper_onnx import proba_of, track_proba
from training.cnn.paper_task import PaperLabels, PaperTask
from training.encoders.graph import Graph, save

RECIPE = PaperRecipe(width=2, n_epochs=5, n_tuning_epochs=2, batch=4, switches=(2, 1, 1))
N_TRACKS, N_JUDGED = 7, 4
SEED = 3


def tones(n_tracks, seed):
    """Noise of 1 to 8 s in which each quadrant has a louder quarter of the bands."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_tracks) % N_QUADRANTS
    mels = [
        (rng.random((length, 128)) + (np.arange(128) // 32 == quadrant)).astype(np.float16)
        for length, quadrant in zip(rng.integers(62, 500, n_tracks), y, strict=True)
    ]
    return mels, y


TAUGHT, JUDGED = tones(N_TRACKS, 0), tones(N_JUDGED, 1)


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module", name="fitted")
def _fitted():
    return PaperCnn.fit(*TAUGHT, *JUDGED, RECIPE, SEED)


def task_of(**changes):
    message = {
        "start": build(2, 0, SEED),
        "labels": PaperLabels(*TAUGHT),
        "validation": PaperLabels(*JUDGED),
        "recipe": RECIPE.schedule(RECIPE.n_epochs),
        "batch": RECIPE.batch,
        "seed": SEED,
        "device": "cpu",
    }
    return PaperTask(**{**message, **changes})


def weights_of(network):
    return {
        name: tensor.detach().cpu().numpy().copy()
        for name, tensor in network.state_dict().items()
        if "num_batches" not in name
    }


def assert_same(one, other):
    assert one.keys() == other.keys()
    for name, array in one.items():
        np.testing.assert_array_equal(array, other[name], err_msg=name)


def differs(one, other):
    return [name for name, array in one.items() if (array != other[name]).any()]


def test_the_phases_are_the_papers():
    recipe = PaperRecipe()
    schedule = recipe.schedule(recipe.n_epochs)

    ends = [(phase.optimiser, phase.rate, phase.until * 200) for phase in schedule.phases]

    assert ends == [
        ("adam", 1e-4, 40),
        ("sgd", 1e-3, pytest.approx(60)),
        ("sgd", 1e-4, 80),
        ("sgd", 1e-5, 200),
    ]
    assert [schedule.rate(phase, 0.5, 0.5) for phase in schedule.phases] == [
        1e-4, 1e-3, 1e-4, 1e-5,
    ]  # fmt: skip


@pytest.mark.parametrize("n_tracks", [2, 4, 5, 6, 9, 10, 11])
@pytest.mark.parametrize("batch", [2, 5])
def test_an_epoch_has_every_track_once_and_no_lone_one(n_tracks, batch):
    labels = PaperLabels(*tones(n_tracks, 0))

    batches = list(task_of(labels=labels, batch=batch).batches(np.random.default_rng(0)))

    assert sorted(np.concatenate(batches)) == list(range(n_tracks))
    assert min(map(len, batches)) >= 2
    assert max(map(len, batches)) <= max(batch, 3)


def crop_of(mel, rng):
    """A chunk from anywhere; a track shorter than one is played again."""
    start = rng.integers(max(0, len(mel) - 231) + 1)
    long_enough = np.concatenate([mel[start:]] * 4)[:231]
    return torch.from_numpy(long_enough.astype(np.float32))


def judged_loss(network, mels, y):
    """The mean over tracks of the mean over their chunks."""
    network.eval()
    losses = []
    for mel, quadrant in zip(mels, y, strict=True):
        chunks = torch.from_numpy(cnn.chunks(mel)).float()
        target = torch.eye(4)[[quadrant] * len(chunks)]
        output = torch.sigmoid(network(chunks).logits.detach())
        losses.append(float(torch.nn.functional.binary_cross_entropy(output, target)))
    network.train()
    return np.mean(losses)


def epoch_of(network, optimiser, epoch):
    """Two steps, of four tracks and of three, on one chunk each."""
    mels, y = TAUGHT
    rng = np.random.default_rng([SEED, epoch])
    order = rng.permutation(N_TRACKS)
    torch.manual_seed(int(rng.integers(2**32)))
    for places in (order[:4], order[4:]):
        chunks = torch.stack([crop_of(mels[k], rng) for k in places])
        output = network(chunks).logits
        target = torch.eye(4)[y[places]]
        optimiser.zero_grad()
        torch.nn.functional.binary_cross_entropy_with_logits(output, target).backward()
        optimiser.step()


def better(kept, network):
    now = (judged_loss(network, *JUDGED), deepcopy(network.state_dict()))
    return min(kept, now, key=lambda pair: pair[0])


def test_the_network_is_that_of_a_plain_loop(fitted):
    network = channels_last(build(2, 0, SEED)).train()
    kept = (math.inf, None)
    sgd = {"momentum": 0.9, "nesterov": True, "weight_decay": 1e-4}
    with torch.random.fork_rng():
        optimiser = torch.optim.Adam(network.parameters(), lr=1e-4, weight_decay=1e-4)
        for epoch in range(2):
            epoch_of(network, optimiser, epoch)
            kept = better(kept, network)
        for epoch, rate in zip((2, 3, 4), (1e-3, 1e-4, 1e-5), strict=True):
            network.load_state_dict(kept[1])
            epoch_of(network, torch.optim.SGD(network.parameters(), lr=rate, **sgd), epoch)
            kept = better(kept, network)
    network.load_state_dict(kept[1])

    assert_same(weights_of(fitted.network), weights_of(network))


def test_a_finished_training_is_read_from_its_checkpoint(fitted, tmp_path):
    checkpoint = tmp_path / "cnn.pt"
    PaperCnn.fit(*TAUGHT, *JUDGED, RECIPE, SEED, checkpoint=checkpoint)
    written = checkpoint.read_bytes()

    again = PaperCnn.fit(*TAUGHT, *JUDGED, RECIPE, SEED, checkpoint=checkpoint)

    assert checkpoint.read_bytes() == written
    assert_same(weights_of(again.network), weights_of(fitted.network))


def test_tuning_moves_towards_the_listener_and_leaves_the_network_as_it_was(fitted):
    before, said = weights_of(fitted.network), fitted.proba(JUDGED[0])
    eager = PaperRecipe(width=2, n_tuning_epochs=6, adam_rate=1e-2)
    all_sad = np.full(N_JUDGED, 2)

    tuned = fitted.tune(JUDGED[0], all_sad, JUDGED[0], all_sad, eager, seed=0)

    assert_same(weights_of(fitted.network), before)
    assert {"blocks.0.0.weight", "last.bias", "norm.weight"} <= {
        *differs(weights_of(tuned.network), before)
    }
    assert (tuned.proba(JUDGED[0])[:, 2] > said[:, 2]).all()


def test_a_track_is_judged_by_the_mean_of_its_chunks_outputs():
    chunks = np.array([[math.log(3), 0.0, 0.0, 0.0], [-math.log(3), 0.0, 0.0, math.log(3)]])

    (proba,) = track_proba([chunks])

    assert proba == pytest.approx(np.array([0.5, 0.5, 0.5, 0.625]) / 2.125)


def test_a_saved_network_says_the_same_with_and_without_torch(fitted, tmp_path):
    fitted.save(tmp_path / "it_0.onnx")
    mels = [*JUDGED[0], JUDGED[0][0][:20]]

    said = fitted.proba(mels)

    assert said.sum(axis=1) == pytest.approx(1)
    assert PaperCnn.load(tmp_path / "it_0.onnx").proba(mels) == pytest.approx(said, abs=1e-12)
    assert proba_of(tmp_path / "it_0.onnx", mels) == pytest.approx(said, abs=1e-5)
    assert [path.name for path in tmp_path.iterdir()] == ["it_0.onnx"]


def test_a_loaded_network_is_trained_further_like_the_saved_one(fitted, tmp_path):
    fitted.save(tmp_path / "it_0.onnx")

    loaded = PaperCnn.load(tmp_path / "it_0.onnx")

    assert_same(weights_of(loaded.network), weights_of(fitted.network))
    tuned = [one.tune(*TAUGHT, *TAUGHT, RECIPE, seed=1) for one in (fitted, loaded)]
    assert_same(weights_of(tuned[1].network), weights_of(tuned[0].network))


def test_predicting_from_a_file_loads_no_torch(fitted, tmp_path):
    fitted.save(tmp_path / "it_0.onnx")
    code = (
        "import sys, numpy, pathlib; from training.cnn.paper_onnx import proba_of; "
        "proba_of(pathlib.Path(sys.argv[1]), [numpy.ones((300, 128), numpy.float16)]); "
        "sys.exit('torch' in sys.modules)"
    )

    ended = subprocess.run([sys.executable, "-c", code, tmp_path / "it_0.onnx"])  # noqa: S603

    assert ended.returncode == 0


@pytest.mark.parametrize("read", [PaperCnn.load, lambda path: proba_of(path, JUDGED[0])])
def test_a_file_that_is_not_there_is_named(tmp_path, read):
    with pytest.raises(EncoderError, match=r"it_0.onnx is missing"):
        read(tmp_path / "it_0.onnx")


def test_a_graph_of_another_make_is_refused(tmp_path):
    graph = Graph("other")
    graph.node("Relu", "x", output="y")
    save(graph.model({"x": ("float32", (1,))}, {"y": (1,)}), tmp_path / "other.onnx")

    with pytest.raises(EncoderError, match=r"other.onnx has no weight blocks.0.0.weight"):
        PaperCnn.load(tmp_path / "other.onnx")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"width": 0}, "width is 0; it must be at least 1"),
        ({"n_epochs": 0}, "n_epochs is 0; it must be at least 1"),
        ({"n_tuning_epochs": -2}, "n_tuning_epochs is -2; it must be at least 1"),
        ({"batch": 1}, "batch is 1; it must be at least 2"),
        ({"switches": (40, 0, 20)}, "switches is 0; it must be at least 1"),
        ({"switches": (40, 20)}, "There are 2 switches; there must be 3"),
    ],
)
def test_a_recipe_that_cannot_be_is_refused(wrong, message):
    with pytest.raises(AttuneError, match=message):
        PaperRecipe(**wrong)


@pytest.mark.parametrize(("mels", "y"), [([], np.zeros(0, int)), (TAUGHT[0], TAUGHT[1][:-1])])
def test_tracks_without_labels_are_refused(mels, y):
    with pytest.raises(DatasetError, match=f"{len(mels)} tracks and {len(y)} labels"):
        PaperCnn.fit(mels, y, *JUDGED, RECIPE, SEED)
