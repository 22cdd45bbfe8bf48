"""Clients who tell the service labels, and note down what was acknowledged.

Some never send again what failed, so that there are posts of which nobody knows whether they were
recorded. The others send it again, word for word, until it is acknowledged.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import count, islice, takewhile
from typing import Self

from tests.stress.wire import Answer, BrokenConnectionError, Line, post

N_BUSY_USERS = 8
"""Users for whom several clients write at the same time."""
ANSWER_S = 120.0
"""An answer that takes longer counts as none."""
GIVEN_UP_S = 180.0
PAUSE_S = 0.1
LONGEST_PAUSE_S = 1.0

IMPATIENT = 4
"""Every so many clients, one never sends again what failed."""

BROKEN, SILENT = "connection broken", "no answer"
MAY_COME_AGAIN = (429, 503)


@dataclass(frozen=True, slots=True)
class Post:
    """One call of ``POST /update``.

    Attributes:
        call_key: Its Idempotency-Key; None where it has none.
        is_repeated: Whether it is sent once more after it was acknowledged.
    """

    user_id: str
    labels: tuple[Mapping[str, object], ...]
    call_key: str | None
    is_repeated: bool

    @property
    def sent(self) -> bytes:
        """The request as it goes over the wire."""
        headers = {"Idempotency-Key": self.call_key} if self.call_key else {}
        body = {"user_id": self.user_id, "labels": list(self.labels)}
        return post("/update", body, headers=headers)


@dataclass(slots=True)
class Journal:
    """What clients know in the end.

    Attributes:
        acknowledged: Posts that were.
        unacknowledged: Posts that were sent, and nothing is known of.
        n_given_up: How many of these a client who retries could not bring home in time.
        n_retries: How often a post was sent again because it had failed.
        n_found: Posts that had failed, and turned out to have been recorded all the same.
        troubles: How often each kind of failure was met.
        wrong_replies: Replies that contradict what is known.
        calls_s: How long calls took that were acknowledged, in seconds.
        posts_s: The same from the first attempt on.
    """

    acknowledged: list[Post] = field(default_factory=list)
    unacknowledged: list[Post] = field(default_factory=list)
    n_given_up: int = 0
    n_retries: int = 0
    n_found: int = 0
    troubles: Counter[str] = field(default_factory=Counter)
    wrong_replies: list[str] = field(default_factory=list)
    calls_s: list[float] = field(default_factory=list)
    posts_s: list[float] = field(default_factory=list)

    @property
    def n_told(self) -> int:
        """How many posts were told, whatever became of them."""
        return len(self.acknowledged) + len(self.unacknowledged)

    def add(self, other: "Journal") -> None:
        """Take in what another client knows."""
        self.acknowledged += other.acknowledged
        self.unacknowledged += other.unacknowledged
        self.n_given_up += other.n_given_up
        self.n_retries += other.n_retries
        self.n_found += other.n_found
        self.troubles += other.troubles
        self.wrong_replies += other.wrong_replies
        self.calls_s += other.calls_s
        self.posts_s += other.posts_s


@dataclass(frozen=True, slots=True)
class Script:
    """Who tells what about what; the same each time."""

    n_clients: int
    n_posts: int
    n_users: int
    n_tracks: int
    seed: int = 20

    @property
    def user_ids(self) -> list[str]:
        """All users that clients write for."""
        return [f"listener-{number:03d}" for number in range(self.n_users)]

    @property
    def track_ids(self) -> list[str]:
        """All tracks that labels are about."""
        return [f"song-{number:03d}" for number in range(self.n_tracks)]

    def posts_of(self, client: int) -> Iterator[Post]:
        """Yield what a client tells: its share of the posts."""
        rng = random.Random(f"{self.seed} {client}")  # noqa: S311  # of a test, not of a secret
        return islice(self._posts(client, rng), self.n_posts // self.n_clients)

    def _posts(self, client: int, rng: random.Random) -> Iterator[Post]:
        users, tracks = self.user_ids, self.track_ids
        for number in count():
            yield _post(f"{client}-{number}", users, tracks, rng)


def _post(name: str, users: list[str], tracks: list[str], rng: random.Random) -> Post:
    of = users[:N_BUSY_USERS] if rng.random() < 0.1 else users
    labels = tuple(
        {"event_id": f"{name}-{place}", "track_id": rng.choice(tracks)} | _answer(rng)
        for place in range(rng.choice((1, 1, 1, 1, 1, 1, 1, 1, 2, 3)))
    )
    call_key = f"call-{name}" if rng.random() < 0.25 else None
    return Post(rng.choice(of), labels, call_key, rng.random() < 0.03)


def _answer(rng: random.Random) -> dict[str, object]:
    kind = rng.random()
    if kind < 0.05:
        return {"retracted": True}
    if kind < 0.10:
        return {"cant_tell": True}
    if kind < 0.25:
        return {"valence": rng.uniform(-1, 1), "arousal": rng.uniform(-1, 1)}
    return {"quadrant": rng.choice(("Q1", "Q2", "Q3", "Q4"))}


class LabellingClient:
    """One client: a connection, a journal, and what it has to say.

    Args:
        is_patient: Whether a post that failed is sent again.

    Attributes:
        is_hushed: Nothing more is begun, and what failed is not sent again.
    """

    def __init__(self, port: int, *, is_patient: bool) -> None:
        self.is_hushed = False
        self._line = Line(port)
        self._is_patient = is_patient
        self.journal = Journal()

    async def tell(self, posts: Iterable[Post]) -> None:
        """Send posts one by one."""
        for told in takewhile(lambda _: not self.is_hushed, posts):
            started = time.monotonic()
            reply, attempts = await self._bring_home(told)
            if reply is None:
                self.journal.unacknowledged.append(told)
                continue
            self.journal.acknowledged.append(told)
            self.journal.posts_s.append(time.monotonic() - started)
            self._judge(told, reply, attempts)
            if told.is_repeated:
                await self._repeat(told, reply)
        self._line.close()

    async def _bring_home(self, told: Post) -> tuple[Mapping[str, int] | None, int]:
        """Return the reply, or None if there is none, and how often the post was sent."""
        deadline = time.monotonic() + GIVEN_UP_S
        for attempt in count(1):
            started = time.monotonic()
            answer = await self._ask(told.sent)
            if answer is not None:
                self.journal.calls_s.append(time.monotonic() - started)
                return answer.json(), attempt
            if not self._is_patient or self.is_hushed or started > deadline:
                self.journal.n_given_up += self._is_patient and not self.is_hushed
                return None, attempt
            self.journal.n_retries += 1
            await asyncio.sleep(min(LONGEST_PAUSE_S, PAUSE_S * attempt))
        raise AssertionError("A count has no end.")

    async def _ask(self, sent: bytes) -> Answer | None:
        """Return the answer if it is a success, and note what it is if not."""
        try:
            async with asyncio.timeout(ANSWER_S):
                answer = await self._line.ask(sent)
        except BrokenConnectionError:
            self.journal.troubles[BROKEN] += 1
            return None
        except TimeoutError:
            self._line.close()
            self.journal.troubles[SILENT] += 1
            return None
        if answer.is_success:
            return answer
        self.journal.troubles[trouble_of(answer)] += 1
        return None

    def _judge(self, told: Post, reply: Mapping[str, int], attempts: int) -> None:
        """Note a reply that cannot be: events are new or old together, and old if sent before."""
        n_accepted, n_duplicates = reply["accepted"], reply["duplicates"]
        n_labels = len(told.labels)
        is_found = attempts > 1 and (n_accepted, n_duplicates) == (0, n_labels)
        self.journal.n_found += is_found
        if not is_found and (n_accepted, n_duplicates) != (n_labels, 0):
            self.journal.wrong_replies.append(f"{reply} to {told} at attempt {attempts}")

    async def _repeat(self, told: Post, first: Mapping[str, int]) -> None:
        """Send what was acknowledged again: nothing is new, but a key brings the same reply."""
        reply, _ = await self._bring_home(told)
        expected = first["accepted"] if told.call_key else 0
        if reply is not None and reply["accepted"] != expected:
            self.journal.wrong_replies.append(f"{reply} to {told}, after {first}")


class Crowd:
    """Clients who tell the service labels at the same time, in a thread of their own.

    Args:
        script: What they tell; every fourth client never sends a post again.
    """

    def __init__(self, port: int, script: Script) -> None:
        clients = range(script.n_clients)
        self._shares = [script.posts_of(client) for client in clients]
        self._tellers = [
            LabellingClient(port, is_patient=client % IMPATIENT != 0) for client in clients
        ]
        self._pool = ThreadPoolExecutor(1)
        self._telling: Future[None] | None = None

    def __enter__(self) -> Self:
        self._telling = self._pool.submit(asyncio.run, self._tell())
        return self

    def __exit__(self, kind: type[BaseException] | None, *told: object) -> None:
        del told
        if kind is not None:
            self.hush()
        self._pool.shutdown()

    def hush(self) -> None:
        """Have everybody leave out what they have not begun to tell."""
        for teller in self._tellers:
            teller.is_hushed = True

    def has_ended_within(self, seconds: float) -> bool:
        """Wait, no longer than this, until nobody has anything more to say."""
        assert self._telling is not None
        return bool(wait([self._telling], seconds).done)

    @property
    def n_told(self) -> int:
        """How many posts were told, whatever became of them."""
        return sum(teller.journal.n_told for teller in self._tellers)

    def journal(self) -> Journal:
        """Wait for the last word, and return what all clients know."""
        assert self._telling is not None
        self._telling.result()
        journal = Journal()
        for teller in self._tellers:
            journal.add(teller.journal)
        return journal

    async def _tell(self) -> None:
        pairs = zip(self._tellers, self._shares, strict=True)
        await asyncio.gather(*(teller.tell(posts) for teller, posts in pairs))


def trouble_of(answer: Answer) -> str:
    """Return in a word or two what kind of refusal an answer is."""
    try:
        code = str(answer.json()["code"])
    except (ValueError, KeyError, TypeError):
        code = "without a code"
    is_mute = answer.status in MAY_COME_AGAIN and "retry-after" not in answer.headers
    return f"{answer.status} {code}" + (" without Retry-After" if is_mute else "")
