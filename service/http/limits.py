"""Limits: how much a request may send, how long it may take, and how many may be in progress."""

from dataclasses import dataclass
from math import ceil

from starlette.types import Scope

from service.auth.request_headers import Headers
from service.http.body import FORM, NDJSON, media_type_of
from service.http.errors import (
    BodyTooLargeError,
    DoubledHeaderError,
    HeadersTooLargeError,
    UnsupportedMediaTypeError,
)
from service.http.policy import Cost
from service.http.validation_errors import shown
from service.settings import Settings

PER_THREAD = 16
"""Requests in progress for each thread that works, unless the operator says otherwise.

A thread takes a quick call in some milliseconds, so whoever comes last waits for some tens of
them; fewer would refuse what a moment later could be answered.
"""

MAX_HEADERS = 100
MAX_HEADER_BYTES = 32_768
"""Of all headers and the path together."""

_ONCE = frozenset({b"host", b"authorization", b"origin", b"content-type", b"sec-fetch-site"})
"""Headers that decide who may do what; each may come once."""

_UPLOADED = frozenset({FORM, NDJSON})
"""Media types of what is large: they are read piece by piece."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds for each request.

    Attributes:
        form: Largest upload, in bytes.
        json: Largest other body, in bytes.
        in_progress: Requests that one worker has in progress at the same time.
        long_s: Seconds for a call that hears audio or takes much at once.
        quick_s: Seconds for any other.
    """

    form: int
    json: int
    in_progress: int = PER_THREAD
    long_s: float = 120.0
    quick_s: float = 10.0

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """Return the limits of one worker."""
        in_all = settings.max_concurrency
        own = PER_THREAD * settings.threads if in_all is None else ceil(in_all / settings.workers)
        return cls(
            form=settings.max_body_bytes,
            json=settings.max_json_bytes,
            in_progress=own,
            long_s=settings.timeout_s,
            quick_s=settings.quick_timeout_s,
        )

    def body(self, headers: Headers) -> int:
        """Return how many bytes the body of a request may have."""
        declared = media_type_of(headers.get(b"content-type", b"").decode("latin-1"))
        return self.form if declared in _UPLOADED else self.json

    def seconds(self, cost: Cost) -> float:
        """Return how long a call may take until its answer begins."""
        return self.quick_s if cost is Cost.QUICK else self.long_s


def require_readable(scope: Scope) -> None:
    """Make sure that a head is short enough and unambiguous, and its body not compressed.

    Raises:
        HeadersTooLargeError: The headers are too many, or too long with the path.
        DoubledHeaderError: A header that may come once comes twice: a proxy in front may have read
            the other one.
        UnsupportedMediaTypeError: The body is compressed.
    """
    headers = scope["headers"]
    if len(headers) > MAX_HEADERS:
        raise HeadersTooLargeError(
            f"The request has {len(headers)} headers; at most {MAX_HEADERS} are read."
        )
    n_bytes = len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"])
    once: set[bytes] = set()
    for name, value in headers:
        n_bytes += len(name) + len(value)
        if name in _ONCE:
            if name in once:
                raise DoubledHeaderError(name.decode("ascii"))
            once.add(name)
        if name == b"content-encoding" and value.strip().lower() not in (b"", b"identity"):
            raise UnsupportedMediaTypeError(
                f"The Content-Encoding is {shown(value.decode('latin-1'))}; "
                "a body is read only as it is, not compressed."
            )
    if n_bytes > MAX_HEADER_BYTES:
        raise HeadersTooLargeError(
            f"Path and headers are {n_bytes} bytes; at most {MAX_HEADER_BYTES} are read."
        )


def require_size(declared: bytes, limit: int) -> None:
    """Make sure that a body does not say that it is too large.

    Args:
        declared: The header Content-Length; empty where there is none.
        limit: In bytes.

    Raises:
        BodyTooLargeError: It says so.
    """
    if declared.isdigit() and int(declared) > limit:
        raise too_large(f"is {declared.decode()} bytes", limit)


def too_large(size: str, limit: int) -> BodyTooLargeError:
    """Return the error that names a body's size and the bound."""
    return BodyTooLargeError(f"The body {size}; this call reads at most {limit}.")
