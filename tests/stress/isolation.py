"""Uploads of ten minutes, and the quick calls that they must not delay."""

import itertools
import re
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

import httpx
import numpy as np

from tests import audio_signals
from tests.stress.clients import Workload
from tests.stress.context import Context
from tests.stress.keys import admin, client
from tests.stress.monitor import Monitor
from tests.stress.report import Row

N_CLIENTS = 8
"""Clients that upload, each one recording after the other."""
N_CALLS = 500
PAUSE_S = 0.02
"""Between two quick calls, so that they meet every part of an upload."""
RATE_HZ = 44_100
PATIENCE_S = 120.0
SLOWEST_S = 1.0
TIMES = 3.0, 5.0
"""The 95th percentile beside uploads, of that without them, in a full and in a short run."""
THREADS = {"ATTUNE_THREADS": "4"}
TRACKS = Workload(n_clients=1, n_posts=0, n_users=40, n_tracks=60)


@dataclass
class Uploads:
    """Clients that send a recording again and again.

    Attributes:
        statuses: How often each was answered; 0 for a broken connection.
    """

    port: int
    headers: Mapping[str, str]
    form: httpx.Request
    n_clients: int = N_CLIENTS
    statuses: Counter[int] = field(default_factory=Counter)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Upload during the block."""
        stop = Event()
        threads = [Thread(target=self._upload, args=[stop]) for _ in range(self.n_clients)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def _upload(self, stop: Event) -> None:
        headers = {"Content-Type": self.form.headers["Content-Type"]}
        with client(self.port, self.headers, keeps=False, timeout_s=PATIENCE_S) as http:
            while not stop.is_set():
                try:
                    reply = http.post("/predict", content=self.form.read(), headers=headers)
                except httpx.HTTPError:
                    self.statuses[0] += 1
                    continue
                self.statuses[reply.status_code] += 1
                if not reply.is_success:
                    stop.wait(float(reply.headers.get("Retry-After", 1)))


def recording(seconds: float) -> bytes:
    """Return a stereo mp3 of about so many seconds."""
    piece = audio_signals.chord(seconds=min(seconds, 10.0), rate_hz=RATE_HZ)
    columns = audio_signals.over_channels(piece, 2)
    columns[:, 1] *= np.float32(0.7)
    mp3 = audio_signals.encoded(columns, "mp3", rate_hz=RATE_HZ)
    return mp3 * max(1, round(seconds / 10.0))


def quick_calls(port: int, headers: Mapping[str, str], n_calls: int) -> list[float]:
    """Return the seconds of as many calls: predictions by id, answers and queries in turn."""
    calls: Sequence[Callable[[int], tuple[str, Mapping[str, object]]]] = (
        _predict,
        _update,
        _query,
    )
    took_s = []
    with client(port, headers) as http:
        for number, call in zip(range(n_calls), itertools.cycle(calls), strict=False):
            path, body = call(number)
            began = time.perf_counter()
            http.post(path, json=body).raise_for_status()
            took_s.append(time.perf_counter() - began)
            time.sleep(PAUSE_S)
    return took_s


def rows(context: Context) -> list[Row]:
    """Compare quick calls beside uploads with those without."""
    seconds, n_calls = context.size(600.0, 60.0), context.size(N_CALLS, 100)
    with context.served(context.new_database(), workers=1, settings=THREADS) as served:
        headers = admin(served)
        TRACKS.register(served.port, headers)
        quick_calls(served.port, headers, n_calls // 10)  # first calls are slower
        alone = quick_calls(served.port, headers, n_calls)
        uploads = Uploads(served.port, headers, form_of(recording(seconds)))
        with Monitor(served, period_s=0.2) as monitor, uploads.running():
            served.until(lambda: has_audio_in_progress(served.port, headers))
            beside = quick_calls(served.port, headers, n_calls)
    by_status = ", ".join(f"{n} x {status}" for status, n in sorted(uploads.statuses.items()))
    p95_alone, p95_beside = (float(np.percentile(each, 95)) for each in (alone, beside))
    growth_mb = monitor.peak_mb - monitor.before_mb
    what = f"beside {N_CLIENTS} clients with recordings of {seconds:.0f} s"
    return [
        context.figure("quick calls, p50 / p95 / slowest", times(alone)),
        context.figure(f"the same {what}", times(beside)),
        context.at_most("second p95, of the first", p95_beside / p95_alone, context.size(*TIMES)),
        context.at_most(f"slowest quick call {what}", max(beside), SLOWEST_S, "s"),
        context.figure("answers to recordings", by_status),
        context.figure("growth of the worker's memory beside them", f"{growth_mb:,.0f} MB"),
    ]


def times(took_s: Sequence[float]) -> str:
    """Return the median, the 95th percentile and the maximum."""
    shown = (*np.percentile(took_s, [50, 95]), max(took_s))
    return " / ".join(f"{each * 1e3:,.0f}" for each in shown) + " ms"


def form_of(mp3: bytes) -> httpx.Request:
    """Return a form, encoded once: clients on the same cores would take time from the service."""
    form = httpx.Request("POST", "http://localhost", files={"audio": ("song.mp3", mp3)})
    form.read()
    return form


def has_audio_in_progress(port: int, headers: Mapping[str, str]) -> bool:
    """Return whether a call with audio is in progress."""
    with client(port, headers) as http:
        found = re.search(r"^attune_audio_in_progress ([\d.]+)$", http.get("/metrics").text, re.M)
    return found is not None and float(found[1]) > 0


def _predict(number: int) -> tuple[str, Mapping[str, object]]:
    return "/predict", {"track_id": _track(number), "user_id": _user(number)}


def _update(number: int) -> tuple[str, Mapping[str, object]]:
    label = {"event_id": uuid.uuid4().hex, "track_id": _track(number), "quadrant": "Q1"}
    return "/update", {"user_id": _user(number), "labels": [label]}


def _query(number: int) -> tuple[str, Mapping[str, object]]:
    return "/query", {"user_id": _user(number), "n": 4}


def _track(number: int) -> str:
    return f"song-{number % TRACKS.n_tracks:03d}"


def _user(number: int) -> str:
    return f"listener-{number % TRACKS.n_users:03d}"
