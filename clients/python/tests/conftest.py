"""A fake service, and both clients behind one face."""

import asyncio
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from inspect import isasyncgen
from typing import Any

import httpx
import pytest
from fake_attune import FakeAttune

from attune_client import AsyncAttuneClient, AttuneClient, RetryPolicy

HIGHEST = 1.0  # of the jitter's range


@dataclass
class FakeTime:
    """A clock that only sleeping moves, and a note of every sleep."""

    now_s: float = 100.0
    sleeps: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now_s += seconds

    async def asleep(self, seconds: float) -> None:
        self.sleep(seconds)


class LongestWaits(random.Random):
    """Draws the end of every range."""

    def random(self) -> float:
        return HIGHEST


class Awaited:
    """An asynchronous client whose calls are run to their end."""

    def __init__(self, client: AsyncAttuneClient, runner: asyncio.Runner) -> None:
        self._client = client
        self._runner = runner

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._client, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            pending = method(*args, **kwargs)
            return self._runner.run(_all(pending) if isasyncgen(pending) else pending)

        return call


async def _all(pending: Any) -> Any:
    return iter([entry async for entry in pending])


@pytest.fixture(name="service")
def _service() -> FakeAttune:
    return FakeAttune()


@pytest.fixture(name="time")
def _time() -> FakeTime:
    return FakeTime()


@pytest.fixture(name="policy")
def _policy(time: FakeTime) -> RetryPolicy:
    return RetryPolicy(rng=LongestWaits(), clock=time.clock)


@pytest.fixture(name="client", params=["blocking", "awaiting"])
def _client(
    request: pytest.FixtureRequest, service: FakeAttune, time: FakeTime, policy: RetryPolicy
) -> Iterator[Any]:
    url, transport = "http://attune.test/prefix", httpx.MockTransport(_under("/prefix", service))
    if request.param == "blocking":
        with AttuneClient(url, transport=transport, retry=policy, sleep=time.sleep) as client:
            yield client
        return
    with asyncio.Runner() as runner:
        awaiting = AsyncAttuneClient(url, transport=transport, retry=policy, sleep=time.asleep)
        yield Awaited(awaiting, runner)
        runner.run(awaiting.aclose())


def _under(prefix: str, service: FakeAttune) -> Callable[[httpx.Request], httpx.Response]:
    def handle(request: httpx.Request) -> httpx.Response:
        raw_path = request.url.raw_path.removeprefix(prefix.encode())
        request.url = request.url.copy_with(raw_path=raw_path)
        return service(request)

    return handle
