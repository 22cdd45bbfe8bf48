"""Processor time and wall time of calls, measured in turn.

The machine is shared and noisy, so calls that are compared alternate in every round. Ratios are
of one round; results are medians over rounds.
"""

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import psutil
from numpy.typing import NDArray

Seconds = NDArray[np.float64]
_CPU_CLOCK = 2


def processor_time_s(pid: int) -> float:
    """Return the user and system time of a process so far, in seconds; ended threads count.

    Linux has a clock of each process, in nanoseconds, whose number ``clock_getcpuclockid`` derives
    from the process's id. Other systems report ticks, mostly of 10 ms.
    """
    if sys.platform == "linux":
        return time.clock_gettime((~pid << 3) | _CPU_CLOCK)
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """A piece of work to measure.

    Attributes:
        work: Called once a call.
        clock: Returns the processor time of the computing process so far, in seconds.
        begin: Prepares a batch, unmeasured.
    """

    work: Callable[[], object]
    clock: Callable[[], float] = time.process_time
    begin: Callable[[], object] = nothing


@dataclass(frozen=True, slots=True)
class Size:
    """How often steps are measured: rounds, and calls in each of them."""

    n_rounds: int
    n_calls: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Cost:
    """What a call costs, round by round.

    Attributes:
        cpu_s: Processor time of one call ``(n_rounds,)``.
        wall_s: Wall time of one call ``(n_rounds,)``.
    """

    cpu_s: Seconds
    wall_s: Seconds

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.cpu_s + other.cpu_s, self.wall_s + other.wall_s)

    def __sub__(self, other: "Cost") -> "Cost":
        return Cost(self.cpu_s - other.cpu_s, self.wall_s - other.wall_s)

    @property
    def cpu_ms(self) -> float:
        """The median processor time of a call."""
        return 1e3 * float(np.median(self.cpu_s))

    @property
    def wall_ms(self) -> float:
        """The median wall time of a call."""
        return 1e3 * float(np.median(self.wall_s))

    def times(self, floor: "Cost") -> float:
        """Return how many times the floor's processor time this is."""
        return float(np.median(self.cpu_s / floor.cpu_s))


def in_turn(steps: Mapping[str, Step], size: Size) -> dict[str, Cost]:
    """Return what each step costs; in every round there is one batch of each."""
    spent = np.zeros((size.n_rounds + 1, len(steps), 2))
    for of_round in spent:
        for step, of_step in zip(steps.values(), of_round, strict=True):
            of_step[:] = _batch(step, size.n_calls)
    measured = spent[1:]  # the first round warms up
    return {
        name: Cost(measured[:, place, 0], measured[:, place, 1])
        for place, name in enumerate(steps)
    }


def _batch(step: Step, n_calls: int) -> tuple[float, float]:
    """Return the processor time and the wall time of one call of a batch."""
    step.begin()
    computed, started = step.clock(), time.perf_counter()
    for _ in range(n_calls):
        step.work()
    wall_s = time.perf_counter() - started
    return (step.clock() - computed) / n_calls, wall_s / n_calls
