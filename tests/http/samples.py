"""What the tests send, and what they read from replies."""

import io
import json
import math

import numpy as np
import pytest
import soundfile

PARTS = ("population", "others", "level", "taste")
QUADRANTS = ("Q1", "Q2", "Q3", "Q4")
NOTHING = {"log_odds": dict.fromkeys(QUADRANTS, 0.0), "share": 0.0}
"""A part that does nothing."""
MAX_JSON_BYTES = 2**20
MAX_FORM_BYTES = 2**21
MAX_AUDIO_S = 20


def wav(seconds=2.0, *, peak=0.5, rate_hz=16_000):
    """Return a tone as the bytes of a wav file, two for each sample."""
    time_s = np.arange(int(seconds * rate_hz)) / rate_hz
    return _written(peak * np.sin(2 * np.pi * 440.0 * time_s), rate_hz)


def hum(number):
    """Return two seconds of a low tone, a little higher with each number."""
    time_s = np.arange(32_000) / 16_000
    return _written(0.3 * np.sin(2 * np.pi * 110.0 * 2 ** (number / 12) * time_s), 16_000)


def clatter(number):
    """Return two seconds of noise that comes and goes, a little faster with each number."""
    time_s = np.arange(32_000) / 16_000
    noise = np.random.default_rng(number).standard_normal(len(time_s))
    return _written(0.2 * noise * (np.sin(2 * np.pi * (2 + 0.3 * number) * time_s) > 0), 16_000)


def total(why):
    """Return what the parts together add to the log-odds of each quadrant."""
    return {q: sum(why[part]["log_odds"][q] for part in PARTS) for q in QUADRANTS}


def log_odds(reply):
    """Return the logarithms of a prediction's probabilities, less their mean."""
    logs = {q: math.log(reply["probabilities"][q]) for q in QUADRANTS}
    return {q: each - sum(logs.values()) / len(logs) for q, each in logs.items()}


def adds_up(reply):
    """Return whether a prediction's parts are the log of its distribution, and their shares 1."""
    is_whole = math.isclose(sum(reply["why"][part]["share"] for part in PARTS), 1.0)
    return is_whole and total(reply["why"]) == pytest.approx(log_odds(reply), abs=1e-9)


def said(track_id, quadrant=None, event_id=None, **more):
    """Return a label; its event has the track's name unless it is given another."""
    answer = more if quadrant is None else {"quadrant": quadrant, **more}
    return {"event_id": event_id or track_id, "track_id": track_id, **answer}


def exported(client, user):
    """Return a user's log as it is exported, line by line."""
    return [json.loads(line) for line in client.get(f"/users/{user}/labels").text.splitlines()]


def series(client, name):
    """Return what the metrics tell of a series; 0 before anything happened."""
    reply = dict(line.rsplit(" ", 1) for line in client.get("/metrics").text.splitlines())
    return float(reply.get(name, 0))


def _written(samples, rate_hz):
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, format="WAV")
    return file.getvalue()
