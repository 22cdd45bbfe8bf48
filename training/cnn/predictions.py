"""What networks say of whole tracks."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from models.arrays import FloatMatrix, Logits
from models.features import cnn
from training.cnn.data import Mel

_JUDGED_AT_ONCE = 16  # more take longer each on a processor: their maps leave its cache


def judge(
    network: nn.Module, mels: Sequence[Mel], *, device: str = "cpu", precision: str = "fp32"
) -> tuple[Logits, list[FloatMatrix]]:
    """Return what a network says of whole tracks, and how it came to it.

    Returns:
        Mean logits over all chunks ``(n_tracks, n_quadrants)``, and for each track its chunks'
        activations ``(n_chunks, 512)``.
    """
    by_track, activations = judge_chunks(network, mels, device=device, precision=precision)
    return np.stack([part.mean(axis=0) for part in by_track]), activations


def judge_chunks(
    network: nn.Module, mels: Sequence[Mel], *, device: str = "cpu", precision: str = "fp32"
) -> tuple[list[Logits], list[FloatMatrix]]:
    """Return what a network says of every chunk, and how it came to it.

    Returns:
        For each track, of which there is at least one, its chunks' logits ``(n_chunks,
        n_quadrants)`` and their activations ``(n_chunks, 512)``.
    """
    network.eval()
    pieces = [cnn.chunks(mel) for mel in mels]
    ends = np.cumsum([len(part) for part in pieces])[:-1]
    everything = np.concatenate(pieces)  # in half precision, if that is what the mels are in
    logits, activations = [], []
    with torch.no_grad():
        for low in range(0, len(everything), _JUDGED_AT_ONCE):
            batch = torch.from_numpy(everything[low : low + _JUDGED_AT_ONCE]).to(device).float()
            with autocast(device, precision):
                heard = network(batch)
            logits.append(heard.logits.double().cpu().numpy())
            activations.append(heard.activation.float().cpu().numpy())
    return np.split(np.concatenate(logits), ends), np.split(np.concatenate(activations), ends)


def autocast(device: str, precision: str) -> torch.autocast:
    """Return a context in which products have this precision, ``bf16`` or ``fp32``."""
    return torch.autocast(
        torch.device(device).type, dtype=torch.bfloat16, enabled=precision == "bf16"
    )
