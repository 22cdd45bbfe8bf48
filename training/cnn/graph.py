"""Converts all folds' networks to one ONNX graph, and back."""

from collections.abc import Sequence
from pathlib import Path

import onnx
from onnx import numpy_helper

from models.errors import EncoderError
from models.features.cnn import CHUNK_FRAMES, N_MELS
from training.cnn.folded_network import Folded
from training.encoders.graph import Graph

_PADDING = [1, 1, 1, 1]  # of a 3x3 kernel


def build_cnn(folds: Sequence[Folded]) -> onnx.ModelProto:
    """Return the graph from ``log_mel (n_chunks, 231, 128)`` to the folds' embeddings.

    The output is ``embedding (n_folds, n_chunks, n_embedding)``.
    """
    graph = Graph("short_chunk_cnn")
    mels = graph.node("Unsqueeze", "log_mel", graph.integers(1))
    first = graph.integers(0)
    stacked = [graph.node("Unsqueeze", _add_fold(graph, mels, folded), first) for folded in folds]
    graph.node("Concat", *stacked, axis=0, output="embedding")
    n_embedding = len(folds[0].projection)
    return graph.model(
        inputs={"log_mel": ("float32", ("n_chunks", CHUNK_FRAMES, N_MELS))},
        outputs={"embedding": (len(folds), "n_chunks", n_embedding)},
    )


def read_cnn(path: Path) -> list[Folded]:
    """Return the networks in a file that :func:`build_cnn` made.

    Raises:
        EncoderError: The file is missing or is another kind of graph.
    """
    if not path.is_file():
        raise EncoderError(
            f"{path} is missing; `python -m training pretrain --member cnn` makes it."
        )
    graph = onnx.load(path).graph
    n_folds = graph.output[0].type.tensor_type.shape.dim[0].dim_value
    stored = [numpy_helper.to_array(part) for part in graph.initializer]
    arrays = [array for array in stored if array.dtype.kind == "f"]
    if not n_folds or len(arrays) % n_folds:
        raise EncoderError(
            f"{path} holds {len(arrays)} arrays for {n_folds} folds: it is not an exported cnn."
        )
    each = len(arrays) // n_folds
    return [Folded.of(arrays[low : low + each]) for low in range(0, len(arrays), each)]


def _add_fold(graph: Graph, mels: str, folded: Folded) -> str:
    """Add one fold's network for log-mels ``(n_chunks, 1, n_frames, 128)``; return its output."""
    # read_cnn relies on the order of the constants.
    scale, shift, *layers, projection = map(graph.constant, folded.arrays())
    maps = graph.node("Add", graph.node("Mul", mels, scale), shift)
    pairs = list(zip(layers[::2], layers[1::2], strict=True))
    for weight, bias in pairs[:-1]:
        convolved = graph.node("Conv", maps, weight, bias, pads=_PADDING)
        pooled = graph.node("MaxPool", convolved, kernel_shape=[2, 2], strides=[2, 2])
        maps = graph.node("Relu", pooled)
    highest = graph.node("ReduceMax", maps, axes=[2, 3], keepdims=0)
    weight, bias = pairs[-1]
    activation = graph.node("Relu", graph.node("Gemm", highest, weight, bias, transB=1))
    return graph.node("Gemm", activation, projection, transB=1)
