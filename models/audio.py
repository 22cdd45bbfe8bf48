"""Decoding: a file of any supported format, rate and channel count to 16 kHz mono.

libsndfile reads wav, flac, ogg (Vorbis and Opus) and mp3; FFmpeg, through PyAV, reads only what libsndfile cannot and only the
two containers of AAC, named explicitly: FFmpeg left to guess would also follow playlists.
Everything is read in blocks, so memory is bounded by the 16 kHz mono result: 3.8 MB a minute.
"""

from collections.abc import Iterator
from typing import BinaryIO

import av
import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from models.arrays import Waveform
from models.errors import (
    SilentAudioError,
    TooLongAudioError,
    TooShortAudioError,
    UndecodableAudioError,
)

SAMPLE_RATE_HZ = 16_000
MIN_DURATION_S = 0.5
MAX_DURATION_S = 3600.0
SILENCE_PEAK = 1e-4
"""Peaks below this, -80 dBFS, are called silence: less than the last bits of a 16-bit recording's dither."""

_RATES_HZ = (4_000, 384_000)
_BLOCK_SAMPLES = 2**20
_UNDECODABLE = (
    "The bytes are not audio in a format that is read (wav, flac, ogg, opus, mp3, m4a, aac)"
)


def decode(source: BinaryIO, *, max_duration_s: float = MAX_DURATION_S) -> Waveform:
    """Return the recording as 16 kHz mono samples in [-1, 1].

    Args:
        source: A seekable binary file.
        max_duration_s: Decoding stops here, whatever the file's header claims.

    Raises:
        UndecodableAudioError: It is not audio, is broken, or holds samples that are not numbers.
        TooLongAudioError: It lasts longer than ``max_duration_s``.
        TooShortAudioError: It lasts less than half a second.
        SilentAudioError: Its peak is below -80 dBFS.
    """
    header = source.read(12)
    source.seek(0)
    container = _aac_container(header)
    reader = _read_libsndfile(source) if container is None else _read_aac(source, container)
    wave = _collect(reader, max_duration_s)
    duration_s = len(wave) / SAMPLE_RATE_HZ
    if duration_s < MIN_DURATION_S:
        raise TooShortAudioError(
            f"The audio lasts {duration_s:.3f} s; at least {MIN_DURATION_S} s is needed to judge it."
        )
    peak = float(np.abs(wave).max())
    if peak < SILENCE_PEAK:
        raise SilentAudioError(
            f"The audio is silent: its peak is {peak:.1e} of full scale; at least {SILENCE_PEAK:.0e} is needed."
        )
    return wave


def _aac_container(header: bytes) -> str | None:
    if header[4:8] == b"ftyp":
        return "mp4"
    # An ADTS frame: twelve sync bits, then layer 00, which tells it from mp3.
    if len(header) > 1 and header[0] == 0xFF and header[1] & 0xF6 == 0xF0:
        return "aac"
    return None


def _collect(blocks: Iterator[Waveform], max_duration_s: float) -> Waveform:
    kept: list[Waveform] = []
    n_samples = 0
    for block in blocks:
        if not np.isfinite(block).all():
            raise UndecodableAudioError("The audio holds samples that are not finite numbers.")
        n_samples += len(block)
        if n_samples > max_duration_s * SAMPLE_RATE_HZ:
            raise TooLongAudioError(
                f"The audio lasts longer than {max_duration_s:g} s, the most that is read."
            )
        kept.append(np.clip(block, -1.0, 1.0))
    return np.concatenate(kept) if kept else np.zeros(0, np.float32)


def _read_libsndfile(source: BinaryIO) -> Iterator[Waveform]:
    try:
        with soundfile.SoundFile(source) as file:
            resample = _Resampler(file.samplerate)
            frames = max(1, _BLOCK_SAMPLES // file.channels)
            while len(block := file.read(frames, dtype="float32", always_2d=True)):
                yield resample(block.mean(axis=1))
            yield resample.flush()
    except soundfile.LibsndfileError as error:
        raise UndecodableAudioError(f"{_UNDECODABLE}: {error.error_string}") from error


def _read_aac(source: BinaryIO, container: str) -> Iterator[Waveform]:
    try:
        with av.open(source, format=container, metadata_errors="ignore") as file:
            if not file.streams.audio:
                raise UndecodableAudioError("The file has no audio track.")
            stream = file.streams.audio[0]
            resample = _Resampler(stream.rate)
            planar = av.AudioResampler(format="fltp")
            for packet in file.demux(stream):
                for frame in packet.decode():
                    for converted in planar.resample(frame):
                        yield resample(converted.to_ndarray().mean(axis=0))
            yield resample.flush()
    except (av.FFmpegError, ValueError) as error:
        raise UndecodableAudioError(f"{_UNDECODABLE}: {error}") from error


class _Resampler:
    """Takes mono blocks at one rate and returns them at 16 kHz, keeping the filter's state between blocks."""

    def __init__(self, rate_hz: int) -> None:
        low, high = _RATES_HZ
        if not low <= rate_hz <= high:
            raise UndecodableAudioError(
                f"The sample rate is {rate_hz} Hz; it must lie in [{low}, {high}]."
            )
        same = rate_hz == SAMPLE_RATE_HZ
        self._stream = (
            None if same else soxr.ResampleStream(rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32")
        )

    def __call__(self, block: NDArray[np.float32], *, last: bool = False) -> Waveform:
        if self._stream is None:
            return block
        return self._stream.resample_chunk(block, last=last)

    def flush(self) -> Waveform:
        """Return what the filter still holds."""
        return self(np.zeros(0, np.float32), last=True)
