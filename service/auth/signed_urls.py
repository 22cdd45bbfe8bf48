"""Signed URLs, with which a browser plays one recording for some hours without a key.

An ``<audio>`` element cannot send a header, and a key must not be part of a URL. The query
parameter ``ticket`` is ``<hour>.<code>``: the hour since 1970 at which it expires, and HMAC-SHA256
over the hour and the track id. All workers of all machines accept it; nothing is stored.
"""

import base64
import hashlib
import hmac
import re
from datetime import timedelta
from urllib.parse import quote

from service.auth.key_derivation import derive_key
from service.clock import Clock

GOOD_FOR_H = 6
"""Minimum validity; at most one hour more, so that a URL stays the same for a while."""
_HOUR_S = 3600
_PURPOSE = b"attune: a ticket to hear a track"
_TICKET = re.compile(r"(\d{1,9})\.([A-Za-z0-9_-]{43})", re.ASCII)


class SignedUrls:
    """Signs and checks URLs of recordings.

    Args:
        secret: The secret in the database, which all workers share.
        clock: Returns the current time.
    """

    def __init__(self, secret: bytes, clock: Clock) -> None:
        self._secret = derive_key(secret, _PURPOSE)
        self._clock = clock

    def issue(self, track_id: str) -> str:
        """Return a new ticket for a track's recording."""
        until_h = self._hour(timedelta(hours=GOOD_FOR_H)) + 1
        return f"{until_h}.{self._code(track_id, until_h)}"

    def audio_url(self, track_id: str) -> str:
        """Return the signed URL of a track's recording."""
        path = f"/tracks/{quote(track_id, safe=':@+=')}/audio"
        return f"{path}?ticket={self.issue(track_id)}"

    def is_valid(self, ticket: str, track_id: str) -> bool:
        """Return whether a ticket is authentic for this track and not expired."""
        ticket_match = _TICKET.fullmatch(ticket)
        if ticket_match is None:
            return False
        until_h = int(ticket_match[1])
        is_authentic = hmac.compare_digest(self._code(track_id, until_h), ticket_match[2])
        return is_authentic and self._hour() < until_h

    def _hour(self, later: timedelta = timedelta()) -> int:
        return int((self._clock() + later).timestamp()) // _HOUR_S

    def _code(self, track_id: str, until_h: int) -> str:
        message = f"{until_h} {track_id}".encode()
        code = hmac.digest(self._secret, message, hashlib.sha256)
        return base64.urlsafe_b64encode(code).decode().rstrip("=")
