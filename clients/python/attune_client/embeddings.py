"""Embeddings that callers compute themselves, in the place of recordings and lyrics."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite
from typing import SupportsFloat

Numbers = Iterable[SupportsFloat]
"""A list, a tuple, an array of one dimension: whatever yields numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Embeddings:
    """What one's own encoders make of one piece of music; either may be left out.

    Attributes:
        audio: As many numbers as ``Model.embeddings["audio"]`` says.
        lyrics: As many as ``Model.embeddings["lyrics"]`` says.
    """

    audio: Numbers | None = None
    lyrics: Numbers | None = None

    def body(self, at: str = "") -> dict[str, list[float]]:
        """Return them as the service reads them.

        Args:
            at: Where they stand in the request, for error messages.

        Raises:
            ValueError: A number is not finite, or is none.
            TypeError: Text stands in the place of numbers.
        """
        named = {"audio_embedding": self.audio, "lyrics_embedding": self.lyrics}
        return {
            name: _read(numbers, f"{at}{name}")
            for name, numbers in named.items()
            if numbers is not None
        }


def floats(numbers: Iterable[SupportsFloat | str], place: str) -> list[float]:
    """Return numbers as JSON can hold them.

    >>> floats((1, 0.5), "audio_embedding[{}]")
    [1.0, 0.5]

    Args:
        numbers: In their order; text is read as Python prints a number.
        place: What each is called in error messages, ``{}`` for its position.

    Raises:
        ValueError: One is not finite, or is no number.
    """
    return [_finite(number, place, i) for i, number in enumerate(numbers)]


def _read(numbers: Numbers, name: str) -> list[float]:
    if isinstance(numbers, str | bytes):  # a cell of a table, as it was read
        raise TypeError(f"{name} is text; a sequence of numbers is needed")
    return floats(numbers, f"{name}[{{}}]")


def _finite(value: SupportsFloat | str, place: str, i: int) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{place.format(i)} is {value!r:.40}; a number is needed") from None
    if not isfinite(number):
        raise ValueError(f"{place.format(i)} is {number}; a finite number is needed")
    return number
