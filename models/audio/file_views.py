"""Views: a decoder's read-only file with a start offset and a time limit."""

from time import thread_time
from typing import BinaryIO

from models.errors import UndecodableAudioError

_FREE_S = 5.0
_PER_SOUND_S = 0.2
"""CPU time for each second of sound: eight times what 8 channels at 384 kHz take."""


class View:
    """A read-only file from a start position; it ends when decoding exceeds its time limit.

    It ends instead of raising: the C libraries that read it do not propagate exceptions.

    Args:
        began_s: Thread CPU time from which the time limit counts; by default now.
    """

    def __init__(self, source: BinaryIO, start: int, began_s: float | None = None) -> None:
        self._source = source
        self._start = start
        self._began_s = thread_time() if began_s is None else began_s
        self._allowed_s = _FREE_S
        source.seek(start)

    def read(self, n_bytes: int = -1) -> bytes:
        """Return the next bytes; none at the end or past the time limit."""
        return self._source.read(n_bytes) if self._is_in_time() else b""

    def seek(self, offset: int, whence: int = 0) -> int:
        """Seek and return the position, at least the view's start."""
        at = self._source.seek(offset + self._start if whence == 0 else offset, whence)
        return self._source.seek(max(at, self._start)) - self._start

    def tell(self) -> int:
        """Return the position."""
        return self._source.tell() - self._start

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
