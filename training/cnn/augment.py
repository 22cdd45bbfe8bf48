"""Makes of a few hundred clips more than there are: loudness, masks (SpecAugment) and mixtures."""

import numpy as np

from models.arrays import FloatVector, IntVector, LogMel

_LOUDNESS_DB = 6.0
_MASKS = 2
_MOST_BANDS, _MOST_FRAMES = 16, 24
_MIXING = 0.3  # of the beta distribution: most mixtures are nearly one clip


def disturb(mels: LogMel, rng: np.random.Generator) -> LogMel:
    """Return chunks played softer or louder, with some bands and frames hidden.

    What is hidden takes the chunk's mean, which tells the network nothing.

    Args:
        mels: Shape ``(n_chunks, n_frames, n_bands)``; not changed.
        rng: Decides how.
    """
    gain = 10 ** (rng.uniform(-_LOUDNESS_DB, _LOUDNESS_DB, (len(mels), 1, 1)) / 10)
    result: LogMel = np.log10(gain.astype(np.float32) * (np.float32(10) ** mels - 1) + 1)
    for mel in result:
        mean = mel.mean()
        for axis, most in enumerate((_MOST_FRAMES, _MOST_BANDS)):
            for _ in range(_MASKS):
                size = int(rng.integers(most + 1))
                low = int(rng.integers(mel.shape[axis] - size + 1))
                hidden = [slice(None), slice(None)]
                hidden[axis] = slice(low, low + size)
                mel[tuple(hidden)] = mean
    return result


def mixture(n_chunks: int, rng: np.random.Generator) -> tuple[IntVector, FloatVector]:
    """Return with which other chunk each is mixed, and its own share ``(n_chunks,)``, both."""
    own = rng.beta(_MIXING, _MIXING, n_chunks).astype(np.float32)
    return rng.permutation(n_chunks), np.maximum(own, 1 - own)
