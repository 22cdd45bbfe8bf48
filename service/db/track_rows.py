"""Conversion between tracks and rows of raw little-endian floats.

Segments are float16, since they are many and only drawn as a curve. All other arrays are float32.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row, null

from models.arrays import FloatVector
from models.emotion import N_QUADRANTS, Modality
from models.features.language import notice_of, skip_reason_in
from models.prediction.earlier_snapshot import Timing
from models.track import AudioFeatures, PopulationPrediction, Track, TrackFeatures
from service.db.population_predictions import PREDICTION_COLUMNS, PredictionColumns
from service.db.tables import track, track_segments
from service.db.track_segments import (
    FLOAT16,
    FLOAT32,
    KeptSegments,
    SegmentColumns,
    floats,
    kept_proba,
    kept_segments,
    storable,
)
from service.tracks import Content, PopulationPredictor, TrackMetadata, TrackRecord

AnyRow: TypeAlias = Row[*tuple[Any, ...]]

_SEGMENTS = tuple(column for column in track_segments.c if column.name != "track_id")
NUMBERS = (
    track.c.duration_s,
    track.c.audio_logits,
    track.c.lyrics_logits,
    track.c.sketch,
    track.c.lyrics_unread,
    track.c.lyrics_vector,
    track.c.audio_vector,
)
ERASED: dict[str, None] = {
    column.name: None
    for column in (*NUMBERS, track.c.audio_sha256, track.c.lyrics_sha256, track.c.sound_sha256)
}
"""Columns of a row whose track was erased."""

WHOLE = (*track.c, *_SEGMENTS)
"""All columns: a prediction needs them."""

SHOWN = (*track.c, *_SEGMENTS[:-1], null().label("segments"))
"""The columns without segment features, which only a prediction needs."""

BRIEF = (*track.c, *(null().label(column.name) for column in _SEGMENTS))
"""The columns without segments, whose table is not read."""


class FeatureColumns(NamedTuple):
    """Features and their prediction: columns of the track, and of its segments if it has any."""

    track: dict[str, Any]
    segments: SegmentColumns | None


def prediction_columns_of(
    features: TrackFeatures,
    population_predictor: PopulationPredictor,
    kept: KeptSegments = "all",
) -> PredictionColumns:
    """Return the columns that hold a snapshot's prediction of features.

    The result is the same for features that were stored and read again, if all segments are kept.
    """
    columns: dict[str, bytes | None] = dict.fromkeys(PREDICTION_COLUMNS)
    columns |= _prediction_columns(population_predictor.predict_population(_rounded(features)))
    proba = kept_proba(columns["segment_proba"], _segments_of(features.audio), kept)
    return columns | {"segment_proba": proba}


def columns_of_features(
    features: TrackFeatures, population_predictor: PopulationPredictor, kept: KeptSegments
) -> FeatureColumns:
    """Return the columns that hold features and their prediction."""
    audio = features.audio
    row: dict[str, Any] = dict.fromkeys(column.name for column in NUMBERS)
    row |= {
        "feature_digest": population_predictor.feature_digest,
        "snapshot": population_predictor.version,
    }
    row["lyrics_unread"] = skip_reason_in(features.notices)
    if features.lyrics is not None:
        row["lyrics_vector"] = _bytes(features.lyrics)
    if audio is not None:
        row |= {
            "duration_s": audio.duration_s,
            "audio_vector": _bytes(audio.vector),
        }
    row |= prediction_columns_of(features, population_predictor)
    segments = dict(_segments_of(audio)) | {"segment_proba": row.pop("segment_proba")}
    return FeatureColumns(row, kept_segments(segments, kept))


def track_of(row: AnyRow, population_predictor: PopulationPredictor) -> Track:
    """Return the track in a row; predict it unless the row holds this snapshot's prediction."""
    features = features_in(row)
    is_known = is_predicted(row, population_predictor)
    population_prediction = (
        _population_prediction(row)
        if is_known
        else _rounded_prediction(population_predictor.predict_population(features))
    )
    served = population_predictor.recalibrated_features(population_prediction.sketch[None])[0]
    return Track(row.track_id, features, replace(population_prediction, sketch=served))


def record_of(row: AnyRow, track: Track | None) -> TrackRecord:
    """Return the track in a row with its metadata and content."""
    return TrackRecord(
        row.track_id,
        track,
        TrackMetadata(row.title, row.artist, row.audio_url),
        content_in(row),
        row.duration_s,
        row.created_at,
        row.updated_at,
    )


def content_in(row: AnyRow) -> Content:
    """Return the digests in a row."""
    return Content(row.audio_sha256, row.lyrics_sha256, row.sound_sha256)


def is_predicted(row: AnyRow, population_predictor: PopulationPredictor) -> bool:
    """Whether the row holds this snapshot's prediction."""
    return row.snapshot == population_predictor.version and row.sketch is not None


def served_features(
    rows: Sequence[AnyRow], population_predictor: PopulationPredictor
) -> dict[str, FloatVector]:
    """Return the served track features of predicted rows by track id."""
    if not rows:
        return {}
    served = population_predictor.recalibrated_features(
        np.stack([floats(row.sketch) for row in rows])
    )
    return {row.track_id: features for row, features in zip(rows, served, strict=True)}


def is_empty(row: AnyRow) -> bool:
    """Whether the row holds no features."""
    return row.audio_vector is None and row.lyrics_vector is None


def features_in(row: AnyRow) -> TrackFeatures:
    """Return the features in a row; segments only if they were read."""
    lyrics = None if row.lyrics_vector is None else floats(row.lyrics_vector)
    notices = (notice_of(row.lyrics_unread),) if row.lyrics_unread else ()
    if row.audio_vector is None:
        return TrackFeatures(None, lyrics, notices)
    vector = floats(row.audio_vector)
    segments = np.frombuffer(row.segments or b"", FLOAT16).reshape(-1, len(vector))
    audio = AudioFeatures(
        vector,
        segments.astype(np.float32),
        floats(row.starts_s),
        floats(row.ends_s),
        row.duration_s,
    )
    return TrackFeatures(audio, lyrics, notices)


def logits_in(row: AnyRow) -> dict[Modality, NDArray[np.float64]]:
    """Return the member logits in a row by modality, ``(n_members, n_quadrants)`` each."""
    blobs = {Modality.AUDIO: row.audio_logits, Modality.LYRICS: row.lyrics_logits}
    return {key: _quadrants(blob) for key, blob in blobs.items() if blob is not None}


def segment_proba_in(row: AnyRow) -> NDArray[np.float64]:
    """Return the predicted distributions of segments ``(n_segments, n_quadrants)``."""
    return _quadrants(row.segment_proba)


def timing_in(row: AnyRow) -> Timing:
    """Return the times of a row's segments; empty if they were not read."""
    return Timing(floats(row.starts_s), floats(row.ends_s), row.duration_s)


def _population_prediction(row: AnyRow) -> PopulationPrediction:
    return PopulationPrediction(logits_in(row), segment_proba_in(row), floats(row.sketch))


def _prediction_columns(population_prediction: PopulationPrediction) -> dict[str, bytes]:
    columns = {
        f"{key}_logits": _bytes(logits)
        for key, logits in population_prediction.member_logits.items()
    }
    columns |= {
        "segment_proba": _bytes(population_prediction.segment_proba),
        "sketch": _bytes(population_prediction.sketch),
    }
    return columns


def _segments_of(audio: AudioFeatures | None) -> SegmentColumns:
    """Return the columns of all segments without a prediction."""
    if audio is None:
        return dict.fromkeys(("starts_s", "ends_s", "segments"))
    return {
        "starts_s": _bytes(audio.starts_s),
        "ends_s": _bytes(audio.ends_s),
        "segments": storable(audio.segments).tobytes(),
    }


def _rounded(features: TrackFeatures) -> TrackFeatures:
    """Return features as they are read from a row, so that predictions do not depend on it."""
    audio = features.audio
    if audio is None:
        return features
    segments = storable(audio.segments).astype(np.float32)
    return replace(features, audio=replace(audio, segments=segments))


def _rounded_prediction(population_prediction: PopulationPrediction) -> PopulationPrediction:
    """Return a prediction as read from a row."""
    logits = {key: _through(values) for key, values in population_prediction.member_logits.items()}
    return PopulationPrediction(
        logits, _through(population_prediction.segment_proba), population_prediction.sketch
    )


def _through(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values.astype(FLOAT32).astype(np.float64)


def _bytes(values: NDArray[Any]) -> bytes:
    return values.astype(FLOAT32).tobytes()


def _quadrants(blob: bytes | None) -> NDArray[np.float64]:
    return floats(blob).reshape(-1, N_QUADRANTS).astype(np.float64)
