"""Statements that requests execute, and the tables that a database would read whole for them."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Engine, event

from service.observability.logs import current_request

SMALL: Mapping[str, str] = {
    "alembic_version": "has one row",
    "catalogue": "has one row",
    "notice": "has one row for each kind of notice",
}
"""Tables that may be read whole, and why."""

_EXPLAINED = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)
_SCANNED = re.compile(r"SCAN (?:TABLE )?(\w+)")
_MADE = re.compile(r"\(?subquery|\d+$|CONSTANT", re.IGNORECASE)
"""Names that SQLite gives to rows that a part of the statement has made."""


class Statements:
    """Records the statements of requests while it listens, in all threads of this process."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str]] = set()
        self._new: list[tuple[str, str, Any]] = []

    def start(self) -> None:
        """Begin to record."""
        event.listen(Engine, "before_cursor_execute", self._record)

    def stop(self) -> None:
        """Stop recording."""
        event.remove(Engine, "before_cursor_execute", self._record)

    def take(self, dialect: str) -> Iterator[tuple[str, Any]]:
        """Yield each new statement once, with the parameters of one execution."""
        taken, self._new = self._new, []
        for name, statement, parameters in taken:
            if name == dialect:
                yield statement, parameters

    def _record(
        self,
        connection: Connection,
        _cursor: object,
        statement: str,
        parameters: Any,
        _context: object,
        _many: bool,
    ) -> None:
        key = connection.dialect.name, statement
        if key in self._seen or current_request() is None or not _EXPLAINED.match(statement):
            return
        self._seen.add(key)
        self._new.append((*key, parameters[0] if isinstance(parameters, list) else parameters))


def whole_reads(connection: Connection, statement: str, parameters: Any) -> set[str]:
    """Return the tables that a statement reads whole, without those of `SMALL`.

    On PostgreSQL the planner avoids sequential scans wherever an index can be used, as it does by
    itself once a table is large.
    """
    if connection.dialect.name == "sqlite":
        found = _sqlite_reads(connection, statement, parameters)
    else:
        found = _postgresql_reads(connection, statement, parameters)
    return found - SMALL.keys()


def _sqlite_reads(connection: Connection, statement: str, parameters: Any) -> set[str]:
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    names = {match[1] for row in rows if (match := _SCANNED.match(row[3]))}
    aliases = {
        alias: table for table, alias in re.findall(r"(\w+) AS (\w+)", statement, re.IGNORECASE)
    }
    made = set(re.findall(r"\) AS (\w+)", statement, re.IGNORECASE))  # what it reads is listed too
    return {aliases.get(name, name) for name in names - made if not _MADE.match(name)}


def _postgresql_reads(connection: Connection, statement: str, parameters: Any) -> set[str]:
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    plan = connection.exec_driver_sql(
        f"EXPLAIN (FORMAT JSON) {statement}", parameters
    ).scalar_one()
    whole = json.loads(plan) if isinstance(plan, str) else plan
    return {node["Relation Name"] for node in _nodes(whole[0]["Plan"]) if _is_whole(node)}


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", []):
        yield from _nodes(child)


def _is_whole(node: dict[str, Any]) -> bool:
    kind = node["Node Type"]
    return kind == "Seq Scan" or (kind.startswith("Index") and "Index Cond" not in node)
