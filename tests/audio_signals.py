"""Synthesised recordings, encoded in every format that is read."""

import io
import struct

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

from models.audio.decoding import SAMPLE_RATE_HZ

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
    "aiff 16 bit": ("AIFF", "PCM_16"),
    "aiff float": ("AIFF", "FLOAT"),
}
LOSSY = {
    "ogg vorbis": ("OGG", "VORBIS"),
    "ogg opus": ("OGG", "OPUS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
}
AAC = {
    "m4a": ("mp4", {}),
    "m4a in fragments": ("mp4", {"movflags": "frag_keyframe+empty_moov"}),
    "aac": ("adts", {}),
}
OTHERS = {
    "ogg flac": ("ogg", "flac", {}),
    "webm": ("webm", "libopus", {}),
    "webm as browsers record it": ("webm", "libopus", {"live": "1"}),
    "mkv flac": ("matroska", "flac", {}),
    "mkv aac": ("matroska", "aac", {}),
    "wma": ("asf", "wmav2", {}),
}
FORMATS = (*LOSSLESS, *LOSSY, *AAC, *OTHERS)
MORE = {
    "mkv float": ("matroska", "pcm_f32le", {}),
    "mkv mp3": ("matroska", "libmp3lame", {}),
    "mkv alac": ("matroska", "alac", {}),
    "mov alac": ("mov", "alac", {}),
    "mov 16 bit": ("mov", "pcm_s16be", {}),
    "mp4 opus": ("mp4", "libopus", {}),
    "mp4 flac": ("mp4", "flac", {}),
    "3gp": ("3gp", "aac", {}),
    "wav mp3": ("wav", "libmp3lame", {}),
    "wav a-law": ("wav", "pcm_alaw", {}),
    "wav ms adpcm": ("wav", "adpcm_ms", {}),
    "wav ima adpcm": ("wav", "adpcm_ima_wav", {}),
    "w64": ("w64", "pcm_s24le", {}),
    "aifc little-endian": ("aiff", "pcm_s16le", {}),
    "aifc a-law": ("aiff", "pcm_alaw", {}),
    "aifc ima adpcm": ("aiff", "adpcm_ima_qt", {}),
    "aifc double": ("aiff", "pcm_f64be", {}),
    "wma 1": ("asf", "wmav1", {}),
    "asf mp3": ("asf", "libmp3lame", {}),
    "asf 16 bit": ("asf", "pcm_s16le", {}),
    "ogg opus of ffmpeg": ("ogg", "libopus", {}),
}
"""What programs write less often."""
_BLOCK = 2**14


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


def chord(*, seconds: float = 3.0, rate_hz: int = SAMPLE_RATE_HZ, seed: int = 0) -> Samples:
    """Three partials that swell twice a second, and a little noise: something with timbre."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * 2 * time_s)
    partials = sum(np.sin(2 * np.pi * f * time_s) for f in (220.0, 277.2, 1318.5))
    noise = np.random.default_rng(seed).normal(0, 0.01, len(time_s))
    return (0.2 * swell * partials + noise).astype(np.float32)


def over_channels(wave: Samples, n_channels: int) -> Samples:
    """The same samples in every channel ``(n_samples, n_channels)``."""
    return np.repeat(wave[:, None], n_channels, axis=1)


def encoded(wave: Samples, name: str = "wav 16 bit", *, rate_hz: int = SAMPLE_RATE_HZ) -> bytes:
    """A file of a named format, of ``(n_samples,)`` or ``(n_samples, n_channels)``."""
    columns = wave[:, None] if wave.ndim == 1 else wave
    if name in AAC:
        container, options = AAC[name]
        return encoded_by_ffmpeg(columns, container, "aac", options, rate_hz=rate_hz)
    if name in OTHERS or name in MORE:
        return encoded_by_ffmpeg(columns, *(OTHERS | MORE)[name], rate_hz=rate_hz)
    container, subtype = (LOSSLESS | LOSSY)[name]
    file = io.BytesIO()
    kind = {"format": container, "subtype": subtype}
    with soundfile.SoundFile(file, "w", rate_hz, columns.shape[1], **kind) as output:
        for start in range(0, len(columns), _BLOCK):  # libsndfile's Vorbis crashes on much at once
            output.write(columns[start : start + _BLOCK])
    return file.getvalue()


def peak_hz(wave: Samples) -> float:
    """Where the spectrum of 16 kHz samples is highest."""
    power = np.abs(np.fft.rfft(wave * np.hanning(len(wave))))
    return float(power.argmax()) * SAMPLE_RATE_HZ / len(wave)


def id3_tag(n_bytes: int = 300) -> bytes:
    """An ID3 tag that says nothing, of that many bytes behind its header."""
    size = bytes(n_bytes >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x04\x00\x00" + size + bytes(n_bytes)


def referring_to(path: str, m4a: bytes) -> bytes:
    """An m4a whose samples are said to lie in another file, at the same places."""
    target = path.encode().ljust(len(path) + len(path) % 2, b"\0")
    alias = bytes(15) + bytes(27) + bytes(12) + b"\x05other".ljust(64, b"\0") + bytes(16)
    alias += struct.pack(">hh", 1, 1) + bytes(16)
    alias += struct.pack(">HH", 2, len(target)) + target + struct.pack(">Hh", 0xFFFF, 0)
    inside = _box(b"dref", struct.pack(">II", 0, 1) + _box(b"url ", struct.pack(">I", 1)))
    outside = _box(b"dref", struct.pack(">II", 0, 1) + _box(b"alis", alias.ljust(300, b"\0")))
    file = bytearray(m4a.replace(inside, outside))
    for name in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):
        at = file.index(name) - 4
        (size,) = struct.unpack_from(">I", file, at)
        struct.pack_into(">I", file, at, size + len(outside) - len(inside))
    return bytes(file)


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def encoded_by_ffmpeg(
    columns: Samples,
    container: str,
    codec: str,
    options: dict[str, str] | None = None,
    *,
    rate_hz: int = SAMPLE_RATE_HZ,
) -> bytes:
    """A file of any container and codec of ``(n_samples, n_channels)``."""
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[columns.shape[1]]
    file = io.BytesIO()
    with av.open(file, "w", format=container, options=options or {}) as output:
        stream = output.add_stream(codec, rate=rate_hz, layout=layout)
        stream.bit_rate = 128_000
        for start in range(0, len(columns), _BLOCK):  # FFmpeg may not allocate much at once
            planar = np.ascontiguousarray(columns[start : start + _BLOCK].T)
            frame = av.AudioFrame.from_ndarray(planar, format="fltp", layout=layout)
            frame.sample_rate, frame.pts = rate_hz, start
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return file.getvalue()


def remuxed(file: bytes, container: str) -> bytes:
    """The coded packets of a file in another container."""
    output = io.BytesIO()
    with av.open(io.BytesIO(file)) as source, av.open(output, "w", format=container) as target:
        (track,) = source.streams.audio
        stream = target.add_stream_from_template(track)
        for packet in source.demux(track):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    return output.getvalue()
