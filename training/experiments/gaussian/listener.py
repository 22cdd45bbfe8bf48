"""A listener's model: the posterior of level and taste given their answers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, Proba, Votes
from models.personal.logistic import Components
from models.prediction_sets import ENOUGH, prediction_sets, scores, threshold
from training.experiments.gaussian.points import quadrant_proba
from training.experiments.gaussian.posterior import Doubles, Posterior, condition
from training.experiments.gaussian.prior import Prior
from training.experiments.gaussian.track_features import FeatureColumns

_SINGLE = "f4"
_LEAST = np.finfo(np.float64).tiny
ROUNDING = 1e-9
"""Evidence in nats that counts as none: that of a single answer is 0 up to rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Gaussian:
    """The part of the model that all listeners share.

    Attributes:
        prior: Prior of a listener.
        components: Components of the recordings.
        temperature: Temperature of the quadrants' log-odds.
        limits: Largest nonconformity score in a prediction set ``(2, 2)``: rows for listeners
            without and with labels, columns for tracks without and with others' votes.
    """

    prior: Prior
    components: Components
    temperature: float
    limits: Doubles

    @property
    def population_model(self) -> "PersonalGaussian":
        """The model of a listener without answers."""
        n_weights = 1 + self.components.n_components
        nothing = ListenerPosterior(np.zeros((n_weights, 2)), np.zeros((n_weights, 0)))
        return PersonalGaussian(self, 0, nothing, self.limits[0], 0.0)

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the stored arrays; the components are not stored."""
        numbers = {"temperature": np.asarray(self.temperature), "limits": self.limits}
        return self.prior.to_arrays() | numbers

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[np.generic]], components: Components
    ) -> "Gaussian":
        """Return the model from stored arrays and components."""
        limits = arrays["limits"].astype(np.float64)
        return cls(Prior.from_arrays(arrays), components, float(arrays["temperature"]), limits)


@dataclass(frozen=True, slots=True, eq=False)
class ListenerPosterior:
    """Posterior of a listener's weights, level first.

    Attributes:
        weight: Shape ``(1 + n_components, 2)``.
        learnt: Shape ``(1 + n_components, rank)``: the covariance is the prior's less
            ``learnt @ learnt.T``, the same on both axes.
    """

    weight: Doubles
    learnt: Doubles


@dataclass(frozen=True, slots=True, eq=False)
class CentredPoints:
    """Predicted points of tracks, in units of the axes.

    Attributes:
        mean: Predicted mean ``(n_tracks, 2)``.
        variance: Variance of the listener's answer on each axis ``(n_tracks,)``.
    """

    mean: Doubles
    variance: Doubles


@dataclass(frozen=True, slots=True, eq=False)
class PersonalGaussian:
    """One listener's model.

    Attributes:
        shared: The part that all listeners share.
        n_labels: Number of learnt labels.
        posterior: Posterior of the listener's weights.
        limits: Largest nonconformity score in this listener's prediction sets, for tracks without
            and with votes ``(2,)``.
        evidence: Log-likelihood of the answers, each predicted from the listener's others, minus
            that under the population model, in nats. The answers are ignored unless this is above
            0.
    """

    shared: Gaussian
    n_labels: int
    posterior: ListenerPosterior
    limits: Doubles
    evidence: float

    @property
    def is_used(self) -> bool:
        """Whether the listener's answers are used."""
        return self.evidence > 0.0

    def place(
        self, rows: FloatMatrix, votes: Votes, totals: Doubles | None = None
    ) -> CentredPoints:
        """Return the predicted points of tracks.

        Args:
            rows: Track features ``(n_tracks, n_columns)``.
            votes: Other listeners' quadrants ``(n_tracks, n_quadrants)``, without the listener's.
            totals: Sums of their points, see ``Prior.others``.
        """
        prior, seen = self.shared.prior, FeatureColumns.of(rows)
        others, open_question = prior.others(seen.mean, votes, totals)
        weight, learnt = self.posterior.weight, self.posterior.learnt
        mean = prior.expected(seen.mean) + others + seen.design @ weight
        own = _unknown(prior, seen) - ((seen.design @ learnt) ** 2).sum(axis=1)
        return CentredPoints(mean, prior.noise + open_question + own)

    def proba(self, placed: CentredPoints) -> Proba:
        """Return distributions over the quadrants ``(n_tracks, n_quadrants)``."""
        return quadrant_proba(placed.mean, placed.variance, self.shared.temperature)

    def sets(self, proba: Proba, votes: Votes) -> NDArray[np.bool_]:
        """Return prediction sets ``(n_tracks, n_quadrants)``."""
        return prediction_sets(proba, self.limits[votes.any(axis=1).astype(np.int64)])


def learn(
    shared: Gaussian, rows: FloatMatrix, points: Doubles, y: IntVector, *, needed: float = ROUNDING
) -> PersonalGaussian:
    """Return the model of a listener from their answers alone.

    Others' votes on the tracks are not read, so the model does not change when they do.

    Args:
        shared: The part that all listeners share.
        rows: Features of the answered tracks ``(n_answers, n_columns)``, at least one.
        points: The listener's points, in units of the axes ``(n_answers, 2)``.
        y: Quadrants as class indices ``(n_answers,)``.
        needed: Evidence in nats above which the answers are used.
    """
    predicted = predict_points(shared, rows, points)
    at_hand = range(len(y)), y
    # A probability can round to 0 if the noise is small.
    personal, population = (
        np.maximum(proba[at_hand], _LEAST) for proba in (predicted.personal, predicted.population)
    )
    evidence = float(np.log(personal / population).sum())
    if evidence <= needed:
        limits = _own_limits(predicted.population, y, shared.limits[0])
        return replace(shared.population_model, n_labels=len(y), limits=limits)
    limits = _own_limits(predicted.personal, y, shared.limits[1])
    found = predicted.posterior
    posterior = ListenerPosterior(_rounded(found.mean), _rounded(found.learnt))
    return PersonalGaussian(shared, len(y), posterior, limits, evidence)


@dataclass(frozen=True, slots=True, eq=False)
class PointPrediction:
    """Forecasts of a listener's answers.

    Attributes:
        population: Forecasts of the population model ``(n_answers, n_quadrants)``.
        personal: Leave-one-out forecasts from the listener's other answers
            ``(n_answers, n_quadrants)``.
        posterior: Posterior given all answers.
    """

    population: Proba
    personal: Proba
    posterior: Posterior


def predict_points(shared: Gaussian, rows: FloatMatrix, points: Doubles) -> PointPrediction:
    """Return the forecasts of a listener's answers."""
    prior, seen = shared.prior, FeatureColumns.of(rows)
    expected = prior.expected(seen.mean)
    noise = np.full(len(rows), prior.noise + prior.shared)
    weights = prior.weights(seen.design.shape[1] - 1)
    found = condition(weights, seen.design, points - expected, noise)
    before = noise + _unknown(prior, seen)
    return PointPrediction(
        quadrant_proba(expected, before, shared.temperature),
        quadrant_proba(expected + found.held_out, found.held_out_variance, shared.temperature),
        found,
    )


def _own_limits(proba: Proba, y: IntVector, pooled: Doubles) -> Doubles:
    """Return a listener's limits; with enough answers, their own limit for tracks without votes.

    The forecasts of the answers do not read votes, so the limit for tracks with votes stays.
    """
    if len(y) < ENOUGH:
        return pooled
    return np.array([threshold(scores(proba, y)), pooled[1]])


def _unknown(prior: Prior, seen: FeatureColumns) -> Doubles:
    """Return the variance of level and taste before any answer ``(n_tracks,)``."""
    return prior.level + prior.taste * seen.length


def _rounded(values: Doubles) -> Doubles:
    """Return values rounded to single precision, so that storing does not change a model."""
    return values.astype(_SINGLE).astype(np.float64)
