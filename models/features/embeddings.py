"""Embeddings that callers compute themselves, in the place of recordings and words."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO, NoReturn, Self

import numpy as np

from models.arrays import FloatVector
from models.emotion import Modality
from models.errors import EmbeddingSizeError, UnreadInputError

_KIND = "embeddings"
LARGEST = 1e9
"""No number of an embedding is further from 0: squares of standardised ones stay finite in single
precision."""


@dataclass(frozen=True, slots=True)
class EmbeddingSpec:
    """What a snapshot reads that was fitted to callers' own embeddings.

    Attributes:
        n_audio_features: Numbers in an audio embedding.
        n_lyrics_features: Numbers in a lyrics embedding.
        encoder: What computes them, as its owner calls it. Embeddings of two encoders mean
            different things though they may be of one size: a snapshot of one refuses tracks that
            were registered under a snapshot of the other.
    """

    n_audio_features: int
    n_lyrics_features: int
    encoder: str = ""

    @classmethod
    def of_facts(cls, facts: Mapping[str, Any]) -> Self | None:
        """Return the spec in a manifest; None where the features are computed here."""
        if facts.get("kind") != _KIND:
            return None
        return cls(facts["n_audio_features"], facts["n_lyrics_features"], facts["encoder"])

    @property
    def facts(self) -> dict[str, Any]:
        """All of it by name, for a manifest."""
        return {"kind": _KIND, **asdict(self)}

    @property
    def digest(self) -> str:
        """SHA-256 of the spec, in hexadecimal."""
        return hashlib.sha256(json.dumps(self.facts, sort_keys=True).encode()).hexdigest()

    @property
    def sizes(self) -> dict[Modality, int]:
        """Modality to the numbers in its embedding."""
        return {Modality.AUDIO: self.n_audio_features, Modality.LYRICS: self.n_lyrics_features}

    def __str__(self) -> str:
        """Return what is read, as errors write it."""
        return (
            f"embeddings, {self.n_audio_features} numbers in audio_embedding and "
            f"{self.n_lyrics_features} in lyrics_embedding"
        )


class EmbeddingReader:
    """Takes callers' own embeddings as features; it needs no encoder.

    Args:
        spec: Of the snapshot that reads them.
    """

    def __init__(self, spec: EmbeddingSpec) -> None:
        self._spec = spec

    @property
    def digest(self) -> str:
        """Which features these are, in hexadecimal."""
        return self._spec.digest

    def embedding(self, modality: Modality, numbers: Sequence[float]) -> FloatVector:
        """Return an embedding as features ``(n_features,)``.

        Args:
            modality: What it is of.
            numbers: Finite, each within `LARGEST` of 0.

        Raises:
            EmbeddingSizeError: There are more or fewer than the snapshot reads.
        """
        wanted, found = self._spec.sizes[modality], len(numbers)
        if found != wanted:
            raise EmbeddingSizeError(
                f"{modality}_embedding has {found} number{'s' * (found != 1)}; this snapshot "
                f"reads {wanted}."
            )
        return single(numbers)

    def audio(self, source: BinaryIO) -> NoReturn:
        """Refuse a recording.

        Raises:
            UnreadInputError: Always.
        """
        del source
        raise self._unread("A recording")

    def lyrics(self, text: str) -> NoReturn:
        """Refuse lyrics.

        Raises:
            UnreadInputError: Always.
        """
        del text
        raise self._unread("Lyrics")

    def warm_up(self) -> None:
        """Do nothing: there is nothing to load."""

    def check(self) -> None:
        """Do nothing: there is no encoder that could fail."""

    def _unread(self, what: str) -> UnreadInputError:
        return UnreadInputError(f"{what} cannot be used: this snapshot reads {self._spec}.")


def single(numbers: Sequence[float]) -> FloatVector:
    """Return numbers in single precision ``(n_numbers,)``, as they are kept and told apart.

    >>> single([0.1, -0.0]).tolist()
    [0.10000000149011612, 0.0]
    """
    return np.asarray(numbers, np.float32) + np.float32(0)  # one zero, not two
