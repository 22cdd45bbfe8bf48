"""A listener in the Gaussian model: what their answers taught of their level and taste."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, Proba, Votes
from models.emotion import Readout
from models.personal.gaussian.posterior import Doubles, Posterior, condition
from models.personal.gaussian.prior import Prior, signs
from models.personal.gaussian.quadrants import quadrant_proba
from models.personal.gaussian.sketch import N_AXES, Sketched, n_columns
from models.personal.logistic.components import Components
from models.personal.model import Estimates, Heard, Judge, Verdict
from models.ranking import Linear
from models.sets import ENOUGH, prediction_sets, scores, threshold

_SINGLE = "f4"
_LEAST = np.finfo(np.float64).tiny
LEAST_GAIN = 0.5
"""Gains of the shared models below this do not widen the unit any further."""
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
    def nobody(self) -> "PersonalGaussian":
        """Somebody who has said nothing yet, or nobody in particular."""
        n_weights = 1 + self.components.n_components
        nothing = Taught(np.zeros((n_weights, 2)), np.zeros((n_weights, 0)))
        return PersonalGaussian(self, 0, nothing, self.limits[0], 0.0)

    def read_out_by(self, readout: Readout) -> "Gaussian":
        """Return the same in another unit: newcomers' points get the slope of the readout's.

        One listener's answer agrees with the shared models less often than the mean of many does,
        and the prior's gain says by how much. A point on the plane is a mean of many, so that the
        unit takes that gain out again: without votes, `gain * unit` is how far the readout puts
        its quadrants from the axes.
        """
        distance = readout.gain * np.abs(readout.mean).mean(axis=0)
        unit = distance / np.maximum(self.prior.gain, LEAST_GAIN)
        return replace(self, prior=replace(self.prior, unit=unit))

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return what is stored."""
        parts = {"prior": self.prior.to_arrays(), "components": self.components.to_arrays()}
        arrays = {f"{part}.{name}": a for part, told in parts.items() for name, a in told.items()}
        return arrays | {"temperature": np.asarray(self.temperature), "limits": self.limits}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> "Gaussian":
        """Return what was stored."""

        def under(part: str) -> dict[str, NDArray[np.generic]]:
            prefix = f"{part}."
            return {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}

        return cls(
            Prior.from_arrays(under("prior")),
            Components.from_arrays(under("components")),
            float(arrays["temperature"]),
            arrays["limits"].astype(np.float64),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """What a listener's answers taught of their weights, level first.

    Attributes:
        weight: Shape ``(1 + n_components, 2)``.
        learnt: Shape ``(1 + n_components, rank)``: the covariance is the prior's less
            ``learnt @ learnt.T``, the same on both axes.
    """

    weight: Doubles
    learnt: Doubles


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Where a listener is expected to place tracks, in units of the axes.

    Attributes:
        parts: What each of ``PARTS`` adds ``(n_parts, n_tracks, 2)``.
        variance: Of the listener's answer, on either axis ``(n_tracks,)``.
    """

    parts: Doubles
    variance: Doubles

    @property
    def mean(self) -> Doubles:
        """The expectation ``(n_tracks, 2)``."""
        return np.asarray(self.parts.sum(axis=0))


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
            than under the population's model, in nats. The answers are gone by only where this is
            above 0; nothing is taught otherwise.
    """

    shared: Gaussian
    n_labels: int
    taught: Taught
    limits: Doubles
    evidence: float

    @property
    def is_used(self) -> bool:
        """Whether the listener's answers speak for going by them."""
        return self.evidence > 0.0

    def place(self, rows: FloatMatrix, votes: Votes, totals: Doubles | None = None) -> Placed:
        """Return where the listener is expected to place tracks.

        Args:
            rows: The tracks' sketches ``(n_tracks, n_columns)``.
            votes: Other listeners' quadrants ``(n_tracks, n_quadrants)``, never the listener's.
            totals: Sums of where these put the tracks, as ``Prior.others`` takes them.
        """
        prior, seen = self.shared.prior, Sketched.of(rows)
        others, open_question = prior.others(seen.mean, votes, totals)
        weight, learnt = self.taught.weight, self.taught.learnt
        parts = [
            prior.expected(seen.mean),
            others,
            np.broadcast_to(weight[0], others.shape),
            seen.design[:, 1:] @ weight[1:],
        ]
        own = _unknown(prior, seen) - ((seen.design @ learnt) ** 2).sum(axis=1)
        return Placed(np.stack(parts), prior.noise + open_question + own)

    def verdict(self, heard: Heard, shared_models: Verdict, judge: Judge) -> Verdict:
        """Return what tracks feel like to this listener."""
        del judge  # the members learn nothing
        rows = heard.sketches.copy()
        # The fusion that was asked for may be another than the one that the sketches are of.
        rows[:, :N_AXES] = signs(shared_models.fused)
        placed = self.place(rows, heard.votes)
        told = self._estimates(placed.mean, placed.variance)

        def stretches(row: int, fused: Proba) -> Estimates:
            moved = signs(fused) - signs(shared_models.fused[row])
            mean = placed.mean[row] + self.shared.prior.gain * moved
            return self._estimates(mean, np.full(len(fused), placed.variance[row]))

        return Verdict(
            modalities=shared_models.modalities,
            fused=told.proba,
            mean=told.mean,
            sd=told.sd,
            parts=self.shared.prior.unit * placed.parts,
            # How strange answers are to another fusion was never looked at.
            sets=None if shared_models.sets is None else self.sets(told.proba, heard.votes),
            is_personal=np.full(len(told.proba), self.is_used),
            stretches=stretches,
        )

    def _estimates(self, mean: Doubles, variance: Doubles) -> Estimates:
        """Return what a listener is told of expectations in units of the axes."""
        unit = self.shared.prior.unit
        proba = quadrant_proba(mean, variance, self.shared.temperature)
        return Estimates(proba, unit * mean, unit * np.sqrt(variance)[:, None])

    def proba(self, placed: Placed) -> Proba:
        """Return distributions over the quadrants ``(n_tracks, n_quadrants)``."""
        return quadrant_proba(placed.mean, placed.variance, self.shared.temperature)

    def sets(self, proba: Proba, votes: Votes) -> NDArray[np.bool_]:
        """Return prediction sets ``(n_tracks, n_quadrants)``."""
        return prediction_sets(proba, self.limits[votes.any(axis=1).astype(np.int64)])

    def linear(self) -> Linear:
        """Return the same as `place`, for a pass over the sketches of a whole catalogue."""
        prior, taught = self.shared.prior, self.taught
        above = np.zeros((n_columns(0), taught.learnt.shape[1]))
        slopes = np.zeros((n_columns(0), N_AXES))
        slopes[:N_AXES] = np.diag(prior.gain)
        return Linear(
            weight=np.concatenate([slopes, taught.weight[1:]]),
            offset=prior.offset + taught.weight[0],
            learnt=np.concatenate([above, taught.learnt[1:]]),
            learnt_offset=np.ascontiguousarray(taught.learnt[0]),
            variance=prior.noise + prior.shared + prior.level,
            taste=prior.taste,
            unit=prior.unit,
            temperature=self.shared.temperature,
            others=self._others,
        )

    def _others(self, rows: FloatMatrix, votes: Votes) -> tuple[Doubles, Doubles]:
        prior = self.shared.prior
        shift, open_question = prior.others(Sketched.of(rows).mean, votes)
        return shift, open_question - prior.shared

    def to_bytes(self) -> bytes:
        """Return all there is to store, as an npz in single precision."""
        buffer = io.BytesIO()
        np.savez(  # not compressed: that takes as long again and saves a tenth
            buffer,
            allow_pickle=False,
            weight=self.taught.weight.astype(_SINGLE),
            learnt=self.taught.learnt.astype(_SINGLE),
            numbers=np.array([self.n_labels, *self.limits, self.evidence]),
        )
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, shared: Gaussian, blob: bytes) -> "PersonalGaussian":
        """Return the model that was stored."""
        with np.load(io.BytesIO(blob), allow_pickle=False) as stored:
            taught = Taught(stored["weight"].astype(float), stored["learnt"].astype(float))
            n_labels, *limits, evidence = stored["numbers"].tolist()
        return cls(shared, int(n_labels), taught, np.array(limits), evidence)


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
        needed: The evidence, in nats, above which the answers are gone by.
    """
    told = foretell(shared, rows, points)
    at_hand = range(len(y)), y
    # Where noise is little, a probability can round to 0.
    personal, population = (
        np.maximum(proba[at_hand], _LEAST) for proba in (told.personal, told.population)
    )
    evidence = float(np.log(personal / population).sum())
    if evidence <= needed:
        limits = _own_limits(told.population, y, shared.limits[0])
        return replace(shared.nobody, n_labels=len(y), limits=limits)
    limits = _own_limits(told.personal, y, shared.limits[1])
    found = told.posterior
    taught = Taught(_rounded(found.mean), _rounded(found.learnt))
    return PersonalGaussian(shared, len(y), taught, limits, evidence)


@dataclass(frozen=True, slots=True, eq=False)
class Foretold:
    """What could have been said of each answer before it was given.

    Attributes:
        population: By the population's model ``(n_answers, n_quadrants)``.
        personal: By the model of all the listener's other answers ``(n_answers, n_quadrants)``.
        posterior: What all answers teach.
    """

    population: Proba
    personal: Proba
    posterior: Posterior


def foretell(shared: Gaussian, rows: FloatMatrix, points: Doubles) -> Foretold:
    """Return what could have been said of each of a listener's answers before it was given."""
    prior, seen = shared.prior, Sketched.of(rows)
    expected = prior.expected(seen.mean)
    noise = np.full(len(rows), prior.noise + prior.shared)
    weights = prior.weights(seen.design.shape[1] - 1)
    found = condition(weights, seen.design, points - expected, noise)
    before = noise + _unknown(prior, seen)
    return Foretold(
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


def _unknown(prior: Prior, seen: Sketched) -> Doubles:
    """Return the variance of level and taste before any answer ``(n_tracks,)``."""
    return prior.level + prior.taste * seen.length


def _rounded(values: Doubles) -> Doubles:
    """Return values as they will be read: a model is the same whether it was stored or not."""
    return values.astype(_SINGLE).astype(np.float64)
