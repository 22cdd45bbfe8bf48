"""Zero points of valence and arousal in a catalogue: offsets of the log odds on each axis.

Without labels. The mean log odds of a catalogue differ from those of the training tracks for two
reasons: another mix of quadrants, or another sound. Its components distinguish them
(:meth:`models.population.PopulationReference.distance`): another mix keeps the mean among the
mixtures of known tracks, another sound does not. With ``s2`` the squared distance in excess of
what genres of the training tracks show, the share ``kappa = s2 / (s2 + t2)`` of the displacement
is undone: the posterior mean of one of two normal terms with a known sum. Estimating the mix of
quadrants instead (Saerens et al. 2002) would attribute a change of sound to the mix.

With labels. A user answers quadrant ``q`` with a probability proportional to ``(p(q) exp(o(q))) **
gamma``; ``gamma`` is below 1 because one user is less predictable than the consensus ``p``. The
offset ``o`` is the mode under a normal prior around the unlabelled offset, found by damped Newton
steps (multinomial logistic regression; Bishop 2006, 4.3.4 and 4.5.1). Labels of one user are
correlated: ``n`` of them weigh ``n / (1 + rho (n - 1))``, less than ``1 / rho`` (the design
effect; Kish 1965, 8.2).

The constants were chosen on catalogues of taffc4q's held-out artists, unchanged and after filters,
resampling, saturation and reverberation: ``reports/calibration``.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import Proba
from models.emotion import finite_log, softmax
from models.population import AXES, Doubles, PopulationReference

LEAST_TRACKS = 20
"""Minimum number of recordings for an offset without labels."""
BOUND = 2.0
"""Largest offset of an axis without labels, in log odds; with labels, twice that."""
AGREEMENT = 0.1
"""``rho``, the correlation between labels of one user: any number of them weighs less than ten
users with one label each."""
_TRACKS_TO_TRUST = 5.0  # n tracks undo the share n / (n + this) of the displacement
_STEPS = 50
_TOLERANCE = 1e-8  # two digits more than are stored


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """Hyperparameters of the estimates.

    Attributes:
        known: Squared distance of genres of training tracks from the mixtures of all tracks.
        mix: ``t2`` of valence and of arousal, in units of ``s2``.
        prior_sd: Prior standard deviations around the unlabelled offset on the three directions,
            in log odds.
        sureness: ``gamma``.
    """

    known: float = 0.2
    mix: tuple[float, float] = (8.0, 1.0)
    prior_sd: tuple[float, float, float] = (1.0, 1.0, 0.6)
    sureness: float = 0.5


SHIPPED = Hyperparameters()


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Labels of users about tracks of a catalogue.

    Attributes:
        track: Row of the track in the catalogue's distributions ``(n_answers,)``.
        y: Labels as distributions ``(n_answers, n_quadrants)``.
        listener: Id of the user ``(n_answers,)``.
    """

    track: NDArray[np.int64]
    y: Proba
    listener: NDArray[np.generic]

    def __len__(self) -> int:
        """Return the number of labels."""
        return len(self.track)

    def take(self, places: NDArray[np.int64] | NDArray[np.bool_]) -> "Answers":
        """Return a subset."""
        return Answers(self.track[places], self.y[places], self.listener[places])

    @property
    def weight(self) -> Doubles:
        """Weight of each label by the design effect ``(n_answers,)``."""
        _, who, n = np.unique(self.listener, return_inverse=True, return_counts=True)
        return np.asarray(1.0 / (1.0 + AGREEMENT * (n[who] - 1.0)))


@dataclass(frozen=True, slots=True, eq=False)
class CatalogueOffset:
    """The offset of a catalogue without labels.

    Attributes:
        n_recordings: Number of tracks with a recording.
        distance: Distance from mixtures of known tracks; 0 if there are too few tracks.
        displacement: Shift of the mean log odds of valence and arousal ``(2,)``.
        offset: Offset on valence, arousal and their product ``(3,)``.
    """

    n_recordings: int
    distance: float
    displacement: Doubles
    offset: Doubles


def shifted(proba: Proba, offset: Doubles) -> Proba:
    """Add an offset ``(n_quadrants,)`` to the log probabilities of distributions."""
    return softmax(finite_log(proba) + offset)


def without_answers(
    reference: PopulationReference,
    proba: Proba,
    phi: Doubles,
    params: Hyperparameters = SHIPPED,
) -> CatalogueOffset:
    """Estimate the offset of a catalogue without labels.

    Args:
        reference: Statistics of the training tracks.
        proba: Uncalibrated distributions ``(n_tracks, n_quadrants)``.
        phi: Components ``(n_tracks, n_components)``; all 0 without a recording.
        params: The hyperparameters.
    """
    has_recording = phi.any(axis=1)
    n_recordings = int(has_recording.sum())
    if n_recordings < LEAST_TRACKS:
        return CatalogueOffset(n_recordings, 0.0, np.zeros(2), np.zeros(3))
    distance = reference.distance(phi[has_recording])
    displacement = reference.displacement(proba[has_recording])
    foreign = max(0.0, distance - params.known)
    kappa = (
        foreign
        / (foreign + np.array(params.mix))
        * n_recordings
        / (n_recordings + _TRACKS_TO_TRUST)
    )
    moved = np.clip(-kappa * displacement, -BOUND, BOUND)
    return CatalogueOffset(n_recordings, distance, displacement, np.append(moved, 0.0))


def with_answers(
    prior: Doubles,
    log_proba: Doubles,
    answers: Answers,
    params: Hyperparameters = SHIPPED,
) -> Doubles:
    """Return the posterior mode of the offset ``(3,)`` given labels.

    Args:
        prior: Prior mean, the offset without labels ``(3,)``.
        log_proba: Log probabilities of each label's track ``(n_answers, n_quadrants)``.
        answers: Labels in the same order.
        params: The hyperparameters.
    """
    gamma, weight = params.sureness, answers.weight
    precision = 1.0 / np.array(params.prior_sd) ** 2

    def shifted_proba(offset: Doubles) -> Proba:
        return softmax(gamma * (log_proba + AXES @ offset))

    def loss(offset: Doubles) -> float:
        nll = -(answers.y * finite_log(shifted_proba(offset))).sum(axis=1)
        return float(weight @ nll + precision @ (offset - prior) ** 2 / 2.0)

    offset = prior
    for _ in range(_STEPS):
        proba = shifted_proba(offset)
        error = gamma * AXES.T @ ((proba - answers.y).T @ weight)
        spread = np.diag(weight @ proba) - (proba * weight[:, None]).T @ proba
        curvature = gamma**2 * AXES.T @ spread @ AXES + np.diag(precision)
        step = np.linalg.solve(curvature, error + precision * (offset - prior))
        while loss(offset - step) > loss(offset) and np.abs(step).max() > _TOLERANCE:
            step = step / 2.0  # a plain Newton step can overshoot
        offset = offset - step
        if np.abs(step).max() <= _TOLERANCE:
            break
    return np.clip(offset, -2.0 * BOUND, 2.0 * BOUND)
