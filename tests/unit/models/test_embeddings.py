"""Callers' own embeddings: what is read, what is refused, and what becomes of far-off numbers."""

import warnings
from itertools import product

import numpy as np
import pytest

from models.emotion import QUADRANTS, Modality
from models.errors import MissingModalityError
from models.features.embeddings import LARGEST, EmbeddingReader, EmbeddingSpec
from models.personal import Answer
from models.prediction.predictor import predict_all, predict_population
from models.snapshot import load_snapshot
from models.track import AudioFeatures, Track, TrackFeatures
from service.serving.container import PERSONALISERS
from tests.snapshots import EMBEDDINGS, reading_embeddings

AUDIO, LYRICS = Modality
READER = EmbeddingReader(EmbeddingSpec(498, 768))
SCALES = {"wide": 1e6, "usual": 1.0, "narrow": 1e-8}


@pytest.fixture(scope="module", name="folders")
def _folders(tmp_path_factory):
    """Small snapshots that read embeddings, by how far the numbers usually are from 0."""
    folder = tmp_path_factory.mktemp("embeddings")
    for name, scale in SCALES.items():
        reading_embeddings(folder / name, scale=scale)
    return folder


@pytest.fixture(name="snapshot")
def _snapshot(folders):
    return load_snapshot(folders / "usual")


def track_of(snapshot, audio=None, lyrics=None, track_id="t"):
    reader = EmbeddingReader(snapshot.embeddings)
    features = TrackFeatures(
        None if audio is None else AudioFeatures.of_embedding(reader.embedding(AUDIO, audio)),
        None if lyrics is None else reader.embedding(LYRICS, lyrics),
    )
    return Track(track_id, features, predict_population(snapshot, features))


def test_numbers_are_taken_as_they_are_in_single_precision():
    numbers = np.random.default_rng(0).normal(size=498)

    vector = READER.embedding(AUDIO, numbers.tolist())

    assert vector.dtype == np.float32
    np.testing.assert_array_equal(vector, numbers.astype(np.float32))


def test_embeddings_of_two_encoders_are_different_features():
    sizes = (498, 768)

    assert EmbeddingReader(EmbeddingSpec(*sizes, "a")).digest != READER.digest
    assert EmbeddingReader(EmbeddingSpec(*sizes)).digest == READER.digest


def test_a_snapshot_says_which_embeddings_it_reads(snapshot, shipped):
    assert snapshot.embeddings == EMBEDDINGS
    assert shipped.embeddings is None
    snapshot.require_features(EmbeddingReader(EMBEDDINGS).digest)


def far_off(snapshot):
    """Tracks whose numbers are the largest that are taken, and the smallest."""
    rng = np.random.default_rng(0)
    n_audio, n_lyrics = snapshot.embeddings.sizes.values()
    given = [
        ([LARGEST] * n_audio, [LARGEST] * n_lyrics),
        ([-LARGEST] * n_audio, [-LARGEST] * n_lyrics),
        (LARGEST * rng.choice([-1, 1], n_audio), None),
        (None, LARGEST * rng.choice([-1, 1], n_lyrics)),
        (LARGEST * np.eye(n_audio)[0], [0.0] * n_lyrics),
        ([1e-300] * n_audio, [-1e-40] * n_lyrics),
    ]
    return [track_of(snapshot, *pair, f"t{place}") for place, pair in enumerate(given)]


def numbers_in(heard):
    axes = [heard.valence, heard.arousal]
    parts = [number for part in heard.why.values() for number in part.log_odds]
    reply = [*heard.proba, heard.entropy, *parts, *(part.share for part in heard.why.values())]
    return [*reply, *(each.mean for each in axes), *(each.sd for each in axes)]


def recognised(snapshot, tracks, personal):
    """What every fusion says of every track that it can judge."""
    for fusion, track in product(snapshot.fusions, tracks):
        try:
            yield from predict_all(snapshot, [track], personal=personal, fusion=fusion)
        except MissingModalityError:
            continue


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("learnt", [None, *PERSONALISERS])
def test_numbers_far_off_give_finite_predictions(folders, scale, learnt):
    snapshot = load_snapshot(folders / scale)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tracks = far_off(snapshot)
        personal = learnt and PERSONALISERS[learnt](snapshot).fit(
            [Answer(track, QUADRANTS[place % 4]) for place, track in enumerate(tracks)]
        )
        heard = list(recognised(snapshot, tracks, personal))

    assert len(heard) > len(tracks)
    assert np.isfinite([numbers_in(each) for each in heard]).all()
    assert [each.proba.sum() for each in heard] == pytest.approx([1] * len(heard))
    assert not any(each.segments for each in heard)
