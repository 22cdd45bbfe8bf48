"""Frames: what FFmpeg's decoders return, as arrays of floats."""

import av
import numpy as np
from av import AudioFrame
from numpy.typing import NDArray

_CRASHING_CHANNELS = 8


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
