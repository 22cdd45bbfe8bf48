"""Rows whose features are of an earlier snapshot: the present one answers by what that one said.

Such a row is stale until its recording is heard again, or the track is registered again.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.arrays import FloatVector
from models.prediction.earlier_snapshot import LYRICS_UNSENT, EarlierPredictions, earlier_features
from models.track import PopulationPrediction, Track
from service.db.track_rows import (
    AnyRow,
    along_in,
    is_empty,
    is_judged,
    logits_in,
    timing_in,
    track_of,
)
from service.tracks import PopulationPredictor

UNSENT = "unsent"
"""In ``lyrics_unread``: the recording was heard again, and the lyrics must be sent again."""


def is_stale(row: AnyRow, population_predictor: PopulationPredictor) -> bool:
    """Whether the features in a row are of another kind than the snapshot reads."""
    return bool(row.feature_digest != population_predictor.feature_digest)


def is_ready(row: AnyRow, population_predictor: PopulationPredictor) -> bool:
    """Whether nothing must be computed of the row's features, which need not be read then."""
    return is_stale(row, population_predictor) or is_judged(row, population_predictor)


def track_in(row: AnyRow, population_predictor: PopulationPredictor) -> Track | None:
    """Return the track in a row; None where there is nothing to answer from.

    A stale one has the judgement of its earlier snapshot, restated.
    """
    if is_stale(row, population_predictor):
        return _stale_track(row, population_predictor)
    if is_empty(row):
        return None
    track = track_of(row, population_predictor)
    return _without_lyrics(track) if row.lyrics_unread == UNSENT else track


def drawn_in(
    rows: Sequence[AnyRow], population_predictor: PopulationPredictor
) -> dict[str, FloatVector]:
    """Return the sketches of tracks by id, as of `track_in`; those that there are.

    Of stale ones many are restated at once: after an upgrade a whole catalogue is.
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


def unjudged_in(
    rows: Sequence[AnyRow], population_predictor: PopulationPredictor
) -> dict[str, FloatVector]:
    """Return flat sketches by id of those stale tracks that no snapshot ever judged."""
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
        PopulationPrediction(logits, along_in(row), predict_from_earlier.track_features[0]),
    )


def _restated(
    rows: Sequence[AnyRow], population_predictor: PopulationPredictor
) -> EarlierPredictions | None:
    """Return what was said of rows with the same modalities and members; None without any."""
    said = [logits_in(row) for row in rows]
    if population_predictor.predict_from_logits is None or not said[0]:
        return None
    return population_predictor.predict_from_logits(
        {m: np.stack([each[m] for each in said], axis=1) for m in said[0]}
    )


def _without_lyrics(track: Track) -> Track:
    notices = (LYRICS_UNSENT,)  # no other speaks of lyrics
    return replace(track, features=replace(track.features, notices=notices))
