"""Frames: coded packets, and the output of FFmpeg's decoders as float arrays."""

import ctypes
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple, TypeAlias

import av
import numpy as np
from av import AudioCodecContext, AudioFrame, AudioLayout, AudioStream, Packet
from numpy.typing import NDArray

from models.errors import UndecodableAudioError

AudioPacket: TypeAlias = "Packet[AudioStream]"
Packets: TypeAlias = "Iterable[AudioPacket | None]"

_CRASHING_CHANNELS = 8
_CUSTOM_ORDER = 2
_BLOCK_SAMPLES = 2**14
_DAMAGE = (av.InvalidDataError, av.PatchWelcomeError, av.PermissionError, av.error.UndefinedError)
"""FFmpeg's errors for a damaged packet; some decoders return -1, the third, or any number."""


class Block(NamedTuple):
    """Consecutive samples ``(n_samples, n_channels)`` and their sample rate."""

    rate_hz: int
    samples: NDArray[np.float32]


class Coded(NamedTuple):
    """Coded packets, in order, and the decoder that they are for.

    Attributes:
        context: The decoder.
        packets: Read when they are iterated; None after the last flushes the decoder.
        trim: Removes samples that the encoder added from the decoder's output.
    """

    context: AudioCodecContext
    packets: Packets
    trim: Callable[[Iterable[Block]], Iterable[Block]] = iter

    def blocks(self) -> Iterable[Block]:
        """Decode the packets."""
        return self.trim(decode_packets(self.context, self.packets))


def drop_end(
    blocks: Iterable[Block], n_surplus: Callable[[], int], most_surplus: int
) -> Iterator[Block]:
    """Yield blocks without their last samples; keep few in memory.

    Args:
        blocks: Read when the result is iterated.
        n_surplus: Called after the last block; returns how many samples to drop.
        most_surplus: No more are dropped.
    """
    pending: deque[Block] = deque()
    n_pending = 0
    for block in blocks:
        pending.append(block)
        n_pending += len(block.samples)
        while pending and n_pending - len(pending[0].samples) >= most_surplus:
            n_pending -= len(pending[0].samples)
            yield pending.popleft()
    n_pending -= min(max(n_surplus(), 0), most_surplus)
    for block in pending:
        yield Block(block.rate_hz, block.samples[: max(n_pending, 0)])
        n_pending -= len(block.samples)


def decode_packets(context: AudioCodecContext, packets: Packets) -> Iterator[Block]:
    """Yield the samples of packets, without the damaged ones.

    Frames of some 20 ms are joined to blocks, because each block has a fixed cost later.
    """
    pending: list[Block] = []
    n_pending, last_kind = 0, None
    for block in _frame_blocks(context, packets):
        kind = block.rate_hz, block.samples.shape[1]
        if pending and (n_pending >= _BLOCK_SAMPLES or kind != last_kind):
            yield _join(pending)
            pending, n_pending = [], 0
        pending.append(block)
        last_kind = kind
        n_pending += len(block.samples)
    if pending:
        yield _join(pending)


def _join(blocks: list[Block]) -> Block:
    return Block(blocks[0].rate_hz, np.concatenate([block.samples for block in blocks]))


def _frame_blocks(context: AudioCodecContext, packets: Packets) -> Iterator[Block]:
    converter, last_kind = to_floats(n_channels=1), None
    for packet in packets:
        with suppress(*_DAMAGE):  # the next packet may be intact
            for frame in _decode(context, packet):
                if is_readable(frame):
                    yield Block(frame.sample_rate, samples_of(frame))
                    continue
                kind = (frame.format.name, frame.layout.name, frame.sample_rate)
                if kind != last_kind:  # a stream may change it, a resampler cannot
                    converter, last_kind = to_floats(frame.layout.nb_channels), kind
                for floats in converter.resample(frame):
                    yield Block(floats.sample_rate, samples_of(floats))


def _decode(context: AudioCodecContext, packet: "AudioPacket | None") -> list[AudioFrame]:
    frames = context.decode(packet)
    if any(_is_custom(frame.layout) for frame in frames):
        for frame in frames:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(frame.layout))  # freed twice, it crashes
        raise UndecodableAudioError("The order of the audio's channels is not supported.")
    return frames


def forget_custom_order(context: AudioCodecContext) -> None:
    """Number the channels of an unopened decoder if their order is none that FFmpeg names.

    PyAV frees such an order once for each layout that it returns, which corrupts memory. The one
    that is read here is replaced in the decoder.
    """
    layout = context.layout
    if _is_custom(layout):
        context.layout = f"{layout.nb_channels} channels"


def _is_custom(layout: AudioLayout) -> bool:
    """Read the first field of FFmpeg's `AVChannelLayout`, which PyAV hides."""
    return ctypes.c_int.from_address(id(layout) + object.__basicsize__).value == _CUSTOM_ORDER


def is_readable(frame: AudioFrame) -> bool:
    """Return whether a frame needs no conversion."""
    return frame.format.name == "fltp" and frame.layout.nb_channels < _CRASHING_CHANNELS


def to_floats(n_channels: int) -> av.AudioResampler:
    """Return a converter of frames with ``n_channels`` to 32-bit floats.

    The output is planar, which halves the cost of mixing. From eight channels on it is packed:
    PyAV reads past the last channel of such a planar frame and crashes.
    """
    return av.AudioResampler(format="fltp" if n_channels < _CRASHING_CHANNELS else "flt")


def samples_of(frame: AudioFrame) -> NDArray[np.float32]:
    """Return a float frame's samples ``(n_samples, n_channels)``."""
    samples = frame.to_ndarray()
    if frame.format.is_planar:
        return samples.T.astype(np.float32, copy=False)
    return samples.reshape(-1, frame.layout.nb_channels).astype(np.float32, copy=False)
