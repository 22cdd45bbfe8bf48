"""The client that waits for its replies."""

import time
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Concatenate, ParamSpec, Self, TypeVar

import httpx

from attune_client.call import Call, Page
from attune_client.calls import resources, verbs
from attune_client.exchange import Exchange, Outcome, Pause
from attune_client.keys import authorization
from attune_client.methods import described_by
from attune_client.retry import PATIENT, RetryPolicy
from attune_client.version import USER_AGENT

P = ParamSpec("P")
T = TypeVar("T")


def _sends(describe: Callable[P, Call[T]]) -> "Callable[Concatenate[AttuneClient, P], T]":
    @described_by(describe)
    def send(self: "AttuneClient", /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._send(describe(*args, **kwargs))

    return send


def _iterates(
    describe: Callable[P, Call[Page[T]]],
) -> "Callable[Concatenate[AttuneClient, P], Iterator[T]]":
    @described_by(describe, iterates=Iterator)
    def iterate(self: "AttuneClient", /, *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        following: Call[Page[T]] | None = describe(*args, **kwargs)
        while following:
            page = self._send(following)
            yield from page.entries
            following = page.following

    return iterate


class AttuneClient:
    """An Attune service. May be shared between threads; close it, or use it in a ``with``.

    Args:
        base_url: Where the service is; a path in it is kept.
        key: The API key, where the service wants one; that of the environment variable
            ``ATTUNE_KEY`` if None, and none if that is not set. No error ever shows it.
        headers: Sent with every request, such as a proxy's authorisation.
        transport: What carries requests; the network unless a test says otherwise.
        retry: When a failed call is sent again, and how long it may take in all.
        sleep: Waits for a number of seconds.
    """

    def __init__(  # noqa: PLR0913  # each has a default and a name
        self,
        base_url: str = "http://127.0.0.1:3000",
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
        retry: RetryPolicy = PATIENT,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = httpx.Client(base_url=base_url, headers=USER_AGENT, transport=transport)
        self._http.headers.update(authorization(key))
        self._http.headers.update(headers)
        self._retry = retry
        self._sleep = sleep

    predict = _sends(verbs.predict)
    predict_batch = _sends(verbs.predict_batch)
    query = _sends(verbs.query)
    rank = _sends(verbs.rank)
    update = _sends(verbs.update)

    put_track = _sends(resources.put_track)
    get_track = _sends(resources.get_track)
    track_audio = _sends(resources.track_audio)
    delete_track = _sends(resources.delete_track)
    tracks = _iterates(resources.tracks)

    user = _sends(resources.user)
    picture = _sends(resources.picture)
    user_labels = _iterates(resources.user_labels)
    export_labels = _iterates(resources.export_labels)
    import_labels = _sends(resources.import_labels)
    forget = _sends(resources.forget)
    readmit = _sends(resources.readmit)

    overview = _sends(resources.overview)
    model = _sends(resources.model)
    reload_model = _sends(resources.reload_model)
    ready = _sends(resources.ready)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _send(self, call: Call[T]) -> T:
        exchange = Exchange(call, self._retry)
        while True:
            with exchange.request(self._http) as request:
                outcome = self._attempt(request)
            verdict = exchange.judge(outcome)
            if not isinstance(verdict, Pause):
                return verdict
            self._sleep(verdict.seconds)

    def _attempt(self, request: httpx.Request) -> Outcome:
        try:
            return self._http.send(request)
        except httpx.RequestError as error:
            return error
