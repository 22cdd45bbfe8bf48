"""Short recordings made of tones: several timbres, tempi and registers, so that they differ."""

import io
from collections.abc import Callable, Mapping

import numpy as np
import soundfile
from numpy.typing import NDArray

RATE_HZ = 22_050
DURATION_S = 2.4
LOUDNESS = 0.3

Wave = NDArray[np.float64]


def recording(number: int) -> bytes:
    """Return a wav file; each number below 60 has its own sound."""
    timbre = list(TIMBRES.values())[number % len(TIMBRES)]
    pitch_hz = 110.0 * 2 ** ((7 * number % 30) / 12)
    beat_hz = 1.0 + number % 5
    time_s = np.arange(int(RATE_HZ * DURATION_S)) / RATE_HZ
    chord = sum(timbre(pitch_hz * ratio * time_s) for ratio in (1.0, 1.25, 1.5))
    beat = 0.6 + 0.4 * np.cos(2 * np.pi * beat_hz * time_s)
    file = io.BytesIO()
    soundfile.write(file, LOUDNESS / 3 * chord * beat, RATE_HZ, format="WAV", subtype="PCM_16")
    return file.getvalue()


TIMBRES: Mapping[str, Callable[[Wave], Wave]] = {
    "sine": lambda turns: np.sin(2 * np.pi * turns),
    "saw": lambda turns: 2 * (turns % 1) - 1,
    "square": lambda turns: np.sign(np.sin(2 * np.pi * turns)),
    "bell": lambda turns: np.sin(2 * np.pi * turns + 2 * np.sin(2 * np.pi * 3.5 * turns)),
}
"""Waves by the turns that their tone has made."""
