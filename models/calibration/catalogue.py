"""Calibration of the population's distributions to the catalogue that is served.

A catalogue's calibration is one offset of log probabilities, which
:mod:`models.calibration.zero_points` finds. It is a small artefact: inputs, the offset, figures
before and after on answers that it was not fitted to, and what was learnt of listeners
(:mod:`models.calibration.listeners`).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.arrays import Proba
from models.calibration.listeners import ListenerCalibration
from models.calibration.zero_points import Answers, shifted, with_answers, without_answers
from models.emotion import QUADRANTS, finite_log, softmax
from models.personal.logistic import Prior
from models.population import AXES, LEAST_PROBA, Doubles, PopulationReference

__all__ = ["Answers", "CatalogueCalibration", "PopulationReference", "fit_calibration"]

_DIGITS = 6  # of numbers that are kept: sums in another order give the same calibration
_N_FOLDS = 10


@dataclass(frozen=True, slots=True, eq=False)
class CatalogueCalibration:
    """What is added to every distribution of a catalogue, and what is expected of its listeners.

    Attributes:
        offset: Added to log probabilities ``(n_quadrants,)``; sums to 0.
        inputs: What it was fitted to, ready for JSON.
        figures: How good distributions are before and after, ready for JSON.
        listeners: What was learnt of listeners; None in calibrations of before that was learnt.
    """

    offset: Doubles
    inputs: Mapping[str, Any]
    figures: Mapping[str, Any]
    listeners: ListenerCalibration | None = None

    def __call__(self, proba: Proba) -> Proba:
        """Return calibrated distributions of the same shape ``(..., n_quadrants)``."""
        return shifted(proba, self.offset)

    @property
    def prior(self) -> Prior | None:
        """What was learnt of listeners; None where the snapshot's own is served."""
        return None if self.listeners is None else self.listeners.learnt

    @property
    def has_effect(self) -> bool:
        """Whether it shifts anything, or was learnt from listeners."""
        return bool(self.offset.any()) or self.prior is not None

    @property
    def version(self) -> str:
        """The first 12 hexadecimal digits of the SHA-256 of the facts."""
        text = json.dumps(self.to_facts(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def to_facts(self) -> dict[str, Any]:
        """Return what is stored, ready for JSON."""
        facts = {
            "offset": self.offset.tolist(),
            "inputs": dict(self.inputs),
            "figures": dict(self.figures),
        }
        # Earlier calibrations keep their versions.
        return (
            facts if self.listeners is None else facts | {"listeners": self.listeners.to_facts()}
        )

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Self:
        """Return what was stored."""
        listeners = facts.get("listeners")
        return cls(
            offset=np.array(facts["offset"], np.float64),
            inputs=facts["inputs"],
            figures=facts["figures"],
            listeners=None if listeners is None else ListenerCalibration.from_facts(listeners),
        )


def fit_calibration(
    reference: PopulationReference,
    proba: Proba,
    phi: Doubles,
    answers: Answers,
    *,
    snapshot: str,
) -> CatalogueCalibration:
    """Return the calibration of a catalogue.

    Args:
        reference: What the training tracks look like.
        proba: Uncalibrated distributions of the catalogue ``(n_tracks, n_quadrants)``.
        phi: Its components ``(n_tracks, n_components)``; all 0 for a track without a recording.
        answers: Of any listeners about any of the tracks; may be empty.
        snapshot: Version of the shared models.
    """
    found = without_answers(reference, proba, phi)
    sides = finite_log(np.maximum(proba[answers.track], LEAST_PROBA))
    fitted = with_answers(found.offset, sides, answers)
    offset = AXES @ fitted.round(_DIGITS)
    inputs = {
        "snapshot": snapshot,
        "n_tracks": len(proba),
        "n_heard": found.n_heard,
        "n_answers": len(answers),
        "n_listeners": len(np.unique(answers.listener)),
        "distance": round(found.distance, _DIGITS),
        "displacement": found.displacement.round(_DIGITS).tolist(),
        "unlabelled": found.offset.round(_DIGITS).tolist(),
    }
    figures = {
        "catalogue": {"before": _shares(proba), "after": _shares(shifted(proba, offset))},
        "answers": _held_out(found.offset, sides, answers),
    }
    return CatalogueCalibration(offset, inputs, figures)


def _held_out(prior: Doubles, sides: Doubles, answers: Answers) -> dict[str, Any]:
    """Return how well answers are told that the offset was not fitted to.

    Folds keep a listener's answers together, or a track's where there is one listener. ``raw`` is
    without any offset, ``unlabelled`` with the one that no answer moved, ``fitted`` with the one
    that the answers of the other folds moved.
    """
    fold = _folds(answers)
    if fold.max(initial=0) == 0:
        return {"n_judged": 0}
    fitted = np.zeros_like(sides)
    for index in range(int(fold.max()) + 1):
        kept = fold == index
        offset = with_answers(prior, sides[~kept], answers.take(~kept))
        fitted[kept] = softmax(sides[kept] + AXES @ offset)
    numbers = {
        "raw": softmax(sides),
        "unlabelled": softmax(sides + AXES @ prior),
        "fitted": fitted,
    }
    return {
        "n_judged": len(answers),
        **{name: _figures(proba, answers.y) for name, proba in numbers.items()},
    }


def _folds(answers: Answers) -> NDArray[np.int64]:
    """Return the fold that each answer is kept from ``(n_answers,)``; all 0 where none can be."""
    who = np.unique(answers.listener, return_inverse=True)[1]
    about = np.unique(answers.track, return_inverse=True)[1]
    group = who if who.any() else about
    return np.asarray(group % _N_FOLDS, np.int64)


def _figures(proba: Proba, y: Proba) -> dict[str, float]:
    """Return the mean share of the likeliest quadrant in the answers, and NLL in nats."""
    hit = y[np.arange(len(y)), proba.argmax(axis=1)].mean()
    nll = -(y * finite_log(proba)).sum(axis=1).mean()
    return {"accuracy": round(float(hit), _DIGITS), "nll": round(float(nll), _DIGITS)}


def _shares(proba: Proba) -> dict[str, float]:
    """Return the share of tracks in each quadrant."""
    counts = np.bincount(proba.argmax(axis=1), minlength=len(QUADRANTS))
    total = max(1, len(proba))
    return {
        str(q): round(float(n) / total, _DIGITS) for q, n in zip(QUADRANTS, counts, strict=True)
    }
