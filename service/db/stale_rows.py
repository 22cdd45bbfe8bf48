"""Rows whose features are of an earlier snapshot: the present one answers by what that one said.

Such a row is stale until its recording is heard again, or the track is registered again.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.arrays import FloatVector
from models.prediction.earlier_snapshot import LYRICS_UNSENT, Restatement, earlier_features
from models.track import Belief, Track
from service.db.track_rows import (
    AnyRow,
    along_in,
    is_empty,
    is_judged,
    logits_in,
    timing_in,
    track_of,
)
from service.tracks import Believer

UNSENT = "unsent"
"""In ``lyrics_unread``: the recording was heard again, and the lyrics must be sent again."""


def is_stale(row: AnyRow, believer: Believer) -> bool:
    """Whether the features in a row are of another kind than the snapshot reads."""
    return bool(row.feature_digest != believer.feature_digest)


def is_ready(row: AnyRow, believer: Believer) -> bool:
    """Whether nothing must be computed of the row's features, which need not be read then."""
    return is_stale(row, believer) or is_judged(row, believer)


def track_in(row: AnyRow, believer: Believer) -> Track | None:
    """Return the track in a row; None where there is nothing to answer from.

    A stale one has the judgement of its earlier snapshot, restated.
    """
    if is_stale(row, believer):
        return _stale_track(row, believer)
    if is_empty(row):
        return None
    track = track_of(row, believer)
    return _without_lyrics(track) if row.lyrics_unread == UNSENT else track


def drawn_in(rows: Sequence[AnyRow], believer: Believer) -> dict[str, FloatVector]:
    """Return the sketches of tracks by id, as of `track_in`; those that there are.

    Of stale ones many are restated at once: after an upgrade a whole catalogue is.
    """
    found: dict[str, FloatVector] = {}
    alike: dict[tuple[int, int], list[AnyRow]] = {}
    for row in rows:
        if is_stale(row, believer):
            sizes = len(row.audio_logits or b""), len(row.lyrics_logits or b"")
            alike.setdefault(sizes, []).append(row)
        elif (track := track_in(row, believer)) is not None:
            found[row.track_id] = track.sketch
    for group in alike.values():
        restated = _restated(group, believer)
        if restated is not None:
            found |= zip((row.track_id for row in group), restated.sketches, strict=True)
    return found


def unjudged_in(rows: Sequence[AnyRow], believer: Believer) -> dict[str, FloatVector]:
    """Return flat sketches by id of those stale tracks that no snapshot ever judged."""
    ids = [
        row.track_id
        for row in rows
        if is_stale(row, believer) and not is_empty(row) and not logits_in(row)
    ]
    if believer.restate is None or not ids:
        return {}
    return dict.fromkeys(ids, believer.restate({}).sketches[0])


def _stale_track(row: AnyRow, believer: Believer) -> Track | None:
    restated = _restated([row], believer)
    if restated is None:
        return None
    logits = {modality: told[:, 0] for modality, told in restated.member_logits.items()}
    features = earlier_features(row.snapshot, logits, timing_in(row))
    return Track(row.track_id, features, Belief(logits, along_in(row), restated.sketches[0]))


def _restated(rows: Sequence[AnyRow], believer: Believer) -> Restatement | None:
    """Return what was said of rows with the same modalities and members; None without any."""
    said = [logits_in(row) for row in rows]
    if believer.restate is None or not said[0]:
        return None
    return believer.restate({m: np.stack([each[m] for each in said], axis=1) for m in said[0]})


def _without_lyrics(track: Track) -> Track:
    notices = (LYRICS_UNSENT,)  # no other speaks of lyrics
    return replace(track, features=replace(track.features, notices=notices))
