"""Decoding: an audio file of any supported format, rate and channel count to mono at one rate."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import groupby
from operator import attrgetter
from time import thread_time
from typing import BinaryIO, TypeAlias

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
"""Lower peaks (-80 dBFS) are silence: the dither of a 16-bit recording is higher."""

Samples: TypeAlias = NDArray[np.float32]
"""Samples of all channels in [-1, 1] ``(n_samples, n_channels)``."""
Mix: TypeAlias = Callable[[Samples], Waveform]

_RATES_HZ = (4_000, 384_000)
_CANCELLED = 0.05
"""Share of the channels' mean energy below which the mean counts as cancelled. Uncorrelated
channels keep ``1 / n_channels``."""
_PIECE_SAMPLES = 2**14


def decode(
    source: BinaryIO, *, max_duration_s: float = MAX_DURATION_S, rate_hz: int = SAMPLE_RATE_HZ
) -> Waveform:
    """Return the recording as mono samples, clipped to [-1, 1].

    Channels are averaged; if they cancel each other, the loudest channel is returned. A damaged or
    truncated file returns the samples that can be decoded. Decoding works in blocks; its peak
    memory is twice the result, 8 MB a minute at 16 kHz.

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
    if mean.is_cancelled:
        wave = decode_mono(mean.loudest)
    offset = float(wave.mean(dtype=np.float64))
    peak = max(float(wave.max()) - offset, offset - float(wave.min()))
    if peak < SILENCE_PEAK:
        raise SilentAudioError(
            f"The audio is silent: its peak is {peak:.1e} of full scale; "
            f"at least {SILENCE_PEAK:.0e} is needed."
        )
    return wave


class _ChannelMean:
    """Averages channels and detects whether they cancel each other."""

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
        """Whether the mean has less than 5 % of the channels' mean energy."""
        return self._energy < _CANCELLED * sum(self._energies.values())

    def loudest(self, samples: Samples) -> Waveform:
        """Return the channel with the most energy so far among the present ones."""
        present = range(samples.shape[1])
        return samples[:, max(present, key=lambda channel: self._energies[channel])]


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
    pieces: list[Waveform] = [np.zeros(0, np.float32)]
    n_samples = 0
    for block in blocks:
        n_samples += len(block)
        if n_samples > most:
            raise TooLongAudioError(
                f"The audio lasts {n_samples / rate_hz:.1f} s or longer; "
                f"at most {most / rate_hz:g} s is read."
            )
        pieces.append(block)
    return np.concatenate(pieces)


def _resample(blocks: Iterable[Block], wanted_hz: int, mix: Mix) -> Iterator[Waveform]:
    # The rate may change within a stream: HE-AAC signals its doubled rate only after the start.
    for rate_hz, run in groupby(blocks, key=attrgetter("rate_hz")):
        low, high = _RATES_HZ
        if not low <= rate_hz <= high:
            raise UndecodableAudioError(
                f"The sample rate is {rate_hz} Hz; it must lie in [{low}, {high}]."
            )
        mono = (mix(_clipped(block.samples)) for block in run)
        if rate_hz == wanted_hz:
            yield from mono
        else:
            yield from _convert_rate(mono, rate_hz, wanted_hz)


def _clipped(samples: Samples) -> Samples:
    if not np.isfinite(samples).all():
        raise UndecodableAudioError("The audio holds samples that are not finite numbers.")
    return samples.clip(-1.0, 1.0)


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
