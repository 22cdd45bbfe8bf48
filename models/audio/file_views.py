"""Views: what a decoder sees of a file, and for how long."""

from time import thread_time
from typing import BinaryIO

from models.errors import UndecodableAudioError

_FREE_S = 5.0
_PER_HEARD_S = 0.2
"""Processor time that a second of sound may take, eight times that of 8 channels at 384 kHz."""


class View:
    """A file from a position on, read-only; it ends where decoding has taken too long.

    It then ends instead of raising: the C libraries that call it do not propagate exceptions.

    Args:
        began_s: Processor time of this thread from which on time counts; now by default.
    """

    def __init__(self, source: BinaryIO, start: int, began_s: float | None = None) -> None:
        self._source = source
        self._start = start
        self._began_s = thread_time() if began_s is None else began_s
        self._allowed_s = _FREE_S
        source.seek(start)

    def read(self, n_bytes: int = -1) -> bytes:
        """Return the next bytes, none at the end or when the time is up."""
        return self._source.read(n_bytes) if self._is_in_time() else b""

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a position and return it, as files do; none lies before the view's start."""
        at = self._source.seek(offset + self._start if whence == 0 else offset, whence)
        return self._source.seek(max(at, self._start)) - self._start

    def tell(self) -> int:
        """Return the position."""
        return self._source.tell() - self._start

    def check(self, heard_s: float) -> None:
        """Allow the time for that many seconds of sound.

        Raises:
            UndecodableAudioError: More has been taken.
        """
        self._allowed_s = _FREE_S + heard_s * _PER_HEARD_S
        if not self._is_in_time():
            raise UndecodableAudioError(
                f"Decoding took more than {self._allowed_s:.0f} s of processor time "
                f"for {heard_s:.1f} s of sound."
            )

    def _is_in_time(self) -> bool:
        return thread_time() - self._began_s < self._allowed_s
