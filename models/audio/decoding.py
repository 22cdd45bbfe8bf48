"""Decoding: a file of any supported format, rate and channel count to mono at one rate."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
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

SAMPLE_RATE_HZ = 16_000
MIN_DURATION_S = 0.5
MAX_DURATION_S = 3600.0
SILENCE_PEAK = 1e-4
"""Peaks below this, -80 dBFS, are silence: less than the dither of a 16-bit recording."""

Samples: TypeAlias = NDArray[np.float32]
"""Of all channels, in [-1, 1] ``(n_samples, n_channels)``."""
Mix: TypeAlias = Callable[[Samples], Waveform]

_RATES_HZ = (4_000, 384_000)
_CANCELLED = 0.05
"""Of the channels' mean energy; channels that have nothing in common keep 1 / n_channels."""
_RESAMPLED_AT_ONCE = 2**14


def decode(
    source: BinaryIO, *, max_duration_s: float = MAX_DURATION_S, rate_hz: int = SAMPLE_RATE_HZ
) -> Waveform:
    """Return the recording as mono samples in [-1, 1]; what lies beyond is clipped.

    Channels are averaged; where they cancel each other, the loudest of them is returned. Of a file
    that is damaged or cut short, what can be decoded is returned. It is read in blocks: at its
    end, twice what is returned is in memory, 8 MB a minute at 16 kHz.

    Args:
        source: A seekable binary file.
        max_duration_s: Decoding stops here, whatever the file's header claims.
        rate_hz: Of the samples that are returned; all of Attune's own features are of 16 kHz.

    Raises:
        UndecodableAudioError: It is not audio, is broken, or holds samples that are not numbers.
        TooLongAudioError: It lasts longer than ``max_duration_s``.
        TooShortAudioError: It lasts less than half a second.
        SilentAudioError: Its peak is below -80 dBFS, not counting a constant offset.
    """
    mean, limits = _ChannelMean(), _Limits(max_duration_s, rate_hz, thread_time())
    wave = _decoded(source, mean, limits)
    if mean.is_cancelled:
        wave = _decoded(source, mean.loudest, limits)
    offset = float(wave.mean(dtype=np.float64))
    peak = max(float(wave.max()) - offset, offset - float(wave.min()))
    if peak < SILENCE_PEAK:
        raise SilentAudioError(
            f"The audio is silent: its peak is {peak:.1e} of full scale; "
            f"at least {SILENCE_PEAK:.0e} is needed."
        )
    return wave


class _ChannelMean:
    """Averages channels, and tells whether they cancel each other."""

    def __init__(self) -> None:
        self._energies: defaultdict[int, float] = defaultdict(float)
        self._energy = 0.0

    def __call__(self, samples: Samples) -> Waveform:
        """Return the mean of channels ``(n_samples, n_channels)``."""
        n_channels = samples.shape[1]
        if n_channels == 1:
            return samples[:, 0]
        mean = samples.mean(axis=1)
        energies = np.einsum("ij,ij->j", samples, samples) / n_channels
        for channel, energy in enumerate(energies.tolist()):
            self._energies[channel] += energy
        self._energy += float(mean @ mean)
        return np.asarray(mean)

    @property
    def is_cancelled(self) -> bool:
        """Whether the mean has far less energy than the channels."""
        return self._energy < _CANCELLED * sum(self._energies.values())

    def loudest(self, samples: Samples) -> Waveform:
        """Return the channel that had the most energy, of those that are there."""
        present = range(samples.shape[1])
        return samples[:, max(present, key=lambda channel: self._energies[channel])]


class _Limits(NamedTuple):
    """What one decoding keeps to, however often it reads the file.

    Attributes:
        began_s: Processor time of this thread when it began.
    """

    max_duration_s: float
    rate_hz: int
    began_s: float


def _decoded(source: BinaryIO, mix: Mix, limits: _Limits) -> Waveform:
    rate_hz = limits.rate_hz
    blocks = read(source, enough_s=MIN_DURATION_S, began_s=limits.began_s)
    most = round(limits.max_duration_s * rate_hz)
    wave = _collect(_resampled(blocks, rate_hz, mix), most, rate_hz)
    duration_s = len(wave) / rate_hz
    if duration_s < MIN_DURATION_S:
        raise TooShortAudioError(
            f"The audio lasts {duration_s:.3f} s; "
            f"at least {MIN_DURATION_S} s is needed to judge it."
        )
    return wave


def _collect(blocks: Iterable[Waveform], most: int, rate_hz: int) -> Waveform:
    kept: list[Waveform] = [np.zeros(0, np.float32)]
    n_samples = 0
    for block in blocks:
        n_samples += len(block)
        if n_samples > most:
            raise TooLongAudioError(
                f"The audio lasts {n_samples / rate_hz:.1f} s or longer; "
                f"at most {most / rate_hz:g} s is read."
            )
        kept.append(block)
    return np.concatenate(kept)


def _resampled(blocks: Iterable[Block], wanted_hz: int, mix: Mix) -> Iterator[Waveform]:
    # The rate may change on the way: an aac stream tells only after its start that it has twice
    # the bandwidth that it announced.
    for rate_hz, run in groupby(blocks, key=attrgetter("rate_hz")):
        low, high = _RATES_HZ
        if not low <= rate_hz <= high:
            raise UndecodableAudioError(
                f"The sample rate is {rate_hz} Hz; it must lie in [{low}, {high}]."
            )
        mono = (mix(_checked(block.samples)) for block in run)
        if rate_hz == wanted_hz:
            yield from mono
        else:
            yield from _converted(mono, rate_hz, wanted_hz)


def _checked(samples: Samples) -> Samples:
    if not np.isfinite(samples).all():
        raise UndecodableAudioError("The audio holds samples that are not finite numbers.")
    return samples.clip(-1.0, 1.0)


def _converted(mono: Iterable[Waveform], rate_hz: int, wanted_hz: int) -> Iterator[Waveform]:
    stream = soxr.ResampleStream(rate_hz, wanted_hz, 1, dtype="float32")
    for piece in _gathered(mono):
        yield stream.resample_chunk(piece).clip(-1.0, 1.0)
    yield stream.resample_chunk(np.zeros(0, np.float32), last=True).clip(-1.0, 1.0)


def _gathered(pieces: Iterable[Waveform]) -> Iterator[Waveform]:
    """Join pieces: a resampler takes as long for a few samples as for thousands."""
    held: list[Waveform] = []
    n_held = 0
    for piece in pieces:
        held.append(piece)
        n_held += len(piece)
        if n_held >= _RESAMPLED_AT_ONCE:
            yield np.concatenate(held)
            held, n_held = [], 0
    if held:
        yield np.concatenate(held)
