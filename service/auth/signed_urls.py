"""Tickets: what lets a browser hear one recording for some hours without a key.

An ``<audio>`` element cannot send a header, and a key has no place in an address. A ticket is
written ``<hour>.<code>``: until which hour since 1970 it is good, and HMAC-SHA256 over that and
the track. All workers on all machines know each other's tickets, and nothing is kept of them.
"""

import base64
import hashlib
import hmac
import re
from datetime import timedelta

from service.auth.key_derivation import derive_key
from service.clock import Clock

GOOD_FOR_H = 6
"""At least; at most an hour more, so that an address stays the same for a while."""
_HOUR_S = 3600
_PURPOSE = b"attune: a ticket to hear a track"
_WRITTEN = re.compile(r"(\d{1,9})\.([A-Za-z0-9_-]{43})", re.ASCII)


class SignedUrls:
    """Gives out tickets, and knows its own.

    Args:
        secret: Of the database, which all workers read and nobody is told.
        clock: Tells when a ticket has expired.
    """

    def __init__(self, secret: bytes, clock: Clock) -> None:
        self._secret = derive_key(secret, _PURPOSE)
        self._clock = clock

    def issue(self, track_id: str) -> str:
        """Return a ticket for a track's recording."""
        until_h = self._hour(timedelta(hours=GOOD_FOR_H)) + 1
        return f"{until_h}.{self._code(track_id, until_h)}"

    def audio_url(self, track_id: str) -> str:
        """Return the address here at which a browser plays a track's recording."""
        return f"/tracks/{track_id}/audio?ticket={self.issue(track_id)}"

    def is_good(self, ticket: str, track_id: str) -> bool:
        """Whether a ticket is one of ours for this track, and not over."""
        written = _WRITTEN.fullmatch(ticket)
        if written is None:
            return False
        until_h = int(written[1])
        is_ours = hmac.compare_digest(self._code(track_id, until_h), written[2])
        return is_ours and self._hour() < until_h

    def _hour(self, later: timedelta = timedelta()) -> int:
        return int((self._clock() + later).timestamp()) // _HOUR_S

    def _code(self, track_id: str, until_h: int) -> str:
        said = f"{until_h} {track_id}".encode()
        code = hmac.digest(self._secret, said, hashlib.sha256)
        return base64.urlsafe_b64encode(code).decode().rstrip("=")
