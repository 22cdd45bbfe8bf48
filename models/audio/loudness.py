"""Loudness: a recording at one level, without the silence at its ends.

The level is the mean power of its louder blocks, as ITU-R BS.1770-5 gates them, but without
weighting of frequencies, and with a first gate that goes by the loudest block instead of full
scale: a faint recording is measured like a loud one.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.arrays import Waveform
from models.audio.decoding import MIN_DURATION_S, SAMPLE_RATE_HZ

LEVEL_DB = -17.0
"""Level of what is heard, in dB of full scale: the median of the 4Q clips is -16.7 dB."""
GATE_DB = 10.0
"""Blocks so far under the mean do not count."""
SILENCE_DB = 50.0
"""So far under the level is silence, at the ends of a recording."""

_PIECE = SAMPLE_RATE_HZ // 100
_BLOCK_PIECES = 40
"""A block lasts 0.4 s."""
_STEP_PIECES = 10
_LEAST_SAMPLES = round(MIN_DURATION_S * SAMPLE_RATE_HZ)
_LEAST_POWER = 1e-12
"""Of a block in which one sample has the least peak that is heard; under it offsets round."""

Moments = NDArray[np.float64]
Powers = NDArray[np.float64]


class Sound(NamedTuple):
    """What is not silence in a recording.

    Attributes:
        wave: From the first sound to the last, as it was recorded.
        start: The sample of the recording at which it begins.
        offset: Mean of its samples.
        gain: What brings it to the level, once the offset is subtracted.
    """

    wave: Waveform
    start: int
    offset: np.float32
    gain: np.float32

    def levelled(self, wave: Waveform) -> Waveform:
        """Return a part of the sound at the level, without offset; it may exceed full scale."""
        return (wave - self.offset) * self.gain


def sound_of(wave: Waveform) -> Sound:
    """Return the sound of a recording: 16 kHz, mono, of any length above 0."""
    pieces = _pieces(wave)
    rough = _gated(_block_powers(pieces))
    audible = np.flatnonzero(_powers(pieces) > rough * _ratio(-SILENCE_DB))
    first, last = (int(audible[0]), int(audible[-1])) if len(audible) else (0, len(pieces) - 1)
    # Once more without the ends: a block that is half silence would have counted.
    power = max(_gated(_block_powers(pieces[first : last + 1])), _LEAST_POWER)
    start = max(0, min(first * _PIECE, len(wave) - _LEAST_SAMPLES))
    sound = wave[start : max((last + 1) * _PIECE, start + _LEAST_SAMPLES)]
    offset = np.float32(sound.mean(dtype=np.float64))
    return Sound(sound, start, offset, np.float32(np.sqrt(_ratio(LEVEL_DB) / power)))


def _ratio(db: float) -> float:
    return float(10.0 ** (db / 10.0))


def _pieces(wave: Waveform) -> Moments:
    """Return mean square and mean of each 10 ms, the last maybe shorter, ``(n_pieces, 2)``."""
    n_whole = len(wave) // _PIECE
    whole = wave[: n_whole * _PIECE].reshape(n_whole, _PIECE)
    moments = np.stack([np.einsum("ij,ij->i", whole, whole) / _PIECE, whole.mean(axis=1)], axis=1)
    rest = wave[n_whole * _PIECE :]
    if len(rest):
        moments = np.append(moments, [[np.mean(rest**2), rest.mean()]], axis=0)
    return moments.astype(np.float64)


def _powers(moments: Moments) -> Powers:
    """Return powers without that of an offset, of which rounding may leave less than nothing."""
    return np.maximum(moments[:, 0] - moments[:, 1] ** 2, 0.0)


def _block_powers(pieces: Moments) -> Powers:
    """Return the power of blocks of 0.4 s, each 0.1 s."""
    n = min(_BLOCK_PIECES, len(pieces))
    sums = np.concatenate([np.zeros((1, 2)), np.cumsum(pieces, axis=0)])
    return _powers((sums[n:] - sums[:-n])[::_STEP_PIECES] / n)


def _gated(blocks: Powers) -> float:
    """Return the mean of the blocks that are neither silence nor far under the others."""
    heard = blocks[blocks >= blocks.max() * _ratio(-SILENCE_DB)]
    return float(heard[heard >= heard.mean() * _ratio(-GATE_DB)].mean())
