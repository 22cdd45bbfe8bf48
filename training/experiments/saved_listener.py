"""Load a listener's models: a shared committee and the deltas of the listener's answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.arrays import FloatMatrix, MemberProba, Proba
from models.committee import sharpen
from models.emotion import softmax
from models.members import Delta
from training.datasets.listeners import FeatureTable
from training.experiments.saved_models import (
    SharedCommittee,
    read_base,
    read_committee,
    read_deltas,
)


@dataclass(frozen=True, slots=True, eq=False)
class PersonalCommittee:
    """A committee after a listener's answers.

    Attributes:
        shared: The shared committee.
        deltas: Algorithm to its delta; algorithms without one are unchanged.
    """

    shared: SharedCommittee
    deltas: Mapping[str, Delta]

    @property
    def n_features(self) -> int:
        """Number of features of a row."""
        return self.shared.n_features

    def consensus(self, table: FeatureTable) -> Proba:
        """Return the calibrated consensus ``(n_tracks, n_quadrants)``.

        Args:
            table: Features before standardisation, one row a track or one a frame.
        """
        standard = self.shared.standard
        x = table.x if standard is None else standard(table.x)
        proba = table.rows.mean(self._member_proba(x)).mean(axis=0)
        return sharpen(proba, self.shared.committee.sharpness)

    def _member_proba(self, x: FloatMatrix) -> MemberProba:
        """Return every member's distributions ``(n_members, n_rows, n_quadrants)``."""
        committee, logits = self.shared.committee, []
        for name, family in committee.families.items():
            read = committee.read_by(name, x)
            raw = family.logits(read)
            if name in self.deltas:
                raw = self.deltas[name].logits(read, raw)
            logits.append(raw / committee.temperatures[name])
        return softmax(np.concatenate(logits))


def load_personal(folder: Path) -> PersonalCommittee:
    """Return the models of a unit's folder.

    Raises:
        PlanError: The shared committee is missing.
    """
    shared = read_committee(read_base(folder))
    learners = shared.committee.learners
    deltas = {name: learners[name].delta(arrays) for name, arrays in read_deltas(folder).items()}
    return PersonalCommittee(shared, deltas)
