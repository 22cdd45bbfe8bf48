"""Learn the Gaussian model's prior from listeners.

The variances maximise the marginal likelihood of each listener's answers given all others' answers
to the same tracks (a composite likelihood; Varin, Reid and Firth 2011). The others' answers enter
as sums by track minus the listener's own part, so leaving a listener out is exact and cheap.
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
from training.experiments.gaussian.points import quadrant_proba
from training.experiments.gaussian.prior import Prior
from training.experiments.gaussian.track_features import track_features

N_AXES = SIGNS.shape[1]
_LEAST_NOISE = 1e-6  # the noise would be 0 if all listeners gave the same answers
_START = (0.25, 0.05, 0.05)  # initial ratios of shared, level and taste to the noise
_STEPS = 80
_TOLERANCE = {"xatol": 0.02, "fatol": 1e-6}

Doubles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Opinions:
    """Answers of listeners, and the shared models' predictions.

    Attributes:
        listener: Number of the listener ``(n_labels,)``.
        track: Number of the track ``(n_labels,)``.
        y: Quadrants as class indices ``(n_labels,)``.
        proba: Predictions of shared models that were not fitted on the track
            ``(n_labels, n_quadrants)``.
        phi: Components of the track ``(n_labels, n_components)``.
        points: Points in units of the axes ``(n_labels, 2)``; None if the answers are quadrants.
    """

    listener: IntVector
    track: IntVector
    y: IntVector
    proba: Proba
    phi: Doubles
    points: Doubles | None = None

    @cached_property
    def placed(self) -> Doubles:
        """Answers as points in units of the axes; a quadrant is its signs."""
        return SIGNS[self.y] if self.points is None else self.points

    @cached_property
    def rows(self) -> FloatMatrix:
        """Track features ``(n_labels, n_columns)``."""
        return track_features(self.proba, self.phi)

    @cached_property
    def by_listener(self) -> list[IntVector]:
        """The places of each listener's labels."""
        order = np.argsort(self.listener, kind="stable")
        return np.split(order, np.flatnonzero(np.diff(self.listener[order])) + 1)

    @cached_property
    def votes(self) -> Votes:
        """Others' votes on each label's track ``(n_labels, n_quadrants)``."""
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


def fit_prior(opinions: Opinions) -> Prior:
    """Return the prior that maximises the likelihood of the answers of at least two listeners."""
    evidence = _Evidence.of(opinions)

    def misfit(log_ratios: Doubles) -> float:
        return evidence.given(np.exp(log_ratios)).misfit

    # Noise, offsets and gains have a closed form for given ratios of the variances, so the search
    # is over three numbers.
    found = minimize(
        misfit, np.log(_START), method="Nelder-Mead", options={"maxfev": _STEPS, **_TOLERANCE}
    )
    ratios = np.exp(found.x)
    best = evidence.given(ratios)
    shared, level, taste = (best.noise * ratios).tolist()
    return Prior(best.offset, best.gain, shared, level, taste, best.noise)


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """The likeliest offsets, gains and noise under given ratios of the variances."""

    misfit: float
    offset: Doubles
    gain: Doubles
    noise: float


@dataclass(frozen=True, slots=True, eq=False)
class _Evidence:
    """Statistics of the answers for the likelihood.

    Attributes:
        values: Answers on both axes, expectations on both axes, and 1 ``(n_labels, 5)``.
        of_others: ``values`` summed over the others' labels of the track.
        count: Number of others who labelled the track ``(n_labels,)``.
    """

    opinions: Opinions
    values: Doubles
    of_others: Doubles
    count: Doubles

    @classmethod
    def of(cls, opinions: Opinions) -> "_Evidence":
        points = (opinions.placed, opinions.rows[:, :2].astype(float))
        values = np.concatenate([*points, np.ones((len(opinions.y), 1))], axis=1)
        return cls(opinions, values, opinions.of_others(values), opinions.votes.sum(axis=1))

    def given(self, ratios: Doubles) -> _Fit:
        """Return the fit under ratios of shared, level and taste to the noise."""
        shared, level, taste = ratios
        typical_listener = 1.0 + level + taste
        strength = self.count + typical_listener / shared
        left = self.values - self.of_others / strength[:, None]
        noise = 1.0 + typical_listener / strength
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
        """Return gain, offset and residual sum of squares of an axis by least squares.

        Args:
            products: Inner products of whitened answers, expectations and ones ``(5, 5)``.
            axis: Index of the axis.
        """
        regressors = [N_AXES + axis, 2 * N_AXES]
        cross = products[regressors, axis]
        line = _solved(products[np.ix_(regressors, regressors)], cross)
        return float(line[0]), float(line[1]), float(products[axis, axis] - cross @ line)


def _solved(matrix: Doubles, right: Doubles) -> Doubles:
    """Return the solution, or the smallest one if constant expectations make it ambiguous."""
    try:
        return np.asarray(np.linalg.solve(matrix, right), np.float64)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(matrix, right)[0], np.float64)


def fit_gaussian(opinions: Opinions, components: Components, prior: Prior) -> Gaussian:
    """Return the model that all listeners share: prior, temperature and limits of sets.

    Temperature and limits are fitted to forecasts of each answer, with and without the listener's
    other answers, and with and without others' votes on the track.

    Args:
        opinions: Answers of at least two listeners.
        components: The components behind ``opinions.phi``.
        prior: The prior, see :func:`fit_prior`.
    """
    raw = Gaussian(prior, components, 1.0, np.ones((2, 2)))
    without = np.zeros_like(opinions.votes)
    forecasts = [
        [
            _forecast(raw, opinions, votes, has_labels=has_labels)
            for votes in (without, opinions.votes)
        ]
        for has_labels in (False, True)
    ]
    # A quadrant's probability can round to 0 if the answers are exact points.
    logs = np.concatenate([finite_log(one(1.0)) for row in forecasts for one in row])
    temperature = fit_temperature(logs, np.tile(opinions.y, len(logs) // len(opinions.y))).value
    has_votes = opinions.votes.any(axis=1)
    kept = (slice(None), has_votes if has_votes.any() else slice(None))
    limits = [
        [
            threshold(scores(one(temperature)[part], opinions.y[part]))
            for one, part in zip(row, kept, strict=True)
        ]
        for row in forecasts
    ]
    return Gaussian(prior, components, temperature, np.array(limits))


Forecast = Callable[[float], Proba]
"""Maps a temperature to the forecasts of the labels ``(n_labels, n_quadrants)``."""


def _forecast(shared: Gaussian, opinions: Opinions, votes: Votes, *, has_labels: bool) -> Forecast:
    """Return the forecasts of each label, with the listener's other labels or without."""
    prior = shared.prior
    totals = opinions.of_others(opinions.placed) if votes.any() else None
    placed = shared.population_model.place(opinions.rows, votes, totals)
    mean, variance = placed.mean, placed.variance.copy()
    if has_labels:
        _, open_question = prior.others(opinions.rows[:, :2].astype(float), votes)
        for own in opinions.by_listener:
            found = predict_points(shared, opinions.rows[own], opinions.placed[own]).posterior
            mean[own] += found.held_out
            variance[own] = found.held_out_variance - prior.shared + open_question[own]
    return lambda temperature: quadrant_proba(mean, variance, temperature)
