"""Predictions for generated music, before and after it is calibrated to itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, FloatVector
from models.calibration.zero_points import shifted, without_answers
from models.emotion import N_QUADRANTS
from models.features.extraction import FeatureExtractor
from models.population import AXES, log_odds
from training.datasets.feature_cache import keep
from training.datasets.generated_music import LIVELY, GeneratedMusic
from training.experiments.catalogue_calibration.catalogues import Population


@dataclass(frozen=True, slots=True, eq=False)
class Mood:
    """Predicted quadrants of the tracks of a requested mood.

    Attributes:
        before: Number of tracks in each quadrant ``(n_quadrants,)``.
        after: The same after calibration.
    """

    name: str
    before: NDArray[np.int64]
    after: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Demo:
    """Predictions for the generated music.

    Attributes:
        distance: Distance from mixtures of known tracks.
        offset: Offset of valence and arousal ``(2,)``.
        order: Probability that a lively track has a higher arousal than a quiet one (AUC).
        possible: Numbers of lively and quiet tracks on the correct side of the best zero point of
            arousal.
    """

    moods: list[Mood]
    distance: float
    offset: NDArray[np.float64]
    order: float
    possible: tuple[int, int]

    def right(self, which: str) -> tuple[int, int]:
        """Return the numbers of lively and quiet tracks on the correct side of arousal."""
        counts = {mood.name: getattr(mood, which) for mood in self.moods}
        lively = sum(int(n[:2].sum()) for name, n in counts.items() if name in LIVELY)
        quiet = sum(int(n[2:].sum()) for name, n in counts.items() if name not in LIVELY)
        return lively, quiet


def features_of(
    generated: Sequence[GeneratedMusic], extractor: FeatureExtractor, cache: Path
) -> FloatMatrix:
    """Return the features of recordings ``(n_tracks, n_features)``, cached in a folder."""
    folder = cache / extractor.digest[:16] / "generated"

    def vector(one: GeneratedMusic) -> FloatVector:
        return keep(folder / f"{one.name}.npy", lambda: extractor.audio(one.file).vector)

    return np.stack([vector(one) for one in generated])


def judge_demo(
    population: Population, generated: Sequence[GeneratedMusic], x: FloatMatrix
) -> Demo:
    """Calibrate the generated music to itself; requested moods are not used as labels."""
    nothing = np.zeros(len(generated), np.int64)
    catalogue = population.predict_catalogue("generated", x, nothing)
    found = without_answers(population.reference, catalogue.proba, catalogue.phi)
    after = shifted(catalogue.proba, AXES @ found.offset)
    of = np.array([one.mood for one in generated])
    arousal = log_odds(catalogue.proba)[:, 1]
    is_lively = np.isin(of, sorted(LIVELY))
    return Demo(
        [
            Mood(str(mood), _counts(catalogue.proba[of == mood]), _counts(after[of == mood]))
            for mood in np.unique(of)
        ],
        found.distance,
        found.offset[:2],
        order=float((arousal[is_lively][:, None] > arousal[~is_lively]).mean()),
        possible=_possible(arousal, is_lively),
    )


def _possible(arousal: NDArray[np.float64], is_lively: NDArray[np.bool_]) -> tuple[int, int]:
    """Return the numbers of lively and quiet tracks that the best arousal threshold separates."""
    above = arousal[:, None] >= arousal
    lively, quiet = above[is_lively].sum(axis=0), (~above[~is_lively]).sum(axis=0)
    highest = int((lively / is_lively.sum() + quiet / (~is_lively).sum()).argmax())
    return int(lively[highest]), int(quiet[highest])


def _counts(proba: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.bincount(proba.argmax(axis=1), minlength=N_QUADRANTS)
