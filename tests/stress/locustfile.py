"""A mix of calls for locust, which `load.py` starts: ``locust -f tests/stress/locustfile.py``.

Statistics are kept by kind of call and status. An answer counts as a failure unless it is a
success, or 429 or 503 with Retry-After.

Environment: ``CALLS_A_SECOND`` of one user, 0 for no pause; ``AUTHORIZATION`` of every call.
"""

import os
import random
import uuid

import httpx
from locust import FastHttpUser, constant, constant_throughput, task

from tests import audio_signals

N_TRACKS, N_USERS, N_CLIPS = 60, 400, 3
WORDS = ("sun", "rain", "night", "road", "tears", "joy", "love", "fire", "sleep", "storm", "home")
BUSY = (429, 503)
RATE = float(os.environ["CALLS_A_SECOND"])


def _upload(seed: int) -> tuple[bytes, dict[str, str]]:
    clip = audio_signals.encoded(audio_signals.chord(seconds=1.0, seed=seed), "ogg vorbis")
    form = httpx.Request("POST", "http://localhost", files={"audio": ("clip.ogg", clip)})
    return form.read(), {"Content-Type": form.headers["Content-Type"]}


UPLOADS = [_upload(seed) for seed in range(N_CLIPS)]


class Listener(FastHttpUser):
    """Makes calls of every kind; weights are shares of a hundred."""

    wait_time = constant_throughput(RATE) if RATE else constant(0)
    default_headers = {"Authorization": os.environ["AUTHORIZATION"]}  # noqa: RUF012  # locust's
    insecure = True

    @task(40)
    def predict(self) -> None:
        self._send("predict", "/predict", json={"track_id": _track(), "user_id": _user()})

    @task(25)
    def update(self) -> None:
        quadrant = random.choice(["Q1", "Q2", "Q3", "Q4"])  # noqa: S311  # not a secret
        label = {"event_id": uuid.uuid4().hex, "track_id": _track(), "quadrant": quadrant}
        self._send("update", "/update", json={"user_id": _user(), "labels": [label]})

    @task(15)
    def query(self) -> None:
        self._send("query", "/query", json={"user_id": _user(), "n": 4})

    @task(15)
    def lyrics(self) -> None:
        words = random.choices(WORDS, k=12)  # noqa: S311  # not a secret
        self._send("lyrics", "/predict", json={"lyrics": " ".join(words)})

    @task(5)
    def upload(self) -> None:
        body, headers = random.choice(UPLOADS)  # noqa: S311  # not a secret
        self._send("upload", "/predict", data=body, headers=headers)

    def _send(self, kind: str, path: str, **body: object) -> None:
        with self.client.post(path, catch_response=True, **body) as reply:
            status = reply.status_code
            reply.request_meta["name"] = f"{kind} {status or 'broken'}"
            if status in BUSY and (reply.headers or {}).get("Retry-After", "").isdecimal():
                reply.success()


def _track() -> str:
    return f"song-{random.randrange(N_TRACKS):03d}"  # noqa: S311  # not a secret


def _user() -> str:
    return f"listener-{random.randrange(N_USERS):03d}"  # noqa: S311  # not a secret
