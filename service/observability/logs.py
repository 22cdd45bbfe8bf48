"""Logs: one line an event on standard error, as text or as JSON, without ids of users.

A line names a request by its id and a route by its template. During a request an exception's
message is dropped, because it may quote the request; its traceback is kept.
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
"""A child of BentoML's logger, so that one level applies to both."""

_REQUESTS = logging.getLogger("bentoml.attune.request")
_CHOSEN = ("bentoml", "alembic")
"""Loggers that follow ``ATTUNE_LOG_LEVEL``; details of other loggers would contain ids."""
_TAKEN_OVER = ("bentoml", "uvicorn.error", "circus")
"""Loggers that BentoML gives handlers of its own."""


@dataclass(slots=True)
class RequestContext:
    """A request, as log lines and checks of access refer to it.

    Attributes:
        route: The template, never the path.
        key_id: Public part of the presented API key, if the key is known.
        only_user: The only user that the API key may name; never logged.
        code: Error code of the reply, if it is an error.
        trace_id: Id of the request's trace, if tracing is on.
        permit: Raises once the request must not go on, as when its key was revoked; None if it
            needs no key. Never logged.
    """

    request_id: str
    method: str
    route: str
    key_id: str = ""
    code: str = ""
    trace_id: str = ""
    only_user: str | None = None
    permit: Callable[[], None] | None = None


_REQUEST: ContextVar[RequestContext | None] = ContextVar("request", default=None)


@contextmanager
def during(context: RequestContext) -> Iterator[None]:
    """Make log lines of this context, and of threads that it starts, name a request."""
    token = _REQUEST.set(context)
    try:
        yield
    finally:
        _REQUEST.reset(token)


def current_request() -> RequestContext | None:
    """Return the current request; None outside of requests."""
    return _REQUEST.get()


def current_key() -> str:
    """Return the id of the current request's key; empty without one."""
    context = _REQUEST.get()
    return "" if context is None else context.key_id


def require_permit() -> None:
    """Check that the current request may go on; without a request do nothing.

    Raises:
        AccessError: It may not go on.
    """
    context = _REQUEST.get()
    if context is not None and context.permit is not None:
        context.permit()


def request_line(context: RequestContext, status: int, seconds: float, *, is_probe: bool) -> None:
    """Log an answered request on one line; a probe's at debug level."""
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
    """Return a formatter of records of any library; ``form`` is ``json`` or ``text``."""
    # The import takes 0.2 s, and the command line needs only the names above.
    from structlog.processors import JSONRenderer
    from structlog.stdlib import ProcessorFormatter

    if form == "json":
        # ASCII, so that no character ends a line; json's C encoder is used only without a
        # function for other types.
        return ProcessorFormatter(processors=[_fields, Redaction({}), JSONRenderer(default=None)])
    return ProcessorFormatter(processors=[_fields, Redaction(CONTROLS), _text])


def _fields(_logger: Any, _method: str, event: Event) -> Event:
    """Return the published fields of a record; drop all others."""
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
    """Return a line of text: time, level, logger, message and request."""
    # The request's own line begins with its method and route.
    shown = [f" {name}={event[name]}" for name in ("code", "key_id", "trace_id") if name in event]
    if "request_id" in event:
        shown.append(f" {event['request_id']}")
    level = event["level"].upper()
    line = f"{event['time']} {level} [{event['logger']}] {event['message']}{''.join(shown)}"
    return f"{line}\n{event['exception']}" if "exception" in event else line


class _Stderr(logging.StreamHandler):  # type: ignore[type-arg]  # generic only in its stub
    """Writes to the present value of ``sys.stderr``."""

    def __init__(self, lines: logging.Formatter) -> None:
        logging.Handler.__init__(self)  # StreamHandler's would keep the present stream
        self.setFormatter(lines)

    @property
    def stream(self) -> Any:
        return sys.stderr


def configure(form: str, level: str) -> None:
    """Make every logger of this process write lines of one form to standard error."""
    handler = _Stderr(formatter(form))
    root = logging.getLogger()
    for each in [*root.handlers]:
        if type(each) in (logging.StreamHandler, _Stderr):  # keep a test's own handler
            root.removeHandler(each)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in _TAKEN_OVER:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name in _CHOSEN:
        logging.getLogger(name).setLevel(level.upper())
    logging.getLogger("uvicorn.access").disabled = True  # its lines contain paths
    if form == "json":
        logging.captureWarnings(capture=True)
        sys.excepthook = _log_end
        threading.excepthook = _log_thread_end


def line(message: str, **more: object) -> str:
    """Return a JSON line for a process without a logger, such as the supervisor."""
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
    LOG.critical("The process ends with an error", exc_info=(kind, error, where))


def _log_thread_end(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None:
        content = (ended.exc_type, ended.exc_value, ended.exc_traceback)
        LOG.error("A thread ended with an error", exc_info=content)
