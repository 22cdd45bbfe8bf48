"""Tables in Markdown, printed as they are made."""

import os
import platform
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.bench.costs import Cost

BESIDE = ("processor ms", "wall ms")


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table under a heading."""
    say(f"\n## {title}\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        say(f"| {' | '.join(row)} |")


def cells(name: str, cost: Cost, floor: Cost) -> list[str]:
    """Return the cells of what something costs, and how many times a floor that is."""
    return [name, f"{cost.cpu_ms:.2f}", f"{cost.wall_ms:.2f}", f"{cost.times(floor):.2f}"]


def judged(times: float, most: float | None) -> str:
    """Return whether a number of times is at most a target, in words; nothing without one."""
    if most is None:
        return ""
    return f"at most {most:g}: {'met' if times <= most else '**missed**'}"


def machine() -> None:
    """Print what this machine is, and how busy."""
    say(f"\nMachine: {machine_name()}.")
    say("Medians of rounds, a batch of each call in turn; a ratio is of processor time.")


def machine_name() -> str:
    """Return what this machine is, and how busy."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        found = [
            each for each in cpuinfo.read_text().splitlines() if each.startswith("model name")
        ]
        model = found[0].partition(":")[2].strip() if found else model
    return f"{os.cpu_count()} cores, {model}; load {os.getloadavg()[0]:.1f}"
