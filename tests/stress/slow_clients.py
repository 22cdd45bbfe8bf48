"""Clients that hold connections: they never read an answer, or never end a body."""

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

import psutil

from tests.stress.context import Context
from tests.stress.report import Row
from tests.stress.target import Others, Target, closing_all

N_CONNECTIONS = 66
"""More than the 64 requests that one worker of four threads has in progress."""
N_PIPELINED = 120
SMALL_BUFFER = 4_096
N_CALLS = 50
ONE_CALL_S, ALL_CALLS_S = 15.0, 30.0
CLOSED_WITHIN_S = 30.0
POLL_S = 0.2
OTHERS = {
    "GET /tracks": ("/tracks?limit=1", "app"),
    "/livez": ("/livez", ""),
    "home page": ("/", ""),
}


def never_reading(context: Context, target: Target) -> list[Row]:
    """Pipeline requests and read nothing; call as others until the connections are closed."""
    sent = f"GET /openapi.json HTTP/1.1\r\nHost: {target.host}\r\n\r\n".encode() * N_PIPELINED
    stuck = [target.connect(sent, receive_bytes=SMALL_BUFFER) for _ in range(N_CONNECTIONS)]
    began = time.monotonic()
    with closing_all(stuck), Others(target, OTHERS, ONE_CALL_S) as others:
        for each in stuck:
            with suppress(OSError):  # waits for the first byte of an answer, and leaves it there
                each.recv(1, socket.MSG_PEEK)
        while _n_open(target, stuck) and time.monotonic() - began <= CLOSED_WITHIN_S:
            time.sleep(POLL_S)
        open_s = time.monotonic() - began
        others.wait_for(N_CALLS, ALL_CALLS_S)
    closed = f"{N_CONNECTIONS} clients that never read are disconnected after"
    return [
        *_rows(context, "beside clients that never read", others),
        context.at_most(closed, open_s, CLOSED_WITHIN_S, "s"),
    ]


def unfinished_bodies(context: Context, target: Target) -> list[Row]:
    """Begin bodies with one key and end none; call with another key meanwhile."""
    head = (
        f"POST /predict HTTP/1.1\r\nHost: {target.host}\r\nContent-Type: application/json\r\n"
        f"Content-Length: 1000\r\nAuthorization: Bearer {target.keys['greedy']}\r\n\r\n{{"
    )
    begun = [target.connect(head.encode()) for _ in range(N_CONNECTIONS)]
    with closing_all(begun), Others(target, OTHERS, ONE_CALL_S) as others:
        others.wait_for(N_CALLS, ALL_CALLS_S)
        own = target.call("GET", "/model", "greedy")
    return [
        *_rows(context, "beside unfinished bodies of one key", others),
        context.figure("the same key's own call meanwhile", own.status_code),
    ]


def _rows(context: Context, what: str, others: Others) -> Iterator[Row]:
    least = min(others.n_calls.values())
    yield context.at_least(f"{what}: others' calls of each kind", least, N_CALLS)
    for name, n_failed in others.n_failed.items():
        yield context.equal(f"{what}, not answered: {name}", n_failed)


def _n_open(target: Target, connections: Sequence[socket.socket]) -> int:
    """Return how many of our connections a process of the service has open."""
    ours = {each.getsockname()[1] for each in connections}
    n_open = 0
    for process in target.served.processes():
        with suppress(psutil.Error):
            found = process.net_connections(kind="tcp")
            n_open += sum(bool(each.raddr) and each.raddr.port in ours for each in found)
    return n_open
