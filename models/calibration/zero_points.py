"""Zero points of valence and arousal in a catalogue: where the two sides of an axis meet.

Without answers. The mean log odds of a catalogue lie off those of the training tracks for two
reasons: it holds other quadrants, or it sounds otherwise. Its components tell the two apart
(:meth:`models.population.PopulationReference.distance`): other quadrants keep its mean among the
mixtures of known tracks, another sound does not. With ``s2`` the squared distance beyond what
genres of the training tracks have, the share ``kappa = s2 / (s2 + t2)`` of the displacement is
taken back: the posterior mean of one of two normal terms whose sum is known. Estimating the mix of
quadrants instead (Saerens et al. 2002) would believe in whatever mix a strange sound feigns.

With answers. An answer is the quadrant ``q`` with a probability proportional to ``(p(q)
exp(o(q))) ** gamma``: one listener is less sure than the consensus that ``p`` is about. The offset
``o`` is the mode under a normal prior around the unlabelled one, found by damped Newton steps
(multinomial logistic regression; Bishop 2006, 4.3.4 and 4.5.1). Answers of one listener agree with
each other: ``n`` of them weigh ``n / (1 + rho (n - 1))``, less than ``1 / rho`` (the design
effect; Kish 1965, 8.2).

The constants were chosen on catalogues made of taffc4q's held-out artists, as they are and as
heard through filters, resampling, saturation and reverberation: ``reports/calibration``.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import Proba
from models.emotion import finite_log, softmax
from models.population import AXES, Doubles, PopulationReference

LEAST_TRACKS = 20
"""Of fewer recordings no zero point is taken without answers."""
BOUND = 2.0
"""How far an axis is moved at most without answers, in log odds; with answers, twice that."""
AGREEMENT = 0.1
"""``rho``, the correlation between answers of one listener: however many, they weigh less than
those of ten listeners with an answer each."""
_TRACKS_TO_TRUST = 5.0  # a catalogue's mean counts n / (n + this)
_STEPS = 50
_TOLERANCE = 1e-8  # two digits more than are kept


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """What the estimates take for granted.

    Attributes:
        known: Squared distance that genres of training tracks have from the mixtures of all.
        mix: ``t2`` of valence and of arousal, in units of ``s2``.
        prior_sd: Of the offset around the unlabelled one, on the three directions, in log odds.
        sureness: ``gamma``.
    """

    known: float = 0.2
    mix: tuple[float, float] = (8.0, 1.0)
    prior_sd: tuple[float, float, float] = (1.0, 1.0, 0.6)
    sureness: float = 0.5


SHIPPED = Hyperparameters()


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What listeners answered about tracks of a catalogue.

    Attributes:
        track: Row of the track among the catalogue's distributions ``(n_answers,)``.
        y: The answers as distributions ``(n_answers, n_quadrants)``.
        listener: Whose, by any name or number ``(n_answers,)``.
    """

    track: NDArray[np.int64]
    y: Proba
    listener: NDArray[np.generic]

    def __len__(self) -> int:
        """Return the number of answers."""
        return len(self.track)

    def take(self, places: NDArray[np.int64] | NDArray[np.bool_]) -> "Answers":
        """Return some of them."""
        return Answers(self.track[places], self.y[places], self.listener[places])

    @property
    def weight(self) -> Doubles:
        """How much each counts ``(n_answers,)``: less, the more its listener gave."""
        _, who, n = np.unique(self.listener, return_inverse=True, return_counts=True)
        return np.asarray(1.0 / (1.0 + AGREEMENT * (n[who] - 1.0)))


@dataclass(frozen=True, slots=True, eq=False)
class CatalogueOffset:
    """What a catalogue tells without answers.

    Attributes:
        n_heard: Its tracks with a recording.
        distance: From mixtures of known tracks; 0 where the tracks are too few.
        displacement: Of the mean log odds of valence and arousal ``(2,)``.
        offset: On valence, arousal and their product ``(3,)``.
    """

    n_heard: int
    distance: float
    displacement: Doubles
    offset: Doubles


def shifted(proba: Proba, offset: Doubles) -> Proba:
    """Return distributions whose log probabilities were moved by ``(n_quadrants,)``."""
    return softmax(finite_log(proba) + offset)


def without_answers(
    reference: PopulationReference,
    proba: Proba,
    phi: Doubles,
    chosen: Hyperparameters = SHIPPED,
) -> CatalogueOffset:
    """Return the offset that a catalogue asks for by itself.

    Args:
        reference: What the training tracks look like.
        proba: Uncalibrated distributions ``(n_tracks, n_quadrants)``.
        phi: Components ``(n_tracks, n_components)``; all 0 for a track without a recording.
        chosen: The hyperparameters.
    """
    heard = phi.any(axis=1)
    n_heard = int(heard.sum())
    if n_heard < LEAST_TRACKS:
        return CatalogueOffset(n_heard, 0.0, np.zeros(2), np.zeros(3))
    distance = reference.distance(phi[heard])
    displacement = reference.displacement(proba[heard])
    foreign = max(0.0, distance - chosen.known)
    kappa = foreign / (foreign + np.array(chosen.mix)) * n_heard / (n_heard + _TRACKS_TO_TRUST)
    moved = np.clip(-kappa * displacement, -BOUND, BOUND)
    return CatalogueOffset(n_heard, distance, displacement, np.append(moved, 0.0))


def with_answers(
    prior: Doubles, sides: Doubles, answers: Answers, chosen: Hyperparameters = SHIPPED
) -> Doubles:
    """Return the offset ``(3,)`` that answers and the unlabelled one make most probable.

    Args:
        prior: Its mean before the answers ``(3,)``.
        sides: Log probabilities of each answer's track ``(n_answers, n_quadrants)``.
        answers: In the same order.
        chosen: The hyperparameters.
    """
    gamma, weight = chosen.sureness, answers.weight
    precision = 1.0 / np.array(chosen.prior_sd) ** 2

    def shifted_proba(offset: Doubles) -> Proba:
        return softmax(gamma * (sides + AXES @ offset))

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
