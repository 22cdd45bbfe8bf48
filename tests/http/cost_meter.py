"""What a request costs a server in another process: time, memory, and the waits of others."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psutil

HOST = "127.0.0.1"
MIB = 2**20
PATIENCE_S = 60.0
_POLLED_EACH_S = 0.02


@dataclass(frozen=True)
class Cost:
    """What came of a request.

    Attributes:
        told: The body of the answer.
        cpu_s: Processor time of the server.
        memory: Bytes by which the server's memory grew at its peak.
        wait_s: The longest that a probe waited meanwhile.
    """

    status: int
    told: Any
    cpu_s: float
    memory: int
    wait_s: float


def cost_of(process: psutil.Process, port: int, head: str, body: bytes) -> Cost:
    """Send a request and watch what becomes of it; ``head`` has neither host nor length."""
    Path(f"/proc/{process.pid}/clear_refs").write_text("5")  # the peak begins anew
    before, memory = process.cpu_times(), process.memory_info().rss
    with _polled(port) as waits:
        status, told = _answer(port, head, body)
    after = process.cpu_times()
    cpu_s = after.user + after.system - before.user - before.system
    return Cost(status, told, cpu_s, _peak(process) - memory, max(waits))


def _answer(port: int, head: str, body: bytes) -> tuple[int, Any]:
    lines = [head, f"Host: {HOST}", f"Content-Length: {len(body)}", "Connection: close"]
    with socket.create_connection((HOST, port), PATIENCE_S) as line:
        sender = Thread(target=_send, args=(line, "\r\n".join([*lines, "", ""]).encode() + body))
        sender.start()
        answer = http.client.HTTPResponse(line)
        answer.begin()
        told = json.loads(answer.read())
    sender.join()
    return answer.status, told


def _send(line: socket.socket, sent: bytes) -> None:
    with suppress(OSError):  # it may be refused before it was sent
        line.sendall(sent)


@contextmanager
def _polled(port: int) -> Iterator[list[float]]:
    """Ask whether the process answers, again and again; yield how long each answer took."""
    waits: list[float] = []
    is_over = Event()

    def ask() -> None:
        while True:
            began = time.monotonic()
            line = http.client.HTTPConnection(HOST, port, timeout=PATIENCE_S)
            line.request("GET", "/livez")
            assert line.getresponse().status == http.client.OK
            line.close()
            waits.append(time.monotonic() - began)
            if is_over.wait(_POLLED_EACH_S):
                return

    thread = Thread(target=ask)
    thread.start()
    try:
        yield waits
    finally:
        is_over.set()
        thread.join()


def _peak(process: psutil.Process) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024
