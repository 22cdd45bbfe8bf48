"""Ogg: check a file's headers before libvorbis reads them.

Seven kilobytes can describe code books of gigabytes, which libvorbis builds partly on the stack,
so that the process crashes. Pages are read as libogg reads them, but a page that libogg would drop
is an error: a dropped page could hide other headers.
"""

from collections.abc import Iterator

from models.audio.file_views import View
from models.audio.ogg_pages import unbroken_pages
from models.errors import UndecodableAudioError

MOST_HEADER_BYTES = 2**24
"""Includes pictures in the comments; libsndfile takes up to four times as much memory."""
MOST_VALUES = 2**18
"""Entries times dimensions, summed over the code books; libvorbis writes up to 88,000."""
MOST_COMMENTS = 2**16
"""libvorbis takes some 50 bytes for each, of any length."""

_BOOK_SYNC = 0x564342
_LONGEST_CODE = 32


def check_ogg(view: View) -> bytes:
    """Reject an ogg whose headers require too much memory, then seek to its start.

    Returns:
        The first packet, which identifies the codec.

    Raises:
        UndecodableAudioError: The comments or code books are too large.
        ValueError: The headers are damaged.
    """
    packets = _packets(view)
    identification, comments = next(packets, b""), next(packets, b"")
    if identification.startswith(b"\x01vorbis"):
        _check_comments(comments)
        _check_setup(next(packets, b""))
    view.seek(0)
    return identification


def _packets(view: View) -> Iterator[bytes]:
    """Yield the packets of the first stream."""
    packet = bytearray()
    for page in unbroken_pages(view):
        if page.is_continued != bool(packet):
            raise ValueError("a page of the headers is missing")
        for part, is_whole in page.parts:
            packet += part
            if is_whole:
                yield bytes(packet)
                packet.clear()
        if len(packet) > MOST_HEADER_BYTES:
            raise UndecodableAudioError(
                f"The comments of the ogg are larger than {MOST_HEADER_BYTES} bytes."
            )


class Bits:
    """The bits of a packet, the lowest first; zeros follow its end.

    Attributes:
        at: Position of the next bit.
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
        """Skip bits."""
        self.at += n_bits


def _check_comments(packet: bytes) -> None:
    at = len(b"\x03vorbis")
    at += 4 + int.from_bytes(packet[at : at + 4], "little")  # the encoder's name
    if int.from_bytes(packet[at : at + 4], "little") > MOST_COMMENTS:
        raise UndecodableAudioError(f"The ogg has more than {MOST_COMMENTS} comments.")


def _check_setup(packet: bytes) -> None:
    bits = Bits(packet.removeprefix(b"\x05vorbis"))
    left = MOST_VALUES
    for _ in range(bits.take(8) + 1):
        left -= skip_code_book(bits, left)


def skip_code_book(bits: Bits, most_values: int = MOST_VALUES) -> int:
    """Seek to the end of a code book and return its number of values, at most ``most_values``."""
    if bits.take(24) != _BOOK_SYNC:
        raise ValueError("a code book is damaged")
    n_dimensions, n_entries = bits.take(16), bits.take(24)
    n_values = n_entries * max(n_dimensions, 1)
    if n_values > most_values:
        raise UndecodableAudioError(
            f"The code books of the ogg have more than {MOST_VALUES} values."
        )
    _skip_lengths(bits, n_entries)
    _skip_values(bits, n_entries, n_dimensions)
    return n_values


def _skip_lengths(bits: Bits, n_entries: int) -> None:
    is_ordered = bits.take(1)
    if is_ordered:
        bits.skip(5)
        n_read = 0
        for _ in range(_LONGEST_CODE):
            n_read += bits.take((n_entries - n_read).bit_length()) if n_read < n_entries else 0
        return
    is_sparse = bits.take(1)
    for _ in range(n_entries):
        bits.skip(5 if not is_sparse or bits.take(1) else 0)


def _skip_values(bits: Bits, n_entries: int, n_dimensions: int) -> None:
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
    """Return the largest integer whose power ``degree`` is at most the number."""
    root = round(number ** (1 / max(degree, 1))) + 1
    while root**degree > number:
        root -= 1
    return root
