"""HTTP clients, and API keys that are made and revoked as an operator does: by the command."""

import sys
import time
from collections.abc import Iterable, Mapping

import httpx

from tests.journey.servers import ROOT, Served, run

ADMIN = "admin"
PATIENCE_S = 60.0
N_CONNECTIONS = 20
"""Answers on connections of their own that count for every worker."""
IDLE_S = 4.5
"""The service closes idle connections after five seconds."""


def client(
    port: int,
    headers: Mapping[str, str] | None = None,
    *,
    keeps: bool = True,
    timeout_s: float = PATIENCE_S,
) -> httpx.Client:
    """Return a client of the service; without `keeps` each call has a connection of its own."""
    limits = httpx.Limits(max_keepalive_connections=None if keeps else 0, keepalive_expiry=IDLE_S)
    return httpx.Client(
        base_url=f"http://127.0.0.1:{port}",
        headers=headers,
        limits=limits,
        timeout=timeout_s,
        trust_env=False,
        verify=False,  # noqa: S501  # plain HTTP; loading certificates takes time
    )


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def make_key(served: Served, *scopes: str) -> str:
    named = ["make", f"stress-{'-'.join(scopes)}", "--scopes", ",".join(scopes)]
    return _command(served, *named)


def make_keys(served: Served, names: Iterable[str], *scopes: str) -> dict[str, str]:
    """Return a new key for each name, known to every worker."""
    keys = {name: make_key(served, *scopes) for name in names}
    until_known(served, keys.values())
    return keys


def admin(served: Served) -> dict[str, str]:
    """Return the header of a new administrator's key that every worker knows."""
    return bearer(make_keys(served, [ADMIN], ADMIN)[ADMIN])


def until_known(served: Served, keys: Iterable[str]) -> None:
    """Wait until every worker knows the keys."""
    n_known = 0
    deadline = time.monotonic() + PATIENCE_S
    with client(served.port, keeps=False) as http:
        while n_known < N_CONNECTIONS and time.monotonic() < deadline:
            statuses = {http.get("/metrics", headers=bearer(key)).status_code for key in keys}
            n_known = 0 if 401 in statuses else n_known + 1


def revoke_key(served: Served, key: str) -> None:
    _command(served, "revoke", key.split("_", 2)[1])  # its public part


def _command(served: Served, *arguments: str) -> str:
    command = [sys.executable, "-m", "service", "keys", *arguments]
    return run(command, ROOT, served.environ).strip()
