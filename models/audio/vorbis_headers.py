"""Vorbis: check the code books of a setup header before FFmpeg builds them.

Seven kilobytes can describe code books of gigabytes.
"""

from models.errors import UndecodableAudioError

MOST_VALUES = 2**18
"""Entries times dimensions, summed over the code books; libvorbis writes up to 88,000."""

_BOOK_SYNC = 0x564342
_LONGEST_CODE = 32


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


def vorbis_extradata(headers: list[bytes]) -> bytes:
    """Return what FFmpeg's decoder needs of a stream's three headers: all but the comments.

    Raises:
        UndecodableAudioError: The code books are too large.
        ValueError: They are damaged.
    """
    identification, _, setup = headers
    _check_setup(setup)
    return b"\2" + bytes([len(identification), 0]) + identification + setup


def split_headers(private: bytes) -> list[bytes]:
    """Return the three headers that Matroska stores as one; raise `ValueError` if damaged."""
    if private[:1] != b"\2":
        raise ValueError("the headers of the Vorbis track are damaged")
    sizes, at = [0, 0], 1
    for i in range(2):
        while private[at : at + 1] == b"\xff":
            sizes[i], at = sizes[i] + 255, at + 1
        sizes[i], at = sizes[i] + sum(private[at : at + 1]), at + 1
    comments_at, setup_at = at + sizes[0], at + sum(sizes)
    return [private[at:comments_at], private[comments_at:setup_at], private[setup_at:]]


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
            f"The code books of the Vorbis stream have more than {MOST_VALUES} values."
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
