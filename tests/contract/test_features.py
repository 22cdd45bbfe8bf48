"""Training and serving compute the same features, and the shipped models were trained on them."""

import ast
import io
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from models.emotion import Modality
from models.features.encoders import AT_ONCE, AudioEncoder, session
from models.interruption import interruptible
from models.prediction.predictor import predict_population
from models.track import TrackFeatures
from tests.audio_signals import chord, encoded
from tests.conftest import HOUSE

FEATURE_CODE = {"librosa", "onnxruntime", "soundfile", "soxr", "av", "tokenizers"}
# What makes the encoders, and what measured which descriptors to keep, is not what computes them;
# nor are the paper's cnn, a classifier that is asked as it was kept, and what stores recordings
# in other ways.
APART = (
    "training/encoders/",
    "training/experiments/ablation.py",
    "training/cnn/paper_onnx.py",
    "training/experiments/stability.py",
)


def imported(path):
    """The packages a module imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import():
                yield from (alias.name.partition(".")[0] for alias in node.names)
            case ast.ImportFrom(module=str(module)):
                yield module.partition(".")[0]


def test_neither_training_nor_the_service_has_feature_code_of_its_own():
    modules = [*(HOUSE / "training").rglob("*.py"), *(HOUSE / "service").rglob("*.py")]
    own = {
        str(path.relative_to(HOUSE)): sorted(FEATURE_CODE.intersection(imported(path)))
        for path in modules
        if not str(path.relative_to(HOUSE)).startswith(APART)
    }

    assert {path: packages for path, packages in own.items() if packages} == {}


def test_the_shipped_models_read_the_features_that_are_served(extractor, shipped):
    heard = extractor.waveform(chord(seconds=7))
    read = extractor.lyrics("the rain falls on my window")

    shipped.require_features(extractor.spec.digest)
    population_prediction = predict_population(shipped, TrackFeatures(heard, read.vector))

    spec = extractor.spec
    n_own = spec.network.n_features if spec.network else 0
    assert len(heard.vector) == spec.n_audio_features + n_own
    assert len(read.vector) == spec.n_lyrics_features
    assert set(population_prediction.member_logits) == set(Modality)
    assert len(population_prediction.segment_proba) == len(heard.segments)


@pytest.mark.slow
def test_several_threads_compute_what_one_does(extractor):
    waves = [chord(seconds=4, seed=seed) for seed in range(6)]
    texts = [f"the rain falls on window {seed}" for seed in range(6)]
    apart = (
        [extractor.waveform(wave).vector for wave in waves],
        [extractor.lyrics(text).vector for text in texts],
    )

    with ThreadPoolExecutor(4) as pool:
        heard = pool.map(lambda wave: extractor.waveform(wave).vector, waves)
        read = pool.map(extractor.lyrics, texts)
        together = list(heard), [each.vector for each in read]

    assert np.array_equal(together[0], apart[0])
    assert np.array_equal(together[1], apart[1])


class UnwantedError(Exception):
    """Ends a computation."""


def test_a_recording_that_nobody_waits_for_is_left_within_half_a_second(extractor):
    recording = io.BytesIO(encoded(chord(seconds=240)))
    at_s = [time.thread_time()]

    with interruptible(lambda: at_s.append(time.thread_time())):
        extractor.audio(recording)

    at_s.append(time.thread_time())
    assert max(np.diff(at_s)) < 0.5


@pytest.mark.parametrize("n_before", [0, 50, 130])
def test_a_recording_is_left_where_it_is_not_wanted_any_more(extractor, n_before):
    recording = io.BytesIO(encoded(chord(seconds=120)))
    checks = iter(range(n_before))

    def check():
        if next(checks, None) is None:
            raise UnwantedError

    with pytest.raises(UnwantedError), interruptible(check):
        extractor.audio(recording)
    assert next(checks, None) is None


def test_patches_have_the_same_embeddings_in_several_runs():
    weights = HOUSE / "models" / "weights"
    patches = np.random.default_rng(0).normal(1, 0.5, (2 * AT_ONCE + 3, 187, 96))
    patches = patches.astype(np.float32)

    embedding, tags = AudioEncoder(weights, threads=1)(patches)

    whole = session(str(weights / "musicnn.onnx"), 1)
    expected = whole.run(["embedding", "tags"], {"log_mel": patches})
    np.testing.assert_array_equal(embedding, expected[0])
    np.testing.assert_array_equal(tags, expected[1])
