"""Cuts the sample tracks that the page /try offers from the music of ``music.py``.

    .venv/bin/python clients/samples.py [FOLDER]

The same package gives the same files, byte for byte, with the same version of PyAV.
"""  # noqa: INP001  # a script, in no package

import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import music
import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).resolve().parents[1] / "service" / "pages" / "samples"
TRACKS = (
    "energetic_electronic_2",
    "happy_electronic_2",
    "nostalgic_acoustic_1",
    "calm_acoustic_1",
    "tender_electronic_1",
)
"""One of each mood, electronic and acoustic ones."""
RATE_HZ = 48_000
START_S, LENGTH_S, FADE_S = 8, 11, 0.25
BIT_RATE = 24_000
FRAME = 960
BITEXACT = {"fflags": "+bitexact"}  # or each file would have a random serial number


def cut(recording: Path, sample: Path) -> None:
    """Write a few seconds of a recording as Ogg Opus with one channel."""
    heard = _decoded(recording)[START_S * RATE_HZ : (START_S + LENGTH_S) * RATE_HZ]
    ramp = np.linspace(0.0, 1.0, int(FADE_S * RATE_HZ), dtype=np.float32)
    heard[: len(ramp)] *= ramp
    heard[-len(ramp) :] *= ramp[::-1]
    with av.open(str(sample), "w", format="ogg", options=BITEXACT) as file:
        stream = file.add_stream("libopus", rate=RATE_HZ, layout="mono", bit_rate=BIT_RATE)
        for start in range(0, len(heard), FRAME):
            file.mux(stream.encode(_frame(heard, start)))
        file.mux(stream.encode(None))


def _decoded(recording: Path) -> NDArray[np.float32]:
    """Return a recording's samples ``(n_samples,)``, its channels averaged."""
    with av.open(str(recording)) as file:
        resampler = av.AudioResampler("fltp", "stereo", RATE_HZ)
        frames = [out for frame in file.decode(audio=0) for out in resampler.resample(frame)]
    channels = np.concatenate([frame.to_ndarray() for frame in frames], axis=1)
    mono: NDArray[np.float32] = channels.mean(axis=0, dtype=np.float32)
    return mono


def _frame(heard: NDArray[np.float32], start: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(heard[None, start : start + FRAME], "flt", "mono")
    frame.sample_rate, frame.time_base, frame.pts = RATE_HZ, Fraction(1, RATE_HZ), start
    return frame


def main(samples: Path = FOLDER) -> None:
    """Cut every sample."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {r.track_id: r.path for r in music.unpack(music.fetch(), Path(folder))}
        for track_id in TRACKS:
            sample = samples / f"{track_id}.opus"
            cut(paths[track_id], sample)
            sys.stdout.write(f"{sample.name}: {sample.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
