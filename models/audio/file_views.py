"""Views: a decoder's read-only part of a file, with a time limit."""

from os import SEEK_CUR, SEEK_END, SEEK_SET
from time import thread_time
from typing import BinaryIO

from models.errors import UndecodableAudioError

_FREE_S = 5.0
_PER_SOUND_S = 0.2
"""CPU time for each second of sound: eight times what 8 channels at 384 kHz take."""


class View:
    """A read-only part of a file; it ends when decoding exceeds its time limit.

    It ends instead of raising: the C libraries that read it do not propagate exceptions.

    Args:
        start: Offset of its first byte.
        end: Offset after its last byte; by default the file's end.
        began_s: Thread CPU time from which the time limit counts; by default now.
    """

    def __init__(
        self,
        source: BinaryIO,
        start: int = 0,
        end: int | None = None,
        began_s: float | None = None,
    ) -> None:
        self._source = source
        self._start = start
        self._end = source.seek(0, SEEK_END) if end is None else end
        self._began_s = thread_time() if began_s is None else began_s
        self._allowed_s = _FREE_S
        source.seek(start)

    @property
    def n_bytes(self) -> int:
        """Its size."""
        return self._end - self._start

    def read(self, n_bytes: int = -1) -> bytes:
        """Return the next bytes; none at the end or past the time limit."""
        if not self._is_in_time():
            return b""
        rest = max(self._end - self._source.tell(), 0)
        return self._source.read(rest if n_bytes < 0 else min(n_bytes, rest))

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """Seek and return the position, which is within the view: damaged sizes lead anywhere."""
        origin = {SEEK_SET: self._start, SEEK_CUR: self._source.tell(), SEEK_END: self._end}
        at = max(min(origin[whence] + offset, self._end), self._start)
        return self._source.seek(at) - self._start

    def tell(self) -> int:
        """Return the position."""
        return self._source.tell() - self._start

    def read_at(self, offset: int, n_bytes: int) -> bytes:
        """Return bytes from an offset; fewer at the end."""
        self.seek(offset)
        return self.read(n_bytes)

    def check(self, decoded_s: float) -> None:
        """Extend the time limit for ``decoded_s`` seconds of sound; raise an error past it."""
        self._allowed_s = _FREE_S + decoded_s * _PER_SOUND_S
        if not self._is_in_time():
            raise UndecodableAudioError(
                f"Decoding took more than {self._allowed_s:.0f} s of CPU time "
                f"for {decoded_s:.1f} s of sound."
            )

    def _is_in_time(self) -> bool:
        return thread_time() - self._began_s < self._allowed_s


class Rewritten:
    """A read-only file whose header is replaced: new bytes, then a part of a view.

    A demuxer that reads it finds no metadata.

    Args:
        start: Offset in the view of the first byte after the header.
        n_bytes: How many bytes of the view follow.
    """

    def __init__(self, header: bytes, view: View, start: int, n_bytes: int) -> None:
        self._header = header
        self._view = view
        self._start = start
        self._n_bytes = len(header) + max(n_bytes, 0)
        self._at = 0

    def read(self, n_bytes: int = -1) -> bytes:
        """Return the next bytes."""
        rest = max(self._n_bytes - self._at, 0)
        n_bytes = rest if n_bytes < 0 else min(n_bytes, rest)
        piece = self._header[self._at : self._at + n_bytes]
        if len(piece) < n_bytes:
            body_at = self._start + self._at + len(piece) - len(self._header)
            piece += self._view.read_at(body_at, n_bytes - len(piece))
        self._at += len(piece)
        return piece

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """Seek and return the position."""
        origin = {SEEK_SET: 0, SEEK_CUR: self._at, SEEK_END: self._n_bytes}
        self._at = max(origin[whence] + offset, 0)
        return self._at

    def tell(self) -> int:
        """Return the position."""
        return self._at
