"""The blocking client."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Concatenate, ParamSpec, Self, TypeVar

import httpx

from attune_client.attempts import Attempts, Outcome, Pause
from attune_client.call import Call, Page
from attune_client.calls import resources, verbs
from attune_client.headers import request_headers
from attune_client.methods import described_by
from attune_client.retry import PATIENT, RetryPolicy

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
        call: Call[Page[T]] | None = describe(*args, **kwargs)
        while call:
            page = self._send(call)
            yield from page.entries
            call = page.next_call

    return iterate


class AttuneClient:
    """A blocking client. Threads may share it; close it, or use it in a ``with``.

    Args:
        base_url: The service's address, with or without a path.
        key: The API key, if the service needs one. None: the environment variable
            ``ATTUNE_KEY``, if set. No error shows the key.
        headers: Sent with every request, such as a proxy's authorisation.
        transport: Sends the requests; replace it in tests.
        retry: When a failed call is repeated, and how long it may take in total.
        sleep: Waits between attempts, in seconds.
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
        self._http = httpx.Client(
            base_url=base_url, headers=request_headers(key, headers), transport=transport
        )
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

    users = _iterates(resources.users)
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

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self, call: Call[T]) -> T:
        attempts = Attempts(call, self._retry)
        while True:
            with attempts.request(self._http) as request:
                outcome = self._attempt(request)
            result = attempts.evaluate(outcome)
            if not isinstance(result, Pause):
                return result
            self._sleep(result.seconds)

    def _attempt(self, request: httpx.Request) -> Outcome:
        try:
            return self._http.send(request)
        except httpx.RequestError as error:
            return error
