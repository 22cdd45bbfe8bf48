"""The musicnn audio encoder (Pons and Serra, 2019) as an ONNX graph."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from training.encoders.frontend import N_FRAMES, N_MELS, Affine, Array, Branch, add_front
from training.encoders.graph import Graph

Weights = Mapping[str, NDArray[Any]]

N_EMBEDDING = 200
N_TAGS = 50

_EPSILON = 1e-3  # of TensorFlow's batch normalisation
_N_BRANCHES = 5  # two for timbre, three for rhythm
_N_MIDDLE = 3
_CONTEXT = 3  # frames of padding on either side of a 7-frame kernel


def build_musicnn(weights: Weights) -> onnx.ModelProto:
    """Return the graph from ``log_mel (batch, 187, 96)`` to an embedding and tags.

    The outputs are ``embedding (batch, 200)``, the penultimate layer after its normalisation, and
    the probabilities ``tags (batch, 50)``.

    Args:
        weights: The checkpoint's tensors by TensorFlow name.
    """
    graph = Graph("musicnn")
    branches = [_branch(weights, i) for i in range(_N_BRANCHES)]
    front = add_front(graph, branches, _norm(weights, 0))
    maps = _add_middle(graph, front, branches, weights)
    _add_back(graph, maps, branches, weights)
    return graph.model(
        inputs={"log_mel": ("float32", ("batch", N_FRAMES, N_MELS))},
        outputs={"embedding": ("batch", N_EMBEDDING), "tags": ("batch", N_TAGS)},
    )


def _add_middle(
    graph: Graph, front: str, branches: Sequence[Branch], weights: Weights
) -> list[str]:
    """Add the convolutions over time; return all feature maps ``(batch, n_channels, 187)``."""
    kernel, bias = _first_middle(branches, weights)
    maps = [_add_conv(graph, front, kernel, bias, _norm(weights, _N_BRANCHES + 1))]
    for i in range(_N_BRANCHES + 1, _N_BRANCHES + _N_MIDDLE):
        kernel, bias = _layer(weights, "conv2d", i)
        following = _add_conv(
            graph, maps[-1], kernel[:, :, 0], bias[:, None], _norm(weights, i + 1)
        )
        maps.append(graph.node("Add", following, maps[-1]))
    return [front, *maps]


def _add_conv(graph: Graph, value: str, kernel: Array, bias: Array, after: Affine) -> str:
    """Add a rectified, normalised convolution over time.

    Args:
        graph: The graph.
        value: The input ``(batch, n_in, 187)``.
        kernel: Shape ``(7, n_in, n_out)``.
        bias: Shape ``(n_out, 1)``, or ``(n_out, 187)`` if it varies over time.
        after: The normalisation of ``n_out`` channels.
    """
    taps = graph.constant(kernel.transpose(2, 1, 0))
    convolved = graph.node("Conv", value, taps, pads=[_CONTEXT, _CONTEXT])
    rectified = graph.node("Relu", graph.node("Add", convolved, graph.constant(bias)))
    return graph.affine(rectified, after.scale[:, None], after.shift[:, None])


def _first_middle(branches: Sequence[Branch], weights: Weights) -> tuple[Array, Array]:
    """Return the first middle layer's kernel for live channels, and its bias over time.

    The constant part of the front end is zero in the padding, so it contributes less near both
    ends.
    """
    kernel, bias = _layer(weights, "conv2d", _N_BRANCHES)
    kernel = kernel[:, :, 0]
    rest = np.einsum("kco,c->ko", kernel, np.concatenate([b.rest for b in branches]))
    frame = np.arange(N_FRAMES)[:, None] + np.arange(-_CONTEXT, _CONTEXT + 1)
    is_inside = (frame >= 0) & (frame < N_FRAMES)  # (187, 7)
    return _live(kernel, branches, axis=1), (is_inside @ rest + bias).T


def _add_back(
    graph: Graph, maps: Sequence[str], branches: Sequence[Branch], weights: Weights
) -> None:
    """Pool over time and add the two dense layers, named as the graph's outputs."""
    joined = graph.node("Concat", *maps, axis=1)
    highest = graph.node("ReduceMax", joined, axes=[2], keepdims=0)
    average = graph.node("ReduceMean", joined, axes=[2], keepdims=0)
    pooled = graph.node("Concat", highest, average, axis=1)
    first = [graph.constant(part) for part in _first_dense(branches, weights)]
    rectified = graph.node("Relu", graph.node("Gemm", pooled, *first))
    after = _norm(weights, _N_BRANCHES + _N_MIDDLE + 2)
    graph.affine(rectified, after.scale, after.shift, output="embedding")
    last = [graph.constant(part) for part in _layer(weights, "dense", 1)]
    graph.node("Sigmoid", graph.node("Gemm", "embedding", *last), output="tags")


def _first_dense(branches: Sequence[Branch], weights: Weights) -> tuple[Array, Array]:
    """Return kernel and bias for ``[maxima of the channels, means of the channels]``."""
    before = _norm(weights, _N_BRANCHES + _N_MIDDLE + 1)
    kernel, bias = _layer(weights, "dense", 0)
    pairs = (kernel * before.scale[:, None]).reshape(-1, 2, N_EMBEDDING)  # published interleaved
    rest = np.concatenate([b.rest for b in branches])
    front, middle = pairs[: len(rest)], pairs[len(rest) :]
    live = np.concatenate([_live(front, branches, axis=0), middle])
    folded = bias + before.shift @ kernel + rest @ front.sum(1)
    return np.concatenate([live[:, 0], live[:, 1]]), folded


def _live(kernel: Array, branches: Sequence[Branch], axis: int) -> Array:
    """Select the front end's live channels along ``axis``, with their scale folded in."""
    is_live = np.concatenate([b.is_live for b in branches])
    scale = np.abs(np.concatenate([b.after.scale for b in branches]))
    along = [-1 if i == axis else 1 for i in range(kernel.ndim)]
    return np.compress(is_live, kernel * scale.reshape(along), axis=axis)


def _branch(weights: Weights, i: int) -> Branch:
    kernel, bias = _layer(weights, "conv2d", i)
    return Branch(kernel[:, :, 0].transpose(2, 0, 1), bias, _norm(weights, i + 1))


def _layer(weights: Weights, kind: str, i: int) -> tuple[Array, Array]:
    """Return kernel and bias of the ``i``-th layer of a kind."""
    name = _name(kind, i)
    kernel, bias = (weights[f"{name}/{part}"].astype(np.float64) for part in ("kernel", "bias"))
    return kernel, bias


def _norm(weights: Weights, i: int) -> Affine:
    name = _name("batch_normalization", i)
    gamma, beta, mean, variance = (
        weights[f"{name}/{part}"].astype(np.float64)
        for part in ("gamma", "beta", "moving_mean", "moving_variance")
    )
    scale = gamma / np.sqrt(variance + _EPSILON)
    return Affine(scale, beta - mean * scale)


def _name(kind: str, i: int) -> str:
    """Return TensorFlow's name of the ``i``-th layer of a kind."""
    return f"{kind}_{i}" if i else kind
