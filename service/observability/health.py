"""Health: whether what a worker needs to answer is there, asked without waiting behind work."""

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
    """How often something is asked, and how long an answer is waited for, in seconds.

    Attributes:
        fresh_s: How long a verdict is told again: many who ask at once cost no more than one.
        patience_s: How long one answer waits; Kubernetes' probes give up after a second.
        stands_s: How long a verdict stands while the next is awaited: busy is not ill.
    """

    fresh_s: float = 1.0
    patience_s: float = 0.8
    stands_s: float = 15.0


class Check:
    """Asks one thing, one time after the other, in a thread of its own.

    Args:
        name: What is asked.
        probe: Raises whatever it likes if something is wrong.
        timing: How often it is asked.
        clock: Tells seconds that only grow.
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
        self._pace = timing
        self._clock = clock
        self._status: HealthStatus = "silent"
        self._told_at = float("-inf")
        self._asked: Future[None] | None = None

    async def status(self) -> HealthStatus:
        """Return whether it is there; never later than the patience lasts."""
        if self._clock() - self._told_at < self._pace.fresh_s:
            return self._status
        if self._asked is None or self._asked.done():
            self._asked = self._ask()
        # A thread cannot be given up: whoever asks next waits for the same one.
        await asyncio.wait({asyncio.wrap_future(self._asked)}, timeout=self._pace.patience_s)
        if not self._asked.done() and self._clock() - self._told_at >= self._pace.stands_s:
            return "silent"
        return self._status

    def _ask(self) -> "Future[None]":
        asked: Future[None] = Future()
        # Not a pool's: a thread that hangs must not keep the process from ending.
        Thread(target=self._run, args=(asked,), name=f"health-{self.name}", daemon=True).start()
        return asked

    def _run(self, asked: "Future[None]") -> None:
        status: HealthStatus = "ok"
        try:
            self._probe()
        except Exception as error:  # noqa: BLE001  # whatever it is, it is not well
            status = "failed"
            if self._status != status:
                LOG.warning("The check of the %s fails: %s", self.name, error)
        if status == "ok" and self._status == "failed":
            LOG.warning("The check of the %s succeeds again", self.name)
        self._status, self._told_at = status, self._clock()
        asked.set_result(None)


class Health:
    """Everything that must be there.

    Args:
        checks: Asked side by side.
    """

    def __init__(self, *checks: Check) -> None:
        self._checks = checks

    async def look(self) -> Mapping[str, HealthStatus]:
        """Return the verdict of every check by its name."""
        verdicts: list[Awaitable[HealthStatus]] = [check.status() for check in self._checks]
        statuses = await asyncio.gather(*verdicts)
        return {check.name: status for check, status in zip(self._checks, statuses, strict=True)}
