"""Keys, made and revoked as an operator does: by the command."""

import sys
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from tests.journey.serving import ROOT, Served, run
from tests.stress.wire import ask_all, request

ADMIN = "admin"
SCOPES = ("predict", "label", ADMIN)
Kind = tuple[tuple[str, ...], str | None]
"""Scopes of a key, and the only user whom it may name."""


_ASKED_EACH_S = 0.02
_N_ASKED = 20
_PATIENCE_S = 60.0


def make_key(served: Served, *scopes: str, user_id: str | None = None) -> str:
    """Return a new key of the service that is served; with a user, one for that user alone."""
    only = [] if user_id is None else ["--user", user_id]
    named = ["make", f"stress-{'-'.join(scopes)}", "--scopes", ",".join(scopes)]
    return _command(served, *named, *only)


def make_keys(served: Served, kinds: Mapping[str, Kind]) -> dict[str, str]:
    """Return a new key of each kind, all of them known to every worker."""
    with ThreadPoolExecutor() as pool:
        made = {
            name: pool.submit(make_key, served, *scopes, user_id=user_id)
            for name, (scopes, user_id) in kinds.items()
        }
        keys = {name: each.result() for name, each in made.items()}
    until_known(served, keys.values())
    return keys


def until_known(served: Served, keys: Iterable[str]) -> None:
    """Wait until every worker knows the keys: each new connection may meet another one."""
    asks = [request("GET", "/metrics", headers=bearer(key)) for key in keys]
    n_known = 0
    deadline = time.monotonic() + _PATIENCE_S
    while n_known < _N_ASKED and time.monotonic() < deadline:
        statuses = {ask_all(served.port, [ask])[0].status for ask in asks}
        n_known = 0 if 401 in statuses else n_known + 1
        time.sleep(_ASKED_EACH_S)


def revoke_key(served: Served, key: str) -> None:
    """Take a key back."""
    _command(served, "revoke", id_in(key))


def id_in(key: str) -> str:
    """Return the part of a key that is no secret."""
    return key.split("_", 2)[1]


def bearer(key: str) -> dict[str, str]:
    """Return the header that brings a key."""
    return {"Authorization": f"Bearer {key}"}


def _command(served: Served, *told: str) -> str:
    return run([sys.executable, "-m", "service", "keys", *told], ROOT, served.environ).strip()
