"""Learners that update the committee with a listener's answers, round by round."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Protocol, cast

import numpy as np

from models.arrays import FloatMatrix, IntVector, MemberLogits, MemberProba, Proba
from models.committee import Committee, sharpen
from models.emotion import N_QUADRANTS, softmax
from models.fusion.evidence import log_proba
from models.members import Delta, LearningFamily
from models.members.incremental import STEPS, Arrays
from models.personal.logistic import LogisticModel, PersonalLogistic, learn, track_features
from models.personal.logistic.track_features import design_of
from models.query import PersonalScores
from training.experiments.paper.committee import PaperCommittee
from training.experiments.paper.members import Batch
from training.experiments.saved_models import SavedArrays, SavedModels
from training.experiments.starting_models import Start

__all__ = [
    "LEARNERS",
    "LOGISTIC",
    "Arrays",
    "IncrementalLearner",
    "Learner",
    "Logistic",
    "PaperUpdates",
    "RefitLearner",
    "consensus",
    "first_learner",
    "judged_proba",
    "member_proba",
    "served_proba",
]

LOGISTIC = "logistic"
"""Name of the personaliser with the served model."""


class Learner(Protocol):
    """Learns in rounds; starts from the shared models."""

    start: Start

    def learn(self, labelled: IntVector, newest: IntVector) -> None:
        """Learn answers.

        Args:
            labelled: All labelled tracks, the newest included, as places in the start.
            newest: The tracks answered in this round.
        """
        ...

    def proba(self, rows: IntVector) -> MemberProba:
        """Return every member's distributions ``(n_members, n_rows, n_quadrants)``."""
        ...

    @property
    def models(self) -> SavedModels:
        """The listener's current models."""
        ...


class _Families(ABC):
    """Our own members, which add deltas to shared logits."""

    def __init__(self, start: Start) -> None:
        self.start = start
        self._committee = cast(Committee, start.committee)

    @property
    @abstractmethod
    def raw(self) -> Mapping[str, MemberLogits]:
        """Each algorithm's current uncalibrated logits ``(n_folds, n_rows, n_quadrants)``."""

    @property
    @abstractmethod
    def arrays(self) -> Arrays:
        """The personal model, ``algorithm/name`` to array."""

    @property
    def models(self) -> SavedModels:
        """The personal model as arrays."""
        return SavedArrays(self.arrays)

    def proba(self, rows: IntVector) -> MemberProba:
        """Return every member's calibrated distributions."""
        temperatures, raw = self._committee.temperatures, self.raw
        logits = [raw[name][:, rows] / temperatures[name] for name in self._committee.families]
        return softmax(np.concatenate(logits))


class RefitLearner(_Families):
    """Learns all answers again in every round, from the shared models, as the service does."""

    def __init__(self, start: Start) -> None:
        super().__init__(start)
        self._raw: Mapping[str, MemberLogits] = start.raw
        self._deltas: dict[str, Delta] = {}

    def learn(self, labelled: IntVector, newest: IntVector) -> None:
        """Learn all answers."""
        del newest
        start, raw = self.start, dict(self.start.raw)
        labelled = np.sort(labelled)  # so that rounding does not depend on the order of answers
        rows, y = start.rows.of(labelled), start.rows.take(labelled).spread(start.y[labelled])
        for name, family in self._committee.learners.items():
            x = self._committee.read_by(name, start.x)
            delta = family.learn(x[rows], y, start.raw[name][:, rows])
            self._deltas[name] = delta
            raw[name] = delta.logits(x, start.raw[name])
        self._raw = raw

    @property
    def raw(self) -> Mapping[str, MemberLogits]:
        """Each algorithm's logits now."""
        return self._raw

    @property
    def arrays(self) -> Arrays:
        """The personal model."""
        return {
            f"{name}/{key}": array
            for name, delta in self._deltas.items()
            for key, array in delta.to_arrays().items()
        }


class _Networks:
    """Whole networks that continue from their current weights."""

    def __init__(self, family: LearningFamily, raw: MemberLogits) -> None:
        self.raw = raw
        self._now = family
        self.arrays: Arrays = {}

    def update(self, x: FloatMatrix, y: IntVector, answered: IntVector, newest: IntVector) -> None:
        del answered
        delta = self._now.learn(x[newest], y[newest], self.raw[:, newest])
        self.raw, self.arrays = delta.logits(x, self.raw), delta.to_arrays()
        self._now = cast("OnwardFamily", delta).family


class OnwardFamily(Protocol):
    """A delta that holds the family to learn the next answers."""

    @property
    def family(self) -> LearningFamily:
        """The family that learns the next answers."""
        ...


class IncrementalLearner(_Families):
    """Learns the answers of each round on top of the previous round's models.

    Each step is regularised towards the end of the previous one, so earlier answers fade. The rule
    is ours; :class:`PaperUpdates` has the paper's.
    """

    def __init__(self, start: Start) -> None:
        super().__init__(start)
        self._y = start.rows.spread(start.y)
        self._steps = {
            name: STEPS.get(type(family), _Networks)(family, start.raw[name])
            for name, family in self._committee.learners.items()
        }

    def learn(self, labelled: IntVector, newest: IntVector) -> None:
        """Learn the newest answers."""
        start = self.start
        all_rows, new_rows = (start.rows.of(np.sort(tracks)) for tracks in (labelled, newest))
        for name, step in self._steps.items():
            x = self._committee.read_by(name, start.x)
            step.update(x, self._y, all_rows, new_rows)

    @property
    def raw(self) -> Mapping[str, MemberLogits]:
        """Each algorithm's logits now."""
        learnt = {name: step.raw for name, step in self._steps.items()}
        return {**self.start.raw, **learnt}

    @property
    def arrays(self) -> Arrays:
        """The personal model."""
        return {
            f"{name}/{key}": array
            for name, step in self._steps.items()
            for key, array in step.arrays.items()
        }


class PaperUpdates:
    """Trains each of the paper's models on the newest batch only.

    ``gnb`` and ``sgd`` use ``partial_fit``, ``xgb`` adds 100 trees, ``cnn`` is fine-tuned.

    Args:
        start: Start with the paper's committee. Only a cnn that chooses its epoch by the test
            songs reads them.
    """

    def __init__(self, start: Start) -> None:
        self.start = start
        self._committee = cast(PaperCommittee, start.committee)
        self._proba = np.concatenate(list(start.raw.values()))

    def learn(self, labelled: IntVector, newest: IntVector) -> None:
        """Learn the newest answers."""
        del labelled
        if not len(newest):
            return
        start, newest = self.start, np.sort(newest)
        tracks = start.tracks
        batch = Batch(
            tracks=tracks.take(newest),
            y=start.y[newest],
            judged=tracks.take(start.test),
            judged_y=start.y[start.test],
        )
        self._committee = self._committee.learn(batch)
        self._proba = np.concatenate(list(self._committee.proba(tracks).values()))

    def proba(self, rows: IntVector) -> MemberProba:
        """Return every member's distributions."""
        return self._proba[:, rows]

    @property
    def models(self) -> SavedModels:
        """The listener's models."""
        return self._committee


class Logistic:
    """The served logistic model; it shifts the log-odds of all members by the same amount.

    Args:
        start: Start with a ``newcomer`` model. Its shared models do not learn.
    """

    def __init__(self, start: Start) -> None:
        self.start = start
        self._shared = cast(LogisticModel, start.newcomer)
        self._first = first_learner(start)
        phi = self._shared.components(start.track_x)
        self.rows = track_features(self._unseen(), phi)
        self.model: PersonalLogistic = self._shared.newcomer

    def learn(self, labelled: IntVector, newest: IntVector) -> None:
        """Learn all answers."""
        del newest
        labelled = np.sort(labelled)  # so that rounding does not depend on the order of answers
        answers = np.eye(N_QUADRANTS)[self.start.y[labelled]]
        votes = self.start.votes[labelled]
        self.model = learn(self._shared, self.rows[labelled], answers, votes, np.zeros((0, 2)))

    def proba(self, rows: IntVector) -> MemberProba:
        """Return every member's distributions, shifted by the listener's level and taste."""
        shift = design_of(self.rows, self._shared.n_taste) @ self.model.weights
        proba = log_proba(self._first.proba(rows))
        return softmax(proba + self.start.rows.spread(shift)[rows])

    def served(self, tracks: IntVector) -> Proba:
        """Return the served distributions of some tracks ``(n_tracks, n_quadrants)``."""
        return self.model.proba(self.rows[tracks], self.start.votes[tracks])

    def placement(self, left: IntVector, labelled: IntVector) -> PersonalScores:
        """Return the model's placement of the tracks in the pool."""
        answered = self.rows[labelled], self.start.votes[labelled]
        return PersonalScores.of(self.model, self.rows[left], self.start.votes[left], answered)

    @property
    def models(self) -> SavedModels:
        """The listener's weights."""
        return SavedArrays({f"{LOGISTIC}/weights": self.model.weights})

    def _unseen(self) -> Proba:
        """Return the shared models' predictions, out of fold if they learnt others' labels.

        Otherwise the others' votes would count twice.
        """
        proba = consensus(self._first, np.arange(len(self.start.places)))
        if self.start.out_of_fold is None:
            return proba
        return np.where(np.isnan(self.start.out_of_fold), proba, self.start.out_of_fold)


LEARNERS: Mapping[str, Callable[[Start], Learner]] = {
    "successive": IncrementalLearner,
    "refit": RefitLearner,
    LOGISTIC: Logistic,
    "paper": PaperUpdates,
}


def member_proba(learner: Learner, tracks: IntVector) -> MemberProba:
    """Return every member's mean distributions over tracks' rows.

    Args:
        learner: Learner of a listener.
        tracks: Tracks as places in the start.

    Returns:
        Shape ``(n_members, n_tracks, n_quadrants)``.
    """
    rows = learner.start.rows
    return rows.take(tracks).mean(learner.proba(rows.of(tracks)))


def consensus(learner: Learner, tracks: IntVector) -> Proba:
    """Return the committee's consensus on some tracks ``(n_tracks, n_quadrants)``."""
    proba = member_proba(learner, tracks).mean(axis=0)
    return sharpen(proba, learner.start.committee.sharpness)


def judged_proba(learner: Learner) -> MemberProba:
    """Return every member's distributions of the test tracks, or of their rows."""
    start = learner.start
    if start.score == "frames":
        return learner.proba(start.rows.of(start.test))
    return member_proba(learner, start.test)


def served_proba(learner: Learner, proba: MemberProba) -> Proba:
    """Return the served distributions of the test tracks, or of their rows.

    Args:
        learner: Learner of the listener.
        proba: The members' distributions of the same.

    Returns:
        Shape ``(n_judged, n_quadrants)``.
    """
    start = learner.start
    if isinstance(learner, Logistic):
        served = learner.served(start.test)
        return start.rows.take(start.test).spread(served) if start.score == "frames" else served
    return sharpen(proba.mean(axis=0), start.committee.sharpness)


def first_learner(start: Start) -> Learner:
    """Return a learner of the start's committee without any answers."""
    return (RefitLearner if isinstance(start.committee, Committee) else PaperUpdates)(start)
