"""Loudness: normalise a recording's level and trim the silence at its ends.

The level is the gated mean power of ITU-R BS.1770-5 with two changes: no frequency weighting, and
the first gate is relative to the loudest block, so that a quiet recording is measured like a loud
one.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.arrays import Waveform
from models.audio.decoding import MIN_DURATION_S, SAMPLE_RATE_HZ

LEVEL_DB = -17.0
"""Target level in dBFS; the median of the 4Q clips is -16.7 dB."""
GATE_DB = 10.0
"""Blocks this far below the mean are gated out."""
SILENCE_DB = 50.0
"""Pieces this far below the level are silence."""

_PIECE = SAMPLE_RATE_HZ // 100
_BLOCK_PIECES = 40
"""A block lasts 0.4 s."""
_STEP_PIECES = 10
_LEAST_SAMPLES = round(MIN_DURATION_S * SAMPLE_RATE_HZ)
_LEAST_POWER = 1e-12
"""Power of a block with one sample at the silence peak; below it, offsets are rounding errors."""

Moments = NDArray[np.float64]
Powers = NDArray[np.float64]


class Sound(NamedTuple):
    """A recording without the silence at its ends.

    Attributes:
        wave: Original samples from the first sound to the last.
        start: Index of its first sample in the recording.
        offset: Mean of its samples.
        gain: Factor that brings it to the target level after the offset is subtracted.
    """

    wave: Waveform
    start: int
    offset: np.float32
    gain: np.float32

    def normalise(self, wave: Waveform) -> Waveform:
        """Scale part of the sound to the target level; it may exceed full scale."""
        return (wave - self.offset) * self.gain


def find_sound(wave: Waveform) -> Sound:
    """Trim a recording: 16 kHz, mono, at least one sample."""
    pieces = _pieces(wave)
    rough = _gated_mean(_block_powers(pieces))
    audible = np.flatnonzero(_powers(pieces) > rough * _ratio(-SILENCE_DB))
    first, last = (int(audible[0]), int(audible[-1])) if len(audible) else (0, len(pieces) - 1)
    # Measure again without the ends: blocks that are half silence would bias the level.
    power = max(_gated_mean(_block_powers(pieces[first : last + 1])), _LEAST_POWER)
    start = max(0, min(first * _PIECE, len(wave) - _LEAST_SAMPLES))
    sound = wave[start : max((last + 1) * _PIECE, start + _LEAST_SAMPLES)]
    offset = np.float32(sound.mean(dtype=np.float64))
    return Sound(sound, start, offset, np.float32(np.sqrt(_ratio(LEVEL_DB) / power)))


def _ratio(db: float) -> float:
    return float(10.0 ** (db / 10.0))


def _pieces(wave: Waveform) -> Moments:
    """Return mean square and mean of each 10 ms ``(n_pieces, 2)``; the last may be shorter."""
    n_whole = len(wave) // _PIECE
    whole = wave[: n_whole * _PIECE].reshape(n_whole, _PIECE)
    moments = np.stack([np.einsum("ij,ij->i", whole, whole) / _PIECE, whole.mean(axis=1)], axis=1)
    rest = wave[n_whole * _PIECE :]
    if len(rest):
        moments = np.append(moments, [[np.mean(rest**2), rest.mean()]], axis=0)
    return moments.astype(np.float64)


def _powers(moments: Moments) -> Powers:
    """Return powers without the offset's; rounding may make the difference negative."""
    return np.maximum(moments[:, 0] - moments[:, 1] ** 2, 0.0)


def _block_powers(pieces: Moments) -> Powers:
    """Return the power of blocks of 0.4 s, each 0.1 s."""
    n = min(_BLOCK_PIECES, len(pieces))
    sums = np.concatenate([np.zeros((1, 2)), np.cumsum(pieces, axis=0)])
    return _powers((sums[n:] - sums[:-n])[::_STEP_PIECES] / n)


def _gated_mean(blocks: Powers) -> float:
    """Return the mean power of the blocks that pass both gates."""
    audible = blocks[blocks >= blocks.max() * _ratio(-SILENCE_DB)]
    return float(audible[audible >= audible.mean() * _ratio(-GATE_DB)].mean())
