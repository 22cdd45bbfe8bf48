"""Quick calls beside uploads of ten-minute recordings."""

import time
from dataclasses import dataclass
from threading import Event, Thread

import numpy as np

from tests import audio_signals
from tests.bench.catalogue import track_id_of
from tests.bench.http_client import post, post_file
from tests.bench.scale.measuring import Client, NotAnsweredError

N_UPLOADS, N_CALLS = 4, 500
PIECE_S, N_PIECES = 10.0, 60
RATE_HZ = 44_100
PAUSE_S = 0.02
BEGIN_S, BOUND_S = 3.0, 90.0


@dataclass(frozen=True, slots=True)
class Isolation:
    """Wall time in ms of predictions by id, alone and beside `N_UPLOADS` uploads.

    Attributes:
        n_beside: Calls beside uploads: `N_CALLS`, or as many as `BOUND_S` allowed.
    """

    n_beside: int
    p95_ms: float
    slowest_ms: float
    p95_beside_ms: float
    slowest_beside_ms: float


def isolate(client: Client, n_tracks: int) -> Isolation:
    """Measure quick calls alone, and beside clients that upload recordings all the time."""
    alone = _quick(client, n_tracks)
    upload = post_file("/predict", "audio", _recording())
    is_over = Event()

    def send() -> None:
        while not is_over.is_set():
            try:
                client.ask(upload)
            except NotAnsweredError:  # refused; the same client tries again
                is_over.wait(1.0)

    threads = [Thread(target=send) for _ in range(N_UPLOADS)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(BEGIN_S)
        beside = _quick(client, n_tracks)
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    return Isolation(len(beside), *_figures(alone), *_figures(beside))


def _quick(client: Client, n_tracks: int) -> list[float]:
    took_ms: list[float] = []
    gives_up = time.monotonic() + BOUND_S
    for number in range(N_CALLS):
        request = post("/predict", {"track_id": track_id_of(number % n_tracks)})
        took_ms.append(client.ask(request)[1])
        time.sleep(PAUSE_S)
        if time.monotonic() > gives_up:
            break
    return took_ms


def _figures(took_ms: list[float]) -> tuple[float, float]:
    return float(np.percentile(took_ms, 95)), max(took_ms)


def _recording() -> bytes:
    """Return a stereo MP3 of ten minutes."""
    piece = audio_signals.over_channels(audio_signals.chord(seconds=PIECE_S, rate_hz=RATE_HZ), 2)
    return audio_signals.encoded(piece, "mp3", rate_hz=RATE_HZ) * N_PIECES
