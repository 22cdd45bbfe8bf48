"""Lyrics to features: meaning (MiniLM), then affect (nade)."""

from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from models.features.encoders import MINILM_INT8, LyricsEncoder
from models.features.language import NO_WORDS, skip_reason
from models.features.nade import NADE, AffectEncoder
from models.track import LyricsFeatures

N_LYRICS_FEATURES = MINILM_INT8.dimension + NADE.dimension


@dataclass(frozen=True, slots=True, eq=False)
class LyricsReader:
    """Turns lyrics into features; thread-safe.

    Attributes:
        english: Words in the encoders' vocabularies.
    """

    meaning: LyricsEncoder
    affect: AffectEncoder
    english: Container[str]

    @classmethod
    def open(cls, weights: Path, *, threads: int = 1) -> Self:
        """Load the encoders; raise `EncoderError` if a file is missing or changed."""
        meaning, affect = LyricsEncoder(weights, threads=threads), AffectEncoder.open(weights)
        return cls(meaning, affect, meaning.words | affect.rows.words.keys())

    def __call__(self, text: str) -> LyricsFeatures:
        """Return the features of lyrics ``(474,)``, or the reason why they are not used."""
        if not text.strip():
            return LyricsFeatures(None)
        reason = skip_reason(text, self.english)
        meaning = None if reason else self.meaning(text)
        if meaning is None:
            return LyricsFeatures(None, reason or NO_WORDS)
        return LyricsFeatures(np.concatenate([meaning, self.affect(text)]))
