"""Redaction: keeps what must not be logged out of every line.

During a request an exception's message is dropped, because it may quote what was sent; its frames
are kept. Secrets of API keys and passwords in URLs are cut everywhere.
"""

import re
import traceback
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

Event = MutableMapping[str, Any]
"""The fields of a log line, as structlog passes them from processor to processor."""

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
"""Escapes of the characters that begin a line or command a terminal."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """The structlog processor that removes from an event what a log must not hold.

    It reads the exception from ``error`` and writes ``exception``.

    Attributes:
        escapes: What control characters of a message are written as; empty where the renderer
            escapes them itself, as JSON's does.
    """

    escapes: Mapping[int, str]

    def __call__(self, _logger: Any, _method: str, event: Event) -> Event:
        """Return the event without secrets and, during a request, without what was sent."""
        message = _without_secrets(event["message"])
        event["message"] = message if message.isprintable() else message.translate(self.escapes)
        if (error := event.pop("error", None)) is not None:
            is_request = "request_id" in event
            event["exception"] = _without_secrets(_origins(error, has_messages=not is_request))
        return event


def _without_secrets(text: str) -> str:
    return _SECRET.sub(r"\1\2…", text)


def _origins(error: BaseException, *, has_messages: bool) -> str:
    """Return where an exception and those that it came of were raised."""
    parts: list[str] = []
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        frames = "".join(traceback.format_tb(following.__traceback__, -_N_FRAMES))
        kind = type(following)
        name = f"{kind.__module__}.{kind.__qualname__}"
        parts.append(frames + (f"{name}: {following}" if has_messages else name))
        following = _origin(following)
    return "\nwhich came of\n".join(parts)


def _origin(error: BaseException) -> BaseException | None:
    if isinstance(error, BaseExceptionGroup):
        return error.exceptions[0]
    if error.__cause__ is not None or error.__suppress_context__:
        return error.__cause__
    return error.__context__
