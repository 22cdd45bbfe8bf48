"""Calls of every kind, from many connections at once, out of one process of its own.

Closed: every connection sends its next call when the last is answered, which finds what the
service can do. Open: calls are sent when they are due, however the service fares, which finds
what it does when that is too much.
"""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context

import uvloop

from tests import signals
from tests.stress.wire import Answer, BrokenConnectionError, Line, ask_all, form, post, request

N_TRACKS, N_USERS = 60, 400
WEIGHTS = {"predict": 40, "update": 25, "query": 15, "lyrics": 15, "upload": 5}
"""How often each kind of call is made, of a hundred."""
WORDS = ("sun", "rain", "night", "road", "tears", "joy", "love", "fire", "sleep", "storm", "home")
N_CLIPS = 3
KEPT = 20
"""Wrong answers of which the words are kept."""
BUSY = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Orders:
    """How much to send, and for how long.

    Attributes:
        rate: Calls a second over all connections; None sends each after the last one's answer.
        headers: Of every call, such as the one that brings a key.
    """

    port: int
    n_connections: int
    seconds: float
    rate: float | None
    seed: int
    headers: Mapping[str, str]


@dataclass(slots=True)
class Outcome:
    """What was answered.

    Attributes:
        accepted_s: How long calls took that succeeded, by kind.
        refused_s: How long it took to be told that the service is busy.
        wrong: Answers that are neither, in words; the first of them.
        n_open: Connections that were open, each second.
        asked_s: How long calls were sent.
        seconds: How long it took until the last answer.
    """

    n_sent: int = 0
    n_wrong: int = 0
    n_broken: int = 0
    accepted_s: dict[str, list[float]] = field(default_factory=lambda: {k: [] for k in WEIGHTS})
    refused_s: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    n_open: list[int] = field(default_factory=list)
    asked_s: float = 0.0
    seconds: float = 0.0

    @property
    def all_accepted_s(self) -> list[float]:
        """How long calls of any kind took that succeeded."""
        return [each for times in self.accepted_s.values() for each in times]

    @property
    def accepted_a_second(self) -> float:
        """How much was done."""
        return len(self.all_accepted_s) / self.seconds

    @property
    def sent_a_second(self) -> float:
        """How much was asked for."""
        return self.n_sent / self.asked_s

    def note(self, kind: str, answer: Answer, took_s: float) -> None:
        """Take an answer down."""
        self.statuses[answer.status] += 1
        if answer.is_success:
            self.accepted_s[kind].append(took_s)
        elif answer.status in BUSY and answer.headers.get("retry-after", "").isdecimal():
            self.refused_s.append(took_s)
        else:
            self.n_wrong += 1
            self._keep(f"{kind}: {answer.status} {answer.body[:300]!r}")

    def note_broken(self, kind: str, error: BrokenConnectionError) -> None:
        """Take down that there was none."""
        self.n_broken += 1
        self._keep(f"{kind}: {error}")

    def _keep(self, what: str) -> None:
        if len(self.wrong) < KEPT:
            self.wrong.append(what)


class Mix:
    """Draws calls; the same seed, the same calls."""

    def __init__(self, seed: int, headers: Mapping[str, str]) -> None:
        self._rng = random.Random(seed)  # noqa: S311  # which call, not a secret
        self._headers = headers
        self._mark = f"{seed}-{time.time_ns():x}"
        self._n_events = 0
        self._kinds, self._weights = list(WEIGHTS), list(WEIGHTS.values())
        clips = [signals.chord(seconds=1.0, seed=number) for number in range(N_CLIPS)]
        self._uploads = [
            form("/predict", {"audio": signals.encoded(clip, "ogg vorbis")}, headers=headers)
            for clip in clips
        ]

    def draw(self) -> tuple[str, bytes]:
        """Return a call's kind, and the call as it goes over the wire."""
        (kind,) = self._rng.choices(self._kinds, self._weights)
        if kind == "upload":
            return kind, self._rng.choice(self._uploads)
        path, body = getattr(self, f"_{kind}")()
        return kind, post(path, body, headers=self._headers)

    def _predict(self) -> tuple[str, object]:
        return "/predict", {"track_id": self._track(), "user_id": self._user()}

    def _update(self) -> tuple[str, object]:
        self._n_events += 1
        label = {
            "event_id": f"{self._mark}-{self._n_events}",
            "track_id": self._track(),
            "quadrant": self._rng.choice(["Q1", "Q2", "Q3", "Q4"]),
        }
        return "/update", {"user_id": self._user(), "labels": [label]}

    def _query(self) -> tuple[str, object]:
        return "/query", {"user_id": self._user(), "n": 4}

    def _lyrics(self) -> tuple[str, object]:
        return "/predict", {"lyrics": " ".join(self._rng.choices(WORDS, k=12))}

    def _track(self) -> str:
        return f"track-{self._rng.randrange(N_TRACKS)}"

    def _user(self) -> str:
        return f"user-{self._rng.randrange(N_USERS)}"


def stock(port: int, headers: Mapping[str, str]) -> None:
    """Register the tracks that are spoken of."""
    answers = ask_all(
        port,
        (
            request(
                "PUT",
                f"/tracks/track-{number}",
                json.dumps({"lyrics": f"{word} and {number}"}).encode(),
                headers=headers,
            )
            for number in range(N_TRACKS)
            for word in [WORDS[number % len(WORDS)]]
        ),
    )
    assert all(answer.is_success for answer in answers), [
        answer for answer in answers if not answer.is_success
    ][:3]


@contextmanager
def flooded(orders: Orders) -> Iterator[Future[Outcome]]:
    """Send what is ordered from a process of its own, meanwhile."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        yield pool.submit(drive, orders)


def flood(orders: Orders) -> Outcome:
    """Send what is ordered from a process of its own, and wait."""
    with flooded(orders) as future:
        return future.result()


def drive(orders: Orders) -> Outcome:
    """Send what is ordered."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_drive(orders))


async def _drive(orders: Orders) -> Outcome:
    outcome, mix = Outcome(asked_s=orders.seconds), Mix(orders.seed, orders.headers)
    lines = [Line(orders.port) for _ in range(orders.n_connections)]
    started = time.monotonic()
    until = started + orders.seconds
    period_s = orders.n_connections / orders.rate if orders.rate else 0.0
    counting = asyncio.create_task(_count(lines, outcome))
    await asyncio.gather(
        *(
            _talk(
                line, mix, outcome, _due(started + period_s * place / len(lines), period_s, until)
            )
            for place, line in enumerate(lines)
        )
    )
    outcome.seconds = time.monotonic() - started
    counting.cancel()
    for line in lines:
        line.close()
    return outcome


def _due(first: float, period_s: float, until: float) -> Iterator[float]:
    """Yield when one connection's calls are due."""
    due = first
    while due < until and time.monotonic() < until:
        yield due
        due += period_s


async def _talk(line: Line, mix: Mix, outcome: Outcome, dues: Iterator[float]) -> None:
    for due in dues:
        if (early_s := due - time.monotonic()) > 0:
            await asyncio.sleep(early_s)
        kind, sent = mix.draw()
        outcome.n_sent += 1
        started = time.monotonic()
        try:
            answer = await line.ask(sent)
        except BrokenConnectionError as error:
            outcome.note_broken(kind, error)
        else:
            outcome.note(kind, answer, time.monotonic() - started)


async def _count(lines: list[Line], outcome: Outcome) -> None:
    while True:
        await asyncio.sleep(1)
        outcome.n_open.append(sum(line.is_open for line in lines))
