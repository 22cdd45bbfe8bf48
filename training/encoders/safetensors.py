"""Reads weights in the safetensors format with NumPy."""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.encoders.errors import CorruptWeightsError

_LENGTH_SIZE = 8
_DTYPES = {"F32": "<f4", "F64": "<f8", "I32": "<i4", "I64": "<i8"}


def read_safetensors(content: bytes) -> dict[str, NDArray[Any]]:
    """Return the tensors of known types by name, as views into ``content``.

    Raises:
        CorruptWeightsError: The header or a tensor does not fit the file.
    """
    start = _LENGTH_SIZE + int.from_bytes(content[:_LENGTH_SIZE], "little")
    try:
        header = json.loads(content[_LENGTH_SIZE:start])
        known = {name: entry for name, entry in header.items() if entry.get("dtype") in _DTYPES}
        return {name: _tensor(entry, content, start) for name, entry in known.items()}
    except (ValueError, AttributeError, KeyError) as error:
        msg = f"a safetensors file of {len(content)} bytes cannot be read: {error}"
        raise CorruptWeightsError(msg) from error


def _tensor(entry: dict[str, Any], content: bytes, start: int) -> NDArray[Any]:
    begin, end = entry["data_offsets"]
    flat = np.frombuffer(content[start + begin : start + end], dtype=_DTYPES[entry["dtype"]])
    return flat.reshape(entry["shape"])
