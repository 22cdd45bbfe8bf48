"""A listener in the Gaussian model: what their answers taught of their level and taste."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, Proba, Votes
from models.personal.logistic import Components
from models.prediction_sets import ENOUGH, prediction_sets, scores, threshold
from training.experiments.gaussian.posterior import Doubles, Posterior, condition
from training.experiments.gaussian.prior import Prior
from training.experiments.gaussian.quadrants import quadrant_proba
from training.experiments.gaussian.track_features import FeatureColumns

_SINGLE = "f4"
_LEAST = np.finfo(np.float64).tiny
ROUNDING = 1e-9
"""Evidence, in nats, that is none: a single answer is foretold from no other, but for rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Gaussian:
    """What all listeners share.

    Attributes:
        prior: What is expected of a listener.
        components: Of recordings.
        temperature: Of quadrants.
        limits: Up to which strangeness a quadrant is in a prediction set: a row for a listener
            without labels, as nobody in particular is, and one for a listener with some; a column
            for tracks on which nobody else voted and one for those with votes ``(2, 2)``.
    """

    prior: Prior
    components: Components
    temperature: float
    limits: Doubles

    @property
    def population_model(self) -> "PersonalGaussian":
        """Somebody who has said nothing yet, or nobody in particular."""
        n_weights = 1 + self.components.n_components
        nothing = ListenerPosterior(np.zeros((n_weights, 2)), np.zeros((n_weights, 0)))
        return PersonalGaussian(self, 0, nothing, self.limits[0], 0.0)

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return what is stored; the components are not."""
        numbers = {"temperature": np.asarray(self.temperature), "limits": self.limits}
        return self.prior.to_arrays() | numbers

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[np.generic]], components: Components
    ) -> "Gaussian":
        """Return what was stored, over these components."""
        limits = arrays["limits"].astype(np.float64)
        return cls(Prior.from_arrays(arrays), components, float(arrays["temperature"]), limits)


@dataclass(frozen=True, slots=True, eq=False)
class ListenerPosterior:
    """What a listener's answers taught of their weights, level first.

    Attributes:
        weight: Shape ``(1 + n_components, 2)``.
        learnt: Shape ``(1 + n_components, rank)``: the covariance is the prior's less
            ``learnt @ learnt.T``, the same on both axes.
    """

    weight: Doubles
    learnt: Doubles


@dataclass(frozen=True, slots=True, eq=False)
class CentredPoints:
    """Where a listener is expected to place tracks, in units of the axes.

    Attributes:
        mean: The expectation ``(n_tracks, 2)``.
        variance: Of the listener's answer, on either axis ``(n_tracks,)``.
    """

    mean: Doubles
    variance: Doubles


@dataclass(frozen=True, slots=True, eq=False)
class PersonalGaussian:
    """One listener's model; it is of no use without what all share.

    Attributes:
        shared: What all listeners share.
        n_labels: How many tracks were learnt from.
        taught: What that taught.
        limits: Up to which strangeness a quadrant is in this listener's prediction sets: of tracks
            without votes, of tracks with some ``(2,)``.
        evidence: By how much the listener's answers are likelier, each foretold from all others,
            than under the population's model, in nats. The answers are used only where this is
            above 0; nothing is taught otherwise.
    """

    shared: Gaussian
    n_labels: int
    taught: ListenerPosterior
    limits: Doubles
    evidence: float

    @property
    def is_used(self) -> bool:
        """Whether the listener's answers speak for going by them."""
        return self.evidence > 0.0

    def place(
        self, rows: FloatMatrix, votes: Votes, totals: Doubles | None = None
    ) -> CentredPoints:
        """Return where the listener is expected to place tracks.

        Args:
            rows: The tracks' sketches ``(n_tracks, n_columns)``.
            votes: Other listeners' quadrants ``(n_tracks, n_quadrants)``, never the listener's.
            totals: Sums of where these put the tracks, as ``Prior.others`` takes them.
        """
        prior, seen = self.shared.prior, FeatureColumns.of(rows)
        others, open_question = prior.others(seen.mean, votes, totals)
        weight, learnt = self.taught.weight, self.taught.learnt
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
    """Return the model of a listener; it depends on nothing but these answers.

    What others said of the tracks is left out: a model then follows from the listener's answers
    alone, however others change their minds.

    Args:
        shared: What all listeners share.
        rows: Sketches of the answered tracks ``(n_answers, n_columns)``, at least one.
        points: Where the listener put them, in units of the axes ``(n_answers, 2)``.
        y: Their quadrants, as class indices ``(n_answers,)``.
        needed: The evidence, in nats, above which the answers are used.
    """
    told = predict_points(shared, rows, points)
    at_hand = range(len(y)), y
    # Where noise is little, a probability can round to 0.
    personal, population = (
        np.maximum(proba[at_hand], _LEAST) for proba in (told.personal, told.population)
    )
    evidence = float(np.log(personal / population).sum())
    if evidence <= needed:
        limits = _own_limits(told.population, y, shared.limits[0])
        return replace(shared.population_model, n_labels=len(y), limits=limits)
    limits = _own_limits(told.personal, y, shared.limits[1])
    found = told.posterior
    taught = ListenerPosterior(_rounded(found.mean), _rounded(found.learnt))
    return PersonalGaussian(shared, len(y), taught, limits, evidence)


@dataclass(frozen=True, slots=True, eq=False)
class PointPrediction:
    """What could have been said of each answer before it was given.

    Attributes:
        population: By the population's model ``(n_answers, n_quadrants)``.
        personal: By the model of all the listener's other answers ``(n_answers, n_quadrants)``.
        posterior: What all answers teach.
    """

    population: Proba
    personal: Proba
    posterior: Posterior


def predict_points(shared: Gaussian, rows: FloatMatrix, points: Doubles) -> PointPrediction:
    """Return what could have been said of each of a listener's answers before it was given."""
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
    """Return a listener's limits: their own, once there are enough answers, where no votes were.

    What was foretold of their answers was foretold without votes, so that of tracks with votes it
    says nothing.
    """
    if len(y) < ENOUGH:
        return pooled
    return np.array([threshold(scores(proba, y)), pooled[1]])


def _unknown(prior: Prior, seen: FeatureColumns) -> Doubles:
    """Return the variance of level and taste before any answer ``(n_tracks,)``."""
    return prior.level + prior.taste * seen.length


def _rounded(values: Doubles) -> Doubles:
    """Return values as they will be read: a model is the same whether it was stored or not."""
    return values.astype(_SINGLE).astype(np.float64)
