"""Reads the sorted table of LevelDB, which holds the index of a TensorFlow checkpoint.

A table is a sequence of blocks; the last one before the footer lists the others. A block stores
for each key only the part that differs from the previous key.
"""

from collections.abc import Iterator

from training.encoders.errors import CorruptWeightsError

_MAGIC = bytes.fromhex("57fb808b247547db")
_FOOTER_SIZE = 48
_TRAILER_SIZE = 5  # one byte of compression, four of checksum
_UNCOMPRESSED = 0
_CRC32C_POLYNOMIAL = 0x82F63B78


def read_table(table: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the keys and values of an uncompressed table, in order.

    Raises:
        CorruptWeightsError: A block is truncated, compressed or fails its checksum.
        IndexError: A block is shorter than its entries.
    """
    if table[-len(_MAGIC) :] != _MAGIC:
        msg = f"the table ends in {table[-len(_MAGIC) :].hex()}, not in {_MAGIC.hex()}"
        raise CorruptWeightsError(msg)
    footer = table[-_FOOTER_SIZE:]
    _, at = _handle(footer, 0)
    (offset, size), _ = _handle(footer, at)
    for _, handle in _block(table, offset, size):
        (offset, size), _ = _handle(handle, 0)
        yield from _block(table, offset, size)


def _block(table: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield the entries of one block."""
    block = _checked(table[offset : offset + size + _TRAILER_SIZE], size)
    end = size - 4 - 4 * int.from_bytes(block[size - 4 : size], "little")  # restart points
    at, key = 0, b""
    while at < end:
        shared, at = read_varint(block, at)
        fresh, at = read_varint(block, at)
        length, at = read_varint(block, at)
        key = key[:shared] + block[at : at + fresh]
        at += fresh + length
        yield key, block[at - length : at]


def _checked(block: bytes, size: int) -> bytes:
    if len(block) != size + _TRAILER_SIZE or block[size] != _UNCOMPRESSED:
        msg = f"a table block of {size} bytes is cut short or compressed ({len(block)} there)"
        raise CorruptWeightsError(msg)
    stored = int.from_bytes(block[size + 1 :], "little")
    computed = _masked_crc32c(block[: size + 1])
    if stored != computed:
        msg = f"a table block's checksum is {computed:#010x}, the file says {stored:#010x}"
        raise CorruptWeightsError(msg)
    return block


def _masked_crc32c(content: bytes) -> int:
    """Return LevelDB's masked CRC-32C."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (_CRC32C_POLYNOMIAL * (crc & 1))
    crc ^= 0xFFFFFFFF
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def _handle(content: bytes, at: int) -> tuple[tuple[int, int], int]:
    offset, at = read_varint(content, at)
    size, at = read_varint(content, at)
    return (offset, size), at


def read_varint(content: bytes, at: int) -> tuple[int, int]:
    """Return the variable-length number at ``at``, and the position after it."""
    value, shift = 0, 0
    while content[at] & 0x80:
        value |= (content[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return value | content[at] << shift, at + 1
