"""Learns from listeners what is to be expected of the next one: the Gaussian model's prior.

The variances maximise the marginal likelihood of the listeners' answers: each listener's answers
given what all others said of the same tracks (a composite likelihood; Varin, Reid and Firth 2011).
What the others said is their sums on a track less the listener's own part, so that leaving a
listener out is exact and costs nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.optimize import minimize

from models.arrays import FloatMatrix, IntVector, Proba, Votes
from models.emotion import N_QUADRANTS, SIGNS, finite_log
from models.personal.logistic import Components
from models.prediction_sets import scores, threshold
from models.score_calibration import fit_temperature
from training.experiments.gaussian.listener import Gaussian, predict_points
from training.experiments.gaussian.prior import Prior
from training.experiments.gaussian.quadrants import quadrant_proba
from training.experiments.gaussian.track_features import track_features

N_AXES = SIGNS.shape[1]
_LEAST_NOISE = 1e-6  # listeners who answer alike throughout would leave none
_START = (0.25, 0.05, 0.05)  # shared, level, taste in parts of the noise: the search's beginning
_STEPS = 80
_TOLERANCE = {"xatol": 0.02, "fatol": 1e-6}

Doubles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Opinions:
    """What listeners said, and what was expected of everybody.

    Attributes:
        listener: Who, as a number ``(n_labels,)``.
        track: About which track, as a number ``(n_labels,)``.
        y: The quadrant, as class indices ``(n_labels,)``.
        proba: What shared models say of the track that were not fitted on it
            ``(n_labels, n_quadrants)``.
        phi: The track's components ``(n_labels, n_components)``.
        points: Where they put it, in units of the axes ``(n_labels, 2)``; None where they said
            quadrants.
    """

    listener: IntVector
    track: IntVector
    y: IntVector
    proba: Proba
    phi: Doubles
    points: Doubles | None = None

    @cached_property
    def placed(self) -> Doubles:
        """Where the tracks were put, in units of the axes; a quadrant is its signs."""
        return SIGNS[self.y] if self.points is None else self.points

    @cached_property
    def rows(self) -> FloatMatrix:
        """The tracks' sketches ``(n_labels, n_columns)``."""
        return track_features(self.proba, self.phi)

    @cached_property
    def by_listener(self) -> list[IntVector]:
        """The places of each listener's labels."""
        order = np.argsort(self.listener, kind="stable")
        return np.split(order, np.flatnonzero(np.diff(self.listener[order])) + 1)

    @cached_property
    def votes(self) -> Votes:
        """What others said of each label's track ``(n_labels, n_quadrants)``."""
        own = np.eye(N_QUADRANTS)[self.y]
        return self._of_track(own)[self.track] - own

    @cached_property
    def products(self) -> list[Doubles]:
        """Each listener's inner products of components."""
        return [self.phi[own] @ self.phi[own].T for own in self.by_listener]

    def of_others(self, values: Doubles) -> Doubles:
        """Return the sums of values over the others' labels of the same track."""
        return self._of_track(values)[self.track] - values

    def _of_track(self, values: Doubles) -> Doubles:
        total = np.zeros((int(self.track.max()) + 1, values.shape[1]))
        np.add.at(total, self.track, values)
        return total


def fit_prior(opinions: Opinions, *, has_offset: bool = True) -> Prior:
    """Return the prior under which the listeners' answers are likeliest.

    Args:
        opinions: Of at least two listeners.
        has_offset: Whether the listeners may have a mean level other than 0. It is each study's
            own, by how its words became quadrants: a prior for listeners elsewhere has none.
    """
    told = _Evidence.of(opinions, has_offset=has_offset)

    def misfit(log_ratios: Doubles) -> float:
        return told.given(np.exp(log_ratios)).misfit

    # Scale, offsets and gains have a closed form at each ratio of the variances: three numbers
    # are left.
    found = minimize(
        misfit, np.log(_START), method="Nelder-Mead", options={"maxfev": _STEPS, **_TOLERANCE}
    )
    ratios = np.exp(found.x)
    best = told.given(ratios)
    shared, level, taste = (best.noise * ratios).tolist()
    return Prior(best.offset, best.gain, shared, level, taste, best.noise)


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """Answers under given ratios of the variances: the likeliest offsets, gains and noise."""

    misfit: float
    offset: Doubles
    gain: Doubles
    noise: float


@dataclass(frozen=True, slots=True, eq=False)
class _Evidence:
    """What the likelihood is made of.

    Attributes:
        values: Answers on both axes, then expectations on both, then 1 ``(n_labels, 5)``.
        of_others: The same, summed over the others' labels of the track.
        count: How many others labelled the track ``(n_labels,)``.
        has_offset: Whether 1 is a regressor.
    """

    opinions: Opinions
    values: Doubles
    of_others: Doubles
    count: Doubles
    has_offset: bool

    @classmethod
    def of(cls, opinions: Opinions, *, has_offset: bool) -> "_Evidence":
        told = (opinions.placed, opinions.rows[:, :2].astype(float))
        values = np.concatenate([*told, np.ones((len(opinions.y), 1))], axis=1)
        return cls(
            opinions, values, opinions.of_others(values), opinions.votes.sum(axis=1), has_offset
        )

    def given(self, ratios: Doubles) -> _Fit:
        """Return the fit under these variances, in parts of the noise: shared, level, taste."""
        shared, level, taste = ratios
        typical_listener = 1.0 + level + taste
        told = self.count + typical_listener / shared
        left = self.values - self.of_others / told[:, None]
        noise = 1.0 + typical_listener / told
        volume, products = 0.0, np.zeros((left.shape[1],) * 2)
        for own, inner in zip(self.opinions.by_listener, self.opinions.products, strict=True):
            covariance = level + taste * inner
            covariance[np.diag_indices(len(own))] += noise[own]
            root = np.linalg.cholesky(covariance)
            white = solve_triangular(root, left[own], lower=True, check_finite=False)
            volume += 2.0 * float(np.log(np.diag(root)).sum())
            products += white.T @ white
        axes = [self._regressed(products, axis) for axis in range(N_AXES)]
        unexplained = sum(rest for *_, rest in axes) / (N_AXES * len(left))
        noise_scale = max(unexplained, _LEAST_NOISE)
        gain, offset, _ = np.array(axes).T
        misfit = 0.5 * (np.log(noise_scale) + volume / len(left))
        return _Fit(misfit, offset, gain, noise_scale)

    def _regressed(self, products: Doubles, axis: int) -> tuple[float, float, float]:
        """Return gain and offset of an axis by least squares, and what they leave unexplained.

        Args:
            products: Of whitened answers, expectations and ones with each other ``(5, 5)``.
            axis: Which.
        """
        regressors = [N_AXES + axis, 2 * N_AXES][: 1 + self.has_offset]
        cross = products[regressors, axis]
        line = _solved(products[np.ix_(regressors, regressors)], cross)
        offset = float(line[1]) if self.has_offset else 0.0
        return float(line[0]), offset, float(products[axis, axis] - cross @ line)


def _solved(matrix: Doubles, right: Doubles) -> Doubles:
    """Return the solution, or the smallest where expectations never vary and leave it open."""
    try:
        return np.asarray(np.linalg.solve(matrix, right), np.float64)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(matrix, right)[0], np.float64)


def fit_gaussian(opinions: Opinions, components: Components, prior: Prior) -> Gaussian:
    """Return all that listeners share: the prior, and the temperature and limits of sets with it.

    Temperature and limits are of answers that were foretold without them: from the listener's
    other answers or from none, from other listeners' votes on the track or from none.

    Args:
        opinions: Of at least two listeners.
        components: That the opinions' are of.
        prior: Such as :func:`fit_prior` gives.
    """
    raw = Gaussian(prior, components, 1.0, np.ones((2, 2)))
    without = np.zeros_like(opinions.votes)
    foretold = [
        [
            _foretold(raw, opinions, votes, has_labels=has_labels)
            for votes in (without, opinions.votes)
        ]
        for has_labels in (False, True)
    ]
    # Of exact points a quadrant's probability can round to 0.
    said = np.concatenate([finite_log(one(1.0)) for row in foretold for one in row])
    temperature = fit_temperature(said, np.tile(opinions.y, len(said) // len(opinions.y))).value
    has_votes = opinions.votes.any(axis=1)
    kept = (slice(None), has_votes if has_votes.any() else slice(None))
    limits = [
        [
            threshold(scores(one(temperature)[part], opinions.y[part]))
            for one, part in zip(row, kept, strict=True)
        ]
        for row in foretold
    ]
    return Gaussian(prior, components, temperature, np.array(limits))


Foretelling = Callable[[float], Proba]
"""From a temperature to what was foretold of each label ``(n_labels, n_quadrants)``."""


def _foretold(
    shared: Gaussian, opinions: Opinions, votes: Votes, *, has_labels: bool
) -> Foretelling:
    """Return what could be foretold of each label, from the listener's others or from none."""
    prior = shared.prior
    totals = opinions.of_others(opinions.placed) if votes.any() else None
    placed = shared.population_model.place(opinions.rows, votes, totals)
    mean, variance = placed.mean, placed.variance.copy()
    if has_labels:
        _, open_question = prior.others(opinions.rows[:, :2].astype(float), votes)
        for own in opinions.by_listener:
            told = predict_points(shared, opinions.rows[own], opinions.placed[own]).posterior
            mean[own] += told.held_out
            variance[own] = told.held_out_variance - prior.shared + open_question[own]
    return lambda temperature: quadrant_proba(mean, variance, temperature)
