"""Keys, made and revoked as an operator does: by the command."""

import sys

from tests.journey.serving import ROOT, Served, run

ADMIN = "admin"
SCOPES = ("predict", "label", ADMIN)


def make_key(served: Served, *scopes: str) -> str:
    """Return a new key of the service that is served."""
    return _command(served, "make", f"stress-{'-'.join(scopes)}", "--scopes", ",".join(scopes))


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
