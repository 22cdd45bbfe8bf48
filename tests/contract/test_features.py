"""Training and serving compute the same features, and the shipped models were trained on them."""

import ast
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from models.emotion import Modality
from models.prediction.predictor import predict_population
from models.track import TrackFeatures
from tests.audio_signals import chord
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
