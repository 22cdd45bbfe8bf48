"""Logs: one line an event on standard error, as text or as JSON, and never who was listening.

A line names a request by its id and a route by its template. What an exception said is left out
while a request is answered, because it may quote what was sent; where it came from is told.
"""

import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from service.observability.redaction import CONTROLS, Event, Redaction

LOG = logging.getLogger("bentoml.attune")
"""Beneath BentoML's logger, so that one level is set for both."""

_REQUESTS = logging.getLogger("bentoml.attune.request")
_CHOSEN = ("bentoml", "alembic")
"""Loggers that follow ``ATTUNE_LOG_LEVEL``; what others tell in detail would hold ids."""
_TAKEN_OVER = ("bentoml", "uvicorn.error", "circus")
"""Loggers to which BentoML gives handlers of its own."""


@dataclass(slots=True)
class RequestContext:
    """What every line says of the request it was written during.

    Attributes:
        route: The template, never the path.
        key_id: The public part of the API key that was presented, if it is a known one.
        only_user: The one user whom the holder of that key may name; never written.
        code: The code of the problem that is answered, if it is one.
        trace_id: The trace that the request belongs to, where somebody traces.
        permit: Raises once the request may do nothing more, such as when its key was revoked;
            None where it needed no key. Never written.
    """

    request_id: str
    method: str
    route: str
    key_id: str = ""
    code: str = ""
    trace_id: str = ""
    only_user: str | None = None
    permit: Callable[[], None] | None = None


_REQUEST: ContextVar[RequestContext | None] = ContextVar("asked", default=None)


@contextmanager
def during(context: RequestContext) -> Iterator[None]:
    """Have all lines that are written meanwhile, also by threads it starts, name a request."""
    token = _REQUEST.set(context)
    try:
        yield
    finally:
        _REQUEST.reset(token)


def current_request() -> RequestContext | None:
    """Return the request that is being answered, or None outside of requests."""
    return _REQUEST.get()


def require_permit() -> None:
    """Make sure that the current request may go on; without a request there is nothing to check.

    Raises:
        AccessError: It may not any more.
    """
    context = _REQUEST.get()
    if context is not None and context.permit is not None:
        context.permit()


def request_line(context: RequestContext, status: int, seconds: float, *, is_probe: bool) -> None:
    """Write the one line of a request that was answered; a probe's at debug level."""
    level = logging.DEBUG if is_probe else logging.INFO
    if _REQUESTS.isEnabledFor(level):
        answered = {"status": status, "ms": round(seconds * 1e3, 1)}
        _REQUESTS.log(
            level,
            "%s %s %d %.1f ms",
            context.method,
            context.route,
            status,
            seconds * 1e3,
            extra={"answered": answered},
        )


def formatter(form: str) -> logging.Formatter:
    """Return what writes a record of any library as one line of a form, ``json`` or ``text``."""
    # Here, because it takes 0.2 s, and the command line needs only the names above.
    from structlog.processors import JSONRenderer
    from structlog.stdlib import ProcessorFormatter

    if form == "json":
        # ASCII, so that nothing in a line can end it; json's own encoder is kept only without
        # a function for other types.
        return ProcessorFormatter(processors=[_fields, Redaction({}), JSONRenderer(default=None)])
    return ProcessorFormatter(processors=[_fields, Redaction(CONTROLS), _text])


def _fields(_logger: Any, _method: str, event: Event) -> Event:
    """Return the published fields of a record; what else it carries is not logged."""
    record: logging.LogRecord = event["_record"]
    fields: Event = {
        "time": _moment(record.created),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": event["event"],
        **_about(_REQUEST.get()),
        **getattr(record, "answered", {}),
        "pid": record.process,
    }
    if "exc_info" in event:
        fields["error"] = event["exc_info"][1]
    return fields


def _text(_logger: Any, _method: str, event: Event) -> str:
    """Return a line for people: when, how bad, who says it, what, and during which request."""
    # The request's own line begins with method and route.
    shown = [f" {name}={event[name]}" for name in ("code", "key_id", "trace_id") if name in event]
    if "request_id" in event:
        shown.append(f" {event['request_id']}")
    level = event["level"].upper()
    line = f"{event['time']} {level} [{event['logger']}] {event['message']}{''.join(shown)}"
    return f"{line}\n{event['exception']}" if "exception" in event else line


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
    handler = _Stderr(formatter(form))
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
    content = {"time": _moment(datetime.now(UTC).timestamp()), "level": "info", "message": message}
    return json.dumps({**content, **more, "pid": os.getpid()})


def _about(context: RequestContext | None) -> Mapping[str, str]:
    if context is None:
        return {}
    about = {"request_id": context.request_id, "method": context.method, "route": context.route}
    for name in ("key_id", "code", "trace_id"):
        if value := getattr(context, name):
            about[name] = value
    return about


def _moment(created: float) -> str:
    content = datetime.fromtimestamp(created, UTC).isoformat(timespec="milliseconds")
    return content.replace("+00:00", "Z")


def _log_end(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    LOG.critical("The process ends by an error", exc_info=(kind, error, where))


def _log_thread_end(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None:
        content = (ended.exc_type, ended.exc_value, ended.exc_traceback)
        LOG.error("A thread ended by an error", exc_info=content)
