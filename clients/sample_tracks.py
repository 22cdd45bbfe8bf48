"""Cuts the sample tracks of the page /try from the demo music.

    .venv/bin/python clients/sample_tracks.py [FOLDER]

With the same version of PyAV the files are the same byte for byte.
"""  # noqa: INP001  # a script, in no package

import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import demo_music
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
"""One of each mood, of both styles."""
RATE_HZ = 48_000
START_S, LENGTH_S, FADE_S = 8, 11, 0.25
BIT_RATE = 24_000
FRAME = 960
BITEXACT = {"fflags": "+bitexact"}  # without it each file gets a random serial number


def cut(recording: Path, sample: Path) -> None:
    """Write a few seconds of a recording as Ogg Opus with one channel."""
    samples = _decoded(recording)[START_S * RATE_HZ : (START_S + LENGTH_S) * RATE_HZ]
    ramp = np.linspace(0.0, 1.0, int(FADE_S * RATE_HZ), dtype=np.float32)
    samples[: len(ramp)] *= ramp
    samples[-len(ramp) :] *= ramp[::-1]
    with av.open(str(sample), "w", format="ogg", options=BITEXACT) as file:
        stream = file.add_stream("libopus", rate=RATE_HZ, layout="mono", bit_rate=BIT_RATE)
        for start in range(0, len(samples), FRAME):
            file.mux(stream.encode(_frame(samples, start)))
        file.mux(stream.encode(None))


def _decoded(recording: Path) -> NDArray[np.float32]:
    """Return a recording's samples ``(n_samples,)``, its channels averaged."""
    with av.open(str(recording)) as file:
        resampler = av.AudioResampler("fltp", "stereo", RATE_HZ)
        frames = [out for frame in file.decode(audio=0) for out in resampler.resample(frame)]
    channels = np.concatenate([frame.to_ndarray() for frame in frames], axis=1)
    mono: NDArray[np.float32] = channels.mean(axis=0, dtype=np.float32)
    return mono


def _frame(samples: NDArray[np.float32], start: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(samples[None, start : start + FRAME], "flt", "mono")
    frame.sample_rate, frame.time_base, frame.pts = RATE_HZ, Fraction(1, RATE_HZ), start
    return frame


def main(folder: Path = FOLDER) -> None:
    """Cut every sample."""
    with tempfile.TemporaryDirectory() as music:
        paths = {r.track_id: r.path for r in demo_music.unpack(demo_music.fetch(), Path(music))}
        for track_id in TRACKS:
            sample = folder / f"{track_id}.opus"
            cut(paths[track_id], sample)
            sys.stdout.write(f"{sample.name}: {sample.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
