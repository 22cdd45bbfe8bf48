"""PostgreSQL engines, which survive restarts of the server."""

import select
from typing import Any, cast

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, InvalidatePoolError

DRIVER = "postgresql+psycopg"
CONNECT_TIMEOUT_S = 5
STATEMENT_TIMEOUT_S = 60
"""Time limit of any statement; a wait for a lock ends much earlier."""

_MS = 1_000
_SILENCE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
"""Keepalive settings that detect a lost connection within seconds instead of hours."""
_SILENCE_S = 25

_DURABLE = """
SELECT set_config('synchronous_commit', 'on', false)
WHERE current_setting('synchronous_commit') = 'off'
"""
_LIMIT = """
SELECT current_setting('max_connections')::int
  - current_setting('superuser_reserved_connections')::int
  - coalesce(current_setting('reserved_connections', true), '0')::int
"""
_FORBIDDEN = "42501"
_SHARE = "SELECT pg_advisory_xact_lock_shared(%s::bigint)"


def postgresql_engine(url: URL, *, patience_s: float, **pool: Any) -> Engine:
    """Return an engine for a PostgreSQL server.

    Args:
        url: Its query parameters override the defaults set here.
        patience_s: Longest wait of a statement for a lock.
        pool: Arguments of the engine's connection pool.
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
    event.listen(engine, "checkout", _require_open)
    return engine


def with_driver(url: URL) -> URL:
    """Return a URL that names the installed driver if it names none."""
    is_bare = url.drivername in {"postgres", "postgresql"}
    return url.set(drivername=DRIVER) if is_bare else url


def is_forbidden(error: DBAPIError) -> bool:
    """Whether the server denies permission, which an operator can correct."""
    return getattr(error.orig, "sqlstate", None) == _FORBIDDEN


def _prepare(connection: psycopg.Connection[Any], record: object) -> None:
    del record
    with connection.transaction():
        connection.execute(_DURABLE)  # replies promise that a commit is durable


def _require_open(connection: psycopg.Connection[Any], record: object, proxy: object) -> None:
    """Make the pool reconnect if the server sent something unasked, which closes a connection.

    A query would cost a round trip each time.
    """
    del record, proxy
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        raise InvalidatePoolError


def connection_limit(connection: Connection) -> int:
    """Return ``max_connections`` less the reserved ones; releases before 16 reserve fewer."""
    return int(connection.exec_driver_sql(_LIMIT).scalar_one())


def begin_writing(connection: Connection) -> None:
    """Set lock time limits and commit durability where they differ from the connection's."""
    options = connection.get_execution_options()
    if options.get("writes") == "NORMAL":
        connection.exec_driver_sql("SET LOCAL synchronous_commit TO off")
    if (patience_s := options.get("patience_s")) is not None:
        for name in ("lock_timeout", "statement_timeout"):
            connection.exec_driver_sql(f"SET LOCAL {name} TO {int(patience_s * _MS)}")


def limit_waits(connection: Connection, seconds: float) -> None:
    """Limit each further wait for a lock in this transaction."""
    connection.exec_driver_sql(f"SET LOCAL lock_timeout TO {int(seconds * _MS)}")


def read_behind(connection: Connection, lock_key: int, statement: str) -> Any:
    """Share a lock until the transaction ends, then return what a statement selects, or None.

    Nothing is added to the round trips of the transaction: both statements are sent with BEGIN.
    The value is as new as the lock, because each statement has a snapshot of its own.
    """
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    try:
        with driver.pipeline():
            driver.execute(_SHARE, (lock_key,))
            row = driver.execute(statement.encode()).fetchone()
    except psycopg.Error as error:
        # SQLAlchemy does not see this statement; the pool discards the connection if it is broken.
        raise DBAPIError.instance(statement, None, error, psycopg.Error) from error
    return None if row is None else row[0]
