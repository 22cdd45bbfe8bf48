"""Callers that take more than their share: of connections, of slots, of the event loop."""

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

import psutil

from tests.stress.keys import bearer
from tests.stress.plan import Plan
from tests.stress.table import Row
from tests.stress.target import Others, Target, closing_all
from tests.stress.wire import request

N_CONNECTIONS = 66
"""More than the 64 requests that one worker of four threads has in progress."""
N_PIPELINED = 120
SMALL_BUFFER = 4_096
N_ASKED = 50
ONE_ANSWER_S = 15.0
ALL_ANSWERS_S = 30.0
CLOSED_WITHIN_S = 30.0
LOOKED_EACH_S = 0.2
MAY_WAIT_S = 1.0
MAY_WORK_S = 4.0
"""Seconds of a processor; each took 7 or more before it was bounded."""
JSON_BYTES = 8 * 2**20
LINES_BYTES = 32 * 2**20
HEAVY_S = 90.0


def readers(plan: Plan, target: Target) -> list[Row]:
    """Open connections that ask much and read nothing; ask as others until they are closed."""
    sent = request("GET", "/openapi.json") * N_PIPELINED
    stuck = [target.connect(sent, receive_bytes=SMALL_BUFFER) for _ in range(N_CONNECTIONS)]
    began = time.monotonic()
    with closing_all(stuck), Others(target, _asks(target), ONE_ANSWER_S) as others:
        _until_answers_begin(stuck)
        while _n_held(target, stuck) and time.monotonic() - began <= CLOSED_WITHIN_S:
            time.sleep(LOOKED_EACH_S)
        let_go_s = time.monotonic() - began
        others.until_each_asked(N_ASKED, ALL_ANSWERS_S)
    plan.say(f"{N_CONNECTIONS} that never read were held {let_go_s:.1f} s; {_told(others)}")
    closed = f"1: {N_CONNECTIONS} readers that never read are closed after"
    return [
        *_rows(plan, "1: beside readers that never read", others),
        plan.at_most(closed, let_go_s, CLOSED_WITHIN_S, "s"),
    ]


def bodies(plan: Plan, target: Target) -> list[Row]:
    """Begin bodies with one key and end none; ask with another one meanwhile."""
    keyed = bearer(target.keys["greedy"])
    whole = request("POST", "/predict", b"{", headers=keyed)
    sent = whole.replace(b"Content-Length: 1\r\n", b"Content-Length: 1000\r\n")
    begun = [target.connect(sent) for _ in range(N_CONNECTIONS)]
    with closing_all(begun), Others(target, _asks(target), ONE_ANSWER_S) as others:
        others.until_each_asked(N_ASKED, ALL_ANSWERS_S)
        own = target.ask(request("GET", "/model", headers=keyed))
    plan.say(f"{N_CONNECTIONS} bodies of one key were not ended; {_told(others)}")
    return [
        *_rows(plan, "5: beside unfinished bodies of one key", others),
        plan.stated("5: the same key's own call meanwhile", own.status),
    ]


def work(plan: Plan, target: Target) -> list[Row]:
    """Send the largest bodies that are nothing but faults, and watch the event loop."""
    keyed = bearer(target.keys["app"])
    kinds = {
        "8 MiB of unknown JSON keys": ("/predict", _unknown_keys(), "application/json"),
        "32 MiB of empty lines": (
            "/users/ana/labels",
            b"\n" * LINES_BYTES,
            "application/x-ndjson",
        ),
    }
    rows = []
    for name, (path, body, kind) in kinds.items():
        used_s = target.processor_s()
        with Others(target, {"/livez": request("GET", "/livez")}, HEAVY_S) as probes:
            answer = target.ask(request("POST", path, body, kind=kind, headers=keyed), HEAVY_S)
        used_s = target.processor_s() - used_s
        plan.say(f"{name}: {answer.status} after {used_s:.1f} s of processors")
        rows += [
            plan.at_most(f"3: /livez waited beside {name}", probes.longest_s, MAY_WAIT_S, "s"),
            plan.at_most(f"3: processor time of {name}", used_s, MAY_WORK_S, "s"),
            plan.exactly(f"3: {name} are refused (status / 100)", answer.status // 100, 4),
        ]
    return rows


def _asks(target: Target) -> dict[str, bytes]:
    keyed = bearer(target.keys["app"])
    return {
        "GET /tracks": request("GET", "/tracks?limit=1", headers=keyed),
        "/livez": request("GET", "/livez"),
        "home page": request("GET", "/"),
    }


def _rows(plan: Plan, what: str, others: Others) -> Iterator[Row]:
    least = min(others.n_asked.values())
    yield plan.at_least(f"{what}: others' calls of each kind", least, N_ASKED)
    for name, n_refused in others.n_refused.items():
        yield plan.exactly(f"{what}, not answered: {name}", n_refused)


def _told(others: Others) -> str:
    return f"others asked {dict(others.n_asked)}, refused {dict(others.n_refused)}"


def _until_answers_begin(connections: Sequence[socket.socket]) -> None:
    """Wait until the service has begun to answer on each, without taking a byte of it."""
    for each in connections:
        with suppress(OSError):
            each.recv(1, socket.MSG_PEEK)


def _n_held(target: Target, connections: Sequence[socket.socket]) -> int:
    """Return how many of our connections a process of the service still has open."""
    ours = {each.getsockname()[1] for each in connections}
    n_held = 0
    for process in target.served.processes():
        with suppress(psutil.Error):
            held = process.net_connections(kind="tcp")
            n_held += sum(bool(each.raddr) and each.raddr.port in ours for each in held)
    return n_held


def _unknown_keys() -> bytes:
    """Return an object of as many unknown keys as its largest size has room for."""
    pieces, n_bytes, number = [], 2, 0
    while n_bytes < JSON_BYTES - 32:
        pieces.append(f'"{number:x}":0')
        n_bytes += len(pieces[-1]) + 1
        number += 1
    return ("{" + ",".join(pieces) + "}").encode()
