"""The Gaussian model that was served up to commit cf1f2b3: what its answers cost."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from models.arrays import FloatMatrix, FloatVector
from models.emotion import SIGNS
from models.personal import Answer
from models.personal.logistic import components_in, proba_in
from models.snapshot import Snapshot
from training.experiments.gaussian.listener import Gaussian, PersonalGaussian, learn
from training.experiments.gaussian.prior import Prior
from training.experiments.gaussian.track_features import track_features

PRIOR = Prior(np.zeros(2), np.full(2, 0.6), shared=0.17, level=0.029, taste=0.032, noise=0.56)
"""What shipped then, rounded."""
LIMITS = np.full((2, 2), 0.8)


def fitting(snapshot: Snapshot, answers: Sequence[Answer]) -> Callable[[], PersonalGaussian]:
    """Return what learns the answers; tracks' sketches of then are made beforehand."""
    shared = Gaussian(PRIOR, snapshot.listener_model.components, 0.82, LIMITS)
    rows = np.stack([answer.track.sketch for answer in answers])
    drawn = track_features(proba_in(rows), components_in(rows).astype(np.float64))
    return partial(_fit, shared, list(zip(drawn, answers, strict=True)))


def predicting(model: PersonalGaussian, rows: FloatMatrix) -> Callable[[], object]:
    """Return what predicts tracks for a listener, from their sketches of now."""
    drawn = track_features(proba_in(rows), components_in(rows).astype(np.float64))
    votes = np.zeros((len(rows), len(SIGNS)))
    return lambda: model.proba(model.place(drawn, votes))


def _fit(shared: Gaussian, known: Sequence[tuple[FloatVector, Answer]]) -> PersonalGaussian:
    ordered = sorted(known, key=lambda each: each[1].track.track_id)
    y = np.array([answer.quadrant.index for _, answer in ordered], np.int64)
    return learn(shared, np.stack([row for row, _ in ordered]), SIGNS[y], y)
