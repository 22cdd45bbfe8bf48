"""A catalogue to measure on: features of one generated recording, moved at random."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, Self

import numpy as np
from sqlalchemy import Connection, insert, select, update

from models.audio.decoding import SAMPLE_RATE_HZ
from models.features.extraction import FeatureExtractor
from models.prediction.predictor import predict_population
from models.snapshot import Snapshot, load_snapshot
from models.track import AudioFeatures, PopulationPrediction, TrackFeatures
from service.clock import utc_now
from service.db.bulk_catalogue import Entry
from service.db.database import Database
from service.db.recount import rebuild_counts
from service.db.tables import catalogue, track, track_segments
from service.db.track_rows import FeatureColumns, columns_of_features
from service.db.track_search import rebuild_words
from service.db.votes import add_to_votes
from service.serving.container import population_predictor_of
from service.tracks import Content, PopulationPredictor, TrackMetadata
from tests.bench.tables import say
from tests.journey.servers import ROOT

PRETRAINED, WEIGHTS = ROOT / "models" / "pretrained", ROOT / "models" / "weights"
CLIP_S = 30
BLOCK = 10_000
"""Tracks that are drawn together, from the block's number; one transaction."""
_AT_ONCE = 1_000
_BLOCKS_A_LINE = 10
_CACHE_KIB = 1_000_000
_TRACKS_AN_ARTIST = 12
_WORDS = [
    "amber",
    "blue",
    "cold",
    "dawn",
    "ember",
    "fall",
    "gold",
    "hollow",
    "iron",
    "june",
    "kite",
    "low",
    "moon",
    "night",
    "oak",
    "rain",
]


def shipped() -> tuple[Snapshot, FeatureExtractor]:
    """Return the shipped snapshot, and the extractor of its features."""
    snapshot = load_snapshot(PRETRAINED)
    return snapshot, FeatureExtractor.open(WEIGHTS, snapshot.network)


def clip(rng: np.random.Generator) -> np.ndarray:
    """Return 30 s of a few decaying tones over noise at 16 kHz: something to encode."""
    t = np.arange(CLIP_S * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    beat = np.exp(-4.0 * (t % 0.5))
    tones = sum(np.sin(2 * np.pi * f * t) for f in rng.uniform(100, 2000, 4))
    wave = 0.15 * beat * tones + rng.normal(0.0, 0.02, len(t))
    return wave.astype(np.float32)


def track_id_of(number: int) -> str:
    """Return the id of a track by its number, from 0."""
    return f"t{number:08}"


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A track with audio and lyrics, and its prediction; all others are moved from it."""

    features: TrackFeatures
    prediction: PopulationPrediction

    @classmethod
    def of(cls, snapshot: Snapshot, extractor: FeatureExtractor) -> Self:
        """Return the track of a generated recording."""
        heard = extractor.waveform(clip(np.random.default_rng(0)))
        read = extractor.lyrics("The rain came down and nobody was home").vector
        features = TrackFeatures(heard, read)
        return cls(features, predict_population(snapshot, features))

    def without_segments(self) -> Self:
        """Return the track without segments, which take most of the bytes of a long one."""
        audio = self.features.audio
        assert audio is not None
        whole = replace(AudioFeatures.of_embedding(audio.vector), duration_s=audio.duration_s)
        prediction = replace(self.prediction, segment_proba=self.prediction.segment_proba[:0])
        return replace(self, features=replace(self.features, audio=whole), prediction=prediction)


def entries(example: Example, block: int) -> Iterator[Entry]:
    """Yield the tracks of a block, to register.

    Predicting 10,000 tracks takes minutes and is not what is measured: the prediction is the
    example's, moved at random.
    """
    audio, read, shared = example.features.audio, example.features.lyrics, example.prediction
    assert audio is not None
    assert read is not None
    rng = np.random.default_rng([20, block])
    heard = (audio.vector * rng.uniform(0.5, 1.5, (BLOCK, len(audio.vector)))).astype(np.float32)
    lyrics = read + rng.normal(0.0, 0.02, (BLOCK, len(read)))
    lyrics = (lyrics / np.linalg.norm(lyrics, axis=1, keepdims=True)).astype(np.float32)
    logits = {
        modality: values + rng.normal(0.0, 0.5, (BLOCK, *values.shape))
        for modality, values in shared.member_logits.items()
    }
    spread = 0.5 * float(np.std(shared.sketch))
    sketch = (shared.sketch + rng.normal(0.0, spread, (BLOCK, len(shared.sketch)))).astype(
        shared.sketch.dtype
    )
    for place in range(BLOCK):
        track_id = track_id_of(block * BLOCK + place)
        yield Entry(
            track_id,
            TrackFeatures(replace(audio, vector=heard[place]), lyrics[place]),
            PopulationPrediction(
                {modality: values[place] for modality, values in logits.items()},
                shared.segment_proba,
                sketch[place],
            ),
            _content(track_id),
            _metadata(block * BLOCK + place),
        )


def fill(database: Database, n_tracks: int, snapshot: Snapshot, example: Example) -> None:
    """Register tracks until there are so many; blocks that are there stay."""
    population_predictor = population_predictor_of(snapshot)
    with database.read() as connection:
        n_made = int(connection.execute(select(catalogue.c.revision)).scalar_one())
    for block in range(-(-n_made // BLOCK), -(-n_tracks // BLOCK)):
        new = islice(entries(example, block), n_tracks - block * BLOCK)
        with database.write() as connection:
            enlarge_cache(connection)
            add_tracks(connection, new, population_predictor, block * BLOCK, utc_now())
        if not (block + 1) % _BLOCKS_A_LINE:
            say(f"  {(block + 1) * BLOCK:,} tracks")
    with database.write() as connection:
        enlarge_cache(connection)
        rebuild_words(connection)
        rebuild_counts(connection)


def enlarge_cache(connection: Connection) -> None:
    """Give SQLite a large cache, so that indexes are not read again for each row."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size = -{_CACHE_KIB}")


def add_tracks(
    connection: Connection,
    new: Iterable[Entry],
    population_predictor: PopulationPredictor,
    last_revision: int,
    moment: datetime,
) -> None:
    """Insert the rows of new tracks as `BulkCatalogue.put_all` would, without its statements.

    Args:
        connection: Of a transaction.
        new: Tracks whose ids are new, in order.
        population_predictor: Of the snapshot that registers them.
        last_revision: Revision of the catalogue before.
        moment: When they are registered.
    """
    revision, remaining = last_revision, iter(new)
    while part := list(islice(remaining, _AT_ONCE)):
        found = [_columns(entry, population_predictor) for entry in part]
        rows = [
            columns.track | _own(entry, number, moment)
            for number, (columns, entry) in enumerate(zip(found, part, strict=True), revision + 1)
        ]
        connection.execute(insert(track), rows)
        segments = [
            {"track_id": entry.track_id, **columns.segments}
            for columns, entry in zip(found, part, strict=True)
            if columns.segments is not None
        ]
        if segments:
            connection.execute(insert(track_segments), segments)
        add_to_votes(connection, [entry.track_id for entry in part])
        revision += len(part)
    connection.execute(update(catalogue).values(revision=revision))


def _columns(entry: Entry, population_predictor: PopulationPredictor) -> FeatureColumns:
    given = replace(population_predictor, predict_population=lambda _: entry.population_prediction)
    return columns_of_features(entry.features, given, "all")


def _own(entry: Entry, revision: int, moment: datetime) -> dict[str, Any]:
    """Return the columns that do not hold features."""
    return {
        "track_id": entry.track_id,
        "revision": revision,
        "is_hidden": False,
        "audio_sha256": entry.content.audio_sha256,
        "lyrics_sha256": entry.content.lyrics_sha256,
        "sound_sha256": entry.content.sound_sha256,
        "created_at": moment,
        "updated_at": moment,
        **asdict(entry.track_metadata),
    }


def _content(track_id: str) -> Content:
    heard, read, sound = (
        hashlib.sha256(f"{kind} {track_id}".encode()).hexdigest()
        for kind in ("audio", "lyrics", "sound")
    )
    return Content(heard, read, sound)


def _metadata(number: int) -> TrackMetadata:
    n = len(_WORDS)
    title = f"{_WORDS[number % n]} {_WORDS[number // n % n]} {number // n**2}".title()
    return TrackMetadata(title, f"Artist {number // _TRACKS_AN_ARTIST}")
