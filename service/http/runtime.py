"""The runtime: what the routes of one worker answer with."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from anyio import CapacityLimiter, from_thread, to_thread
from starlette.requests import Request

from service.http.concurrency import SHARE
from service.observability.health import Health
from service.observability.logs import current_request
from service.observability.metrics import Metrics
from service.serving.container import Resources
from service.serving.snapshots import Serving

Result = TypeVar("Result")
Item = TypeVar("Item")

LONG_BYTES = 16_384
"""Bodies from this size are read in a thread. The switch costs some 0.1 ms; a shorter body holds
up the event loop for some 50 ms at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Runtime:
    """What the routes of one worker answer with.

    Attributes:
        threads: Bounds the requests that compute at the same time.
        watching: Bounds those that watch the others, and do not wait behind them.
        reading: Bounds the long bodies that are read at the same time. They share one interpreter
            lock with the event loop, so several at a time would not be faster.
    """

    serving: Serving
    metrics: Metrics
    health: Health
    threads: CapacityLimiter
    watching: CapacityLimiter
    reading: CapacityLimiter
    _shares: dict[str, CapacityLimiter] = field(default_factory=dict, init=False)

    def resources_for(self, user_id: str | None) -> Resources:
        """Return what answers a user, or nobody in particular.

        Raises:
            KeyOfAnotherUserError: The key of the request is for somebody else.
        """
        return self.serving.resources_for(user_id)

    async def run(self, work: Callable[[], Result], *, is_long: bool) -> Result:
        """Compute in a thread; a request that waits for one is counted as waiting.

        Long calls of one key leave a thread to others, and to the quick calls of that key.
        """
        with self.metrics.waiting() as turn:

            def begin() -> Result:
                turn.begin()
                return work()

            if not is_long:
                return await to_thread.run_sync(begin, limiter=self.threads)
            async with self._share_of_key():
                return await to_thread.run_sync(begin, limiter=self.threads)

    def _share_of_key(self) -> CapacityLimiter:
        """Return what bounds the long calls of the key that the request shows; at least one."""
        context = current_request()
        key_id = "" if context is None else context.key_id
        if key_id not in self._shares:
            share = max(1, int(self.threads.total_tokens * SHARE))
            self._shares[key_id] = CapacityLimiter(share)
        return self._shares[key_id]


def until_given_up(items: Iterable[Item]) -> Iterator[Item]:
    """Yield items in a thread of :meth:`Runtime.run`, as long as the request is not given up.

    Nobody would get the reply, and the thread is another's.
    """
    for item in items:
        from_thread.check_cancelled()
        yield item


def runtime_of(request: Request) -> Runtime:
    """Return the runtime of the worker that answers a request."""
    runtime: Runtime = request.app.state.runtime
    return runtime


async def read_in_turn(request: Request, n_bytes: int, read: Callable[[], Result]) -> Result:
    """Read a body, or a piece of one; a long one in a thread, so that nothing waits for it.

    Args:
        request: Whose body it is.
        n_bytes: Length of what is read.
        read: Returns what it means.
    """
    if n_bytes < LONG_BYTES:
        return read()
    return await to_thread.run_sync(read, limiter=runtime_of(request).reading)
