"""Embeddings that callers compute themselves, in the place of recordings and words."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from models.emotion import Modality

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
