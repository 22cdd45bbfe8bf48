"""A catalogue to measure on: real features of generated noise, varied at random."""

from datetime import UTC, datetime

import numpy as np

from models.audio.decoding import SAMPLE_RATE_HZ
from models.features.extraction import FeatureExtractor
from models.prediction.predictor import predict_population
from models.snapshot import Snapshot
from models.track import AudioFeatures, PopulationPrediction, TrackFeatures
from service.db.catalogue import Catalogue
from service.db.database import Database
from service.db.schema import migrate
from service.tracks import Content, PopulationPredictor, TrackMetadata

CLIP_S = 30


def clip(rng: np.random.Generator) -> np.ndarray:
    """Return 30 s of a few decaying tones over noise at 16 kHz: something to encode."""
    t = np.arange(CLIP_S * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    beat = np.exp(-4.0 * (t % 0.5))
    tones = sum(np.sin(2 * np.pi * f * t) for f in rng.uniform(100, 2000, 4))
    wave = 0.15 * beat * tones + rng.normal(0.0, 0.02, len(t))
    return wave.astype(np.float32)


def fill(url: str, n_tracks: int, snapshot: Snapshot, extractor: FeatureExtractor) -> None:
    """Register tracks with audio and lyrics; their features are one track's, moved at random."""
    rng = np.random.default_rng(0)
    heard = extractor.waveform(clip(rng))
    read = extractor.lyrics("The rain came down and nobody was home").vector
    assert read is not None
    database = Database(url)
    migrate(database)
    shared = predict_population(snapshot, TrackFeatures(heard, read))
    # Judging 10,000 tracks takes minutes and is not what is measured: one belief, moved at random.
    population_predictor = PopulationPredictor(
        snapshot.version, snapshot.feature_digest, lambda _: _moved(shared, rng)
    )
    catalogue = Catalogue(database, population_predictor, lambda: datetime.now(UTC))
    for number in range(n_tracks):
        vector = heard.vector * rng.uniform(0.5, 1.5, len(heard.vector)).astype(np.float32)
        lyrics = read + rng.normal(0.0, 0.02, len(read)).astype(np.float32)
        audio = AudioFeatures(
            vector, heard.segments, heard.starts_s, heard.ends_s, heard.duration_s
        )
        features = TrackFeatures(audio, lyrics / np.linalg.norm(lyrics))
        catalogue.put(
            f"t{number:05d}",
            features,
            Content(f"{number:064x}", f"{number:064x}"),
            TrackMetadata(),
        )
    database.close()


def _moved(
    population_prediction: PopulationPrediction, rng: np.random.Generator
) -> PopulationPrediction:
    logits = {
        m: x + rng.normal(0.0, 0.5, x.shape)
        for m, x in population_prediction.member_logits.items()
    }
    scale = rng.uniform(0.5, 1.5, len(population_prediction.sketch)).astype(
        population_prediction.sketch.dtype
    )
    return PopulationPrediction(
        logits, population_prediction.segment_proba, population_prediction.sketch * scale
    )
