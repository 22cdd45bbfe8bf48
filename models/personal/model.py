"""What a personal model is, whoever makes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from models.arrays import FloatMatrix, MemberLogits
from models.emotion import Modality, Quadrant
from models.track import Track


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a listener says of a track now: corrected answers are gone, retracted ones too."""

    track: Track
    quadrant: Quadrant


class PersonalModel(Protocol):
    """A small delta on the shared parents; useless without them."""

    @property
    def n_labels(self) -> int:
        """How many tracks it has learnt from."""
        ...

    def member_logits(
        self, modality: Modality, x: FloatMatrix, shared: MemberLogits
    ) -> MemberLogits:
        """Return what the members say to this listener, ``(n_members, n_tracks, n_quadrants)``.

        Args:
            modality: Whose committee.
            x: The tracks' features ``(n_tracks, n_features)``.
            shared: What the members say of them to nobody in particular.
        """
        ...

    def to_bytes(self) -> bytes:
        """Return all there is to store; no pickle."""
        ...


class Personaliser(Protocol):
    """Makes personal models under one snapshot."""

    @property
    def algorithm(self) -> str:
        """Its name, beside which its models are stored."""
        ...

    def fit(self, answers: Sequence[Answer]) -> PersonalModel:
        """Return the model of a listener who gave these answers, at least one.

        Their order does not matter.
        """
        ...

    def from_bytes(self, blob: bytes) -> PersonalModel:
        """Return the model that was stored."""
        ...
