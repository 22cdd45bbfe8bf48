"""Ogg: read the pages of a file (RFC 3533)."""

import zlib
from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

from models.audio.file_views import View

_PAGE = Struct("<4sBBqIIIB")
_MARK = b"OggS"
_IS_CONTINUED, _IS_FIRST, _IS_LAST = 1, 2, 4
_SEARCHED_AT_ONCE = 2**16
_FULL_SEGMENT = 255
_CHECKSUM = slice(22, 26)
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_ALL_ONES = 0xFFFFFFFF


class Page(NamedTuple):
    """A page of an ogg.

    Attributes:
        flags: Bits for a continued packet, the stream's first page and its last.
        granule: Sample position of its stream at its end; -1 if no packet ends in it.
        serial: Id of its stream.
        number: Sequence number within its stream.
        sizes: Byte sizes of the segments that form packets.
        body: The segments.
    """

    flags: int
    granule: int
    serial: int
    number: int
    sizes: bytes
    body: bytes

    @property
    def is_continued(self) -> bool:
        """Whether it begins inside a packet."""
        return bool(self.flags & _IS_CONTINUED)

    @property
    def is_first(self) -> bool:
        """Whether it is its stream's first page."""
        return bool(self.flags & _IS_FIRST)

    @property
    def is_last(self) -> bool:
        """Whether it is its stream's last page."""
        return bool(self.flags & _IS_LAST)

    @property
    def parts(self) -> list[tuple[bytes, bool]]:
        """Its packets, each with whether it ends in this page; only the last may not."""
        parts, start, at = [], 0, 0
        for size in self.sizes:
            at += size
            if size < _FULL_SEGMENT:
                parts.append((self.body[start:at], True))
                start = at
        return [*parts, (self.body[start:], False)] if start < len(self.body) else parts


def pages(view: View) -> Iterator[Page]:
    """Yield the intact pages of a file; skip damaged and unknown bytes."""
    at = 0
    while len(header := view.read_at(at, _PAGE.size)) == _PAGE.size:
        page = _page(header, view)
        if page is None:
            at = _next_mark(view, at + 1)
        else:
            yield page
            at += _PAGE.size + len(page.sizes) + len(page.body)


def _page(header: bytes, view: View) -> Page | None:
    """Read the page after its header; return None if it is damaged."""
    mark, version, flags, granule, serial, number, _, n_segments = _PAGE.unpack(header)
    if (mark, version) != (_MARK, 0):
        return None
    sizes = view.read(n_segments)
    body = view.read(sum(sizes))
    is_whole = _checksum(header + sizes + body) == header[_CHECKSUM]
    return Page(flags, granule, serial, number, sizes, body) if is_whole else None


def _next_mark(view: View, at: int) -> int:
    """Return the offset of the next page mark, or of the file's end."""
    while piece := view.read_at(at, _SEARCHED_AT_ONCE):
        found = piece.find(_MARK)
        if found >= 0:
            return at + found
        at += max(1, len(piece) - len(_MARK) + 1)
    return at


def _checksum(page: bytes) -> bytes:
    """Return a page's CRC-32, which is zlib's with the bit order reversed."""
    blank = page[: _CHECKSUM.start] + bytes(4) + page[_CHECKSUM.stop :]
    register = zlib.crc32(blank.translate(_REVERSED), _ALL_ONES) ^ _ALL_ONES
    return register.to_bytes(4).translate(_REVERSED)
