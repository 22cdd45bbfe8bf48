"""Quick calls beside uploads of ten-minute recordings, over a catalogue of the bench."""

import time
from dataclasses import dataclass

import numpy as np

from tests.bench.catalogue import track_id_of
from tests.bench.http_client import post
from tests.bench.scale.measuring import Client
from tests.stress.isolation import PAUSE_S, Uploads, form_of, has_audio_in_progress, recording

N_CALLS = 500
RECORDING_S = 600.0
BEGIN_S, BOUND_S = 60.0, 90.0


@dataclass(frozen=True, slots=True)
class Isolation:
    """Wall time in ms of predictions by id, alone and beside clients that upload all the time.

    Attributes:
        n_beside: Calls beside uploads: `N_CALLS`, or as many as `BOUND_S` allowed.
    """

    n_beside: int
    p95_ms: float
    slowest_ms: float
    p95_beside_ms: float
    slowest_beside_ms: float


def isolate(client: Client, port: int, n_tracks: int) -> Isolation:
    """Measure quick calls alone, and beside clients that upload recordings all the time."""
    alone = _quick(client, n_tracks)
    uploads = Uploads(port, {}, form_of(recording(RECORDING_S)))
    with uploads.running():
        _await_uploads(port)
        beside = _quick(client, n_tracks)
    return Isolation(len(beside), *_figures(alone), *_figures(beside))


def _await_uploads(port: int) -> None:
    gives_up = time.monotonic() + BEGIN_S
    while not has_audio_in_progress(port, {}):
        if time.monotonic() > gives_up:
            raise TimeoutError(f"no recording was read within {BEGIN_S:.0f} s")
        time.sleep(PAUSE_S)


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
