"""The committee of one modality: members of several algorithms and folds, and their consensus."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from models.arrays import FloatMatrix, MemberLogits, Proba
from models.emotion import softmax
from models.errors import UnknownMemberError
from models.members import Family, LearningFamily


@dataclass(frozen=True, slots=True, eq=False)
class Committee:
    """Shared pretrained members over one modality's features, by algorithm, then by fold.

    Attributes:
        n_folds: Number of members of each algorithm.
        families: Algorithm to its members.
        learners: The families that can learn from a listener.
        temperatures: Algorithm to the temperature of its logits (Guo et al., 2017).
        sharpness: Exponent of the consensus; above 1, because a mean of calibrated distributions
            is underconfident.
        n_common: Number of leading features that fusions and most families read; None for all.
        apart: Algorithms that read the features after ``n_common`` instead: a network's
            embeddings, which are learnt from labels.
        sharpness_of: Proper subset of the algorithms to the exponent of its consensus.
    """

    n_folds: int
    families: Mapping[str, Family]
    learners: Mapping[str, LearningFamily]
    temperatures: Mapping[str, float]
    sharpness: float = 1.0
    n_common: int | None = None
    apart: frozenset[str] = frozenset()
    sharpness_of: Mapping[frozenset[str], float] = field(default_factory=dict)

    def only(self, algorithms: Collection[str]) -> "Committee":
        """Return the committee of some of the algorithms, in the same order.

        The exponent is that of the subset in `sharpness_of`, else that of the whole.

        Raises:
            UnknownMemberError: ``algorithms`` is empty, or the committee lacks one of them.
        """
        known = ", ".join(self.families)
        for name in algorithms:
            if name not in self.families:
                raise UnknownMemberError(f"The committee has no member {name!r}; it has {known}.")
        if not algorithms:
            raise UnknownMemberError(f"The committee needs at least one of its members: {known}.")
        kept = frozenset(algorithms)
        return replace(
            self,
            families={n: each for n, each in self.families.items() if n in kept},
            learners={n: each for n, each in self.learners.items() if n in kept},
            temperatures={n: value for n, value in self.temperatures.items() if n in kept},
            sharpness=self.sharpness_of.get(kept, self.sharpness),
            apart=self.apart & kept,
            sharpness_of={part: value for part, value in self.sharpness_of.items() if part < kept},
        )

    @property
    def n_members(self) -> int:
        """The number of members."""
        return self.n_folds * len(self.families)

    def member_logits(self, x: FloatMatrix) -> MemberLogits:
        """Return calibrated logits ``(n_members, n_tracks, n_quadrants)``.

        Args:
            x: Features ``(n_tracks, n_features)``.
        """
        return np.concatenate(
            [
                family.logits(self.read_by(name, x)) / self.temperatures[name]
                for name, family in self.families.items()
            ]
        )

    def read_by(self, algorithm: str, x: FloatMatrix) -> FloatMatrix:
        """Return a view of the features that an algorithm reads."""
        return x[:, self.n_common :] if algorithm in self.apart else self.common(x)

    def common(self, x: FloatMatrix) -> FloatMatrix:
        """Return a view of the features that fusions and most families read."""
        return x[:, : self.n_common]

    def rows(self, algorithm: str) -> slice:
        """Return the rows of an algorithm's members on the first axis of member logits."""
        start = list(self.families).index(algorithm) * self.n_folds
        return slice(start, start + self.n_folds)

    def consensus(self, member_logits: MemberLogits) -> Proba:
        """Return the members' mean distribution, calibrated ``(n_tracks, n_quadrants)``."""
        return sharpen(softmax(member_logits).mean(axis=0), self.sharpness)


def sharpen(proba: Proba, exponent: float) -> Proba:
    """Return distributions raised to a power and renormalised; above 1 they are more confident."""
    powered = proba**exponent
    return np.asarray(powered / powered.sum(axis=-1, keepdims=True))
