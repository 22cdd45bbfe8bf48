"""The sample of tracks on which a user is compared with the population."""

import numpy as np

from service.db.catalogue import Catalogue
from service.db.track_feature_files import TrackFeatureMatrix
from service.db.track_features import TrackFeatureStore
from service.errors import FeaturesNotReadyError

MAX_SAMPLE = 500
"""Most tracks in the sample."""


def sample_of(track_features: TrackFeatureStore, catalogue: Catalogue) -> list[str]:
    """Return the sample; while the track features are being prepared, the first tracks by id."""
    try:
        return sample(track_features.current())
    except FeaturesNotReadyError:
        return catalogue.first_ids(MAX_SAMPLE)


def sample(tracks: TrackFeatureMatrix) -> list[str]:
    """Return up to `MAX_SAMPLE` tracks of a catalogue, the same for all users and calls.

    Every row of the catalogue has a fixed random number, and the lowest are chosen. A track that
    is added or removed changes at most one place of the sample.
    """
    drawn = np.random.default_rng(0).random(len(tracks.is_shown))
    drawn[~tracks.is_shown] = np.inf
    n = min(MAX_SAMPLE, int(tracks.is_shown.sum()))
    lowest = np.argpartition(drawn, n - 1)[:n] if n else np.zeros(0, np.int64)
    return tracks.track_ids(lowest[np.argsort(drawn[lowest])])
