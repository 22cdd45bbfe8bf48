"""Limits on the size, the time and the number of requests."""

from dataclasses import dataclass
from math import ceil

from starlette.types import Scope

from service.auth.loopback import Headers
from service.http.body import FORM, NDJSON, media_type_of
from service.http.concurrency import Cost
from service.http.errors import (
    BodyTooLargeError,
    DoubledHeaderError,
    HeadersTooLargeError,
    UnsupportedMediaTypeError,
)
from service.http.validation_errors import describe_value
from service.settings import Settings

PER_THREAD = 16
"""Default number of requests in progress for each thread.

A quick call takes a thread a few milliseconds, so the last of 16 waits some tens of milliseconds.
A lower number would refuse requests that could be answered a moment later.
"""

MAX_HEADERS = 100
MAX_HEADER_BYTES = 32_768
"""Total size of all headers and the path."""

_ONCE = frozenset({b"host", b"authorization", b"origin", b"content-type", b"sec-fetch-site"})
"""Headers that decide about access; each may come once."""

_STREAMED = frozenset({FORM, NDJSON})
"""Media types of large bodies, which are read in chunks."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one worker.

    Attributes:
        form: Size limit of an upload, in bytes.
        json: Size limit of another body, in bytes.
        in_progress: Number of requests in progress.
        long_s: Time limit of calls with audio, lyrics or many items, in seconds.
        quick_s: Time limit of other calls, in seconds.
    """

    form: int
    json: int
    in_progress: int = PER_THREAD
    long_s: float = 120.0
    quick_s: float = 10.0

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """Return the limits that the settings imply for one worker."""
        total = settings.max_concurrency
        own = PER_THREAD * settings.threads if total is None else ceil(total / settings.workers)
        return cls(
            form=settings.max_body_bytes,
            json=settings.max_json_bytes,
            in_progress=own,
            long_s=settings.timeout_s,
            quick_s=settings.quick_timeout_s,
        )

    def max_body_bytes(self, headers: Headers) -> int:
        """Return the size limit of a request's body."""
        declared = media_type_of(headers.get(b"content-type", b"").decode("latin-1"))
        return self.form if declared in _STREAMED else self.json

    def seconds(self, cost: Cost) -> float:
        """Return the time limit until a call's response begins."""
        return self.quick_s if cost is Cost.QUICK else self.long_s


def require_readable(scope: Scope) -> None:
    """Check that a head is short enough and unambiguous, and that the body is not compressed.

    Raises:
        HeadersTooLargeError: There are too many headers, or they and the path are too long.
        DoubledHeaderError: A header that may come once comes twice; a proxy may have read the
            other one.
        UnsupportedMediaTypeError: The body is compressed.
    """
    headers = scope["headers"]
    if len(headers) > MAX_HEADERS:
        raise HeadersTooLargeError(
            f"The request has {len(headers)} headers; at most {MAX_HEADERS} are accepted."
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
                f"The Content-Encoding is {describe_value(value.decode('latin-1'))}; "
                "compressed bodies are not accepted."
            )
    if n_bytes > MAX_HEADER_BYTES:
        raise HeadersTooLargeError(
            f"Path and headers are {n_bytes} bytes; at most {MAX_HEADER_BYTES} are accepted."
        )


def require_size(declared: bytes, limit: int) -> None:
    """Check the declared size of a body.

    Args:
        declared: Header Content-Length; empty if absent.
        limit: Size limit in bytes.

    Raises:
        BodyTooLargeError: The declared size exceeds the limit.
    """
    if declared.isdigit() and int(declared) > limit:
        raise body_too_large(f"is {declared.decode()} bytes", limit)


def body_too_large(size: str, limit: int) -> BodyTooLargeError:
    """Return the error with a body's size and the limit."""
    return BodyTooLargeError(f"The body {size}; this call accepts at most {limit} bytes.")
