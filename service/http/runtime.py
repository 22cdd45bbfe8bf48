"""The runtime of one worker: the models, stores and limiters that its routes use."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from anyio import CapacityLimiter, from_thread, to_thread
from starlette.requests import Request

from service.http.concurrency import KEY_SHARE
from service.observability.health import Health
from service.observability.logs import current_request
from service.observability.metrics import Metrics
from service.serving.container import Resources
from service.serving.snapshots import Serving

Result = TypeVar("Result")
Item = TypeVar("Item")

LONG_BYTES = 16_384
"""Bodies from this size on are parsed in a thread. A switch of threads costs about 0.1 ms; a
shorter body blocks the event loop for at most about 50 ms."""


@dataclass(frozen=True, slots=True, eq=False)
class Runtime:
    """The runtime of one worker.

    Attributes:
        threads: Bounds the requests that compute at the same time.
        watching: Bounds the requests for metrics, which do not wait behind the others.
        reading: Bounds the long bodies that are parsed at the same time. They share the
            interpreter lock with the event loop, so more at a time would not be faster.
    """

    serving: Serving
    metrics: Metrics
    health: Health
    threads: CapacityLimiter
    watching: CapacityLimiter
    reading: CapacityLimiter
    _shares: dict[str, CapacityLimiter] = field(default_factory=dict, init=False)

    def resources_for(self, user_id: str | None) -> Resources:
        """Return the resources for a user, or for a request without one.

        Raises:
            KeyOfAnotherUserError: The key of the request is bound to another user.
        """
        return self.serving.resources_for(user_id)

    async def run(self, work: Callable[[], Result], *, is_long: bool) -> Result:
        """Run *work* in a thread, and count the request as waiting until it starts.

        Long calls of one key leave a thread for other keys and for the key's quick calls.
        """
        with self.metrics.waiting() as turn:

            def begin() -> Result:
                turn.begin()
                return work()

            if not is_long:
                return await to_thread.run_sync(begin, limiter=self.threads)
            async with self._long_calls_of_key():
                return await to_thread.run_sync(begin, limiter=self.threads)

    def _long_calls_of_key(self) -> CapacityLimiter:
        """Return the limiter of the long calls of the request's key."""
        context = current_request()
        key_id = "" if context is None else context.key_id
        if key_id not in self._shares:
            share = max(1, int(self.threads.total_tokens * KEY_SHARE))
            self._shares[key_id] = CapacityLimiter(share)
        return self._shares[key_id]


def until_cancelled(items: Iterable[Item]) -> Iterator[Item]:
    """Yield items in a thread of :meth:`Runtime.run` until the request is cancelled.

    After a timeout no client gets the reply, and the thread is free for others.
    """
    for item in items:
        from_thread.check_cancelled()
        yield item


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
