"""Logs: one line an event on standard error, as text or as JSON, and never who was listening.

A line names a request by its id and a route by its template. What an exception said is left out
while a request is answered, because it may quote what was sent; where it came from is told.
"""

import json
import logging
import os
import re
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

LOG = logging.getLogger("bentoml.attune")
"""Beneath BentoML's logger, so that one level is set for both."""

_REQUESTS = logging.getLogger("bentoml.attune.request")
_CHOSEN = ("bentoml", "alembic")
"""Loggers that follow ``ATTUNE_LOG_LEVEL``; what others tell in detail would hold ids."""
_TAKEN_OVER = ("bentoml", "uvicorn.error", "circus")
"""Loggers to which BentoML gives handlers of its own."""
_N_FRAMES = 30
_SECRET = re.compile(r"(attune_[0-9A-Za-z-]+_)[\w-]{16,}|(://[^\s:/@]*:)[^\s@]+(?=@)")
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(0x20), 0x7F, *range(0x80, 0xA0))}
_CONTROLS |= {ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t", 0x2028: "\\u2028"}
_CONTROLS |= {0x2029: "\\u2029"}


@dataclass(slots=True)
class Asked:
    """What every line says of the request it was written during.

    Attributes:
        route: The template, never the path.
        key_id: The public part of the API key that was presented, if it is a known one.
        only_user: The one user whom the holder of that key may name; never written.
        code: The code of the problem that is answered, if it is one.
        trace_id: The trace that the request belongs to, where somebody traces.
    """

    request_id: str
    method: str
    route: str
    key_id: str = ""
    code: str = ""
    trace_id: str = ""
    only_user: str | None = None


_ASKED: ContextVar[Asked | None] = ContextVar("asked", default=None)


@contextmanager
def during(asked: Asked) -> Iterator[None]:
    """Have all lines that are written meanwhile, also by threads it starts, name a request."""
    token = _ASKED.set(asked)
    try:
        yield
    finally:
        _ASKED.reset(token)


def asked_now() -> Asked | None:
    """Return the request that is being answered, or None outside of requests."""
    return _ASKED.get()


def request_line(asked: Asked, status: int, seconds: float, *, is_probe: bool) -> None:
    """Write the one line of a request that was answered; probes are told in detail only."""
    level = logging.DEBUG if is_probe else logging.INFO
    if _REQUESTS.isEnabledFor(level):
        answered = {"status": status, "ms": round(seconds * 1e3, 1)}
        _REQUESTS.log(
            level,
            "%s %s %d %.1f ms",
            asked.method,
            asked.route,
            status,
            seconds * 1e3,
            extra={"answered": answered},
        )


class JsonLines(logging.Formatter):
    """Writes a record as one JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; ASCII, so that nothing in it can end it."""
        told: dict[str, object] = {
            "time": _moment(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _without_secrets(record.getMessage()),
            **_about(_ASKED.get()),
            **getattr(record, "answered", {}),
            "pid": record.process,
        }
        if record.exc_info and record.exc_info[1] is not None:
            told["exception"] = _without_secrets(_fault(record.exc_info[1]))
        return json.dumps(told)


class TextLines(logging.Formatter):
    """Writes a record for people: when, how bad, who says it, what, and during which request."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and the lines of a fault below it."""
        asked = _about(_ASKED.get())
        said = _without_secrets(record.getMessage()).translate(_CONTROLS)
        # The request's own line begins with method and route.
        shown = [
            f"{name}={asked[name]}" for name in ("code", "key_id", "trace_id") if name in asked
        ]
        place = " ".join(["", *shown, asked["request_id"]] if asked else [])
        line = f"{_moment(record.created)} {record.levelname} [{record.name}] {said}{place}"
        if record.exc_info and record.exc_info[1] is not None:
            line += "\n" + _without_secrets(_fault(record.exc_info[1]))
        return line


class _Stderr(logging.StreamHandler):  # type: ignore[type-arg]  # generic only in its stub
    """Writes to what standard error is at that moment."""

    def __init__(self, lines: logging.Formatter) -> None:
        logging.Handler.__init__(self)  # StreamHandler's would keep the stream
        self.setFormatter(lines)

    @property
    def stream(self) -> Any:
        return sys.stderr


def configure(form: str, level: str) -> None:
    """Have every logger of this process write lines of one form to standard error."""
    handler = _Stderr(JsonLines() if form == "json" else TextLines())
    root = logging.getLogger()
    for each in [*root.handlers]:
        if type(each) in (logging.StreamHandler, _Stderr):  # not a test's that listens in
            root.removeHandler(each)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in _TAKEN_OVER:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name in _CHOSEN:
        logging.getLogger(name).setLevel(level.upper())
    logging.getLogger("uvicorn.access").disabled = True  # its lines hold paths
    if form == "json":
        logging.captureWarnings(capture=True)
        sys.excepthook = _log_end
        threading.excepthook = _log_thread_end


def line(message: str, **more: object) -> str:
    """Return a JSON line for a process that has no logger, such as the one that supervises."""
    told = {"time": _moment(datetime.now(UTC).timestamp()), "level": "info", "message": message}
    return json.dumps({**told, **more, "pid": os.getpid()})


def _about(asked: Asked | None) -> Mapping[str, str]:
    if asked is None:
        return {}
    about = {"request_id": asked.request_id, "method": asked.method, "route": asked.route}
    for name in ("key_id", "code", "trace_id"):
        if value := getattr(asked, name):
            about[name] = value
    return about


def _moment(created: float) -> str:
    told = datetime.fromtimestamp(created, UTC).isoformat(timespec="milliseconds")
    return told.replace("+00:00", "Z")


def _without_secrets(text: str) -> str:
    """Return a text without keys' secrets and URLs' passwords; nothing here should log any."""
    return _SECRET.sub(r"\1\2…", text)


def _fault(error: BaseException) -> str:
    """Return where an exception came from and, outside of requests, what it said."""
    parts: list[str] = []
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        parts.append(_frames(following) + _named(following))
        following = _origin(following)
    return "\nwhich came of\n".join(parts)


def _frames(error: BaseException) -> str:
    return "".join(traceback.format_tb(error.__traceback__, -_N_FRAMES))


def _named(error: BaseException) -> str:
    kind = type(error)
    name = f"{kind.__module__}.{kind.__qualname__}"
    return name if _ASKED.get() is not None else f"{name}: {error}"


def _origin(error: BaseException) -> BaseException | None:
    if isinstance(error, BaseExceptionGroup):
        return error.exceptions[0]
    if error.__cause__ is not None or error.__suppress_context__:
        return error.__cause__
    return error.__context__


def _log_end(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    LOG.critical("The process ends by an error", exc_info=(kind, error, where))


def _log_thread_end(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None:
        told = (ended.exc_type, ended.exc_value, ended.exc_traceback)
        LOG.error("A thread ended by an error", exc_info=told)
