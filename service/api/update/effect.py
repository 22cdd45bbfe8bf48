"""Effect: what answers change in the predictions for their listener."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from models.emotion import QUADRANTS, Quadrant
from service.serving.forecasts import predict_each
from service.serving.personal_models import Listener, Listeners
from service.tracks import TrackMetadata

MAX_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Move:
    """How many tracks have another likeliest quadrant than before."""

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
    """What answers changed for their listener on a sample of the catalogue.

    Attributes:
        n_tracks: How many tracks were compared.
        n_moved: How many of them have another likeliest quadrant.
        moves: The moved tracks by quadrant, the most frequent move first.
        tracks: At most `MAX_EXAMPLES` of them.
    """

    n_tracks: int
    n_moved: int
    moves: Sequence[Move]
    tracks: Sequence[MovedTrack]


def effect_of(
    before: Listener, after: Listener, track_ids: Collection[str], listeners: Listeners
) -> Effect:
    """Return where the likeliest quadrant differs between two models of one listener.

    Other listeners' votes are the same for both models: only the listener's own answers make the
    difference.

    Args:
        before: The listener with the earlier model.
        after: The same listener with the later one.
        track_ids: What to compare; tracks that cannot be predicted are left out.
        listeners: All of them.
    """
    models = [before.model, after.model]
    known, found = predict_each(track_ids, after, models, listeners)
    earlier, later = (each.proba.argmax(axis=1) for each in found)
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
    """Return how often each pair comes, the most frequent first."""
    counts = sorted(Counter(pairs).items(), key=lambda each: (-each[1], each[0]))
    return [Move(*pair, n) for pair, n in counts]
