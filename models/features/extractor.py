"""The protocol of feature extractors."""

from collections.abc import Sequence
from typing import BinaryIO, Protocol

from models.arrays import FloatVector
from models.emotion import Modality
from models.track import AudioFeatures, LyricsFeatures


class Extractor(Protocol):
    """Makes features of recordings and lyrics, or of callers' own embeddings."""

    @property
    def digest(self) -> str:
        """SHA-256 of the feature spec, in hexadecimal."""
        ...

    def audio(self, source: BinaryIO) -> AudioFeatures:
        """Return the features of a recording.

        Raises:
            AudioError: The recording cannot be used.
            UnsupportedInputError: The snapshot reads embeddings.
        """
        ...

    def lyrics(self, text: str) -> LyricsFeatures:
        """Return the features of lyrics, or the reason why they are not used.

        Raises:
            UnsupportedInputError: The snapshot reads embeddings.
        """
        ...

    def embedding(self, modality: Modality, numbers: Sequence[float]) -> FloatVector:
        """Return a caller's own embedding as features ``(n_features,)``.

        Raises:
            EmbeddingSizeError: The length differs from the snapshot's.
            UnsupportedInputError: The snapshot reads recordings and lyrics.
        """
        ...

    def warm_up(self) -> None:
        """Do the one-time work that would delay the first call."""
        ...

    def check(self) -> None:
        """Raise an error if the encoders fail."""
        ...
