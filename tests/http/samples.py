"""What the tests send."""

import io

import numpy as np
import soundfile

MAX_JSON_BYTES = 2**20
MAX_FORM_BYTES = 2**21
MAX_AUDIO_S = 20


def wav(seconds=2.0, *, peak=0.5, rate_hz=16_000):
    """Return a tone as the bytes of a wav file, two for each sample."""
    time_s = np.arange(int(seconds * rate_hz)) / rate_hz
    file = io.BytesIO()
    soundfile.write(file, peak * np.sin(2 * np.pi * 440.0 * time_s), rate_hz, format="WAV")
    return file.getvalue()
