"""The effect of labels on the predictions for their user."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from models.emotion import QUADRANTS, Quadrant
from service.serving.forecasts import predict_each
from service.serving.personal_models import UserModels, UserState
from service.tracks import TrackMetadata

MAX_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Move:
    """Number of tracks whose likeliest quadrant moved from one to another."""

    before: Quadrant
    after: Quadrant
    n: int


@dataclass(frozen=True, slots=True)
class MovedTrack:
    """A track whose likeliest quadrant changed."""

    track_id: str
    track_metadata: TrackMetadata
    before: Quadrant
    after: Quadrant


@dataclass(frozen=True, slots=True)
class Effect:
    """The effect of labels on a sample of the catalogue.

    Attributes:
        moves: Counts of the moved tracks, the most frequent move first.
    """

    n_tracks: int
    n_moved: int
    moves: Sequence[Move]
    tracks: Sequence[MovedTrack]


def effect_of(
    before: UserState, after: UserState, track_ids: Collection[str], listeners: UserModels
) -> Effect:
    """Compare the likeliest quadrants under two models of one user.

    Both use the same votes of other users, so only the user's own labels make the difference.
    Tracks that cannot be predicted are left out.
    """
    models = [before.model, after.model]
    known, forecasts = predict_each(track_ids, after, models, listeners)
    earlier, later = (each.proba.argmax(axis=1) for each in forecasts)
    rows = np.flatnonzero(earlier != later).tolist()
    pairs = [(QUADRANTS[earlier[row]], QUADRANTS[later[row]]) for row in rows]
    moved = [known[row] for row in rows]
    track_metadata_by_id = listeners.catalogue.track_metadata_by_id(moved[:MAX_EXAMPLES])
    return Effect(
        n_tracks=len(known),
        n_moved=len(rows),
        moves=_counted(pairs),
        tracks=[
            MovedTrack(track_id, track_metadata_by_id.get(track_id, TrackMetadata()), *pair)
            for track_id, pair in zip(moved[:MAX_EXAMPLES], pairs, strict=False)
        ],
    )


def _counted(pairs: Sequence[tuple[Quadrant, Quadrant]]) -> list[Move]:
    """Count each pair, the most frequent first."""
    counts = sorted(Counter(pairs).items(), key=lambda each: (-each[1], each[0]))
    return [Move(*pair, n) for pair, n in counts]
