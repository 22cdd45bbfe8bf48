"""What is no music over HTTP: volume, channels, silence and codec change no answer."""

import numpy as np
import pytest

from tests.audio_signals import encoded

pytestmark = pytest.mark.http

RATE_HZ = 48_000
CLIP_S = 9
SEEDS = range(2)
LEVEL, CODEC = 0.02, 0.05
"""Most that a probability may change."""


def clip(seed):
    """Return decaying chords over a bass and a little noise, from -12 to -3 dB of full scale."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(CLIP_S * RATE_HZ) / RATE_HZ
    beat_s = rng.uniform(0.25, 1.0)
    notes = 220.0 * 2 ** (rng.integers(0, 24, (int(CLIP_S / beat_s) + 1, 3)) / 12)
    now = notes[(time_s / beat_s).astype(int)].T
    partials = sum(np.sin(2 * np.pi * n * now * time_s) / n for n in (1, 2, 3, 5)).sum(axis=0)
    chords = np.exp(-3.0 * (time_s % beat_s)) * partials
    wave = chords + np.sin(2 * np.pi * 82.4 * time_s) + 0.05 * rng.normal(size=len(time_s))
    return (wave * rng.uniform(0.25, 0.7) / np.abs(wave).max()).astype(np.float32)


def stereo(left, right):
    return np.stack([left, right], axis=1)


def after_silence(wave):
    return np.concatenate([np.zeros(RATE_HZ, np.float32), wave])


VARIANTS = {
    "-6 dB": (lambda wave: 0.5 * wave, "wav 16 bit", LEVEL),
    "-20 dB": (lambda wave: 0.1 * wave, "wav 16 bit", LEVEL),
    "two equal channels": (lambda wave: stereo(wave, wave), "wav 16 bit", LEVEL),
    "opposite phase": (lambda wave: stereo(wave, -wave), "wav 16 bit", LEVEL),
    "after silence": (after_silence, "wav 16 bit", CODEC),
    "mp3": (lambda wave: stereo(wave, wave), "mp3", CODEC),
    "opus": (lambda wave: stereo(wave, wave), "ogg opus", CODEC),
}


def told(client, wave, name="wav 16 bit"):
    file = encoded(wave, name, rate_hz=RATE_HZ)
    reply = client.post("/predict", files={"audio": ("a", file)})
    assert reply.status_code == 200, reply.text
    return reply.json()


@pytest.fixture(scope="module", name="references")
def _references(client):
    return [told(client, clip(seed)) for seed in SEEDS]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_recording_gets_the_same_answer(client, references, seed, variant):
    change, name, bound = VARIANTS[variant]
    reference = references[seed]

    answer = told(client, change(clip(seed)), name)

    likely = reference["probabilities"]
    first, second, *_ = sorted(likely.values(), reverse=True)
    assert answer["probabilities"] == pytest.approx(likely, abs=bound)
    assert answer["quadrant"] == reference["quadrant"] or first - second <= 0.05


def test_stretches_stand_in_the_time_of_the_recording_that_was_sent(client):
    answer = told(client, after_silence(clip(0)))

    assert answer["segments"][0]["start_s"] == pytest.approx(1.0, abs=0.05)
    assert answer["segments"][-1]["end_s"] == pytest.approx(CLIP_S + 1.0, abs=0.05)
