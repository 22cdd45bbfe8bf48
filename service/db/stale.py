"""Rows whose features are of an earlier snapshot: the present one answers by what that one said.

Such a row is stale until its recording is heard again, or the track is registered again.
"""

from dataclasses import replace

import numpy as np

from models.earlier import LYRICS_UNSENT, earlier_features
from models.track import Belief, Track
from service.db.rows import (
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


def _stale_track(row: AnyRow, believer: Believer) -> Track | None:
    said = Belief(logits_in(row), along_in(row), np.zeros(0, np.float32))  # of other columns
    if believer.restate is None or not said.member_logits:
        return None
    features = earlier_features(row.snapshot, said.member_logits, timing_in(row))
    return Track(row.track_id, features, believer.restate(said))


def _without_lyrics(track: Track) -> Track:
    notices = (*track.features.notices, LYRICS_UNSENT)
    return replace(track, features=replace(track.features, notices=notices))
