"""Every member that can learn learns the listener's answers.

There are two ways. By `committee`, every member is refitted from all current answers, as a delta
on its shared parent: a model depends on which answers stand and not on how they came in, in one
call or many, corrected or right at once. By `committee-newest` each batch of answers is learnt on
top of what the batches before have left, which forgets; a model depends on the batches too. Either
way the order within a batch does not matter.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, MemberLogits, Proba
from models.committee import Committee
from models.emotion import Modality, softmax
from models.fusion.evidence import log_proba
from models.members import Delta, LearningFamily
from models.personal.incremental import learn_newest
from models.personal.logistic.prior import centred
from models.personal.model import PARTS, Answer, Estimates, Judge, MemberInputs, PredictionBatch
from models.track import Track, TrackSummary

Deltas = Mapping[Modality, Mapping[str, Delta]]
_SEPARATOR = "/"
_N_LABELS = "n_labels"


@dataclass(frozen=True, slots=True, eq=False)
class CommitteePersonaliser:
    """Teaches every learning member a listener's answers.

    Attributes:
        committees: The shared parents.
        algorithm: How, a name in :data:`WAYS`; beside it the models are stored.
    """

    committees: Mapping[Modality, Committee]
    algorithm: str = "committee"

    @property
    def needs_features(self) -> bool:
        """Whether it learns from tracks' features: every member does."""
        return True

    @property
    def population_model(self) -> None:
        """Somebody who has said nothing yet is told what everybody is."""
        return

    def fit(self, answers: Sequence[Answer]) -> "PersonalCommittee":
        """Return the model of a listener who gave these answers."""
        deltas = {
            modality: _learn(modality, committee, answers, WAYS[self.algorithm])
            for modality, committee in self.committees.items()
        }
        return PersonalCommittee(self.committees, len(answers), deltas)

    def from_bytes(self, blob: bytes) -> "PersonalCommittee":
        """Return the model that was stored."""
        with np.load(io.BytesIO(blob), allow_pickle=False) as file:
            stored = dict(file)
        n_labels = int(stored.pop(_N_LABELS))
        tree: dict[Modality, dict[str, dict[str, NDArray[np.generic]]]] = {
            name: {} for name in self.committees
        }
        for path, array in stored.items():
            modality, algorithm, name = path.split(_SEPARATOR)
            tree[Modality(modality)].setdefault(algorithm, {})[name] = array
        deltas = {
            modality: {
                algorithm: self._family(modality, algorithm).delta(arrays)
                for algorithm, arrays in by_algorithm.items()
            }
            for modality, by_algorithm in tree.items()
        }
        return PersonalCommittee(self.committees, n_labels, deltas)

    def _family(self, modality: Modality, algorithm: str) -> LearningFamily:
        return self.committees[modality].learners[algorithm]


@dataclass(frozen=True, slots=True, eq=False)
class PersonalCommittee:
    """A listener's deltas on both committees.

    Attributes:
        committees: The shared parents.
        n_labels: How many tracks were learnt from.
        deltas: Modality to algorithm to delta; a modality no answered track has is empty.
    """

    committees: Mapping[Modality, Committee]
    n_labels: int
    deltas: Deltas

    @property
    def is_used(self) -> bool:
        """Whether anything was learnt."""
        return any(self.deltas.values())

    def predict_batch(
        self, member_inputs: MemberInputs, shared_models: PredictionBatch, judge: Judge
    ) -> PredictionBatch:
        """Return what tracks feel like to this listener."""
        shared_prediction = judge(
            {
                modality: self.member_logits(modality, member_inputs.features[modality], shared)
                if modality in member_inputs.features
                else shared
                for modality, shared in member_inputs.shared.items()
            }
        )
        log_shared, log_own = (
            log_proba(each.fused) for each in (shared_models, shared_prediction)
        )
        parts = np.zeros((len(PARTS), *shared_prediction.fused.shape))
        parts[PARTS.index("population")] = centred(log_shared)
        parts[PARTS.index("taste")] = centred(log_own - log_shared)
        is_personal = (shared_prediction.fused != shared_models.fused).any(axis=1)
        # Sets are made for what everybody is told: how often they hold for one who has taught the
        # members is not known.
        sets = None if is_personal.any() else shared_prediction.sets

        def stretches(row: int, fused: Proba) -> Estimates:
            shift = log_proba(shared_prediction.fused[row]) - log_proba(shared_models.fused[row])
            return shared_prediction.stretches(row, softmax(log_proba(fused) + shift))

        return replace(
            shared_prediction, parts=parts, sets=sets, is_personal=is_personal, stretches=stretches
        )

    def member_logits(
        self, modality: Modality, x: FloatMatrix, shared: MemberLogits
    ) -> MemberLogits:
        """Return what the members say to this listener ``(n_members, n_tracks, n_quadrants)``.

        Args:
            modality: Whose committee.
            x: The tracks' features ``(n_tracks, n_features)``.
            shared: What the members say of them to nobody in particular; those that have learnt
                are replaced.
        """
        committee = self.committees[modality]
        personal = shared.copy()
        for algorithm, delta in self.deltas[modality].items():
            rows, temperature = committee.rows(algorithm), committee.temperatures[algorithm]
            read = committee.read_by(algorithm, x)
            personal[rows] = delta.logits(read, shared[rows] * temperature) / temperature
        return personal

    def to_bytes(self) -> bytes:
        """Return the deltas as one compressed npz."""
        arrays: dict[str, NDArray[np.generic]] = {_N_LABELS: np.array(self.n_labels)}
        for modality, by_algorithm in self.deltas.items():
            for algorithm, delta in by_algorithm.items():
                for name, array in delta.to_arrays().items():
                    arrays[_SEPARATOR.join((modality, algorithm, name))] = array
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **arrays)
        return buffer.getvalue()


Way = Callable[[LearningFamily, FloatMatrix, IntVector, MemberLogits, IntVector], Delta]


def _learn_all(
    family: LearningFamily, x: FloatMatrix, y: IntVector, parent: MemberLogits, batch: IntVector
) -> Delta:
    """Return what all answers teach a family together."""
    del batch
    return family.learn(x, y, parent)


WAYS: Mapping[str, Way] = {"committee": _learn_all, "committee-newest": learn_newest}
"""How a family learns, by the name of the personaliser."""


def _learn(
    modality: Modality, committee: Committee, answers: Sequence[Answer], way: Way
) -> dict[str, Delta]:
    """Return every learner's delta; none where no answered track has the modality.

    Nothing is learnt of tracks whose features are of an earlier snapshot.
    """
    # In the order of ids, so that sums round alike however the answers came in.
    usable = sorted(
        (
            (track, answer)
            for answer in answers
            if modality in (track := _read(answer)).population_prediction.member_logits
            and not track.is_stale
        ),
        key=lambda pair: pair[0].track_id,
    )
    if not usable:
        return {}
    vectors = [track.features.vector(modality) for track, _ in usable]
    x = np.stack([vector for vector in vectors if vector is not None])
    y = np.array([answer.quadrant.index for _, answer in usable], np.int64)
    batch = np.array([answer.batch for _, answer in usable], np.int64)
    shared = np.stack(
        [track.population_prediction.member_logits[modality] for track, _ in usable], axis=1
    )
    return {
        algorithm: way(
            family,
            committee.read_by(algorithm, x),
            y,
            shared[committee.rows(algorithm)] * committee.temperatures[algorithm],
            batch,
        )
        for algorithm, family in committee.learners.items()
    }


def _read(answer: Answer) -> Track:
    if isinstance(answer.track, TrackSummary):
        raise TypeError(f"Track {answer.track.track_id!r} is an outline; members learn features.")
    return answer.track
