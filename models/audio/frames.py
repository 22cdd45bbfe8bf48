"""Frames: what FFmpeg's decoders return, as arrays of floats."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple, TypeAlias

import av
import numpy as np
from av import AudioCodecContext, AudioFrame, AudioStream, Packet
from numpy.typing import NDArray

AudioPacket: TypeAlias = "Packet[AudioStream]"
Packets: TypeAlias = "Iterable[AudioPacket | None]"

_CRASHING_CHANNELS = 8
_GATHERED = 2**14
_DAMAGE = (av.InvalidDataError, av.PermissionError)
"""What FFmpeg calls a damaged packet; the second is the -1 that some of its decoders return."""


class Block(NamedTuple):
    """Consecutive samples ``(n_samples, n_channels)``, and how many there are in a second."""

    rate_hz: int
    samples: NDArray[np.float32]


def decoded(context: AudioCodecContext, packets: Packets) -> Iterator[Block]:
    """Yield the samples of packets; those that are damaged are left out.

    Frames are short, some 20 ms; blocks are joined from them, since whatever is done with a block
    takes as long for few samples as for thousands.
    """
    held: list[Block] = []
    n_held = 0
    for block in _single(context, packets):
        if held and (n_held >= _GATHERED or not _continues(held[-1], block)):
            yield _joined(held)
            held, n_held = [], 0
        held.append(block)
        n_held += len(block.samples)
    if held:
        yield _joined(held)


def _continues(block: Block, following: Block) -> bool:
    return (block.rate_hz, block.samples.shape[1]) == (
        following.rate_hz,
        following.samples.shape[1],
    )


def _joined(blocks: list[Block]) -> Block:
    return Block(blocks[0].rate_hz, np.concatenate([block.samples for block in blocks]))


def _single(context: AudioCodecContext, packets: Packets) -> Iterator[Block]:
    as_floats, last_kind = to_floats(n_channels=1), None
    for packet in packets:
        with suppress(*_DAMAGE):  # the next one may be whole
            for frame in context.decode(packet):
                if is_readable(frame):
                    yield Block(frame.sample_rate, samples_of(frame))
                    continue
                kind = (frame.format.name, frame.layout.name, frame.sample_rate)
                if kind != last_kind:  # which a stream may change, and a converter not
                    as_floats, last_kind = to_floats(frame.layout.nb_channels), kind
                for floats in as_floats.resample(frame):
                    yield Block(floats.sample_rate, samples_of(floats))


def is_readable(frame: AudioFrame) -> bool:
    """Return whether a frame can be read as it is."""
    return frame.format.name == "fltp" and frame.layout.nb_channels < _CRASHING_CHANNELS


def to_floats(n_channels: int) -> av.AudioResampler:
    """Return what converts frames of so many channels to 32-bit floats.

    Channel by channel, where it can be: mixing then takes half the time. But from eight channels
    on, PyAV reads past the last one of such a frame, and crashes.
    """
    return av.AudioResampler(format="fltp" if n_channels < _CRASHING_CHANNELS else "flt")


def samples_of(frame: AudioFrame) -> NDArray[np.float32]:
    """Return the samples ``(n_samples, n_channels)`` of a frame of floats."""
    samples = frame.to_ndarray()
    if frame.format.is_planar:
        return samples.T.astype(np.float32, copy=False)
    return samples.reshape(-1, frame.layout.nb_channels).astype(np.float32, copy=False)
