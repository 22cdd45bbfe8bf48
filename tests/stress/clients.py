"""Clients that post labels and record what was acknowledged.

Every fourth client never repeats a failed post, so it does not learn whether the post was
recorded. The others repeat it, unchanged, until it is acknowledged.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field, fields
from itertools import count, islice
from threading import Event
from typing import Any, Self

import httpx

from tests.stress.keys import client

N_BUSY_USERS = 8
"""Users for whom several clients write at the same time."""
REPLY_S = 120.0
GIVE_UP_S = 180.0
PAUSE_S, LONGEST_PAUSE_S = 0.1, 1.0
IMPATIENT = 4
WORDS = ("rain", "sun", "road", "river", "night", "home", "dance", "tears", "fire", "alone")
BROKEN, NO_REPLY = "connection broken", "no answer"


@dataclass(frozen=True, slots=True)
class Post:
    """One call of ``POST /update``.

    Attributes:
        call_key: Its Idempotency-Key, or None.
        is_repeated: Whether it is sent once more after it was acknowledged.
    """

    user_id: str
    labels: tuple[Mapping[str, Any], ...]
    call_key: str | None
    is_repeated: bool

    def send(self, http: httpx.Client) -> httpx.Response:
        headers = {"Idempotency-Key": self.call_key} if self.call_key else {}
        body = {"user_id": self.user_id, "labels": list(self.labels)}
        return http.post("/update", json=body, headers=headers)


@dataclass(slots=True)
class Journal:
    """What clients know.

    Attributes:
        unacknowledged: Posts that were sent and never acknowledged.
        n_given_up: Posts that a patient client could not get acknowledged in time.
        n_retries: How often a failed post was sent again.
        n_found: Failed posts that turned out to have been recorded.
        failures: How often each kind of failure occurred.
        wrong_replies: Replies that contradict what is known.
        calls_s: Times of acknowledged calls.
        posts_s: The same from the first attempt on.
    """

    acknowledged: list[Post] = field(default_factory=list)
    unacknowledged: list[Post] = field(default_factory=list)
    n_given_up: int = 0
    n_retries: int = 0
    n_found: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    wrong_replies: list[str] = field(default_factory=list)
    calls_s: list[float] = field(default_factory=list)
    posts_s: list[float] = field(default_factory=list)

    def __add__(self, other: "Journal") -> "Journal":
        names = [each.name for each in fields(self)]
        return Journal(*(getattr(self, name) + getattr(other, name) for name in names))

    @property
    def n_posts(self) -> int:
        return len(self.acknowledged) + len(self.unacknowledged)


@dataclass(frozen=True, slots=True)
class Workload:
    """Who posts what about which tracks; the same each time.

    Attributes:
        prefix: What the names of its events and calls begin with.
    """

    n_clients: int
    n_posts: int
    n_users: int
    n_tracks: int
    seed: int = 20
    prefix: str = ""

    @property
    def user_ids(self) -> list[str]:
        return [f"listener-{number:03d}" for number in range(self.n_users)]

    @property
    def track_ids(self) -> list[str]:
        return [f"song-{number:03d}" for number in range(self.n_tracks)]

    def register(self, port: int, headers: Mapping[str, str] | None = None) -> None:
        """Register the tracks by lyrics."""
        rng = random.Random(self.seed)  # noqa: S311  # not a secret
        with client(port, headers) as http:
            for track_id in self.track_ids:
                body = {"lyrics": " ".join(rng.choices(WORDS, k=8))}
                http.put(f"/tracks/{track_id}", json=body).raise_for_status()

    def posts_of(self, number: int) -> Iterator[Post]:
        """Yield one client's share of the posts."""
        rng = random.Random(f"{self.seed} {number}")  # noqa: S311  # not a secret
        posts = (self._post(f"{self.prefix}{number}-{place}", rng) for place in count())
        return islice(posts, self.n_posts // self.n_clients)

    def _post(self, name: str, rng: random.Random) -> Post:
        users = self.user_ids[:N_BUSY_USERS] if rng.random() < 0.1 else self.user_ids
        tracks = self.track_ids
        labels = tuple(
            {"event_id": f"{name}-{place}", "track_id": rng.choice(tracks)} | _label(rng)
            for place in range(rng.choice((1, 1, 1, 1, 1, 1, 1, 1, 2, 3)))
        )
        call_key = f"call-{name}" if rng.random() < 0.25 else None
        return Post(rng.choice(users), labels, call_key, rng.random() < 0.03)


def _label(rng: random.Random) -> dict[str, object]:
    kind = rng.random()
    if kind < 0.05:
        return {"retracted": True}
    if kind < 0.10:
        return {"cant_tell": True}
    if kind < 0.25:
        return {"valence": rng.uniform(-1, 1), "arousal": rng.uniform(-1, 1)}
    return {"quadrant": rng.choice(("Q1", "Q2", "Q3", "Q4"))}


class Client:
    """One client with one connection.

    Args:
        stop: Once set, nothing more is sent.
    """

    def __init__(
        self,
        port: int,
        stop: Event,
        headers: Mapping[str, str] | None = None,
        *,
        is_patient: bool = True,
    ) -> None:
        self._http = client(port, headers, timeout_s=REPLY_S)
        self._stop = stop
        self._is_patient = is_patient
        self.journal = Journal()

    def send_all(self, posts: Iterator[Post]) -> None:
        """Send posts one by one."""
        with self._http:
            for each in posts:
                if self._stop.is_set():
                    return
                self._send(each)

    def _send(self, post: Post) -> None:
        started = time.monotonic()
        reply, attempts = self._until_acknowledged(post)
        if reply is None:
            self.journal.unacknowledged.append(post)
            return
        self.journal.acknowledged.append(post)
        self.journal.posts_s.append(time.monotonic() - started)
        self._check(post, reply, attempts)
        if post.is_repeated:
            self._repeat(post, reply)

    def _until_acknowledged(self, post: Post) -> tuple[Mapping[str, int] | None, int]:
        """Return the reply, or None, and the number of attempts."""
        deadline = time.monotonic() + GIVE_UP_S
        for attempt in count(1):
            started = time.monotonic()
            reply, failure = attempted(lambda: post.send(self._http))
            if reply is not None:
                self.journal.calls_s.append(time.monotonic() - started)
                return reply.json(), attempt
            self.journal.failures[failure] += 1
            if not self._is_patient or self._stop.is_set() or started > deadline:
                self.journal.n_given_up += self._is_patient and not self._stop.is_set()
                return None, attempt
            self.journal.n_retries += 1
            self._stop.wait(min(LONGEST_PAUSE_S, PAUSE_S * attempt))
        raise AssertionError("count() has no end")

    def _check(self, post: Post, reply: Mapping[str, int], attempts: int) -> None:
        """Record an impossible reply: events are all new, or all old if sent before."""
        counts, n_labels = (reply["accepted"], reply["duplicates"]), len(post.labels)
        is_found = attempts > 1 and counts == (0, n_labels)
        self.journal.n_found += is_found
        if not is_found and counts != (n_labels, 0):
            self.journal.wrong_replies.append(f"{reply} to {post} at attempt {attempts}")

    def _repeat(self, post: Post, first: Mapping[str, int]) -> None:
        """Send an acknowledged post again: no event is new; a key brings the same reply."""
        reply, _ = self._until_acknowledged(post)
        expected = first["accepted"] if post.call_key else 0
        if reply is not None and reply["accepted"] != expected:
            self.journal.wrong_replies.append(f"{reply} to {post}, after {first}")


class Clients:
    """All clients of a workload, each in a thread of its own."""

    def __init__(
        self, port: int, workload: Workload, headers: Mapping[str, str] | None = None
    ) -> None:
        numbers = range(workload.n_clients)
        self._stop = Event()
        self._posts = [workload.posts_of(number) for number in numbers]
        self._clients = [
            Client(port, self._stop, headers, is_patient=number % IMPATIENT != 0)
            for number in numbers
        ]
        self._pool = ThreadPoolExecutor(workload.n_clients)

    def __enter__(self) -> Self:
        pairs = zip(self._clients, self._posts, strict=True)
        self._sending = [self._pool.submit(each.send_all, posts) for each, posts in pairs]
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._stop.set()
        self._pool.shutdown()

    def have_ended_within(self, seconds: float) -> bool:
        return not wait(self._sending, seconds).not_done

    @property
    def n_posts(self) -> int:
        """The number of posts that were acknowledged or given up so far."""
        return sum(each.journal.n_posts for each in self._clients)

    @property
    def acknowledged(self) -> list[Post]:
        """The posts that were acknowledged so far."""
        return [post for each in self._clients for post in [*each.journal.acknowledged]]

    def journal(self) -> Journal:
        """Wait for all clients, and return what they know together."""
        for each in self._sending:
            each.result()
        return sum((each.journal for each in self._clients), Journal())


def attempted(call: Callable[[], httpx.Response]) -> tuple[httpx.Response | None, str]:
    """Return a successful reply, or None and the kind of failure."""
    try:
        reply = call()
    except httpx.TimeoutException:
        return None, NO_REPLY
    except httpx.TransportError:
        return None, BROKEN
    return (reply, "") if reply.is_success else (None, failure_of(reply))


def failure_of(reply: httpx.Response) -> str:
    """Return the status and the code of an error reply."""
    try:
        code = str(reply.json()["code"])
    except (ValueError, KeyError, TypeError):
        code = "without a code"
    lacks_hint = reply.status_code in (429, 503) and "retry-after" not in reply.headers
    return f"{reply.status_code} {code}" + (" without Retry-After" if lacks_hint else "")
