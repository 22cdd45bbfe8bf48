"""What another account on the same machine reaches: ports, files, and a secret's substitutes."""

import base64
import hashlib
import hmac
import http
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from tests.stress.plan import Plan
from tests.stress.table import Row
from tests.stress.target import TRACK, Target
from tests.stress.wire import request

READABLE, ENTERABLE = 0o044, 0o011
"""Bits of a mode: the group or others may read a file, or enter a folder."""
GOOD_FOR_H = 6
PURPOSE = b"attune: a ticket to hear a track"
"""As the service derived the secret of its tickets when that was the name of a folder."""
N_SHOWN = 8


def ports(plan: Plan, target: Target) -> list[Row]:
    """Look for listening sockets of the service beside its public port."""
    others = set(_listening(target))
    plan.say(f"also listening: {sorted(others)}")
    return [plan.exactly("4: TCP ports that listen beside the public one", len(others))]


def files(plan: Plan, target: Target) -> list[Row]:
    """Look at the modes of all that the service wrote, and open a recording by a forged ticket."""
    reached = sorted(_reached(target.folder.iterdir()))
    for each in reached[:N_SHOWN]:
        plan.say(f"others reach {each.relative_to(target.folder)}")
    n_folders = sum(each.is_dir() for each in reached)
    names = sorted(_names(target.folder))
    statuses = [_opened(target, _ticket(name)) for name in names]
    plan.say(f"tickets forged from {len(names)} names of folders: {sorted(set(statuses))}")
    n_taken = len(names) - statuses.count(http.HTTPStatus.UNAUTHORIZED)
    return [
        plan.exactly("6: files that others may read", len(reached) - n_folders),
        plan.exactly("6: folders that others may enter", n_folders),
        plan.at_least("6: names of folders that tickets were forged from", len(names), 1),
        plan.exactly("6: forged tickets that were not refused", n_taken),
    ]


def _listening(target: Target) -> Iterator[str]:
    """Yield who listens on which port, but for the public one."""
    for process in target.served.processes():
        with suppress(psutil.Error):
            for each in process.net_connections(kind="tcp"):
                if each.status == psutil.CONN_LISTEN and each.laddr.port != target.port:
                    yield f"{process.name()} on {each.laddr.ip}:{each.laddr.port}"


def _reached(entries: Iterable[Path]) -> Iterator[Path]:
    """Yield the files that others may read, and the folders that they may enter."""
    for entry in entries:
        with suppress(FileNotFoundError):  # such as a journal that ended meanwhile
            mode = entry.lstat().st_mode
            if entry.is_dir() and not entry.is_symlink():
                if mode & ENTERABLE:
                    yield entry
                    yield from _reached(entry.iterdir())
            elif entry.is_file() and mode & READABLE:
                yield entry


def _names(folder: Path) -> set[str]:
    """Return the names of all folders below one, and the parts that they are made of."""
    names = {each.name for each in folder.rglob("*") if each.is_dir()}
    return names | {part for name in names for part in name.split("-")}


def _ticket(identity: str) -> str:
    """Return the ticket that would be good if a name were what the secret is made from."""
    until_h = int(time.time()) // 3600 + GOOD_FOR_H
    secret = hmac.digest(identity.encode(), PURPOSE, hashlib.sha256)
    code = hmac.digest(secret, f"{until_h} {TRACK}".encode(), hashlib.sha256)
    return f"{until_h}.{base64.urlsafe_b64encode(code).decode().rstrip('=')}"


def _opened(target: Target, ticket: str) -> int:
    return target.ask(request("GET", f"/tracks/{TRACK}/audio?ticket={ticket}")).status
