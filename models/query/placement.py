"""Placement: what a listener's Gaussian model makes of a pool, for strategies that go by it."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from models.arrays import FloatMatrix, FloatVector, IntVector, Proba, Votes
from models.emotion import N_QUADRANTS
from models.personal.gaussian.listener import PersonalGaussian, Taught
from models.personal.gaussian.posterior import Doubles, condition
from models.personal.gaussian.sketch import Sketched
from models.ranking import Moments, sweep


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """How a listener's own Gaussian model sees the tracks of a pool.

    Attributes:
        model: The listener's.
        sketches: What the model knows of tracks ``(n_rows, n_columns)``; may be a memory map.
        rows: Where the tracks of the pool stand among them, ascending ``(n_tracks,)``.
        voted: Places in the pool on which others have voted, ascending ``(k,)``.
        votes: Others' quadrants there ``(k, n_quadrants)``; never the listener's.
        answered: Where tracks stand that the listener has answered before ``(n_answered,)``.
    """

    model: PersonalGaussian
    sketches: FloatMatrix
    rows: IntVector
    voted: IntVector
    votes: Votes
    answered: IntVector

    @classmethod
    def of(
        cls,
        model: PersonalGaussian,
        sketches: FloatMatrix,
        votes: Votes,
        answered: FloatMatrix | None = None,
    ) -> Self:
        """Return the placement of a pool that is held as a whole.

        Args:
            model: The listener's.
            sketches: The pool's ``(n_tracks, n_columns)``.
            votes: Others' quadrants ``(n_tracks, n_quadrants)``.
            answered: Sketches of tracks that were answered before ``(n_answered, n_columns)``.
        """
        known = sketches if answered is None else np.concatenate([sketches, answered])
        n_tracks, voted = len(sketches), np.flatnonzero(votes.any(axis=1))
        rows, others = np.arange(n_tracks), np.arange(n_tracks, len(known))
        return cls(model, known, rows, voted, votes[voted], others)

    @property
    def asked(self) -> "Placement":
        """The same of a listener whose answers have taught what they would teach anybody.

        It is the same but where a listener's answers are not gone by: even so there is no need to
        ask for them again.
        """
        if self.model.is_used or not len(self.answered):
            return self
        prior, nobody = self.model.shared.prior, self.model.shared.nobody
        design = Sketched.of(self.sketches[self.answered]).design
        noise = np.full(len(design), prior.noise + prior.shared)
        nothing = np.zeros((len(design), 2))
        found = condition(prior.weights(design.shape[1] - 1), design, nothing, noise)
        return replace(self, model=replace(nobody, taught=Taught(found.mean, found.learnt)))

    def moments(self) -> Moments:
        """Return what is expected of every track, in single precision: one pass over all rows."""
        told = self.model.linear().told(self.sketches, self.rows[self.voted], self.votes)
        found = sweep(self.sketches, told)
        if len(self.rows) == len(self.sketches):
            return found
        return Moments(found.mean[self.rows], found.variance[self.rows])

    def noise(self) -> FloatVector:
        """Return which part of each variance tells nothing of the listener, ``(n_tracks,)``.

        The noise of one answer, and what others' votes leave open about the very track.
        """
        prior = self.model.shared.prior
        noise = np.full(len(self.rows), prior.noise + prior.shared, np.float32)
        noise[self.voted] = self.noise_at(self.voted)
        return noise

    def noise_at(self, places: IntVector) -> Doubles:
        """Return the same of some tracks, in double precision ``(k,)``."""
        prior = self.model.shared.prior
        nowhere = np.zeros((len(places), 2))
        return prior.noise + prior.others(nowhere, self.votes_at(places))[1]

    def votes_at(self, places: IntVector) -> Votes:
        """Return others' quadrants ``(k, n_quadrants)``."""
        found = np.zeros((len(places), N_QUADRANTS))
        if len(self.voted):
            at = np.searchsorted(self.voted, places).clip(max=len(self.voted) - 1)
            is_voted = self.voted[at] == places
            found[is_voted] = self.votes[at[is_voted]]
        return found

    def proba_at(self, places: IntVector) -> Proba:
        """Return the listener's distributions over the quadrants ``(k, n_quadrants)``."""
        placed = self.model.place(self.sketches[self.rows[places]], self.votes_at(places))
        return self.model.proba(placed)

    def design_at(self, places: IntVector) -> Doubles:
        """Return what the listener's weights multiply ``(k, 1 + n_components)``."""
        return Sketched.of(self.sketches[self.rows[places]]).design

    @property
    def answered_design(self) -> Doubles:
        """The same of the tracks answered before ``(n_answered, 1 + n_components)``."""
        return Sketched.of(self.sketches[self.answered]).design

    @property
    def covariance(self) -> Doubles:
        """What is not known of the listener's weights ``(1 + n_components, 1 + n_components)``."""
        learnt = self.model.taught.learnt
        return np.diag(self.model.shared.prior.weights(len(learnt) - 1)) - learnt @ learnt.T
