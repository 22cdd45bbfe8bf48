"""Calibrates a committee on what its members say of tracks they were not fitted on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from models.arrays import IntVector, Logits, Proba
from models.calibration import fit_temperature
from models.committee import sharpen
from models.emotion import N_QUADRANTS, softmax


@dataclass(frozen=True, slots=True)
class Calibration:
    """What makes members' logits mean what they say, alone and together.

    Attributes:
        temperatures: Algorithm to what its logits are divided by.
        sharpness: Exponent of the mean distribution.
    """

    temperatures: Mapping[str, float]
    sharpness: float = 1.0

    def member(self, algorithm: str, logits: Logits) -> Proba:
        """Return what an algorithm says by itself ``(n_tracks, n_quadrants)``."""
        return softmax(logits / self.temperatures[algorithm])

    def consensus(self, logits: Mapping[str, Logits]) -> Proba:
        """Return what one member of each algorithm say together ``(n_tracks, n_quadrants)``."""
        told = [self.member(name, said) for name, said in logits.items()]
        return sharpen(np.mean(told, axis=0), self.sharpness)


def calibrate(logits: Mapping[str, Logits], y: IntVector) -> Calibration:
    """Fit a temperature to each algorithm, and a sharpness to all of them.

    Args:
        logits: Algorithm to what it says of tracks it was not fitted on
            ``(n_tracks, n_quadrants)``.
        y: Class indices ``(n_tracks,)``.
    """
    fitted = Calibration({name: fit_temperature(said, y).value for name, said in logits.items()})
    consensus = fitted.consensus(logits)
    # A quadrant that all members exclude rounds to 0; its logarithm must be finite.
    told = np.log(np.maximum(consensus, np.finfo(np.float64).tiny))
    return replace(fitted, sharpness=1.0 / fit_temperature(told, y).value)


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What members say of tracks, each by itself and together ``(n_tracks, n_quadrants)``."""

    members: dict[str, Proba]
    consensus: Proba


def cross_calibrated(logits: Mapping[str, Logits], y: IntVector, fold: IntVector) -> Told:
    """Return what members say, calibrated in each fold on the other folds alone.

    Args:
        logits: As :func:`calibrate` takes them.
        y: Class indices ``(n_tracks,)``.
        fold: Of each track ``(n_tracks,)``.
    """
    members = {name: np.zeros(said.shape) for name, said in logits.items()}
    consensus = np.zeros((len(y), N_QUADRANTS))
    for index in np.unique(fold):
        here = fold == index
        fitted = calibrate({name: said[~here] for name, said in logits.items()}, y[~here])
        held_out = {name: said[here] for name, said in logits.items()}
        consensus[here] = fitted.consensus(held_out)
        for name, said in held_out.items():
            members[name][here] = fitted.member(name, said)
    return Told(members, consensus)
