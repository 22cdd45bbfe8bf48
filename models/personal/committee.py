"""The committee personalisers: all members that can learn are fitted to the listener's answers.

``committee`` refits every member to all current answers, as a delta on its shared parent. The
model depends only on the current answers, not on their batches or corrections.
``committee-newest`` updates the result of the earlier batches with each batch, which forgets; the
model depends on the batches too. The order of answers within a batch never matters.
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
from models.personal.model import (
    PARTS,
    Answer,
    Estimates,
    MemberInputs,
    PredictionBatch,
    SharedPredictor,
)
from models.track import Track, TrackSummary

Deltas = Mapping[Modality, Mapping[str, Delta]]
_SEPARATOR = "/"
_N_LABELS = "n_labels"


@dataclass(frozen=True, slots=True, eq=False)
class CommitteePersonaliser:
    """Fits every member that can learn to a listener's answers.

    Attributes:
        committees: The shared parents.
        algorithm: A key of `ALGORITHMS`; stored with the models.
    """

    committees: Mapping[Modality, Committee]
    algorithm: str = "committee"

    @property
    def needs_features(self) -> bool:
        """Whether answers need a `Track` with features."""
        return True

    @property
    def population_model(self) -> None:
        """A listener without answers gets the shared models' predictions."""
        return

    def fit(self, answers: Sequence[Answer]) -> "PersonalCommittee":
        """Return the model of a listener with these answers."""
        deltas = {
            modality: _learn(modality, committee, answers, ALGORITHMS[self.algorithm])
            for modality, committee in self.committees.items()
        }
        return PersonalCommittee(self.committees, len(answers), deltas)

    def from_bytes(self, blob: bytes) -> "PersonalCommittee":
        """Return the model that ``to_bytes`` wrote."""
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
        n_labels: Number of answered tracks.
        deltas: Modality to algorithm to delta; empty for a modality that no answered track has.
    """

    committees: Mapping[Modality, Committee]
    n_labels: int
    deltas: Deltas

    @property
    def is_used(self) -> bool:
        """Whether any member was fitted."""
        return any(self.deltas.values())

    def predict_batch(
        self,
        member_inputs: MemberInputs,
        shared: PredictionBatch,
        predict_shared: SharedPredictor,
    ) -> PredictionBatch:
        """Return predictions of tracks for this listener."""
        own = predict_shared(
            {
                modality: self.member_logits(modality, member_inputs.features[modality], logits)
                if modality in member_inputs.features
                else logits
                for modality, logits in member_inputs.shared.items()
            }
        )
        log_shared, log_own = log_proba(shared.fused), log_proba(own.fused)
        parts = np.zeros((len(PARTS), *own.fused.shape))
        parts[PARTS.index("population")] = centred(log_shared)
        parts[PARTS.index("taste")] = centred(log_own - log_shared)
        is_personal = (own.fused != shared.fused).any(axis=1)
        # The coverage of sets is known for the shared models only.
        sets = None if is_personal.any() else own.sets

        def predict_segments(row: int, fused: Proba) -> Estimates:
            shift = log_proba(own.fused[row]) - log_proba(shared.fused[row])
            return own.predict_segments(row, softmax(log_proba(fused) + shift))

        return replace(
            own,
            parts=parts,
            sets=sets,
            is_personal=is_personal,
            predict_segments=predict_segments,
        )

    def member_logits(
        self, modality: Modality, x: FloatMatrix, shared: MemberLogits
    ) -> MemberLogits:
        """Return the members' logits for this listener ``(n_members, n_tracks, n_quadrants)``.

        Args:
            modality: The committee's modality.
            x: The tracks' features ``(n_tracks, n_features)``.
            shared: The shared members' logits of these tracks.
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


Algorithm = Callable[[LearningFamily, FloatMatrix, IntVector, MemberLogits, IntVector], Delta]


def _learn_all(
    family: LearningFamily, x: FloatMatrix, y: IntVector, parent: MemberLogits, batch: IntVector
) -> Delta:
    """Return a family's delta, fitted to all answers at once."""
    del batch
    return family.learn(x, y, parent)


ALGORITHMS: Mapping[str, Algorithm] = {"committee": _learn_all, "committee-newest": learn_newest}
"""The fit of a family's delta, by the name of the personaliser."""


def _learn(
    modality: Modality, committee: Committee, answers: Sequence[Answer], algorithm: Algorithm
) -> dict[str, Delta]:
    """Return the delta of every family that can learn.

    Empty if no answered track has the modality. Skips tracks with features of an earlier snapshot.
    """
    # Sorted by id, so that rounding does not depend on the order of the answers.
    usable = sorted(
        (
            (track, answer)
            for answer in answers
            if modality in (track := _track(answer)).population_prediction.member_logits
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
        name: algorithm(
            family,
            committee.read_by(name, x),
            y,
            shared[committee.rows(name)] * committee.temperatures[name],
            batch,
        )
        for name, family in committee.learners.items()
    }


def _track(answer: Answer) -> Track:
    if isinstance(answer.track, TrackSummary):
        raise TypeError(f"Track {answer.track.track_id!r} is a summary; members need features.")
    return answer.track
