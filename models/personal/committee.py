"""The paper's way: every member that can learn learns the listener's answers.

Every member is refitted from all current answers, as a delta on its shared parent, so a model
depends on which answers stand and not on how they came in: in one call or many, in this order or
that, corrected or right at once.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, MemberLogits
from models.committee import Committee
from models.emotion import Modality
from models.members import Delta, LearningFamily
from models.personal.model import Answer

Deltas = Mapping[Modality, Mapping[str, Delta]]
_SEPARATOR = "/"
_N_LABELS = "n_labels"


@dataclass(frozen=True, slots=True, eq=False)
class CommitteePersonaliser:
    """Refits every learning member from a listener's answers.

    Attributes:
        committees: The shared parents.
    """

    committees: Mapping[Modality, Committee]

    @property
    def algorithm(self) -> str:
        """Its name, beside which its models are stored."""
        return "committee"

    def fit(self, answers: Sequence[Answer]) -> "PersonalCommittee":
        """Return the model of a listener who gave these answers."""
        deltas = {
            modality: _learn(modality, committee, answers)
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

    def member_logits(
        self, modality: Modality, x: FloatMatrix, shared: MemberLogits
    ) -> MemberLogits:
        """Return the shared logits, those of the members that have learnt in their place."""
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


def _learn(
    modality: Modality, committee: Committee, answers: Sequence[Answer]
) -> dict[str, Delta]:
    """Return every learner's delta; none where no answered track has the modality."""
    # In the order of ids, so that sums round alike however the answers came in.
    usable = sorted(
        (answer for answer in answers if modality in answer.track.belief.member_logits),
        key=lambda answer: answer.track.track_id,
    )
    if not usable:
        return {}
    vectors = [answer.track.features.vector(modality) for answer in usable]
    x = np.stack([vector for vector in vectors if vector is not None])
    y = np.array([answer.quadrant.index for answer in usable], np.int64)
    shared = np.stack([answer.track.belief.member_logits[modality] for answer in usable], axis=1)
    return {
        algorithm: family.learn(
            committee.read_by(algorithm, x),
            y,
            shared[committee.rows(algorithm)] * committee.temperatures[algorithm],
        )
        for algorithm, family in committee.learners.items()
    }
