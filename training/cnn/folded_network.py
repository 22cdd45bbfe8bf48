"""The exported form of the network: normalisations are folded into the adjacent weights."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.arrays import FloatMatrix
from training.cnn.network import CnnOutput, ShortChunkCnn, channels_last

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A convolution or dense layer: ``(n_out, n_in, 3, 3)`` or ``(n_out, n_in)``, and its bias."""

    weight: Floats
    bias: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """A fold's network up to its embedding, as arrays.

    Attributes:
        scale: Factor of the log-mel ``(1,)``.
        shift: Summand of the scaled log-mel ``(1,)``.
        blocks: Convolutions, each followed by pooling and a rectifier.
        dense: Dense layer, followed by a rectifier; its output is the activation.
        projection: Maps activation to embedding ``(n_embedding, 512)``; rows are orthonormal.
    """

    scale: Floats
    shift: Floats
    blocks: Sequence[Layer]
    dense: Layer
    projection: Floats

    def arrays(self) -> list[Floats]:
        """Return all arrays in a fixed order, for :meth:`of`."""
        layers = [*self.blocks, self.dense]
        flat = [part for layer in layers for part in (layer.weight, layer.bias)]
        return [self.scale, self.shift, *flat, self.projection]

    @classmethod
    def of(cls, arrays: Sequence[Floats]) -> "Folded":
        """Return the network of these arrays."""
        scale, shift, *flat, projection = arrays
        layers = [Layer(*pair) for pair in zip(flat[::2], flat[1::2], strict=True)]
        return cls(scale, shift, layers[:-1], layers[-1], projection)


def fold(network: ShortChunkCnn, projection: FloatMatrix) -> Folded:
    """Fold a trained network's normalisations into its weights."""
    scale, shift = _affine(network.norm)
    return Folded(
        scale=scale.astype(np.float32),
        shift=shift.astype(np.float32),
        blocks=[_joined(block[0], block[1]) for block in network.blocks],  # type: ignore[index]
        dense=_joined(network.dense[0], network.dense[1]),
        projection=projection.astype(np.float32),
    )


class FoldedCnn(nn.Module):
    """The exported network in torch, with its last layer, for fine-tuning."""

    def __init__(self, folded: Folded, weight: Floats, bias: Floats) -> None:
        super().__init__()
        self.scale = nn.Parameter(_tensor(folded.scale))
        self.shift = nn.Parameter(_tensor(folded.shift))
        self.blocks = nn.ModuleList(_convolution(layer) for layer in folded.blocks)
        self.dense = _linear(folded.dense)
        self.projection = nn.Parameter(_tensor(folded.projection), requires_grad=False)
        self.last = _linear(Layer(weight, bias))
        self.pool = nn.MaxPool2d(2)
        channels_last(self)

    def embed(self, mel: Tensor) -> Tensor:
        """Return the embeddings ``(n_chunks, n_embedding)`` of ``(n_chunks, n_frames, 128)``."""
        maps = self.scale * mel[:, None] + self.shift
        for block in self.blocks:
            maps = torch.relu(self.pool(block(maps)))
        return torch.relu(self.dense(maps.amax(dim=(2, 3)))) @ self.projection.T

    def forward(self, mel: Tensor) -> CnnOutput:
        """Return logits and embeddings; the teacher's output is empty."""
        embedding = self.embed(mel)
        return CnnOutput(self.last(embedding), embedding, embedding[:, :0])


def span(last: FloatMatrix, activation: FloatMatrix, n_embedding: int) -> FloatMatrix:
    """Return the orthonormal directions of the embedding ``(n_embedding, n_dense)``.

    The first directions span the rows of the last layer, so that logits are exact. The others are
    the first principal components of the rest.

    Args:
        last: Weights of the last layer ``(n_quadrants, n_dense)``.
        activation: Activations of training chunks ``(n_chunks, n_dense)``.
        n_embedding: Number of directions.
    """
    exact = np.linalg.svd(last.astype(np.float64), full_matrices=False)[2]
    rest = activation.astype(np.float64)
    rest -= rest.mean(axis=0)
    rest -= rest @ exact.T @ exact
    _, directions = np.linalg.eigh(rest.T @ rest)  # by rising variance
    leading = directions[:, ::-1][:, : n_embedding - len(exact)].T
    # If the rest has too few dimensions, the additional directions are orthogonal too.
    basis, _ = np.linalg.qr(np.concatenate([exact, leading]).T)
    return np.asarray(basis.T, np.float32)


def _affine(norm: nn.Module) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return factor and summand of a normalisation, each ``(n_channels,)``."""
    mean, variance = (_array(norm.get_buffer(f"running_{name}")) for name in ("mean", "var"))
    gamma, beta = (_array(norm.get_parameter(name)) for name in ("weight", "bias"))
    scale = gamma / np.sqrt(variance + norm.eps)  # type: ignore[operator]  # a float
    return scale, beta - mean * scale


def _joined(layer: nn.Module, norm: nn.Module) -> Layer:
    """Merge a layer without bias and the following normalisation."""
    scale, shift = _affine(norm)
    weight = _array(layer.get_parameter("weight"))
    scaled = weight * scale.reshape(-1, *[1] * (weight.ndim - 1))
    return Layer(scaled.astype(np.float32), shift.astype(np.float32))


def _convolution(layer: Layer) -> nn.Conv2d:
    n_out, n_in = layer.weight.shape[:2]
    module = nn.Conv2d(n_in, n_out, 3, padding=1)
    module.weight.data, module.bias.data = _tensor(layer.weight), _tensor(layer.bias)  # type: ignore[union-attr]
    return module


def _linear(layer: Layer) -> nn.Linear:
    n_out, n_in = layer.weight.shape
    module = nn.Linear(n_in, n_out)
    module.weight.data, module.bias.data = _tensor(layer.weight), _tensor(layer.bias)
    return module


def _array(tensor: Tensor) -> NDArray[np.float64]:
    return tensor.detach().double().cpu().numpy()


def _tensor(array: Floats) -> Tensor:
    return torch.from_numpy(np.array(array, np.float32))
