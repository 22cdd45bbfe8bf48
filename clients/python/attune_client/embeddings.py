"""Embeddings that callers compute, instead of recordings and lyrics."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite
from typing import SupportsFloat

Numbers = Iterable[SupportsFloat]
"""Any iterable of numbers: a list, a tuple, an array of one dimension."""


@dataclass(frozen=True, slots=True, eq=False)
class Embeddings:
    """The embeddings of one piece of music; either may be missing.

    Attributes:
        audio: Of length ``Model.embeddings["audio"]``.
        lyrics: Of length ``Model.embeddings["lyrics"]``.
    """

    audio: Numbers | None = None
    lyrics: Numbers | None = None

    def body(self, at: str = "") -> dict[str, list[float]]:
        """Return the fields of the request.

        Args:
            at: Prefix of the field names in error messages.

        Raises:
            ValueError: A value is no number, or not finite.
            TypeError: An embedding is text.
        """
        named = {"audio_embedding": self.audio, "lyrics_embedding": self.lyrics}
        return {
            name: _read(numbers, f"{at}{name}")
            for name, numbers in named.items()
            if numbers is not None
        }


def floats(numbers: Iterable[SupportsFloat | str], place: str) -> list[float]:
    """Return finite numbers as floats.

    >>> floats((1, 0.5), "audio_embedding[{}]")
    [1.0, 0.5]

    Args:
        numbers: Numbers, or texts of numbers.
        place: The name of a number in error messages, with ``{}`` for its position.

    Raises:
        ValueError: A value is no number, or not finite.
    """
    return [_finite(number, place, i) for i, number in enumerate(numbers)]


def _read(numbers: Numbers, name: str) -> list[float]:
    if isinstance(numbers, str | bytes):  # such as an unparsed cell of a table
        raise TypeError(f"{name} is text; it must be a sequence of numbers")
    return floats(numbers, f"{name}[{{}}]")


def _finite(value: SupportsFloat | str, place: str, i: int) -> float:
    try:
        is_foreign = isinstance(value, str) and ("_" in value or not value.isascii())
        number = float("" if is_foreign else value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{place.format(i)} is {value!r:.40}; it must be a number") from None
    if not isfinite(number):
        raise ValueError(f"{place.format(i)} is {number}; it must be finite")
    return number
