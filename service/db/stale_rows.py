"""Stale rows: tracks with features of an earlier snapshot, whose predictions are still used.

A row is stale until its recording's features are extracted again or the track is registered again.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.arrays import FloatVector
from models.prediction.earlier_snapshot import LYRICS_UNSENT, EarlierPredictions, earlier_features
from models.track import PopulationPrediction, Track
from service.db.track_rows import (
    AnyRow,
    is_empty,
    is_predicted,
    logits_in,
    segment_proba_in,
    timing_in,
    track_of,
)
from service.tracks import PopulationPredictor

UNSENT = "unsent"
"""Value of ``lyrics_unread``: features of the audio are new, the lyrics must be sent again."""


def is_stale(row: AnyRow, population_predictor: PopulationPredictor) -> bool:
    """Whether the row's features are not those that the snapshot reads."""
    return bool(row.feature_digest != population_predictor.feature_digest)


def is_ready(row: AnyRow, population_predictor: PopulationPredictor) -> bool:
    """Whether no prediction must be computed, so that features need not be read."""
    return is_stale(row, population_predictor) or is_predicted(row, population_predictor)


def track_in(row: AnyRow, population_predictor: PopulationPredictor) -> Track | None:
    """Return the track in a row; None if there is nothing to predict from.

    A stale one carries its earlier snapshot's prediction, converted to the present snapshot.
    """
    if is_stale(row, population_predictor):
        return _stale_track(row, population_predictor)
    if is_empty(row):
        return None
    track = track_of(row, population_predictor)
    return _without_lyrics(track) if row.lyrics_unread == UNSENT else track


def served_features_in(
    rows: Sequence[AnyRow], population_predictor: PopulationPredictor
) -> dict[str, FloatVector]:
    """Return served track features by id, as of `track_in`; tracks without any are left out.

    Stale rows are converted together: after an upgrade a whole catalogue is stale.
    """
    found: dict[str, FloatVector] = {}
    alike: dict[tuple[int, int], list[AnyRow]] = {}
    for row in rows:
        if is_stale(row, population_predictor):
            sizes = len(row.audio_logits or b""), len(row.lyrics_logits or b"")
            alike.setdefault(sizes, []).append(row)
        elif (track := track_in(row, population_predictor)) is not None:
            found[row.track_id] = track.sketch
    for group in alike.values():
        predict_from_earlier = _restated(group, population_predictor)
        if predict_from_earlier is not None:
            found |= zip(
                (row.track_id for row in group), predict_from_earlier.track_features, strict=True
            )
    return found


def flat_features_in(
    rows: Sequence[AnyRow], population_predictor: PopulationPredictor
) -> dict[str, FloatVector]:
    """Return flat track features by id of those stale tracks without any prediction."""
    ids = [
        row.track_id
        for row in rows
        if is_stale(row, population_predictor) and not is_empty(row) and not logits_in(row)
    ]
    if population_predictor.predict_from_logits is None or not ids:
        return {}
    return dict.fromkeys(ids, population_predictor.predict_from_logits({}).track_features[0])


def _stale_track(row: AnyRow, population_predictor: PopulationPredictor) -> Track | None:
    predict_from_earlier = _restated([row], population_predictor)
    if predict_from_earlier is None:
        return None
    logits = {
        modality: earlier_logits[:, 0]
        for modality, earlier_logits in predict_from_earlier.member_logits.items()
    }
    features = earlier_features(row.snapshot, logits, timing_in(row))
    return Track(
        row.track_id,
        features,
        PopulationPrediction(
            logits, segment_proba_in(row), predict_from_earlier.track_features[0]
        ),
    )


def _restated(
    rows: Sequence[AnyRow], population_predictor: PopulationPredictor
) -> EarlierPredictions | None:
    """Convert the predictions of rows with equal modalities and members; None without any."""
    logits = [logits_in(row) for row in rows]
    if population_predictor.predict_from_logits is None or not logits[0]:
        return None
    return population_predictor.predict_from_logits(
        {m: np.stack([each[m] for each in logits], axis=1) for m in logits[0]}
    )


def _without_lyrics(track: Track) -> Track:
    notices = (LYRICS_UNSENT,)  # no other notice is about lyrics
    return replace(track, features=replace(track.features, notices=notices))
