"""Chunks: find the description and the samples of a wav, w64 or aiff.

FFmpeg reads pictures, compressed ID3 tags and other metadata in chunks. It therefore gets the file
rewritten: the chunk that describes the samples, then the samples. Chunks before, between and after
them change nothing, and neither do sizes that were never filled in.
"""

from collections.abc import Iterable, Iterator
from struct import Struct
from typing import Literal, NamedTuple, TypeAlias

from models.audio.file_views import Rewritten, View

_MOST_CHUNKS = 10_000
_MOST_DESCRIPTION_BYTES = 2**16
_UNKNOWN_BYTES = (0, 2**32 - 1)
"""Sizes of samples that a recorder writes first and replaces at its end."""
_RIFF_HEADER_BYTES, _W64_HEADER_BYTES = 12, 40
_W64_CHUNK_BYTES = 24
_SSND_HEADER_BYTES = 8
_MOST_AIFF_BYTES = 2**31
_BIG_FORMAT, _FORMAT = Struct(">HHIIHH"), Struct("<HHIIHH")
_EXTENSIBLE, _SUBFORMAT = 0xFFFE, slice(24, 26)
_BITS = slice(14, 16)

_Order: TypeAlias = Literal["big", "little"]


class Chunk(NamedTuple):
    """A chunk's name, and the offset and size of its content."""

    name: bytes
    at: int
    n_bytes: int


def rewrite_wav(view: View) -> Rewritten:
    """Return a RIFF, RIFX, RF64 or BW64 as a RIFF without metadata, or raise `ValueError`.

    The samples of a RIFX stay big-endian.
    """
    is_big = view.read_at(0, 4) == b"RIFX"
    found = _find({b"fmt ", b"data"}, _chunks(view, "big" if is_big else "little"))
    n_bytes = found[b"data"].n_bytes
    if b"ds64" in found and n_bytes in _UNKNOWN_BYTES:
        n_bytes = int.from_bytes(_content(view, found, b"ds64")[8:16], "little")
    description = _content(view, found, b"fmt ")
    if is_big:
        description = _little_endian(description)
    return _wav(description, view, found[b"data"].at, n_bytes)


def _little_endian(description: bytes) -> bytes:
    """Return the fields that every wav has."""
    if len(description) < _BIG_FORMAT.size:
        raise ValueError("the chunk 'fmt ' is damaged")
    coding, *others = _BIG_FORMAT.unpack_from(description)
    if coding == _EXTENSIBLE:
        coding = int.from_bytes(description[_SUBFORMAT])
    return _FORMAT.pack(coding, *others)


def rewrite_w64(view: View) -> Rewritten:
    """Return a Sony Wave64 as a RIFF without metadata, or raise `ValueError`."""
    found = _find({b"fmt ", b"data"}, _w64_chunks(view))
    return _wav(_content(view, found, b"fmt "), view, *found[b"data"][1:])


def _wav(description: bytes, view: View, start: int, n_bytes: int) -> Rewritten:
    if description[:2] == _EXTENSIBLE.to_bytes(2, "little"):  # else 24 of 32 bits would be floats
        description = description[:18] + description[_BITS] + description[20:]
    size = len(description).to_bytes(4, "little")
    # A size of 0 tells FFmpeg to read to the end without a search for more chunks.
    header = b"RIFF" + bytes(4) + b"WAVEfmt " + size + description + b"data" + bytes(4)
    return Rewritten(header, view, start, _present(view, start, n_bytes))


def rewrite_aiff(view: View) -> Rewritten:
    """Return an AIFF or AIFF-C without metadata, or raise `ValueError`."""
    kind = view.read_at(8, 4)
    found = _find({b"COMM", b"SSND"}, _chunks(view, "big"))
    description, samples = _content(view, found, b"COMM"), found[b"SSND"]
    offset = int.from_bytes(view.read_at(samples.at, 4))
    start = samples.at + _SSND_HEADER_BYTES + offset
    n_bytes = samples.n_bytes
    if n_bytes not in _UNKNOWN_BYTES:
        n_bytes = max(n_bytes - _SSND_HEADER_BYTES - offset, 0)
    n_bytes = min(_present(view, start, n_bytes), _MOST_AIFF_BYTES)
    header = b"COMM" + len(description).to_bytes(4) + description + bytes(len(description) % 2)
    header += b"SSND" + (n_bytes + _SSND_HEADER_BYTES).to_bytes(4) + bytes(_SSND_HEADER_BYTES)
    size = (4 + len(header) + n_bytes).to_bytes(4)
    return Rewritten(b"FORM" + size + kind + header, view, start, n_bytes)


def _present(view: View, start: int, n_bytes: int) -> int:
    """Return how many of the claimed bytes there are; all to the end if the claim is open."""
    rest = max(view.n_bytes - start, 0)
    return rest if n_bytes in _UNKNOWN_BYTES else min(n_bytes, rest)


def _find(names: set[bytes], chunks: Iterable[Chunk]) -> dict[bytes, Chunk]:
    """Return the first chunk of each name, up to the last of those that are needed."""
    found: dict[bytes, Chunk] = {}
    for chunk in chunks:
        found.setdefault(chunk.name, chunk)
        if names <= found.keys():
            return found
    missing = sorted(name.decode() for name in names - found.keys())
    raise ValueError(f"there is no chunk {missing[0]!r}")


def _content(view: View, found: dict[bytes, Chunk], name: bytes) -> bytes:
    chunk = found[name]
    if chunk.n_bytes > _MOST_DESCRIPTION_BYTES:
        raise ValueError(f"the chunk {name.decode()!r} is larger than {_MOST_DESCRIPTION_BYTES}")
    return view.read_at(chunk.at, chunk.n_bytes)


def _chunks(view: View, order: _Order) -> Iterator[Chunk]:
    at = _RIFF_HEADER_BYTES
    for _ in range(_MOST_CHUNKS):
        head = view.read_at(at, 8)
        if len(head) < len(b"name") + 4:
            return
        chunk = Chunk(head[:4], at + 8, int.from_bytes(head[4:], order))
        yield chunk
        end = chunk.at + chunk.n_bytes
        at = end + _padding(view, end) if chunk.n_bytes % 2 else end


def _padding(view: View, end: int) -> int:
    """Return 1 if an odd chunk is padded, 0 if its writer forgot to."""
    return 0 if view.read_at(end, 4) in {b"fmt ", b"data", b"COMM", b"SSND"} else 1


def _w64_chunks(view: View) -> Iterator[Chunk]:
    at = _W64_HEADER_BYTES
    for _ in range(_MOST_CHUNKS):
        head = view.read_at(at, _W64_CHUNK_BYTES)
        if len(head) < _W64_CHUNK_BYTES:
            return
        n_bytes = max(int.from_bytes(head[16:], "little") - _W64_CHUNK_BYTES, 0)
        yield Chunk(head[:4], at + _W64_CHUNK_BYTES, n_bytes)
        at += _W64_CHUNK_BYTES + (n_bytes + 7) // 8 * 8
