"""Hostile clients: what they cost in memory, processor time and connections.

Single requests that have to be refused are tested in `tests/http`.
"""

import re
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Event, Thread

import psutil

from tests import audio_signals
from tests.decompression_bombs import HEARD, REFUSED, original
from tests.journey.servers import Served
from tests.stress import slow_clients
from tests.stress.context import SQLITE, Context
from tests.stress.keys import bearer, client, make_keys, revoke_key
from tests.stress.report import Row
from tests.stress.target import Others, Target

DATABASES = (SQLITE,)
LIMIT_S = 360.0, 240.0
MORE_MB = 100.0
N_WARM = 3
PROBE_S, WORK_S = 1.0, 4.0
"""Seconds that a probe may take, and processor time of a large body; each took 7 or more before it
was bounded."""
JSON_BYTES, LINES_BYTES = 8 * 2**20, 32 * 2**20
HEAVY_S = 90.0
WATCHED_S, REVOKED_S = 3.0, 2.0


def run(context: Context) -> list[Row]:
    """Attack one worker: a second one would answer while the first is stuck."""
    attacks = (
        slow_clients.unfinished_bodies,
        slow_clients.never_reading,
        large_bodies,
        bombs,  # last: it raises the memory that a worker keeps
    )
    rows = [_revocation(context)]
    with context.served(context.new_database(), workers=1) as served:
        target = Target(served, make_keys(served, ["app", "greedy"], "predict", "label"))
        for attack in attacks:
            began = time.monotonic()
            rows += attack(context, target)
            context.log(f"{attack.__name__}: {time.monotonic() - began:.1f} s")
    return rows


def _revocation(context: Context) -> Row:
    """Measure how long after its revocation a key is last accepted by any of two workers."""
    accepted_at: list[float] = []
    stop = Event()

    def call(served: Served, key: str) -> None:
        with client(served.port, bearer(key), keeps=False) as http:
            while not stop.wait(0.02):
                if http.get("/tracks?limit=1").is_success:
                    accepted_at.append(time.monotonic())

    with context.served(context.new_database()) as served:
        key = make_keys(served, ["revoked"], "predict")["revoked"]
        thread = Thread(target=call, args=(served, key))
        thread.start()
        revoke_key(served, key)
        revoked_at = time.monotonic()
        stop.wait(WATCHED_S)
        stop.set()
        thread.join()
    late_s = max(0.0, max(accepted_at) - revoked_at)
    return context.at_most("a revoked key was last accepted after", late_s, REVOKED_S, "s")


def large_bodies(context: Context, target: Target) -> list[Row]:
    """Send the largest bodies that are invalid throughout, and watch the event loop."""
    lines = b"\n" * LINES_BYTES
    bodies = {
        "8 MiB of unknown JSON keys": ("/predict", _unknown_keys(), "application/json"),
        "32 MiB of empty lines": ("/users/ana/labels", lines, "application/x-ndjson"),
    }
    rows = []
    for name, (path, body, kind) in bodies.items():
        before_s = target.processor_s()
        with Others(target, {"/livez": ("/livez", "")}, HEAVY_S) as probes:
            send = partial(target.call, content=body, headers={"Content-Type": kind})
            reply = send("POST", path, "app", timeout_s=HEAVY_S)
        used_s = target.processor_s() - before_s
        rows += [
            context.at_most(f"/livez waited beside {name}", probes.longest_s, PROBE_S, "s"),
            context.at_most(f"processor time of {name}", used_s, WORK_S, "s"),
            context.equal(f"{name} are refused (status / 100)", reply.status_code // 100, 4),
        ]
    return rows


def _unknown_keys() -> bytes:
    """Return an object with as many unknown keys as the largest body holds."""
    n_keys = JSON_BYTES // len('"100000":0,')
    return ("{" + ",".join(f'"{number:06x}":0' for number in range(n_keys)) + "}").encode()


def bombs(context: Context, target: Target) -> list[Row]:
    """Upload every bomb; compare the peak memory with that of a plain file of the same format."""
    rows, statuses = [], []
    forges = list((HEARD | REFUSED).items())[:: context.size(1, 5)]
    for name, forge in forges:
        plain, bomb = original(format_of(name)), forge()
        for _ in range(N_WARM):
            _upload(target, plain)
        least = _peaks_mb(target, plain)[0]
        peak, status = _peaks_mb(target, bomb)
        more = max(peak[pid] - least.get(pid, 0.0) for pid in peak)
        rows.append(context.at_most(f"memory beyond a plain file's: {name}", more, MORE_MB, "MB"))
        statuses.append(f"{name}: {status}" if status // 100 not in {2, 4} else "")
    wrong = [each for each in statuses if each]
    return [*rows, context.none_of("bombs that were neither decoded nor refused", wrong)]


def format_of(name: str) -> str:
    """Return the name of a plain file's format, for the name of a bomb."""
    first = name.split()[0]
    return next(each for each in audio_signals.FORMATS if f"{each} ".startswith(f"{first} "))


def _peaks_mb(target: Target, file: bytes) -> tuple[dict[int, float], int]:
    """Return the peak memory of each process during an upload, and the reply's status."""
    for process in target.served.processes():
        with suppress(OSError):  # forbidden: the peak of the process's life is compared then
            Path(f"/proc/{process.pid}/clear_refs").write_text("5")
    status = _upload(target, file)
    peaks = {}
    for process in target.served.processes():
        with suppress(OSError, psutil.NoSuchProcess):
            text = Path(f"/proc/{process.pid}/status").read_text()
            peaks[process.pid] = int(re.findall(r"VmHWM:\s+(\d+) kB", text)[0]) * 1024 / 1e6
    return peaks, status


def _upload(target: Target, file: bytes) -> int:
    return target.call("POST", "/predict", "app", timeout_s=60, files={"audio": file}).status_code
