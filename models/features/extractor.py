"""What makes the features of tracks."""

from collections.abc import Sequence
from typing import BinaryIO, Protocol

from models.arrays import FloatVector
from models.emotion import Modality
from models.track import AudioFeatures, LyricsFeatures


class Extractor(Protocol):
    """Makes features: of recordings and lyrics, or of the embeddings that callers made of them."""

    @property
    def digest(self) -> str:
        """Which features these are, in hexadecimal."""
        ...

    def audio(self, source: BinaryIO) -> AudioFeatures:
        """Return the features of a recording.

        Raises:
            AudioError: It cannot be used.
            UnreadInputError: Embeddings are read in the place of recordings.
        """
        ...

    def lyrics(self, text: str) -> LyricsFeatures:
        """Return the features of lyrics, or why they were not read.

        Raises:
            UnreadInputError: Embeddings are read in the place of lyrics.
        """
        ...

    def embedding(self, modality: Modality, numbers: Sequence[float]) -> FloatVector:
        """Return a caller's own embedding as features ``(n_features,)``.

        Raises:
            EmbeddingSizeError: It has more or fewer numbers than are read.
            UnreadInputError: Recordings and lyrics are read, and no embeddings.
        """
        ...

    def warm_up(self) -> None:
        """Do what the first calls would wait for."""
        ...

    def check(self) -> None:
        """Raise whatever is raised where the encoders do not answer."""
        ...
