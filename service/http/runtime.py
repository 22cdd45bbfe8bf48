"""The runtime of one worker: the models, stores and limiters that its routes use."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from anyio import CapacityLimiter, from_thread, to_thread
from starlette.requests import Request

from models.interruption import interruptible
from service.http.concurrency import KEY_SHARE, AudioQueue, Cost
from service.observability.health import Health
from service.observability.logs import current_key
from service.observability.metrics import Metrics
from service.serving.container import Resources
from service.serving.snapshots import Serving

Result = TypeVar("Result")

LONG_BYTES = 16_384
"""Bodies from this size on are parsed in a thread. A switch of threads costs about 0.1 ms; a
shorter body blocks the event loop for at most about 50 ms."""


@dataclass(frozen=True, slots=True, eq=False)
class Runtime:
    """The runtime of one worker.

    Attributes:
        threads: Bounds the requests that compute at the same time.
        audio: Bounds those with audio, and how many of them wait.
        watching: Bounds the requests for metrics, which do not wait behind the others.
        reading: Bounds the long bodies that are parsed at the same time. They share the
            interpreter lock with the event loop, so more at a time would not be faster.
    """

    serving: Serving
    metrics: Metrics
    health: Health
    threads: CapacityLimiter
    audio: AudioQueue
    watching: CapacityLimiter
    reading: CapacityLimiter
    _long: CapacityLimiter = field(init=False)
    _shares: dict[str, CapacityLimiter] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Leave a thread to quick calls, if there is more than one."""
        n_long = max(1, int(self.threads.total_tokens) - 1)
        object.__setattr__(self, "_long", CapacityLimiter(n_long))

    def resources_for(self, user_id: str | None) -> Resources:
        """Return the resources for a user, or for a request without one.

        Raises:
            KeyOfAnotherUserError: The key of the request is bound to another user.
        """
        return self.serving.resources_for(user_id)

    async def run(self, work: Callable[[], Result], cost: Cost) -> Result:
        """Run *work* in a thread, and count the request as waiting until it starts.

        Once the request is cancelled, work that has not begun does not begin, and computations of
        `models` end between two parts.

        Raises:
            OverloadedError: The call has audio, and too many such calls wait.
        """
        with self.metrics.waiting() as turn:

            def begin() -> Result:
                turn.begin()
                with interruptible(from_thread.check_cancelled):
                    return work()

            async with self._turn(cost):
                return await to_thread.run_sync(begin, limiter=self.threads)

    @asynccontextmanager
    async def _turn(self, cost: Cost) -> AsyncIterator[None]:
        """Wait until a call of this cost may take a thread.

        Long calls leave a thread to quick ones; long calls without audio of one key leave one to
        those of other keys.
        """
        if cost is Cost.QUICK:
            yield
            return
        key_id = current_key()
        if cost is Cost.BULK:
            async with self._share_of(key_id), self._long:
                yield
            return
        with self.metrics.with_audio():
            async with self.audio.turn(key_id), self._long:
                yield

    def _share_of(self, key_id: str) -> CapacityLimiter:
        """Return the limiter of a key's long calls without audio."""
        if key_id not in self._shares:
            share = max(1, int(self._long.total_tokens * KEY_SHARE))
            self._shares[key_id] = CapacityLimiter(share)
        return self._shares[key_id]


def runtime_of(request: Request) -> Runtime:
    """Return the runtime of the worker that answers a request."""
    runtime: Runtime = request.app.state.runtime
    return runtime


async def parse_off_loop(request: Request, n_bytes: int, read: Callable[[], Result]) -> Result:
    """Parse a body, or a chunk of one; a long one in a thread, to keep the event loop free.

    Args:
        request: The request.
        n_bytes: Size of the body or chunk.
        read: Parses it.
    """
    if n_bytes < LONG_BYTES:
        return read()
    return await to_thread.run_sync(read, limiter=runtime_of(request).reading)
