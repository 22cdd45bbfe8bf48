"""Decoding: an audio file of any supported format, rate and channel count to mono at one rate."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import groupby
from operator import attrgetter
from time import thread_time
from typing import BinaryIO, NamedTuple, TypeAlias

import numpy as np
import soxr
from numpy.typing import NDArray

from models.arrays import Waveform
from models.audio.containers import read
from models.audio.frames import Block
from models.errors import (
    SilentAudioError,
    TooLongAudioError,
    TooShortAudioError,
    UndecodableAudioError,
)
from models.track import Notice

SAMPLE_RATE_HZ = 16_000
MIN_DURATION_S = 0.5
MAX_DURATION_S = 3600.0
SILENCE_PEAK = 1e-4
"""Lower peaks (-80 dBFS) are silence: the dither of a 16-bit recording is higher."""

Samples: TypeAlias = NDArray[np.float32]
"""Samples of all channels ``(n_samples, n_channels)``."""
Mix: TypeAlias = Callable[[Samples], Waveform]

_RATES_HZ = (4_000, 384_000)
_CANCELLED = 0.05
"""Share of the channels' mean energy below which a block's mean counts as cancelled. Uncorrelated
channels keep ``1 / n_channels``."""
_LEAST_CANCELLED = 0.1
_MOST_PEAK, _LEAST_BEYOND = 8.0, 0.01
"""Floating-point samples are in integer units if the peak and the share above 1 are higher."""
_INTEGERS = (2.0**7, 2.0**15, 2.0**23, 2.0**31)
_PIECE_SAMPLES = 2**14


class Recording(NamedTuple):
    """A decoded recording.

    Attributes:
        wave: Mono samples, clipped to [-1, 1].
        full_scale: What its samples were divided by: 1, or full scale of the integers that a
            floating-point file holds.
    """

    wave: Waveform
    full_scale: float = 1.0

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Say that samples were scaled."""
        if self.full_scale == 1:
            return ()
        message = (
            "The recording's floating-point samples are in integer units, beyond full scale; "
            f"they were divided by {self.full_scale:.0f}."
        )
        return (Notice("audio_scaled", message, f"{self.full_scale:.0f}"),)


def decode(
    source: BinaryIO, *, max_duration_s: float = MAX_DURATION_S, rate_hz: int = SAMPLE_RATE_HZ
) -> Waveform:
    """Return the samples of :func:`decode_recording`."""
    return decode_recording(source, max_duration_s=max_duration_s, rate_hz=rate_hz).wave


def decode_recording(
    source: BinaryIO, *, max_duration_s: float = MAX_DURATION_S, rate_hz: int = SAMPLE_RATE_HZ
) -> Recording:
    """Return a recording as mono samples, clipped to [-1, 1].

    Channels are averaged; if they cancel each other in blocks with more than a tenth of the
    energy, the loudest channel is returned. If the peak is above 8 and more than 1 % of the
    samples are above 1, they are in integer units, and are divided by the lowest of 2^7, 2^15,
    2^23 and 2^31 that holds the peak. A damaged or truncated file returns the samples that can be
    decoded. Decoding works in blocks; its peak memory is little more than the result, 4 MB a
    minute at 16 kHz.

    Args:
        source: A seekable binary file.
        max_duration_s: Decoding stops at this length, regardless of the file's header.
        rate_hz: Sample rate of the result; Attune's own features use 16 kHz.

    Raises:
        UndecodableAudioError: The file is not audio, is damaged, or holds non-finite samples.
        TooLongAudioError: It lasts longer than ``max_duration_s``.
        TooShortAudioError: It lasts less than half a second.
        SilentAudioError: Its peak without a constant offset is below -80 dBFS.
    """
    mean = _ChannelMean()
    decode_mono = partial(_decode_mono, source, max_duration_s, rate_hz, thread_time())
    wave = decode_mono(mean)
    if mean.unit != 1:
        mean = _ChannelMean(mean.unit)
        wave = decode_mono(mean)
    if mean.is_cancelled:
        wave = decode_mono(mean.loudest)
    offset = float(wave.mean(dtype=np.float64))
    peak = max(float(wave.max()) - offset, offset - float(wave.min()))
    if peak < SILENCE_PEAK:
        raise SilentAudioError(
            f"The audio is silent: its peak is {peak:.1e} of full scale; "
            f"at least {SILENCE_PEAK:.0e} is needed."
        )
    return Recording(wave, mean.full_scale)


class _ChannelMean:
    """Averages channels; detects whether they cancel each other, and integer units.

    Attributes:
        full_scale: What samples are divided by first.
    """

    def __init__(self, full_scale: float = 1.0) -> None:
        self.full_scale = full_scale
        self._energies: defaultdict[int, float] = defaultdict(float)
        self._cancelled = 0.0
        self._peak = 0.0
        self._n_samples = self._n_beyond = 0

    def __call__(self, samples: Samples) -> Waveform:
        """Return the mean of channels ``(n_samples, n_channels)``."""
        samples = self._scaled(samples)
        n_channels = samples.shape[1]
        if n_channels == 1:
            return samples[:, 0]
        mean = samples.mean(axis=1)
        energies = np.einsum("ij,ij->j", samples, samples) / n_channels
        for channel, energy in enumerate(energies.tolist()):
            self._energies[channel] += energy
        if mean @ mean < _CANCELLED * energies.sum():
            self._cancelled += float(energies.sum())
        return np.asarray(mean)

    @property
    def is_cancelled(self) -> bool:
        """Whether channels cancel in blocks with more than a tenth of the energy."""
        return self._cancelled > _LEAST_CANCELLED * sum(self._energies.values())

    @property
    def unit(self) -> float:
        """Full scale of the integers that the samples are; 1 if they are none."""
        is_integer = self._peak > _MOST_PEAK and self._n_beyond > _LEAST_BEYOND * self._n_samples
        return next((scale for scale in _INTEGERS if is_integer and self._peak <= scale), 1.0)

    def loudest(self, samples: Samples) -> Waveform:
        """Return the channel with the most energy so far among the present ones."""
        present = range(samples.shape[1])
        loudest = max(present, key=lambda channel: self._energies[channel])
        return self._scaled(samples)[:, loudest]

    def _scaled(self, samples: Samples) -> Samples:
        """Return samples in [-1, 1], or raise `UndecodableAudioError` if one is not finite."""
        samples = samples if self.full_scale == 1 else samples / np.float32(self.full_scale)
        peak = max(float(samples.max(initial=0)), -float(samples.min(initial=0)))
        if not np.isfinite(peak):
            raise UndecodableAudioError("The audio holds samples that are not finite numbers.")
        self._n_samples += samples.size
        if peak <= 1:
            return samples
        self._peak = max(self._peak, peak)
        self._n_beyond += int((np.abs(samples) > 1).sum())
        return samples.clip(-1.0, 1.0)


def _decode_mono(
    source: BinaryIO, max_duration_s: float, rate_hz: int, began_s: float, mix: Mix
) -> Waveform:
    blocks = read(source, enough_s=MIN_DURATION_S, began_s=began_s)
    most = round(max_duration_s * rate_hz)
    wave = _collect(_resample(blocks, rate_hz, mix), most, rate_hz)
    duration_s = len(wave) / rate_hz
    if duration_s < MIN_DURATION_S:
        raise TooShortAudioError(
            f"The audio lasts {duration_s:.3f} s; at least {MIN_DURATION_S} s is needed."
        )
    return wave


def _collect(blocks: Iterable[Waveform], most: int, rate_hz: int) -> Waveform:
    wave = bytearray()  # grows in place: pieces and their concatenation would take twice as much
    n_samples = 0
    for block in blocks:
        n_samples += len(block)
        if n_samples > most:
            raise TooLongAudioError(
                f"The audio lasts {n_samples / rate_hz:.1f} s or longer; "
                f"at most {most / rate_hz:g} s is read."
            )
        wave.extend(np.ascontiguousarray(block, np.float32).data)
    return np.frombuffer(wave, np.float32)


def _resample(blocks: Iterable[Block], wanted_hz: int, mix: Mix) -> Iterator[Waveform]:
    # The rate may change within a stream: HE-AAC signals its doubled rate only after the start.
    for rate_hz, run in groupby(blocks, key=attrgetter("rate_hz")):
        low, high = _RATES_HZ
        if not low <= rate_hz <= high:
            raise UndecodableAudioError(
                f"The sample rate is {rate_hz} Hz; it must lie in [{low}, {high}]."
            )
        mono = (mix(block.samples) for block in run)
        if rate_hz == wanted_hz:
            yield from mono
        else:
            yield from _convert_rate(mono, rate_hz, wanted_hz)


def _convert_rate(mono: Iterable[Waveform], rate_hz: int, wanted_hz: int) -> Iterator[Waveform]:
    stream = soxr.ResampleStream(rate_hz, wanted_hz, 1, dtype="float32")
    for piece in _join_pieces(mono):
        yield stream.resample_chunk(piece).clip(-1.0, 1.0)
    yield stream.resample_chunk(np.zeros(0, np.float32), last=True).clip(-1.0, 1.0)


def _join_pieces(pieces: Iterable[Waveform]) -> Iterator[Waveform]:
    """Join pieces: a resampler call costs the same for a few samples as for thousands."""
    pending: list[Waveform] = []
    n_pending = 0
    for piece in pieces:
        pending.append(piece)
        n_pending += len(piece)
        if n_pending >= _PIECE_SAMPLES:
            yield np.concatenate(pending)
            pending, n_pending = [], 0
    if pending:
        yield np.concatenate(pending)
