"""The short-chunk CNN (Won et al., 2020) in torch, for training."""

from itertools import pairwise
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from models.emotion import N_QUADRANTS

CHANNELS = (1, 1, 2, 2, 2, 2, 4)
"""Channels of each block, in multiples of the width; the published width is 128."""
N_DENSE = 512
_DROPOUT = 0.5
_Module = TypeVar("_Module", bound=nn.Module)


class CnnOutput(NamedTuple):
    """The network's outputs for chunks.

    Attributes:
        logits: Shape ``(n_chunks, n_quadrants)``.
        activation: Output of the dense layer ``(n_chunks, 512)``.
        teacher: Prediction of the teacher's embedding ``(n_chunks, n_teacher)``.
    """

    logits: Tensor
    activation: Tensor
    teacher: Tensor


class ShortChunkCnn(nn.Module):
    """Seven blocks of convolution, normalisation and pooling, a dense layer, a last layer.

    A second output layer predicts the teacher's embedding; it is not exported, and missing if
    ``n_teacher`` is 0. It is not in the paper, which had thousands of tracks.
    """

    def __init__(self, width: int, n_teacher: int) -> None:
        super().__init__()
        sizes = [1, *(width * factor for factor in CHANNELS)]
        self.norm = nn.BatchNorm2d(1)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(n_in, n_out, 3, padding=1, bias=False),
                nn.BatchNorm2d(n_out),
                nn.MaxPool2d(2),  # before the rectifier: the same result, four times faster
                nn.ReLU(),
            )
            for n_in, n_out in pairwise(sizes)
        )
        self.dense = nn.Sequential(
            nn.Linear(sizes[-1], N_DENSE, bias=False), nn.BatchNorm1d(N_DENSE), nn.ReLU()
        )
        self.dropout = nn.Dropout(_DROPOUT)
        self.last = nn.Linear(N_DENSE, N_QUADRANTS)
        self.teacher = nn.Linear(N_DENSE, n_teacher) if n_teacher else None

    def forward(self, mel: Tensor) -> CnnOutput:
        """Return the outputs for chunks ``(n_chunks, n_frames, 128)`` of at least 128 frames."""
        maps = self.norm(mel[:, None])  # (n_chunks, 1, n_frames, 128)
        for block in self.blocks:
            maps = block(maps)
        activation = self.dense(maps.amax(dim=(2, 3)))  # (n_chunks, 512)
        kept = self.dropout(activation)
        teacher = self.teacher(kept) if self.teacher else kept[:, :0]
        return CnnOutput(self.last(kept), activation, teacher)


def build(width: int, n_teacher: int, seed: int) -> ShortChunkCnn:
    """Return a network with initial weights from a seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return ShortChunkCnn(width, n_teacher)


def channels_last(network: _Module) -> _Module:
    """Return the network with kernels in the memory layout that is fastest for convolutions."""
    for weights in network.parameters():
        if weights.ndim == _KERNEL:
            weights.data = weights.data.contiguous(memory_format=torch.channels_last)
    return network


def default_device() -> str:
    """Return the default device: an accelerator if there is one."""
    return "cuda" if torch.cuda.is_available() else "cpu"


_KERNEL = 4  # dimensions
