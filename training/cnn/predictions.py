"""Predictions of networks for whole tracks."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from models.arrays import FloatMatrix, Logits
from models.features import cnn
from training.cnn.data import Mel

_CHUNKS_PER_BATCH = 16  # larger batches do not fit into a processor's cache


def judge(
    network: nn.Module, mels: Sequence[Mel], *, device: str = "cpu", precision: str = "fp32"
) -> tuple[Logits, list[FloatMatrix]]:
    """Return a network's logits of whole tracks, and the activations of their chunks.

    Returns:
        Mean logits over all chunks ``(n_tracks, n_quadrants)``, and for each track its chunks'
        activations ``(n_chunks, 512)``.
    """
    by_track, activations = judge_chunks(network, mels, device=device, precision=precision)
    return np.stack([part.mean(axis=0) for part in by_track]), activations


def judge_chunks(
    network: nn.Module, mels: Sequence[Mel], *, device: str = "cpu", precision: str = "fp32"
) -> tuple[list[Logits], list[FloatMatrix]]:
    """Return a network's logits and activations of the chunks of at least one track.

    Returns:
        For each track, its chunks' logits ``(n_chunks, n_quadrants)`` and activations
        ``(n_chunks, 512)``.
    """
    network.eval()
    pieces = [cnn.chunks(mel) for mel in mels]
    ends = np.cumsum([len(part) for part in pieces])[:-1]
    everything = np.concatenate(pieces)  # in the precision of the mels
    logits, activations = [], []
    with torch.no_grad():
        for low in range(0, len(everything), _CHUNKS_PER_BATCH):
            batch = torch.from_numpy(everything[low : low + _CHUNKS_PER_BATCH]).to(device).float()
            with autocast(device, precision):
                output = network(batch)
            logits.append(output.logits.double().cpu().numpy())
            activations.append(output.activation.float().cpu().numpy())
    return np.split(np.concatenate(logits), ends), np.split(np.concatenate(activations), ends)


def autocast(device: str, precision: str) -> torch.autocast:
    """Return a context for matrix products in this precision, ``bf16`` or ``fp32``."""
    return torch.autocast(
        torch.device(device).type, dtype=torch.bfloat16, enabled=precision == "bf16"
    )
