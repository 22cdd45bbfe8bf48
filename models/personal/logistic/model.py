"""The logistic model of one listener: level, taste and scale."""

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
from models.personal.model import Estimates, MemberInputs, PredictionBatch, SharedPredictor
from models.prediction_sets import ENOUGH, prediction_sets, scores, threshold
from models.ranking import Linear

N_TASTE = 8
"""Number of components on which taste depends, the first principal ones."""
LEAST_GAMMA = 0.5
"""Smallest `Prior.gamma` by which the scale is divided."""
_SINGLE = "f4"


@dataclass(frozen=True, slots=True, eq=False)
class LogisticModel:
    """The parameters that all listeners share.

    Attributes:
        prior: The prior of a listener's answers.
        components: The components of recordings.
        limits: Largest nonconformity score in a prediction set ``(2, 2)``. Rows: listeners without
            and with labels. Columns: tracks without and with others' votes.
        readout: Gives the default scale.
    """

    prior: Prior
    components: Components
    limits: Doubles
    readout: Readout

    @property
    def n_taste(self) -> int:
        """The number of components on which taste depends."""
        return min(N_TASTE, self.components.n_components)

    @property
    def scale(self) -> Scale:
        """The scale of a listener without answers.

        One listener's answer is less predictable than the mean of many, to which the readout is
        fitted, so the spread is divided by the power ``gamma``.
        """
        distance = self.readout.gain * np.abs(self.readout.mean).mean(axis=0)
        spread = distance / max(self.prior.gamma, LEAST_GAMMA)
        within = np.sqrt(self.readout.variance.mean(axis=0))
        return Scale(np.zeros(2), spread, within)

    @property
    def newcomer(self) -> "PersonalLogistic":
        """The model of a listener without answers."""
        weights = np.zeros((1 + self.n_taste, N_QUADRANTS))
        return PersonalLogistic(self, 0, weights, self.scale, self.limits[0])

    def under(self, prior: Prior) -> "LogisticModel":
        """Return the model with another prior."""
        return replace(self, prior=prior)

    def posterior(self, rows: FloatMatrix, answers: Votes, others: Votes) -> Posterior:
        """Return the posterior of a listener's weights.

        Args:
            rows: Track features of the answered tracks ``(n_answers, n_columns)``.
            answers: As votes ``(n_answers, n_quadrants)``.
            others: Other listeners' votes on the same tracks ``(n_answers, n_quadrants)``.
        """
        log_prior = self.prior.item(logits_in(rows), others)
        design = design_of(rows, self.n_taste)
        return fit(log_prior, answers, design, self.prior.variances(self.n_taste))

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the arrays to store, without the readout, which has its own file."""
        parts = {"prior": self.prior.to_arrays(), "components": self.components.to_arrays()}
        arrays = {
            f"{part}.{name}": a for part, known in parts.items() for name, a in known.items()
        }
        return arrays | {"limits": self.limits}

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[np.generic]], readout: Readout
    ) -> "LogisticModel":
        """Return the model that ``to_arrays`` wrote."""

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
    """One listener's model.

    Attributes:
        shared: The parameters that all listeners share.
        n_labels: Number of answered tracks.
        weights: The level, then the taste, in log-odds ``(1 + n_taste, n_quadrants)``.
        scale: From distributions to valence and arousal.
        limits: Largest nonconformity score in this listener's prediction sets, for tracks without
            and with others' votes ``(2,)``.
    """

    shared: LogisticModel
    n_labels: int
    weights: Doubles
    scale: Scale
    limits: Doubles = field(default_factory=lambda: np.ones(2))

    @property
    def is_used(self) -> bool:
        """Whether the listener has answered any track."""
        return self.n_labels > 0

    def log_parts(self, rows: FloatMatrix, votes: Votes) -> Doubles:
        """Return each of `PARTS` of the log-odds ``(n_parts, n_tracks, n_quadrants)``.

        Their sum is the log of the distribution, up to a constant for each track.

        Args:
            rows: Track features ``(n_tracks, n_columns)``.
            votes: Others' votes, without this listener's own ``(n_tracks, n_quadrants)``.
        """
        prior = self.shared.prior
        population = prior.population(logits_in(rows))
        design = design_of(rows, self.shared.n_taste)
        # Not a matrix product, whose rounding depends on the number of tracks.
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
        self,
        member_inputs: MemberInputs,
        shared: PredictionBatch,
        predict_shared: SharedPredictor,
    ) -> PredictionBatch:
        """Return predictions of tracks for this listener."""
        del predict_shared  # the members' logits do not change
        rows = member_inputs.track_features.copy()
        # Track features hold the default fusion's distributions; the requested one may differ.
        rows[:, :N_CONTRASTS] = contrasts_of(shared.fused)
        parts = self.log_parts(rows, member_inputs.votes)
        log_proba = log_softmax(parts.sum(axis=0))
        estimates = self._estimates(log_proba)
        shift = parts[1:].sum(axis=0)  # without the population model

        def predict_segments(row: int, fused: Proba) -> Estimates:
            log_pi = self.shared.prior.population(finite_log(fused))
            return self._estimates(log_softmax(log_pi + shift[row]))

        return PredictionBatch(
            modalities=shared.modalities,
            fused=estimates.proba,
            mean=estimates.mean,
            sd=estimates.sd,
            parts=parts,
            # The coverage of sets is known for the default fusion only.
            sets=None if shared.sets is None else self.sets(estimates.proba, member_inputs.votes),
            is_personal=np.full(len(estimates.proba), self.is_used),
            predict_segments=predict_segments,
        )

    def sets(self, proba: Proba, votes: Votes) -> NDArray[np.bool_]:
        """Return prediction sets ``(n_tracks, n_quadrants)``."""
        return prediction_sets(proba, self.limits[votes.any(axis=1).astype(np.int64)])

    def linear(self) -> Linear:
        """Return `proba` as a linear form, to score the track features of a whole catalogue."""
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

    def consensus_linear(self) -> Linear:
        """Return the committee's consensus, moved by the level and the taste, as a linear form.

        Unlike `linear`, without others' votes and without the prior's power ``gamma``.
        """
        linear = self.linear()
        weight = linear.weight.copy()
        weight[:N_CONTRASTS] = CONTRASTS.T
        return replace(linear, weight=weight)

    def _others(self, rows: FloatMatrix, votes: Votes) -> Doubles:
        prior = self.shared.prior
        return prior.others(prior.population(logits_in(rows)), votes)

    def _estimates(self, log_proba: Doubles) -> Estimates:
        proba = np.asarray(np.exp(log_proba))
        return Estimates(proba, *self.points(proba))

    def to_bytes(self) -> bytes:
        """Return the weights, the scale and the limits as an npz in single precision."""
        buffer = io.BytesIO()
        np.savez(  # compression takes as long again and saves a tenth
            buffer,
            allow_pickle=False,
            weights=self.weights.astype(_SINGLE),
            scale=np.stack([self.scale.bias, self.scale.spread]),
            numbers=np.array([self.n_labels, *self.limits]),
        )
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, shared: LogisticModel, blob: bytes) -> "PersonalLogistic":
        """Return the model that ``to_bytes`` wrote."""
        with np.load(io.BytesIO(blob), allow_pickle=False) as stored:
            weights, (bias, spread) = stored["weights"].astype(np.float64), stored["scale"]
            n_labels, *limits = stored["numbers"].tolist()
        scale = replace(shared.scale, bias=bias, spread=spread)
        return cls(shared, int(n_labels), weights, scale, np.array(limits))


def learn(
    shared: LogisticModel, rows: FloatMatrix, answers: Votes, others: Votes, points: Doubles
) -> PersonalLogistic:
    """Return the model of a listener with these answers.

    Args:
        shared: The parameters that all listeners share.
        rows: Track features of the answered tracks, at least one ``(n_answers, n_columns)``.
        answers: As votes ``(n_answers, n_quadrants)``.
        others: Others' votes at the time of each answer ``(n_answers, n_quadrants)``.
        points: Valence and arousal of the answers that have them ``(n_points, 2)``.
    """
    posterior = shared.posterior(rows, answers, others)
    limits = shared.limits[1]
    if len(answers) >= ENOUGH:
        held_out = np.exp(posterior.held_out())
        limits = _own_limits(held_out, answers, others, limits)
    # Rounded as by storage, so that a model is the same before and after it is stored.
    weights = posterior.weights.astype(_SINGLE).astype(np.float64)
    return PersonalLogistic(shared, len(answers), weights, shared.scale.learn(points), limits)


def _own_limits(proba: Proba, answers: Votes, others: Votes, pooled: Doubles) -> Doubles:
    """Return limits from the listener's own scores if there are enough, else the pooled ones."""
    limits = pooled.copy()
    has_votes = others.any(axis=1)
    for column, own in enumerate((~has_votes, has_votes)):
        if own.sum() >= ENOUGH:
            limits[column] = threshold(scores(proba[own], answers[own].argmax(axis=1)))
    return limits
