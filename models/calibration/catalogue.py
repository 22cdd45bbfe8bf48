"""Calibration of the population model to the served catalogue.

A calibration is an offset of log probabilities (:mod:`models.calibration.zero_points`). It is
stored as a small artefact: inputs, offset, held-out scores before and after, and the prior learnt
of users (:mod:`models.calibration.listeners`).
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

_DIGITS = 6  # of stored numbers, so that the order of sums does not change the calibration
_N_FOLDS = 10


@dataclass(frozen=True, slots=True, eq=False)
class CatalogueCalibration:
    """The offset of a catalogue's log probabilities and the prior of its users.

    Attributes:
        offset: Added to log probabilities ``(n_quadrants,)``; sums to 0.
        inputs: Description of the data it was fitted to, ready for JSON.
        figures: Scores of distributions before and after, ready for JSON.
        listeners: Calibration of the user prior; None in older calibrations.
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
        """The learnt prior of users; None where the snapshot's prior is served."""
        return None if self.listeners is None else self.listeners.learnt

    @property
    def has_effect(self) -> bool:
        """Whether its offset is not 0 or it has a learnt prior."""
        return bool(self.offset.any()) or self.prior is not None

    @property
    def version(self) -> str:
        """The first 12 hexadecimal digits of the SHA-256 of :meth:`to_facts`."""
        text = json.dumps(self.to_facts(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def to_facts(self) -> dict[str, Any]:
        """Return all fields to store, ready for JSON."""
        facts = {
            "offset": self.offset.tolist(),
            "inputs": dict(self.inputs),
            "figures": dict(self.figures),
        }
        # Omit missing listeners, so that older calibrations keep their versions.
        return (
            facts if self.listeners is None else facts | {"listeners": self.listeners.to_facts()}
        )

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Self:
        """Restore a stored calibration."""
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
    """Fit the calibration of a catalogue.

    Args:
        reference: Statistics of the training tracks.
        proba: Uncalibrated distributions of the catalogue ``(n_tracks, n_quadrants)``.
        phi: Components of its tracks ``(n_tracks, n_components)``; all 0 without a recording.
        answers: Labels of any users about any of the tracks; may be empty.
        snapshot: Version of the shared models.
    """
    found = without_answers(reference, proba, phi)
    log_proba = finite_log(np.maximum(proba[answers.track], LEAST_PROBA))
    fitted = with_answers(found.offset, log_proba, answers)
    offset = AXES @ fitted.round(_DIGITS)
    inputs = {
        "snapshot": snapshot,
        "n_tracks": len(proba),
        "n_heard": found.n_recordings,
        "n_answers": len(answers),
        "n_listeners": len(np.unique(answers.listener)),
        "distance": round(found.distance, _DIGITS),
        "displacement": found.displacement.round(_DIGITS).tolist(),
        "unlabelled": found.offset.round(_DIGITS).tolist(),
    }
    figures = {
        "catalogue": {"before": _shares(proba), "after": _shares(shifted(proba, offset))},
        "answers": _held_out(found.offset, log_proba, answers),
    }
    return CatalogueCalibration(offset, inputs, figures)


def _held_out(prior: Doubles, log_proba: Doubles, answers: Answers) -> dict[str, Any]:
    """Return the cross-validated scores of offsets on labels.

    Folds keep a user's labels together, or a track's labels if there is one user. ``raw`` has no
    offset, ``unlabelled`` the offset without labels, ``fitted`` the offset of the other folds'
    labels.
    """
    fold = _folds(answers)
    if fold.max(initial=0) == 0:
        return {"n_judged": 0}
    fitted = np.zeros_like(log_proba)
    for index in range(int(fold.max()) + 1):
        is_test = fold == index
        offset = with_answers(prior, log_proba[~is_test], answers.take(~is_test))
        fitted[is_test] = softmax(log_proba[is_test] + AXES @ offset)
    numbers = {
        "raw": softmax(log_proba),
        "unlabelled": softmax(log_proba + AXES @ prior),
        "fitted": fitted,
    }
    return {
        "n_judged": len(answers),
        **{name: _figures(proba, answers.y) for name, proba in numbers.items()},
    }


def _folds(answers: Answers) -> NDArray[np.int64]:
    """Return the test fold of each label ``(n_answers,)``; all 0 if there is only one group."""
    who = np.unique(answers.listener, return_inverse=True)[1]
    about = np.unique(answers.track, return_inverse=True)[1]
    group = who if who.any() else about
    return np.asarray(group % _N_FOLDS, np.int64)


def _figures(proba: Proba, y: Proba) -> dict[str, float]:
    """Return the accuracy of the likeliest quadrant, and the NLL in nats."""
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
