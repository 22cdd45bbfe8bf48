"""Universal Binary JSON (ubjson.org, draft 12): the subset that xgboost writes."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DTYPES = {
    ord(kind): np.dtype(f">{number}")
    for kind, number in [
        ("i", "i1"), ("U", "u1"), ("I", "i2"), ("l", "i4"), ("L", "i8"), ("d", "f4"), ("D", "f8"),
    ]
}  # fmt: skip
_CONSTANTS = {ord("Z"): None, ord("T"): True, ord("F"): False}
_TYPE, _COUNT, _END_OF_OBJECT = ord("$"), ord("#"), ord("}")
_LONG, _LONG_BYTES = ord("L"), 8
"""Type of every length that xgboost writes: big-endian, signed."""


def loads(content: bytes) -> Any:
    """Return a document's value, with typed arrays as NumPy arrays.

    Raises:
        ValueError: The document is truncated or outside the subset.
    """
    try:
        return _Reader(content).value()
    except (IndexError, RecursionError) as error:
        raise ValueError("The document is cut short, or nested too deeply.") from error


class _Reader:
    """Reads values sequentially."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0
        self._containers: dict[int, Callable[[], Any]] = {
            ord("S"): self._text,
            ord("["): self._array,
            ord("{"): self._object,
        }

    def value(self) -> Any:
        kind = self._byte()
        if kind in self._containers:
            return self._containers[kind]()
        if kind in _CONSTANTS:
            return _CONSTANTS[kind]
        return self._numbers(kind, 1)[0].item()

    def _array(self) -> Any:
        mark = self._byte()
        kind = self._byte() if mark == _TYPE else None
        if (mark if kind is None else self._byte()) != _COUNT:
            raise ValueError(f"The array before byte {self._at} has no count.")
        count = self._length()
        return [self.value() for _ in range(count)] if kind is None else self._numbers(kind, count)

    def _object(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while self._content[self._at] != _END_OF_OBJECT:
            name = self._text()
            found[name] = self.value()
        self._at += 1
        return found

    def _numbers(self, kind: int, count: int) -> NDArray[Any]:
        """Return a view of numbers in the document's memory and byte order."""
        if kind not in _DTYPES:
            raise ValueError(f"Byte {self._at - 1} is of no known type: {kind:#x}.")
        dtype = _DTYPES[kind]
        return np.frombuffer(self._content, dtype, count, self._advance(count * dtype.itemsize))

    def _text(self) -> str:
        begin = self._advance(self._length())
        return self._content[begin : self._at].decode()

    def _length(self) -> int:
        if self._byte() != _LONG:
            raise ValueError(f"The length at byte {self._at - 1} is not of type L.")
        begin = self._advance(_LONG_BYTES)
        return int.from_bytes(self._content[begin : self._at], "big", signed=True)

    def _byte(self) -> int:
        return self._content[self._advance(1)]

    def _advance(self, count: int) -> int:
        """Skip bytes and return where they begin."""
        begin, self._at = self._at, self._at + count
        if not begin <= self._at <= len(self._content):
            raise ValueError("The document is cut short.")
        return begin
