"""The door: who is let in, and how often. It looks at a request's head and never at its body."""

import re
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs

from starlette.types import Scope

from service.auth.api_keys import HOW_TO_SHUT, UNSEEN_PROXIES, Key, KeyRing, Scopes
from service.auth.loopback import require_direct
from service.auth.rate_limit import Pace
from service.auth.request_headers import Headers
from service.auth.signed_urls import Tickets
from service.errors import CrossOriginError, RateExceededError, TicketUnusableError
from service.observability.logs import LOG

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing and compute little: a page of another origin learns nothing by them,
because its browser does not show it the answer."""

_OWN_SITES = frozenset({b"", b"same-origin", b"none"})
"""Values of Sec-Fetch-Site: no web page, one of ours, an address that was typed."""

_HEARD = re.compile(r"/tracks/([^/]+)/audio")
"""The one kind of path for which a ticket is as good as a key: to read, and nothing else."""


class Door:
    """Knows who may make which call.

    Args:
        origins: Of web pages that may call.
        rate: Requests that a key may make a second, if it has no rate of its own; None for any
            number.
    """

    def __init__(self, *, origins: Collection[str] = (), rate: float | None = None) -> None:
        self._origins = frozenset(origins)
        self._rate = rate
        self._ring: KeyRing | None = None
        self._pace: Pace | None = None
        self._tickets: Tickets | None = None

    @property
    def origins(self) -> Collection[str]:
        """Web pages of these origins may call."""
        return self._origins

    def open(self, ring: KeyRing, folder: Path | None, tickets: Tickets | None = None) -> None:
        """Let in whoever holds a key of a ring, or this machine while there is none.

        Args:
            ring: The keys.
            folder: What the workers of this machine share, or None when this process is alone.
            tickets: Good for hearing a recording without a key.
        """
        ring.read()  # what was announced while this worker began
        if not ring.is_shut:
            told = f"{UNSEEN_PROXIES} {HOW_TO_SHUT}"
            LOG.warning("There is no API key: only this machine is answered. %s", told)
        self._pace = Pace(folder)
        self._tickets = tickets
        self._ring = ring

    def close(self) -> None:
        """Let go of what workers share; nobody is let in any more."""
        if self._pace is not None:
            self._pace.close()

    def holder(self, scope: Scope, headers: Headers, needed: Scopes) -> Key | None:
        """Return the key that a request shows; None where there is no key yet, or a ticket.

        Args:
            scope: The request.
            headers: Of the request.
            needed: Scopes of which one suffices.

        Raises:
            DoorError: It is not let in.
        """
        key = None
        if self._ring is not None and self._ring.is_shut:
            shown = headers.get(b"authorization", b"").decode("latin-1")
            if shown or not self._has_ticket(scope):
                key = self._ring.holder(shown, needed)
        else:
            require_direct(scope, headers)
            self._require_own_site(scope, headers)
        if scope["method"] not in _SAFE and b"origin" in headers:
            self._require_origin(headers)
        return key

    def permit(
        self, scope: Scope, headers: Headers, needed: Scopes, key: Key | None
    ) -> Callable[[], None] | None:
        """Return a check that raises once an admitted request is not admitted any more.

        None where there is nothing to check.

        Args:
            scope: The request.
            headers: As for :meth:`holder`.
            needed: As for :meth:`holder`.
            key: What :meth:`holder` returned.
        """
        if self._ring is None:
            return None
        if key is not None:
            return partial(self._ring.require_good, key.key_id)
        if _HEARD.fullmatch(scope["path"]):
            return None  # a ticket, which outlives keys, reads a recording and nothing else
        # It may show the first key, which this worker is about to learn of.
        shown = headers.get(b"authorization", b"").decode("latin-1")
        return partial(self._ring.admit, shown, needed)

    def count(self, key: Key) -> None:
        """Count a request of a key.

        Raises:
            RateExceededError: There were too many.
        """
        rate = key.rate if key.rate is not None else self._rate
        if rate is not None and self._pace is not None:
            wait_s = self._pace.wait_s(key.key_id, rate)
            if wait_s:
                raise RateExceededError(rate, wait_s)

    def _has_ticket(self, scope: Scope) -> bool:
        """Whether a request shows a ticket in the place of a key.

        Raises:
            TicketUnusableError: It shows one that is not good here and now.
        """
        heard = _HEARD.fullmatch(scope["path"])
        if heard is None or scope["method"] not in _SAFE or self._tickets is None:
            return False
        shown = parse_qs(scope["query_string"].decode("latin-1")).get("ticket")
        if shown is None:
            return False
        if not self._tickets.is_good(shown[-1], heard[1]):
            raise TicketUnusableError
        return True

    def _require_own_site(self, scope: Scope, headers: Headers) -> None:
        """Refuse a request of a web page of another site or port.

        A browser lets that page read no answer, but plays recordings and tells whether they exist.
        """
        if headers.get(b"sec-fetch-site", b"") in _OWN_SITES or self._has_ticket(scope):
            return
        origin = headers.get(b"origin", b"").decode("latin-1").lower()
        if origin not in self._origins:
            raise CrossOriginError(origin)

    def _require_origin(self, headers: Headers) -> None:
        origin = headers[b"origin"].decode("latin-1").lower()
        own = headers.get(b"host", b"").decode("latin-1").lower()
        if origin not in self._origins and origin.partition("://")[2] != own:
            raise CrossOriginError(origin)
