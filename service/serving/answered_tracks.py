"""Track features of the tracks that a user has answered."""

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix
from models.errors import AttuneError
from service.answers import Answers
from service.db.catalogue import Catalogue
from service.db.track_features import TrackFeatureStore


@dataclass(frozen=True, slots=True, eq=False)
class AnsweredTracks:
    """Track features of answered tracks, in the order of the answers.

    Attributes:
        rows: Features; 0 for a track without any ``(n_answers, n_columns)``.
        is_known: Whether the track has features ``(n_answers,)``.
        is_stale: Whether these are an earlier snapshot's, which change when they are extracted
            again ``(n_answers,)``.
    """

    rows: FloatMatrix
    is_known: NDArray[np.bool_]
    is_stale: NDArray[np.bool_]

    @property
    def is_lasting(self) -> bool:
        """Whether the features of all tracks are final."""
        return bool((self.is_known & ~self.is_stale).all())


def answered_tracks(
    answers: Answers,
    catalogue: Catalogue,
    track_features: TrackFeatureStore | None,
    n_columns: int,
) -> AnsweredTracks:
    """Return the features of answered tracks.

    They come from the stored files. Those of tracks that the files do not hold, as hidden ones,
    come from the database, as do all of them if the files are missing or not ready. Both are equal
    to the bit.

    Raises:
        StoreUnavailableError: The database cannot be read now.
    """
    n = len(answers)
    rows = np.zeros((n, n_columns), np.float32)
    is_known, is_stale = np.zeros((2, n), np.bool_)
    with suppress(AttuneError):  # learning does not depend on the files
        if track_features is not None:
            stored = track_features.current()
            places = stored.places(answers.track_ids, answers.keys)
            is_known = places >= 0
            rows[is_known] = stored.rows[places[is_known]]
            is_stale = stored.is_stale(places)
    left = {answers.track_ids[at]: at for at in np.flatnonzero(~is_known).tolist()}
    for track_id, summary in catalogue.summaries(left).items():
        at = left[track_id]
        rows[at], is_known[at], is_stale[at] = summary.sketch, True, summary.is_stale
    return AnsweredTracks(rows, is_known, is_stale)
