"""The door: who is let in, and how often. It looks at a request's head and never at its body."""

import re
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs

from starlette.types import Scope

from service.auth.api_keys import HOW_TO_REQUIRE_KEYS, UNSEEN_PROXIES, ApiKeyCache, Key, Scopes
from service.auth.loopback import require_direct
from service.auth.rate_limit import RateLimiter
from service.auth.request_headers import Headers
from service.auth.signed_urls import SignedUrls
from service.errors import CrossOriginError, RateExceededError, SignedUrlError
from service.observability.logs import LOG

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing and compute little: a page of another origin learns nothing by them,
because its browser does not show it the answer."""

_OWN_SITES = frozenset({b"", b"same-origin", b"none"})
"""Values of Sec-Fetch-Site: no web page, one of ours, an address that was typed."""

_HEARD = re.compile(r"/tracks/([^/]+)/audio")
"""The one kind of path for which a ticket is as good as a key: to read, and nothing else."""


class Authorizer:
    """Knows who may make which call.

    Args:
        origins: Of web pages that may call.
        rate: Requests that a key may make a second, if it has no rate of its own; None for any
            number.
    """

    def __init__(self, *, origins: Collection[str] = (), rate: float | None = None) -> None:
        self._origins = frozenset(origins)
        self._rate = rate
        self._key_cache: ApiKeyCache | None = None
        self._rate_limiter: RateLimiter | None = None
        self._signed_urls: SignedUrls | None = None

    @property
    def origins(self) -> Collection[str]:
        """Web pages of these origins may call."""
        return self._origins

    def open(
        self, key_cache: ApiKeyCache, folder: Path | None, signed_urls: SignedUrls | None = None
    ) -> None:
        """Let in whoever holds a key of a ring, or this machine while there is none.

        Args:
            key_cache: The keys.
            folder: What the workers of this machine share, or None when this process is alone.
            signed_urls: Good for hearing a recording without a key.
        """
        key_cache.read()  # what was announced while this worker began
        if not key_cache.requires_keys:
            hint = f"{UNSEEN_PROXIES} {HOW_TO_REQUIRE_KEYS}"
            LOG.warning("There is no API key: only this machine is answered. %s", hint)
        self._rate_limiter = RateLimiter(folder)
        self._signed_urls = signed_urls
        self._key_cache = key_cache

    def close(self) -> None:
        """Let go of what workers share; nobody is let in any more."""
        if self._rate_limiter is not None:
            self._rate_limiter.close()

    def holder(self, scope: Scope, headers: Headers, needed: Scopes) -> Key | None:
        """Return the key that a request shows; None where there is no key yet, or a ticket.

        Args:
            scope: The request.
            headers: Of the request.
            needed: Scopes of which one suffices.

        Raises:
            AccessError: It is not let in.
        """
        key = None
        if self._key_cache is not None and self._key_cache.requires_keys:
            shown = headers.get(b"authorization", b"").decode("latin-1")
            if shown or not self._has_signed_url(scope):
                key = self._key_cache.holder(shown, needed)
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
        if self._key_cache is None:
            return None
        if key is not None:
            return partial(self._key_cache.require_good, key.key_id)
        if _HEARD.fullmatch(scope["path"]):
            return None  # a ticket, which outlives keys, reads a recording and nothing else
        # It may show the first key, which this worker is about to learn of.
        shown = headers.get(b"authorization", b"").decode("latin-1")
        return partial(self._key_cache.admit, shown, needed)

    def count(self, key: Key) -> None:
        """Count a request of a key.

        Raises:
            RateExceededError: There were too many.
        """
        rate = key.rate if key.rate is not None else self._rate
        if rate is not None and self._rate_limiter is not None:
            wait_s = self._rate_limiter.wait_s(key.key_id, rate)
            if wait_s:
                raise RateExceededError(rate, wait_s)

    def _has_signed_url(self, scope: Scope) -> bool:
        """Whether a request shows a ticket in the place of a key.

        Raises:
            SignedUrlError: It shows one that is not good here and now.
        """
        path_match = _HEARD.fullmatch(scope["path"])
        if path_match is None or scope["method"] not in _SAFE or self._signed_urls is None:
            return False
        shown = parse_qs(scope["query_string"].decode("latin-1")).get("ticket")
        if shown is None:
            return False
        if not self._signed_urls.is_good(shown[-1], path_match[1]):
            raise SignedUrlError
        return True

    def _require_own_site(self, scope: Scope, headers: Headers) -> None:
        """Refuse a request of a web page of another site or port.

        A browser lets that page read no answer, but plays recordings and tells whether they exist.
        """
        if headers.get(b"sec-fetch-site", b"") in _OWN_SITES or self._has_signed_url(scope):
            return
        origin = headers.get(b"origin", b"").decode("latin-1").lower()
        if origin not in self._origins:
            raise CrossOriginError(origin)

    def _require_origin(self, headers: Headers) -> None:
        origin = headers[b"origin"].decode("latin-1").lower()
        own = headers.get(b"host", b"").decode("latin-1").lower()
        if origin not in self._origins and origin.partition("://")[2] != own:
            raise CrossOriginError(origin)
