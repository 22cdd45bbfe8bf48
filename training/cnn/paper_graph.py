"""Converts the paper's CNN to an ONNX graph with named weights, and back."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from models.emotion import N_QUADRANTS
from models.errors import EncoderError
from models.features.cnn import CHUNK_FRAMES, N_MELS
from training.cnn.network import CHANNELS
from training.encoders.graph import Graph

Weights = Mapping[str, NDArray[np.float32]]
"""Arrays by their names in :class:`training.cnn.network.ShortChunkCnn`."""

FIRST = "blocks.0.0.weight"
"""The first convolution's kernels ``(width, 1, 3, 3)``."""
_PADDING = [1, 1, 1, 1]  # of a 3x3 kernel


def build_paper_cnn(weights: Weights) -> onnx.ModelProto:
    """Return the graph from ``log_mel (n_chunks, 231, 128)`` to ``logits (n_chunks, 4)``.

    Normalisations are separate nodes, so that the network can be read and fine-tuned.
    """
    graph = Graph("paper_cnn")
    for name, array in weights.items():
        graph.constant(array, name)
    maps = _norm(graph, graph.node("Unsqueeze", "log_mel", graph.integers(1)), "norm")
    for place in range(len(CHANNELS)):
        convolved = graph.node("Conv", maps, f"blocks.{place}.0.weight", pads=_PADDING)
        normal = _norm(graph, convolved, f"blocks.{place}.1")
        pooled = graph.node("MaxPool", normal, kernel_shape=[2, 2], strides=[2, 2])
        maps = graph.node("Relu", pooled)
    highest = graph.node("ReduceMax", maps, axes=[2, 3], keepdims=0)
    dense = _norm(graph, graph.node("Gemm", highest, "dense.0.weight", transB=1), "dense.1")
    last = (graph.node("Relu", dense), "last.weight", "last.bias")
    graph.node("Gemm", *last, transB=1, output="logits")
    return graph.model(
        inputs={"log_mel": ("float32", ("n_chunks", CHUNK_FRAMES, N_MELS))},
        outputs={"logits": ("n_chunks", N_QUADRANTS)},
    )


def read_paper_cnn(path: Path) -> dict[str, NDArray[np.float32]]:
    """Return the weights in a file that :func:`build_paper_cnn` made.

    Raises:
        EncoderError: The file is missing or is another kind of graph.
    """
    if not path.is_file():
        raise EncoderError(f"{path} is missing.")
    stored = {part.name: numpy_helper.to_array(part) for part in onnx.load(path).graph.initializer}
    if FIRST not in stored:
        raise EncoderError(f"{path} has no weight {FIRST}: it is not the paper's cnn.")
    return {name: array for name, array in stored.items() if array.dtype == np.float32}


def _norm(graph: Graph, value: str, name: str) -> str:
    """Add a batch normalisation; ONNX's default epsilon is torch's."""
    parts = ("weight", "bias", "running_mean", "running_var")
    return graph.node("BatchNormalization", value, *(f"{name}.{part}" for part in parts))
