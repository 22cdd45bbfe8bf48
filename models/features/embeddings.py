"""Callers' own embeddings, which replace recordings and lyrics."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO, NoReturn, Self

import numpy as np

from models.arrays import FloatVector
from models.emotion import Modality
from models.errors import EmbeddingSizeError, UnsupportedInputError

_KIND = "embeddings"
LARGEST = 1e9
"""Largest absolute value: squares of standardised values stay finite in float32."""


@dataclass(frozen=True, slots=True)
class EmbeddingSpec:
    """The embeddings that a snapshot reads which was fitted to callers' own embeddings.

    Attributes:
        n_audio_features: Length of an audio embedding.
        n_lyrics_features: Length of a lyrics embedding.
        encoder: The caller's name of the encoder. Embeddings of two encoders differ in meaning
            even if their sizes agree, so a snapshot of one rejects tracks that were registered
            under a snapshot of the other.
    """

    n_audio_features: int
    n_lyrics_features: int
    encoder: str = ""

    @classmethod
    def of_facts(cls, facts: Mapping[str, Any]) -> Self | None:
        """Return a manifest's spec; None if Attune computes the features."""
        if facts.get("kind") != _KIND:
            return None
        return cls(facts["n_audio_features"], facts["n_lyrics_features"], facts["encoder"])

    @property
    def facts(self) -> dict[str, Any]:
        """All fields for a manifest."""
        return {"kind": _KIND, **asdict(self)}

    @property
    def digest(self) -> str:
        """SHA-256 of the spec, in hexadecimal."""
        return hashlib.sha256(json.dumps(self.facts, sort_keys=True).encode()).hexdigest()

    @property
    def sizes(self) -> dict[Modality, int]:
        """Modality to the length of its embedding."""
        return {Modality.AUDIO: self.n_audio_features, Modality.LYRICS: self.n_lyrics_features}

    def __str__(self) -> str:
        """Describe the embeddings in error messages."""
        return (
            f"embeddings, {self.n_audio_features} numbers in audio_embedding and "
            f"{self.n_lyrics_features} in lyrics_embedding"
        )


class EmbeddingReader:
    """Uses callers' own embeddings as features, without an encoder.

    Args:
        spec: Spec of the snapshot.
    """

    def __init__(self, spec: EmbeddingSpec) -> None:
        self._spec = spec

    @property
    def digest(self) -> str:
        """SHA-256 of the feature spec, in hexadecimal."""
        return self._spec.digest

    def embedding(self, modality: Modality, numbers: Sequence[float]) -> FloatVector:
        """Return finite numbers within `LARGEST` of 0 as features ``(n_features,)``.

        Raises:
            EmbeddingSizeError: The length differs from the snapshot's.
        """
        wanted, found = self._spec.sizes[modality], len(numbers)
        if found != wanted:
            raise EmbeddingSizeError(
                f"{modality}_embedding has {found} number{'s' * (found != 1)}; this snapshot "
                f"reads {wanted}."
            )
        return to_float32(numbers)

    def audio(self, source: BinaryIO) -> NoReturn:
        """Raise `UnsupportedInputError`."""
        del source
        raise self._unsupported("A recording")

    def lyrics(self, text: str) -> NoReturn:
        """Raise `UnsupportedInputError`."""
        del text
        raise self._unsupported("Lyrics")

    def warm_up(self) -> None:
        """Do nothing: there is no encoder."""

    def check(self) -> None:
        """Do nothing: there is no encoder."""

    def _unsupported(self, what: str) -> UnsupportedInputError:
        return UnsupportedInputError(f"{what} cannot be used: this snapshot reads {self._spec}.")


def to_float32(numbers: Sequence[float]) -> FloatVector:
    """Return numbers as float32 ``(n_numbers,)``, -0 as 0: equal embeddings have equal bytes.

    >>> to_float32([0.1, -0.0]).tolist()
    [0.10000000149011612, 0.0]
    """
    return np.asarray(numbers, np.float32) + np.float32(0)  # -0 becomes 0
