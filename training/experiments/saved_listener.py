"""A listener's models, read again: a shared committee and what the listener's answers changed."""

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
    """A committee as it is after a listener's answers.

    Attributes:
        shared: What all listeners begin with.
        deltas: Algorithm to what the answers changed; others are as they were.
    """

    shared: SharedCommittee
    deltas: Mapping[str, Delta]

    @property
    def n_features(self) -> int:
        """Of a row."""
        return self.shared.n_features

    def consensus(self, table: FeatureTable) -> Proba:
        """Return what the members say together, calibrated ``(n_tracks, n_quadrants)``.

        Args:
            table: Features as they were before they were standardised, a row a track or its
                frames.
        """
        standard = self.shared.standard
        x = table.x if standard is None else standard(table.x)
        said = table.rows.mean(self._member_proba(x)).mean(axis=0)
        return sharpen(said, self.shared.committee.sharpness)

    def _member_proba(self, x: FloatMatrix) -> MemberProba:
        """Return what every member says of each row ``(n_members, n_rows, n_quadrants)``."""
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
        PlanError: The shared committee is not there.
    """
    shared = read_committee(read_base(folder))
    learners = shared.committee.learners
    deltas = {name: learners[name].delta(arrays) for name, arrays in read_deltas(folder).items()}
    return PersonalCommittee(shared, deltas)
