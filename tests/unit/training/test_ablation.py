"""The page of feature groups."""

import numpy as np

from tests import small_models
from training.datasets.tracks import LabelledTracks
from training.experiments import ablation
from training.experiments.ablation import GROUPS, OTHERS, SETS, Dataset

COSTS = {"shared spectra": 16.0, "timbre": 8.04, "all that is served": 68.74} | {
    name: 1.25 * place + 0.4 for place, name in enumerate(OTHERS)
}


def _table(n_tracks, seed):
    drawn = small_models.tracks(n_tracks, seed=seed)
    names = [f"t{place}" for place in range(n_tracks)]
    artists = [f"artist {place // 2}" for place in range(n_tracks)]
    tracks = LabelledTracks(names, drawn.y, artists, [""] * n_tracks)
    return Dataset(tracks, drawn.x, {name: np.zeros((n_tracks, 3), np.float32) for name in GROUPS})


def _answered(table, chosen):
    """Return one-hot answers that are right more often the more features are chosen."""
    rng = np.random.default_rng([len(table.tracks.y), SETS.index(chosen)])
    y = table.tracks.y
    right = rng.random(len(y)) < 0.4 + 0.08 * len(chosen)
    return np.eye(4)[np.where(right, y, rng.integers(4, size=len(y)))]


def test_the_page_is_the_stored_one(expect_page):
    home, away = _table(60, seed=1), _table(30, seed=2)
    answers = ablation.Answers(
        {chosen: [_answered(home, chosen)] for chosen in SETS},
        {chosen: _answered(away, chosen) for chosen in SETS},
    )

    text = ablation.page("python -m training ablate --data data", home, away, answers, COSTS)

    expect_page("features.md", text)
