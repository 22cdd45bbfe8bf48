"""The runtime: what the routes of one worker answer with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request

from service.health import Health
from service.metrics import Metrics
from service.serving import Serving
from service.wiring import Parts

Done = TypeVar("Done")


@dataclass(frozen=True, slots=True, eq=False)
class Runtime:
    """What the routes of one worker answer with.

    Attributes:
        threads: Bounds the requests that compute at the same time.
        watching: Bounds those that watch the others, and do not wait behind them.
    """

    serving: Serving
    metrics: Metrics
    health: Health
    threads: CapacityLimiter
    watching: CapacityLimiter

    async def run(self, work: Callable[[], Done]) -> Done:
        """Compute in a thread; a request that waits for one is counted as waiting."""
        with self.metrics.waiting() as turn:

            def begin() -> Done:
                turn.begin()
                return work()

            return await to_thread.run_sync(begin, limiter=self.threads)


def runtime_of(request: Request) -> Runtime:
    """Return the runtime of the worker that answers a request."""
    runtime: Runtime = request.app.state.runtime
    return runtime


async def _runtime(request: Request) -> Runtime:
    return runtime_of(request)


async def _parts(request: Request) -> Parts:
    """Return what answers the user whom a request names in its path or its query.

    All that are named are looked at, so that it does not matter which of several is answered.
    """
    serving = runtime_of(request).serving
    in_path = filter(None, [request.path_params.get("user_id")])
    named = [None, *request.query_params.getlist("user_id"), *in_path]
    return [serving.parts_for(user_id) for user_id in named][-1]


RuntimeHere = Annotated[Runtime, Depends(_runtime)]
PartsHere = Annotated[Parts, Depends(_parts)]
