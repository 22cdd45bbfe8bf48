"""What the tests send, and what they read from replies."""

import io

import numpy as np
import soundfile

PARTS = ("population", "others", "level", "taste")
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


def total(why, axis):
    """Return what the sources together add to valence or arousal."""
    return sum(why[part][axis] for part in PARTS)


def said(track_id, quadrant=None, event_id=None, **more):
    """Return a label; its event has the track's name unless it is given another."""
    answer = more if quadrant is None else {"quadrant": quadrant, **more}
    return {"event_id": event_id or track_id, "track_id": track_id, **answer}


def _written(samples, rate_hz):
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, format="WAV")
    return file.getvalue()
