"""Redaction of log lines.

During a request an exception's message is dropped, because it may quote the request; its
traceback is kept. Secrets of API keys and passwords in URLs are always removed.
"""

import re
import traceback
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

Event = MutableMapping[str, Any]
"""Fields of a log line, as structlog passes them between processors."""

_N_FRAMES = 30
_SECRET = re.compile(r"(attune_[0-9A-Za-z-]+_)[\w-]{16,}|(://[^\s:/@]*:)[^\s@]+(?=@)")
CONTROLS: Mapping[int, str] = {
    **{code: f"\\x{code:02x}" for code in (*range(0x20), 0x7F, *range(0x80, 0xA0))},
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}
"""Escapes of the characters that start a new line or control a terminal."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """A structlog processor that removes from an event what must not be logged.

    It reads the exception from ``error`` and writes ``exception``.

    Attributes:
        escapes: Escapes of a message's control characters; empty if the renderer escapes them, as
            JSON's does.
    """

    escapes: Mapping[int, str]

    def __call__(self, _logger: Any, _method: str, event: Event) -> Event:
        """Return the event without secrets and, during a request, without exception messages."""
        message = _without_secrets(event["message"])
        event["message"] = message if message.isprintable() else message.translate(self.escapes)
        if (error := event.pop("error", None)) is not None:
            is_request = "request_id" in event
            event["exception"] = _without_secrets(_origins(error, has_messages=not is_request))
        return event


def _without_secrets(text: str) -> str:
    return _SECRET.sub(r"\1\2…", text)


def _origins(error: BaseException, *, has_messages: bool) -> str:
    """Return the tracebacks of an exception and of its causes."""
    parts: list[str] = []
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        frames = "".join(traceback.format_tb(cause.__traceback__, -_N_FRAMES))
        kind = type(cause)
        name = f"{kind.__module__}.{kind.__qualname__}"
        parts.append(frames + (f"{name}: {cause}" if has_messages else name))
        cause = _cause(cause)
    return "\ncaused by\n".join(parts)


def _cause(error: BaseException) -> BaseException | None:
    if isinstance(error, BaseExceptionGroup):
        return error.exceptions[0]
    if error.__cause__ is not None or error.__suppress_context__:
        return error.__cause__
    return error.__context__
