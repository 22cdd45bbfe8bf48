"""The sample of a long catalogue on which a user is compared with the population."""

import numpy as np

from service.db.track_feature_files import TrackFeatureMatrix

MAX_SAMPLE = 500
"""Tracks in the sample, at most."""


def sample(tracks: TrackFeatureMatrix) -> list[str]:
    """Return up to `MAX_SAMPLE` tracks of a catalogue: the same for everybody, each time.

    Every row of the catalogue draws a number that it keeps, and the lowest are taken: a track that
    comes or goes changes no more than one place of the sample.
    """
    shown = np.flatnonzero(tracks.is_shown)
    drawn = np.random.default_rng(0).random(len(tracks.is_shown))[shown]
    return tracks.track_ids(shown[np.argsort(drawn)[:MAX_SAMPLE]])
