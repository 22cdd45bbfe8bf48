"""The committee of one modality: a few algorithms, five folds each, and their consensus."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from models.arrays import FloatMatrix, MemberLogits, Proba
from models.emotion import softmax
from models.errors import UnknownMemberError
from models.members import Family, LearningFamily


@dataclass(frozen=True, slots=True, eq=False)
class Committee:
    """Shared pretrained members over one modality's features.

    Members are ordered by algorithm, then by fold.

    Attributes:
        n_folds: Members of each algorithm.
        families: Algorithm to its members.
        learners: Those of the families that learn from a listener.
        temperatures: Algorithm to what its logits are divided by (Guo et al., 2017).
        sharpness: Exponent of the consensus: a mean of calibrated distributions is less sure than
            it should be.
        n_common: How many of the features, the first, fusions and most families read; all where
            there is no number.
        apart: Algorithms that read the features after these, which no other does: a network's,
            that were learnt from labels.
        sharpness_of: The same exponent where only some of the algorithms are asked; all of them
            are not among its keys.
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
        """Return the committee of some of the algorithms, in the order of the whole.

        Temperatures stay; the exponent is that of these algorithms, or of all where there is no
        number.

        Raises:
            UnknownMemberError: None is named, or one is named that the committee does not have.
        """
        known = ", ".join(self.families)
        for name in algorithms:
            if name not in self.families:
                raise UnknownMemberError(f"A committee has no member {name!r}; it has {known}.")
        if not algorithms:
            raise UnknownMemberError(f"A committee keeps none of its members; it has {known}.")
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
        """Return the features that an algorithm reads, as a view of all."""
        return x[:, self.n_common :] if algorithm in self.apart else self.common(x)

    def common(self, x: FloatMatrix) -> FloatMatrix:
        """Return the features that are not one algorithm's alone, as a view of all."""
        return x[:, : self.n_common]

    def rows(self, algorithm: str) -> slice:
        """Return where an algorithm's members stand on the first axis of member logits."""
        start = list(self.families).index(algorithm) * self.n_folds
        return slice(start, start + self.n_folds)

    def consensus(self, member_logits: MemberLogits) -> Proba:
        """Return what the members say together: their mean distribution, calibrated.

        Args:
            member_logits: Of every member; returned are ``(n_tracks, n_quadrants)``.
        """
        return sharpen(softmax(member_logits).mean(axis=0), self.sharpness)


def sharpen(proba: Proba, exponent: float) -> Proba:
    """Return distributions raised to a power and renormalised: surer above 1, less sure below."""
    powered = proba**exponent
    return np.asarray(powered / powered.sum(axis=-1, keepdims=True))
