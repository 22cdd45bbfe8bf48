"""The front end of musicnn: convolutions over the spectrogram, then a maximum over mel.

Most filters of the published network died in training: their kernels are zero to within 1e-7, so
their outputs are constant. The constants are folded into the biases of the next layers. This saves
nine tenths of the arithmetic and changes outputs by rounding errors only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.encoders.graph import Graph

Array = NDArray[np.float64]

N_FRAMES = 187  # 3 s at 16 kHz and a hop of 256
N_MELS = 96

_DEAD = 1e-6  # live filters start at 1e-3, dead ones end at 1e-7
_BLOCK = 16  # channels in a block of ONNX Runtime's kernels (8 without AVX-512)
_MOST_SHIFTS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Affine:
    """A batch normalisation in evaluation mode: ``scale * x + shift``, each ``(n_channels,)``."""

    scale: Array
    shift: Array


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """A convolution, a rectifier and a normalisation.

    Attributes:
        kernel: Shape ``(n_channels, n_frames, n_mels)``.
        bias: Shape ``(n_channels,)``.
        after: The normalisation after the rectifier.
    """

    kernel: Array
    bias: Array
    after: Affine

    @property
    def is_live(self) -> NDArray[np.bool_]:
        """Whether each channel depends on the input ``(n_channels,)``."""
        reach: Array = np.abs(self.kernel).sum((1, 2)) * np.abs(self.after.scale)
        return reach > _DEAD

    @property
    def rest(self) -> Array:
        """Constant part of each channel: its shift, or its whole output if it is dead."""
        idle = self.after.scale * np.maximum(self.bias, 0)
        return self.after.shift + np.where(self.is_live, 0.0, idle)


def add_front(graph: Graph, branches: Sequence[Branch], before: Affine) -> str:
    """Add the branches; return their live channels ``(batch, n_live, 187)``.

    The next layers apply ``abs(scale)`` and ``rest`` of the channels.
    """
    mel = graph.affine("log_mel", before.scale, before.shift)
    image = graph.node("Unsqueeze", mel, graph.integers(1))
    joined = graph.node("Concat", *(_extremes(graph, image, b) for b in branches), axis=1)
    falls = np.concatenate([b.after.scale[b.is_live] < 0 for b in branches])[:, None]
    # The rectifier; channels with a negative scale are negated and keep negative values.
    risen = graph.node("Max", joined, graph.constant(np.where(falls, -np.inf, 0.0)))
    return graph.node("Min", risen, graph.constant(np.where(falls, 0.0, np.inf)))


def _extremes(graph: Graph, image: str, branch: Branch) -> str:
    """Convolve and take the extreme over mel ``(batch, n_live, 187)``.

    Rectifier and normalisation are monotonic, so they can follow the maximum. A negative scale
    needs the minimum: kernel and bias change their sign.
    """
    sign = np.sign(branch.after.scale[branch.is_live])
    kernel = branch.kernel[branch.is_live] * sign[:, None, None]
    bias = branch.bias[branch.is_live] * sign
    n_channels, n_frames, n_mels = kernel.shape
    n_shifts = _best_shifts(n_channels, n_frames)
    n_steps = -(-N_FRAMES // n_shifts)
    before = (n_frames - 1) // 2  # TensorFlow's "same": the odd frame of padding comes last
    after = n_steps * n_shifts + n_frames - 1 - N_FRAMES - before
    packed = [graph.constant(part) for part in _packed(kernel, bias, n_shifts)]
    convolved = graph.node(
        "Conv", image, *packed, pads=[before, 0, after, 0], strides=[n_shifts, 1]
    )
    pooled = graph.node("MaxPool", convolved, kernel_shape=[1, N_MELS - n_mels + 1])
    return _unpacked(graph, pooled, (n_channels, n_shifts, n_steps))


def _best_shifts(n_channels: int, n_frames: int) -> int:
    """Return the fastest number of successive frames per step of the convolution.

    The runtime computes whole blocks of channels, so three filters cost as much as sixteen. Copies
    of the filters, each shifted by a frame, fill the block and increase the stride. They also
    enlarge the kernel, so there is an optimum.
    """

    def cost(n_shifts: int) -> int:
        n_steps = -(-N_FRAMES // n_shifts)
        n_blocks = -(-n_channels * n_shifts // _BLOCK)
        return n_steps * n_blocks * (n_frames + n_shifts - 1)

    return min(range(1, _MOST_SHIFTS + 1), key=cost)


def _packed(kernel: Array, bias: Array, n_shifts: int) -> tuple[Array, Array]:
    """Return shifted copies of the filters, padded with zeros to whole blocks."""
    n_channels, n_frames, n_mels = kernel.shape
    shifted = np.zeros((n_channels, n_shifts, n_frames + n_shifts - 1, n_mels))
    for shift in range(n_shifts):
        shifted[:, shift, shift : shift + n_frames] = kernel
    spare = -n_channels * n_shifts % _BLOCK  # a partial block also costs a reordering
    stacked = shifted.reshape(n_channels * n_shifts, 1, *shifted.shape[2:])
    return (
        np.pad(stacked, [(0, spare), (0, 0), (0, 0), (0, 0)]),
        np.pad(np.repeat(bias, n_shifts), (0, spare)),
    )


def _unpacked(graph: Graph, pooled: str, shape: tuple[int, int, int]) -> str:
    """Restore the order of frames: ``(batch, channels, steps, 1)`` to ``(batch, n_live, 187)``."""
    n_channels, n_shifts, n_steps = shape
    zero, channels = graph.integers(0), graph.integers(1)
    used = graph.node("Slice", pooled, zero, graph.integers(n_channels * n_shifts), channels)
    apart = graph.node("Reshape", used, graph.integers(0, n_channels, n_shifts, n_steps))
    turned = graph.node("Transpose", apart, perm=[0, 1, 3, 2])
    frames = graph.node("Reshape", turned, graph.integers(0, n_channels, n_steps * n_shifts))
    return graph.node("Slice", frames, zero, graph.integers(N_FRAMES), graph.integers(2))
