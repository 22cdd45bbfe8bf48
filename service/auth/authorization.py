"""Authorisation of requests and their rate, by the headers alone."""

import re
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs

from starlette.types import Scope

from service.auth.api_keys import HOW_TO_REQUIRE_KEYS, UNSEEN_PROXIES, ApiKeyCache, Key, Scopes
from service.auth.loopback import Headers, require_direct
from service.auth.rate_limit import RateLimiter
from service.auth.signed_urls import SignedUrls
from service.errors import CrossOriginError, RateExceededError, SignedUrlError
from service.observability.logs import LOG

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing. A page of another origin learns nothing from them, because the
browser hides the response from it."""

_OWN_SITES = frozenset({b"", b"same-origin", b"none"})
"""Values of Sec-Fetch-Site: not a web page, a page of this service, a typed address."""

_AUDIO_PATH = re.compile(r"/tracks/([^/]+)/audio")
"""The only paths that accept a signed URL in place of a key."""


class Authorizer:
    """Decides which caller may make which call.

    Args:
        origins: Origins of web pages that may call.
        rate: Default rate limit of a key, in requests per second; None for no limit.
    """

    def __init__(self, *, origins: Collection[str] = (), rate: float | None = None) -> None:
        self._origins = frozenset(origins)
        self._rate = rate
        self._key_cache: ApiKeyCache | None = None
        self._rate_limiter: RateLimiter | None = None
        self._signed_urls: SignedUrls | None = None

    @property
    def origins(self) -> Collection[str]:
        """Origins of web pages that may call."""
        return self._origins

    def open(
        self, key_cache: ApiKeyCache, folder: Path | None, signed_urls: SignedUrls | None = None
    ) -> None:
        """Start to accept requests: with a key, or from this machine while no key exists.

        Args:
            key_cache: The keys.
            folder: Folder that the workers of this machine share; None for a single process.
            signed_urls: Checks signed URLs of recordings.
        """
        key_cache.read()  # keys that were made while this worker started
        if not key_cache.requires_keys:
            hint = f"{UNSEEN_PROXIES} {HOW_TO_REQUIRE_KEYS}"
            LOG.warning("There is no API key: only this machine is answered. %s", hint)
        self._rate_limiter = RateLimiter(folder)
        self._signed_urls = signed_urls
        self._key_cache = key_cache

    def close(self) -> None:
        """Release the shared folder; call it when the worker stops."""
        if self._rate_limiter is not None:
            self._rate_limiter.close()

    def authorize(self, scope: Scope, headers: Headers, needed: Scopes) -> Key | None:
        """Return the key of a request; None for a signed URL, and while no key exists.

        Args:
            scope: The request.
            headers: Headers of the request.
            needed: Scopes of which one suffices.

        Raises:
            AccessError: The caller is not authorised.
        """
        key = None
        if self._key_cache is not None and self._key_cache.requires_keys:
            authorization = headers.get(b"authorization", b"").decode("latin-1")
            if authorization or not self._has_signed_url(scope):
                key = self._key_cache.authenticate(authorization, needed)
        else:
            require_direct(scope, headers)
            self._require_own_site(scope, headers)
        if scope["method"] not in _SAFE and b"origin" in headers:
            self._require_origin(headers)
        return key

    def permit(
        self, scope: Scope, headers: Headers, needed: Scopes, key: Key | None
    ) -> Callable[[], None] | None:
        """Return a check that raises once an authorised request loses its authorisation.

        Return None if there is nothing to check.

        Args:
            scope: As for :meth:`authorize`.
            headers: As for :meth:`authorize`.
            needed: As for :meth:`authorize`.
            key: The result of :meth:`authorize`.
        """
        if self._key_cache is None:
            return None
        if key is not None:
            return partial(self._key_cache.require_valid, key.key_id)
        if _AUDIO_PATH.fullmatch(scope["path"]):
            return None  # a signed URL outlives keys, and reads only a recording
        # The request may hold the first key, which this worker does not know yet.
        authorization = headers.get(b"authorization", b"").decode("latin-1")
        return partial(self._key_cache.require_access, authorization, needed)

    def count_request(self, key: Key) -> None:
        """Count a request of a key.

        Raises:
            RateExceededError: The key exceeds its rate limit.
        """
        rate = key.rate if key.rate is not None else self._rate
        if rate is not None and self._rate_limiter is not None:
            wait_s = self._rate_limiter.wait_s(key.key_id, rate)
            if wait_s:
                raise RateExceededError(rate, wait_s)

    def _has_signed_url(self, scope: Scope) -> bool:
        """Return whether a request has a signed URL in place of a key.

        Raises:
            SignedUrlError: The signed URL is invalid or expired.
        """
        path_match = _AUDIO_PATH.fullmatch(scope["path"])
        if path_match is None or scope["method"] not in _SAFE or self._signed_urls is None:
            return False
        tickets = parse_qs(scope["query_string"].decode("latin-1")).get("ticket")
        if tickets is None:
            return False
        if not self._signed_urls.is_valid(tickets[-1], path_match[1]):
            raise SignedUrlError
        return True

    def _require_own_site(self, scope: Scope, headers: Headers) -> None:
        """Refuse a request from a web page of another site or port.

        The browser hides responses from that page, but plays recordings and reveals whether they
        exist.
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
