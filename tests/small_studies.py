"""Small listeners: tracks that carry a quadrant in them, and listeners who mostly hear it."""

import numpy as np

from tests import small_models
from training.datasets.listeners import FeatureTable, ListenerLabels, Study


def study(
    *,
    n_listeners: int = 4,
    n_tracks: int = 60,
    n_labels: int = 48,
    seed: int = 0,
    contrary: str = "",
) -> Study:
    """Listeners who agree with the quadrant of three tracks in four; two tracks an artist.

    Whoever is ``contrary`` answers the opposite quadrant throughout.
    """
    rng = np.random.default_rng(seed)
    tracks = small_models.tracks(n_tracks, seed=seed)
    listeners, about, y = [], [], []
    for place in range(n_listeners):
        name = f"listener {place}"
        chosen = rng.permutation(n_tracks)[:n_labels]
        said = np.where(
            rng.random(n_labels) < 0.75, tracks.y[chosen], rng.integers(0, 4, n_labels)
        )
        listeners += [name] * n_labels
        about += [f"t{track:03d}" for track in chosen]
        y += list((said + 2) % 4 if name == contrary else said)
    return Study(
        "small",
        ListenerLabels(listeners, about, np.array(y)),
        FeatureTable(
            [f"t{track:03d}" for track in range(n_tracks)],
            [f"artist {track // 2}" for track in range(n_tracks)],
            tracks.x,
        ),
    )
