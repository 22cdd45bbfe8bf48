"""Synthesised recordings, encoded in every format that is read."""

import io

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

from models.audio import SAMPLE_RATE_HZ

Samples = NDArray[np.float32]

LOSSLESS = {
    "wav 8 bit": ("WAV", "PCM_U8"),
    "wav 16 bit": ("WAV", "PCM_16"),
    "wav 24 bit": ("WAV", "PCM_24"),
    "wav 32 bit": ("WAV", "PCM_32"),
    "wav float": ("WAV", "FLOAT"),
    "wav double": ("WAV", "DOUBLE"),
    "flac 16 bit": ("FLAC", "PCM_16"),
    "flac 24 bit": ("FLAC", "PCM_24"),
}
LOSSY = {
    "ogg vorbis": ("OGG", "VORBIS"),
    "ogg opus": ("OGG", "OPUS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
}
_BLOCK = 2**16
AAC = {"m4a": "mp4", "aac": "adts"}


def tone(
    frequency_hz: float = 440.0,
    *,
    seconds: float = 1.0,
    rate_hz: int = SAMPLE_RATE_HZ,
    amplitude: float = 0.5,
) -> Samples:
    """A sine ``(n_samples,)``."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    return (amplitude * np.sin(2 * np.pi * frequency_hz * time_s)).astype(np.float32)


def chord(*, seconds: float = 3.0, seed: int = 0) -> Samples:
    """Three partials under an envelope and a little noise: something with timbre."""
    rng = np.random.default_rng(seed)
    partials = sum(tone(f, seconds=seconds, amplitude=0.2) for f in (220.0, 277.2, 1318.5))
    time_s = np.arange(len(partials)) / SAMPLE_RATE_HZ
    noise = rng.normal(0, 0.01, len(partials))
    return (partials * (0.6 + 0.4 * np.sin(2 * np.pi * 2 * time_s)) + noise).astype(np.float32)


def over_channels(wave: Samples, n_channels: int) -> Samples:
    """The same samples in every channel ``(n_samples, n_channels)``."""
    return np.repeat(wave[:, None], n_channels, axis=1)


def encoded(wave: Samples, name: str = "wav 16 bit", *, rate_hz: int = SAMPLE_RATE_HZ) -> bytes:
    """A file of a named format, of ``(n_samples,)`` or ``(n_samples, n_channels)``."""
    if name in AAC:
        return _aac(wave, AAC[name], rate_hz)
    container, subtype = (LOSSLESS | LOSSY)[name]
    file = io.BytesIO()
    n_channels = wave.shape[1] if wave.ndim > 1 else 1
    with soundfile.SoundFile(
        file, "w", rate_hz, n_channels, format=container, subtype=subtype
    ) as output:
        for start in range(0, len(wave), _BLOCK):  # libsndfile's Vorbis encoder crashes on more
            output.write(wave[start : start + _BLOCK])
    return file.getvalue()


def peak_hz(wave: Samples) -> float:
    """Where the spectrum of decoded samples is highest."""
    power = np.abs(np.fft.rfft(wave * np.hanning(len(wave))))
    return float(power.argmax()) * SAMPLE_RATE_HZ / len(wave)


def _aac(wave: Samples, container: str, rate_hz: int) -> bytes:
    planar = np.ascontiguousarray(wave.reshape(len(wave), -1).T)
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[len(planar)]
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream("aac", rate=rate_hz, layout=layout)
        frame = av.AudioFrame.from_ndarray(planar, format="fltp", layout=layout)
        frame.sample_rate = rate_hz
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            output.mux(packet)
    return file.getvalue()
