"""Ogg: the headers of a file, checked before libvorbis reads them.

Seven kilobytes can describe code books of gigabytes; libvorbis builds them partly on the stack,
which crashes the process. The pages are read as libogg reads them, but where it would drop one and
go on, the file is refused: nothing may be hidden in what it drops.
"""

import zlib
from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

from models.errors import UndecodableAudioError
from models.views import View

MOST_HEADER_BYTES = 2**24
"""With pictures in the comments; libsndfile takes up to four times as much memory."""
MOST_VALUES = 2**18
"""Of all code books together: entries times dimensions. libvorbis itself writes up to 88,000."""
MOST_COMMENTS = 2**16
"""libvorbis takes some 50 bytes for each, however short it is."""

_PAGE = Struct("<4sBBqIIIB")
_MARK = b"OggS"
_IS_CONTINUED, _IS_FIRST, _IS_LAST = 1, 2, 4
_SEARCHED_AT_ONCE = 2**16
_FULL_SEGMENT = 255
_CHECKSUM = slice(22, 26)
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_ALL_ONES = 0xFFFFFFFF
_BOOK_SYNC = 0x564342
_LONGEST_CODE = 32


class Page(NamedTuple):
    """A page of an ogg.

    Attributes:
        flags: Whether it continues a packet, and is its stream's first or last.
        granule: Where its stream is at its end; -1 where no packet ends in it.
        serial: Of its stream.
        sizes: Of the segments that packets are made of.
        body: The segments.
    """

    flags: int
    granule: int
    serial: int
    sizes: bytes
    body: bytes

    @property
    def is_continued(self) -> bool:
        """Whether it begins within a packet."""
        return bool(self.flags & _IS_CONTINUED)

    @property
    def is_first(self) -> bool:
        """Whether its stream begins with it."""
        return bool(self.flags & _IS_FIRST)

    @property
    def is_last(self) -> bool:
        """Whether its stream ends with it."""
        return bool(self.flags & _IS_LAST)

    @property
    def parts(self) -> list[tuple[bytes, bool]]:
        """The packets in it, and whether they end in it: the last may not."""
        parts, start, at = [], 0, 0
        for size in self.sizes:
            at += size
            if size < _FULL_SEGMENT:
                parts.append((self.body[start:at], True))
                start = at
        return [*parts, (self.body[start:], False)] if start < len(self.body) else parts


def pages(view: View) -> Iterator[Page]:
    """Yield the pages of a file that are whole, whatever lies between them."""
    at = 0
    while len(header := _read_at(view, at, _PAGE.size)) == _PAGE.size:
        mark, version, flags, granule, serial, _, _, n_segments = _PAGE.unpack(header)
        sizes = view.read(n_segments) if mark == _MARK else b""
        body = view.read(sum(sizes))
        page = header + sizes + body
        if (mark, version) == (_MARK, 0) and _checksum(page) == header[_CHECKSUM]:
            yield Page(flags, granule, serial, sizes, body)
            at += len(page)
        else:
            at = _next_mark(view, at + 1)


def _next_mark(view: View, at: int) -> int:
    """Return where the next page may begin: at the file's end if nowhere."""
    while piece := _read_at(view, at, _SEARCHED_AT_ONCE):
        found = piece.find(_MARK)
        if found >= 0:
            return at + found
        at += max(1, len(piece) - len(_MARK) + 1)
    return at


def _read_at(view: View, at: int, n_bytes: int) -> bytes:
    view.seek(at)
    return view.read(n_bytes)


def check_ogg(view: View) -> bytes:
    """Refuse an ogg whose headers ask for much memory; go to the start.

    Returns:
        The first packet, which tells the codec.

    Raises:
        UndecodableAudioError: They do.
        ValueError: They are damaged.
    """
    packets = _packets(view)
    identification, comments = next(packets, b""), next(packets, b"")
    if identification.startswith(b"\x01vorbis"):
        _check_comments(comments)
        _check_setup(next(packets, b""))
    view.seek(0)
    return identification


def _packets(view: View) -> Iterator[bytes]:
    packet = bytearray()
    for is_continued, sizes, body in _pages(view):
        if is_continued != bool(packet):
            raise ValueError("a page of the headers is missing")
        at = 0
        for size in sizes:
            packet += body[at : at + size]
            at += size
            if size < _FULL_SEGMENT:
                yield bytes(packet)
                packet.clear()
        if len(packet) > MOST_HEADER_BYTES:
            raise UndecodableAudioError(
                f"The comments of the ogg are larger than {MOST_HEADER_BYTES} bytes."
            )


def _pages(view: View) -> Iterator[tuple[bool, bytes, bytes]]:
    """Yield of the pages of the first stream: continues a packet, sizes of segments, content."""
    stream = number = None
    while len(header := view.read(_PAGE.size)) == _PAGE.size:
        mark, version, flags, _, serial, page_number, _, n_segments = _PAGE.unpack(header)
        sizes = view.read(n_segments)
        body = view.read(sum(sizes))
        page = header + sizes + body
        if (mark, version) != (_MARK, 0) or _checksum(page) != header[_CHECKSUM]:
            raise ValueError("the headers are damaged")
        if stream not in {None, serial}:
            continue
        if number not in {None, page_number - 1}:
            raise ValueError("a page of the headers is missing")
        stream, number = serial, page_number
        yield bool(flags & _IS_CONTINUED), sizes, body


def _checksum(page: bytes) -> bytes:
    """Return the CRC-32 of a page: that of zlib, but with the bits the other way round."""
    blank = page[: _CHECKSUM.start] + bytes(4) + page[_CHECKSUM.stop :]
    register = zlib.crc32(blank.translate(_REVERSED), _ALL_ONES) ^ _ALL_ONES
    return register.to_bytes(4).translate(_REVERSED)


class Bits:
    """The bits of a packet, the lowest first; zeros behind its end.

    Attributes:
        at: How many have been passed.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def take(self, n_bits: int) -> int:
        """Return a number of up to 64 bits."""
        first = self.at // 8
        window = int.from_bytes(self._data[first : first + 9], "little")
        value = window >> self.at % 8 & (1 << n_bits) - 1
        self.at += n_bits
        return value

    def skip(self, n_bits: int) -> None:
        """Pass bits."""
        self.at += n_bits


def _check_comments(packet: bytes) -> None:
    at = len(b"\x03vorbis")
    at += 4 + int.from_bytes(packet[at : at + 4], "little")  # whose encoder it was
    if int.from_bytes(packet[at : at + 4], "little") > MOST_COMMENTS:
        raise UndecodableAudioError(f"The ogg has more than {MOST_COMMENTS} comments.")


def _check_setup(packet: bytes) -> None:
    bits = Bits(packet.removeprefix(b"\x05vorbis"))
    left = MOST_VALUES
    for _ in range(bits.take(8) + 1):
        left -= pass_code_book(bits, left)


def pass_code_book(bits: Bits, most_values: int = MOST_VALUES) -> int:
    """Go to the end of a code book and return how many values it has.

    Raises:
        UndecodableAudioError: They are too many.
        ValueError: There is no code book.
    """
    if bits.take(24) != _BOOK_SYNC:
        raise ValueError("a code book is damaged")
    n_dimensions, n_entries = bits.take(16), bits.take(24)
    n_values = n_entries * max(n_dimensions, 1)
    if n_values > most_values:
        raise UndecodableAudioError(
            f"The code books of the ogg have more than {MOST_VALUES} values."
        )
    _pass_lengths(bits, n_entries)
    _pass_values(bits, n_entries, n_dimensions)
    return n_values


def _pass_lengths(bits: Bits, n_entries: int) -> None:
    is_ordered = bits.take(1)
    if is_ordered:
        bits.skip(5)
        n_told = 0
        for _ in range(_LONGEST_CODE):
            n_told += bits.take((n_entries - n_told).bit_length()) if n_told < n_entries else 0
        return
    is_sparse = bits.take(1)
    for _ in range(n_entries):
        bits.skip(5 if not is_sparse or bits.take(1) else 0)


def _pass_values(bits: Bits, n_entries: int, n_dimensions: int) -> None:
    kind = bits.take(4)
    if not kind:
        return
    bits.skip(64)
    n_bits = bits.take(4) + 1
    bits.skip(1)
    is_lattice = kind == 1
    n_values = _root(n_entries, n_dimensions) if is_lattice else n_entries * n_dimensions
    bits.skip(n_bits * n_values)


def _root(number: int, degree: int) -> int:
    """Return the largest whole number whose power is not above the number."""
    root = round(number ** (1 / max(degree, 1))) + 1
    while root**degree > number:
        root -= 1
    return root
