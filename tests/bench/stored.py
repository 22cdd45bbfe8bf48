"""``make bench-stored``: bytes of a registered track on both databases, by what is kept of it."""

import tempfile
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import get_args

import numpy as np
from sqlalchemy import text

from models.audio.decoding import SAMPLE_RATE_HZ
from models.emotion import Modality
from models.prediction.predictor import predict_population
from models.track import PopulationPrediction, TrackFeatures
from service.clock import utc_now
from service.db.catalogue import Catalogue
from service.db.database import Database
from service.db.schema import migrate
from service.db.track_segments import KeptSegments
from service.tracks import Content, PopulationPredictor, TrackMetadata
from tests.bench.catalogue import CLIP_S, clip, shipped
from tests.bench.tables import say, table
from tests.postgres import new_cluster

N_TRACKS = 500
LENGTHS_S = (30, 240)
_SIZES = {
    "sqlite": "SELECT (page_count - freelist_count) * page_size"
    " FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
    "postgresql": "SELECT pg_database_size(current_database())",
}


def main() -> None:
    """Register tracks with audio, lyrics, title and artist, and print how the databases grow."""
    tracks = _tracks()
    rows = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(new_cluster(is_durable=False))
        for (length_s, track), kept in product(tracks.items(), get_args(KeptSegments)):
            urls = f"sqlite:///{folder}/{length_s}-{kept}.db", server.new_database()
            sizes = [f"{_bytes_of_one(url, track, kept):,.0f}" for url in urls]
            rows.append([f"{length_s} s", kept, *sizes])
    say(f"{N_TRACKS} tracks each; a segment has {track.n_features} features.")
    table("Bytes of a track", ["audio", "ATTUNE_SEGMENTS", *_SIZES], rows)


@dataclass(frozen=True)
class _Track:
    """Features, and a predictor that predicts them without computing anything."""

    features: TrackFeatures
    predictor: PopulationPredictor

    @property
    def n_features(self) -> int:
        vector = self.features.vector(Modality.AUDIO)
        return 0 if vector is None else len(vector)


def _tracks() -> dict[int, _Track]:
    """Return a track of each length, by its seconds."""
    snapshot, extractor = shipped()
    rng = np.random.default_rng(0)
    whole = np.concatenate([clip(rng) for _ in range(max(LENGTHS_S) // CLIP_S)])
    lyrics = extractor.lyrics("The rain came down and nobody was home").vector
    tracks = {}
    for length_s in LENGTHS_S:
        audio = extractor.waveform(whole[: length_s * SAMPLE_RATE_HZ])
        features = TrackFeatures(audio, lyrics)
        predicted = predict_population(snapshot, features)
        tracks[length_s] = _Track(
            features,
            PopulationPredictor(
                snapshot.version, snapshot.feature_digest, partial(_repeat, predicted)
            ),
        )
    return tracks


def _repeat(predicted: PopulationPrediction, _: TrackFeatures) -> PopulationPrediction:
    return predicted


def _bytes_of_one(url: str, track: _Track, kept: KeptSegments) -> float:
    with closing(Database(url)) as database:
        migrate(database)
        before = _size(database)
        catalogue = Catalogue(database, track.predictor, utc_now, segments=kept)
        for number in range(N_TRACKS):
            catalogue.put(
                f"track-{number:08d}",
                track.features,
                Content(f"{number:064x}", f"{number:064x}", f"{number:064x}"),
                TrackMetadata(f"Title of number {number}", "Name of an artist"),
            )
        return (_size(database) - before) / N_TRACKS


def _size(database: Database) -> int:
    size = _SIZES["sqlite" if database.is_local else "postgresql"]
    with database.read() as connection:
        return int(connection.execute(text(size)).scalar_one())


if __name__ == "__main__":
    main()
