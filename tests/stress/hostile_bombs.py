"""What audio files whose tags or containers grow when they are read cost the service."""

import re
from contextlib import suppress
from itertools import islice
from pathlib import Path

import psutil

from tests.stress.bomb_files import pairs
from tests.stress.keys import bearer
from tests.stress.plan import Plan
from tests.stress.table import Row
from tests.stress.target import Target
from tests.stress.wire import form

MEGABYTE = 10**6
MAY_GROW_MB = 100.0
N_WARM = 3
N_BOMBS, N_BOMBS_SHORT = 9, 3
_RESET_PEAK = "5"


def grow(plan: Plan, target: Target) -> list[Row]:
    """Send every bomb; return by how much the largest peak exceeds that of a plain file."""
    rows, statuses = [], []
    for name, plain, bomb in islice(pairs(), plan.size(N_BOMBS, N_BOMBS_SHORT)):
        for _ in range(N_WARM):
            _send(target, plain)
        least = _peaks_mb(target, plain)[0]
        peak, status = _peaks_mb(target, bomb)
        more = max(peak[pid] - least.get(pid, 0.0) for pid in peak)
        plan.say(f"{name}: {len(bomb):,} bytes, answered {status}, {more:,.0f} MB more")
        rows.append(
            plan.at_most(f"2: memory beyond a plain file's: {name}", more, MAY_GROW_MB, "MB")
        )
        statuses.append(status)
    n_other = sum(status // 100 not in {2, 4} for status in statuses)
    return [*rows, plan.exactly("2: bombs that were neither heard nor refused", n_other)]


def _peaks_mb(target: Target, file: bytes) -> tuple[dict[int, float], int]:
    """Return the peak memory of each process while a file is heard, and the answer's status."""
    for process in target.served.processes():
        with suppress(OSError):  # forbidden: the peak of the process's life is compared then
            Path(f"/proc/{process.pid}/clear_refs").write_text(_RESET_PEAK)
    status = _send(target, file)
    peaks = {}
    for process in target.served.processes():
        with suppress(OSError, psutil.NoSuchProcess):
            told = Path(f"/proc/{process.pid}/status").read_text()
            peaks[process.pid] = int(re.findall(r"VmHWM:\s+(\d+) kB", told)[0]) * 1024 / MEGABYTE
    return peaks, status


def _send(target: Target, file: bytes) -> int:
    sent = form("/predict", {"audio": file}, headers=bearer(target.keys["app"]))
    return target.ask(sent, within_s=60).status
