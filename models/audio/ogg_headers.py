"""Ogg: the headers of a file, checked before libvorbis reads them.

Seven kilobytes can describe code books of gigabytes; libvorbis builds them partly on the stack,
which crashes the process. The pages are read as libogg reads them, but where it would drop one and
go on, the file is refused: nothing may be hidden in what it drops.
"""

from collections.abc import Iterator

from models.audio.file_views import View
from models.audio.ogg_pages import unbroken_pages
from models.errors import UndecodableAudioError

MOST_HEADER_BYTES = 2**24
"""With pictures in the comments; libsndfile takes up to four times as much memory."""
MOST_VALUES = 2**18
"""Of all code books together: entries times dimensions. libvorbis itself writes up to 88,000."""
MOST_COMMENTS = 2**16
"""libvorbis takes some 50 bytes for each, however short it is."""

_BOOK_SYNC = 0x564342
_LONGEST_CODE = 32


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
