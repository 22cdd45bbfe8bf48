"""Lyrics to features: what they mean (MiniLM), then how they feel (nade)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from models.arrays import FloatVector
from models.encoders import MINILM_INT8, LyricsEncoder
from models.nade import NADE, AffectEncoder

N_LYRICS_FEATURES = MINILM_INT8.dimension + NADE.dimension


@dataclass(frozen=True, slots=True, eq=False)
class LyricsReader:
    """Holds the encoders of lyrics; several threads may use it."""

    meaning: LyricsEncoder
    affect: AffectEncoder

    @classmethod
    def open(cls, weights: Path, *, threads: int = 1) -> Self:
        """Load the encoders.

        Raises:
            EncoderError: A file is missing or is not the one that was built.
        """
        return cls(LyricsEncoder(weights, threads=threads), AffectEncoder.open(weights))

    def __call__(self, text: str) -> FloatVector | None:
        """Return the features of lyrics ``(474,)``; None if no word of them can be read."""
        meaning = self.meaning(text)
        if meaning is None:
            return None
        return np.concatenate([meaning, self.affect(text)])
