"""The short-chunk CNN (Won et al., 2020) in torch, as it is trained."""

from itertools import pairwise
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from models.emotion import N_QUADRANTS

CHANNELS = (1, 1, 2, 2, 2, 2, 4)
"""Of each block, in multiples of the width; 128 is the published one."""
N_DENSE = 512
_DROPOUT = 0.5
_Module = TypeVar("_Module", bound=nn.Module)


class CnnOutput(NamedTuple):
    """What the network makes of chunks.

    Attributes:
        logits: Shape ``(n_chunks, n_quadrants)``.
        activation: Of the dense layer ``(n_chunks, 512)``.
        teacher: What it supposes the teacher to hear ``(n_chunks, n_teacher)``.
    """

    logits: Tensor
    activation: Tensor
    teacher: Tensor


class ShortChunkCnn(nn.Module):
    """Seven blocks of convolution, normalisation and pooling, a dense layer, a last layer.

    Beside the last layer there is another that is asked for the teacher's embedding and is dropped
    when the network is exported: our departure from the paper, which had thousands of tracks.
    With ``n_teacher`` 0 there is none.
    """

    def __init__(self, width: int, n_teacher: int) -> None:
        super().__init__()
        sizes = [1, *(width * factor for factor in CHANNELS)]
        self.norm = nn.BatchNorm2d(1)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(n_in, n_out, 3, padding=1, bias=False),
                nn.BatchNorm2d(n_out),
                nn.MaxPool2d(2),  # before the rectifier: the same numbers, a quarter of the work
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
        """Return what is heard in chunks ``(n_chunks, n_frames, 128)``; 128 frames or more."""
        maps = self.norm(mel[:, None])  # (n_chunks, 1, n_frames, 128)
        for block in self.blocks:
            maps = block(maps)
        activation = self.dense(maps.amax(dim=(2, 3)))  # (n_chunks, 512)
        kept = self.dropout(activation)
        teacher = self.teacher(kept) if self.teacher else kept[:, :0]
        return CnnOutput(self.last(kept), activation, teacher)


def build(width: int, n_teacher: int, seed: int) -> ShortChunkCnn:
    """Return a network whose first weights a seed decides."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return ShortChunkCnn(width, n_teacher)


def channels_last(network: _Module) -> _Module:
    """Return the network with its kernels laid out as convolutions read them fastest."""
    for weights in network.parameters():
        if weights.ndim == _KERNEL:
            weights.data = weights.data.contiguous(memory_format=torch.channels_last)
    return network


def default_device() -> str:
    """Return where to train unless told: an accelerator if there is one."""
    return "cuda" if torch.cuda.is_available() else "cpu"


_KERNEL = 4  # dimensions
