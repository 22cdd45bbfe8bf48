"""PostgreSQL: a server that goes away and comes back, and that others use too."""

import select
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, InvalidatePoolError

DRIVER = "postgresql+psycopg"
CONNECT_TIMEOUT_S = 5
STATEMENT_TIMEOUT_S = 60
"""Of any statement; what waits for a lock gives up much earlier."""

_MS = 1_000
_SILENCE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
"""After this a server that was cut off counts as gone; without it that takes hours."""
_SILENCE_S = 25

_DURABLE = """
SELECT set_config('synchronous_commit', 'on', false)
WHERE current_setting('synchronous_commit') = 'off'
"""
_FORBIDDEN = "42501"


def postgresql_engine(url: URL, *, patience_s: float, **pool: Any) -> Engine:
    """Return an engine over a server.

    Args:
        url: What it asks for beyond the address goes before what is asked for here.
        patience_s: How long a statement waits for a lock before it gives up.
        pool: What the engine's pool is to be like.
    """
    limits = {
        "lock_timeout": int(patience_s * _MS),
        "statement_timeout": STATEMENT_TIMEOUT_S * _MS,
        "idle_in_transaction_session_timeout": STATEMENT_TIMEOUT_S * _MS,
    }
    ours = " ".join(f"-c {name}={milliseconds}" for name, milliseconds in limits.items())
    arguments = _SILENCE | {
        "connect_timeout": CONNECT_TIMEOUT_S,
        "tcp_user_timeout": _SILENCE_S * _MS,
        "application_name": "attune",
    }
    theirs = dict(url.query)
    chosen = {name: value for name, value in arguments.items() if name not in theirs}
    chosen["options"] = f"{ours} {theirs.get('options', '')}".rstrip()
    engine = create_engine(url, connect_args=chosen, **pool)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "checkout", _require_silence)
    return engine


def with_driver(url: URL) -> URL:
    """Return a URL that names the driver which is installed, where it names none."""
    is_bare = url.drivername in {"postgres", "postgresql"}
    return url.set(drivername=DRIVER) if is_bare else url


def is_forbidden(error: DBAPIError) -> bool:
    """Whether the server does not let this user do it; an operator can mend that."""
    return getattr(error.orig, "sqlstate", None) == _FORBIDDEN


def _prepare(connection: psycopg.Connection[Any], record: object) -> None:
    del record
    with connection.transaction():
        connection.execute(_DURABLE)  # the reply promises that a commit survives


def _require_silence(connection: psycopg.Connection[Any], record: object, proxy: object) -> None:
    """Have the pool connect anew if the server said something without being asked: farewell.

    Asking it each time would cost a journey there and back.
    """
    del record, proxy
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        raise InvalidatePoolError


def begin_writing(connection: Connection) -> None:
    """Say how long the transaction may wait, and how durable its commit is, where that differs."""
    options = connection.get_execution_options()
    if options.get("writes") == "NORMAL":
        connection.exec_driver_sql("SET LOCAL synchronous_commit TO off")
    if (patience_s := options.get("patience_s")) is not None:
        for name in ("lock_timeout", "statement_timeout"):
            connection.exec_driver_sql(f"SET LOCAL {name} TO {int(patience_s * _MS)}")
