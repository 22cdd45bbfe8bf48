"""Health checks of what a worker needs, which never wait behind requests."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread
from typing import Literal

LOG = logging.getLogger("bentoml.attune.health")

HealthStatus = Literal["ok", "failed", "silent"]


@dataclass(frozen=True, slots=True)
class CheckTiming:
    """Intervals and time limits of a check, in seconds.

    Attributes:
        fresh_s: Age up to which a status is returned again without another probe.
        patience_s: Longest wait for a probe; Kubernetes' own limit is one second.
        stands_s: Age up to which the last status is returned while a probe is running, so that a
            busy worker is not reported unhealthy.
    """

    fresh_s: float = 1.0
    patience_s: float = 0.8
    stands_s: float = 15.0


class Check:
    """Runs one probe at a time, in a thread of its own.

    Args:
        name: Name of the check.
        probe: Raises an exception if something is wrong.
        timing: Intervals and time limits.
        clock: A monotonic clock, in seconds.
    """

    def __init__(
        self,
        name: str,
        probe: Callable[[], object],
        timing: CheckTiming = CheckTiming(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._probe = probe
        self._timing = timing
        self._clock = clock
        self._status: HealthStatus = "silent"
        self._updated_at = float("-inf")
        self._probing: Future[None] | None = None

    async def status(self) -> HealthStatus:
        """Return the status within ``patience_s``."""
        if self._clock() - self._updated_at < self._timing.fresh_s:
            return self._status
        if self._probing is None or self._probing.done():
            self._probing = self._start()
        # A thread cannot be cancelled, so later calls wait for the same one.
        await asyncio.wait({asyncio.wrap_future(self._probing)}, timeout=self._timing.patience_s)
        is_old = self._clock() - self._updated_at >= self._timing.stands_s
        return "silent" if is_old and not self._probing.done() else self._status

    def _start(self) -> "Future[None]":
        probing: Future[None] = Future()
        # Not in a pool: a thread that hangs must not keep the process from ending.
        Thread(target=self._run, args=(probing,), name=f"health-{self.name}", daemon=True).start()
        return probing

    def _run(self, probing: "Future[None]") -> None:
        status: HealthStatus = "ok"
        try:
            self._probe()
        except Exception as error:  # noqa: BLE001  # any exception means a failure
            status = "failed"
            if self._status != status:
                LOG.warning("The check of the %s fails: %s", self.name, error)
        if status == "ok" and self._status == "failed":
            LOG.warning("The check of the %s succeeds again", self.name)
        self._status, self._updated_at = status, self._clock()
        probing.set_result(None)


class Health:
    """All checks of a worker.

    Args:
        checks: Run concurrently.
    """

    def __init__(self, *checks: Check) -> None:
        self._checks = checks

    async def check(self) -> Mapping[str, HealthStatus]:
        """Return the status of every check by its name."""
        pending: list[Awaitable[HealthStatus]] = [check.status() for check in self._checks]
        statuses = await asyncio.gather(*pending)
        return {check.name: status for check, status in zip(self._checks, statuses, strict=True)}
