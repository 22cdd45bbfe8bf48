"""A listener in the logistic model: what their answers have taught of level, taste and scale."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, Proba, Votes
from models.emotion import N_QUADRANTS, Readout, finite_log
from models.personal.logistic.components import Components
from models.personal.logistic.posterior import Posterior, fit
from models.personal.logistic.prior import Doubles, Prior, centred, log_softmax
from models.personal.logistic.scale import Scale
from models.personal.logistic.track_features import (
    CONTRASTS,
    N_CONTRASTS,
    contrasts_of,
    design_of,
    logits_in,
)
from models.personal.model import Estimates, Judge, MemberInputs, PredictionBatch
from models.prediction_sets import ENOUGH, prediction_sets, scores, threshold
from models.ranking import Linear

N_TASTE = 8
"""Components that taste depends on, the widest first."""
LEAST_GAMMA = 0.5
"""Powers of the population model below this do not widen the scale any further."""
_SINGLE = "f4"


@dataclass(frozen=True, slots=True, eq=False)
class LogisticModel:
    """What all listeners share.

    Attributes:
        prior: What is expected of a listener.
        components: Of recordings.
        limits: Up to which nonconformity a quadrant is in a prediction set: a row for a listener
            without labels and one for a listener with some; a column for tracks on which nobody
            else voted and one for those with votes ``(2, 2)``.
        readout: Says how far from the axes a quadrant's points lie.
    """

    prior: Prior
    components: Components
    limits: Doubles
    readout: Readout

    @property
    def n_taste(self) -> int:
        """How many components taste depends on."""
        return min(N_TASTE, self.components.n_components)

    @property
    def scale(self) -> Scale:
        """How a newcomer uses the plane.

        One listener's answer is less predictable than the mean of many, which a point on the plane
        stands for: the scale takes the power ``gamma`` out again.
        """
        distance = self.readout.gain * np.abs(self.readout.mean).mean(axis=0)
        spread = distance / max(self.prior.gamma, LEAST_GAMMA)
        within = np.sqrt(self.readout.variance.mean(axis=0))
        return Scale(np.zeros(2), spread, within)

    @property
    def newcomer(self) -> "PersonalLogistic":
        """Somebody who has said nothing yet, or nobody in particular."""
        weights = np.zeros((1 + self.n_taste, N_QUADRANTS))
        return PersonalLogistic(self, 0, weights, self.scale, self.limits[0])

    def under(self, prior: Prior) -> "LogisticModel":
        """Return the same with another prior."""
        return replace(self, prior=prior)

    def posterior(self, rows: FloatMatrix, answers: Votes, others: Votes) -> Posterior:
        """Return what answers teach of a listener's weights.

        Args:
            rows: Sketches of the answered tracks ``(n_answers, n_columns)``.
            answers: As votes ``(n_answers, n_quadrants)``.
            others: Other listeners' votes on the same tracks ``(n_answers, n_quadrants)``.
        """
        log_prior = self.prior.item(logits_in(rows), others)
        design = design_of(rows, self.n_taste)
        return fit(log_prior, answers, design, self.prior.variances(self.n_taste))

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return what is stored; the readout is stored by itself."""
        parts = {"prior": self.prior.to_arrays(), "components": self.components.to_arrays()}
        arrays = {
            f"{part}.{name}": a for part, known in parts.items() for name, a in known.items()
        }
        return arrays | {"limits": self.limits}

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[np.generic]], readout: Readout
    ) -> "LogisticModel":
        """Return what was stored."""

        def under(part: str) -> dict[str, NDArray[np.generic]]:
            prefix = f"{part}."
            return {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}

        return cls(
            Prior.from_arrays(under("prior")),
            Components.from_arrays(under("components")),
            arrays["limits"].astype(np.float64),
            readout,
        )


@dataclass(frozen=True, slots=True, eq=False)
class PersonalLogistic:
    """One listener's model; it is of no use without what all share.

    Attributes:
        shared: What all listeners share.
        n_labels: How many tracks were learnt from.
        weights: The level, then the taste ``(1 + n_taste, n_quadrants)``, in log-odds.
        scale: How the listener uses the plane.
        limits: Up to which nonconformity a quadrant is in this listener's prediction sets: of
            tracks without votes, of tracks with some ``(2,)``.
    """

    shared: LogisticModel
    n_labels: int
    weights: Doubles
    scale: Scale
    limits: Doubles = field(default_factory=lambda: np.ones(2))

    @property
    def is_used(self) -> bool:
        """Whether the listener has answered anything."""
        return self.n_labels > 0

    def log_parts(self, rows: FloatMatrix, votes: Votes) -> Doubles:
        """Return what each of `PARTS` adds to the log-odds ``(n_parts, n_tracks, n_quadrants)``.

        Their sum is the log of the distribution, up to a constant for each track.

        Args:
            rows: The tracks' sketches ``(n_tracks, n_columns)``.
            votes: Other listeners' votes, never this listener's ``(n_tracks, n_quadrants)``.
        """
        prior = self.shared.prior
        population = prior.population(logits_in(rows))
        design = design_of(rows, self.shared.n_taste)
        # Term by term: a matrix product rounds by its shape, and a track is the same alone.
        own = design[:, :, None] * self.weights
        parts = [population, prior.others(population, votes), own[:, 0]]
        parts.append(sum(own[:, k] for k in range(1, own.shape[1])) + np.zeros_like(population))
        return centred(np.stack(parts))

    def proba(self, rows: FloatMatrix, votes: Votes) -> Proba:
        """Return distributions over the quadrants ``(n_tracks, n_quadrants)``."""
        return np.asarray(np.exp(log_softmax(self.log_parts(rows, votes).sum(axis=0))))

    def points(self, proba: Proba) -> tuple[Doubles, Doubles]:
        """Return means and standard deviations of valence and arousal, each ``(n_tracks, 2)``."""
        return self.scale(proba)

    def predict_batch(
        self, member_inputs: MemberInputs, shared_models: PredictionBatch, judge: Judge
    ) -> PredictionBatch:
        """Return what tracks feel like to this listener."""
        del judge  # the members learn nothing
        rows = member_inputs.track_features.copy()
        # The fusion that was asked for may be another than the one that the sketches are of.
        rows[:, :N_CONTRASTS] = contrasts_of(shared_models.fused)
        parts = self.log_parts(rows, member_inputs.votes)
        log_proba = log_softmax(parts.sum(axis=0))
        found = self._estimates(log_proba)
        shift = parts[1:].sum(axis=0)  # all but the population

        def stretches(row: int, fused: Proba) -> Estimates:
            log_pi = self.shared.prior.population(finite_log(fused))
            return self._estimates(log_softmax(log_pi + shift[row]))

        return PredictionBatch(
            modalities=shared_models.modalities,
            fused=found.proba,
            mean=found.mean,
            sd=found.sd,
            parts=parts,
            # How often sets hold an answer is not known of another fusion.
            sets=None
            if shared_models.sets is None
            else self.sets(found.proba, member_inputs.votes),
            is_personal=np.full(len(found.proba), self.is_used),
            stretches=stretches,
        )

    def sets(self, proba: Proba, votes: Votes) -> NDArray[np.bool_]:
        """Return prediction sets ``(n_tracks, n_quadrants)``."""
        return prediction_sets(proba, self.limits[votes.any(axis=1).astype(np.int64)])

    def linear(self) -> Linear:
        """Return the same as `proba`, for a pass over the sketches of a whole catalogue."""
        n_columns = N_CONTRASTS + self.shared.components.n_components
        weight = np.zeros((n_columns, N_QUADRANTS))
        weight[:N_CONTRASTS] = self.shared.prior.gamma * CONTRASTS.T
        weight[N_CONTRASTS : N_CONTRASTS + self.shared.n_taste] = self.weights[1:]
        return Linear(
            weight=weight,
            offset=self.weights[0],
            centres=self.scale.centres,
            within=self.scale.within,
            others=self._others,
        )

    def _others(self, rows: FloatMatrix, votes: Votes) -> Doubles:
        prior = self.shared.prior
        return prior.others(prior.population(logits_in(rows)), votes)

    def _estimates(self, log_proba: Doubles) -> Estimates:
        proba = np.asarray(np.exp(log_proba))
        return Estimates(proba, *self.points(proba))

    def to_bytes(self) -> bytes:
        """Return all there is to store, as an npz in single precision."""
        buffer = io.BytesIO()
        np.savez(  # not compressed: that takes as long again and saves a tenth
            buffer,
            allow_pickle=False,
            weights=self.weights.astype(_SINGLE),
            scale=np.stack([self.scale.bias, self.scale.spread]),
            numbers=np.array([self.n_labels, *self.limits]),
        )
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, shared: LogisticModel, blob: bytes) -> "PersonalLogistic":
        """Return the model that was stored."""
        with np.load(io.BytesIO(blob), allow_pickle=False) as stored:
            weights, (bias, spread) = stored["weights"].astype(np.float64), stored["scale"]
            n_labels, *limits = stored["numbers"].tolist()
        scale = replace(shared.scale, bias=bias, spread=spread)
        return cls(shared, int(n_labels), weights, scale, np.array(limits))


def learn(
    shared: LogisticModel, rows: FloatMatrix, answers: Votes, others: Votes, points: Doubles
) -> PersonalLogistic:
    """Return the model of a listener; it depends on nothing but these answers.

    Args:
        shared: What all listeners share.
        rows: Sketches of the answered tracks ``(n_answers, n_columns)``, at least one.
        answers: As votes ``(n_answers, n_quadrants)``.
        others: Other listeners' votes on the tracks when each answer was written
            ``(n_answers, n_quadrants)``.
        points: Where the listener put tracks, of those answers that are points ``(n_points, 2)``.
    """
    posterior = shared.posterior(rows, answers, others)
    limits = shared.limits[1]
    if len(answers) >= ENOUGH:
        held_out = np.exp(posterior.held_out())
        limits = _own_limits(held_out, answers, others, limits)
    # A model is the same whether it was stored or not.
    weights = posterior.weights.astype(_SINGLE).astype(np.float64)
    return PersonalLogistic(shared, len(answers), weights, shared.scale.learn(points), limits)


def _own_limits(proba: Proba, answers: Votes, others: Votes, pooled: Doubles) -> Doubles:
    """Return a listener's limits: their own, of tracks without votes and with, once known."""
    found = pooled.copy()
    has_votes = others.any(axis=1)
    for column, own in enumerate((~has_votes, has_votes)):
        if own.sum() >= ENOUGH:
            found[column] = threshold(scores(proba[own], answers[own].argmax(axis=1)))
    return found
