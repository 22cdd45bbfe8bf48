"""Labelled clips with a changed sound, which simulate an unusual catalogue."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from models.arrays import FloatMatrix, FloatVector
from models.audio.decoding import SAMPLE_RATE_HZ, decode
from models.features.extraction import FeatureExtractor
from training.datasets.feature_cache import keep

Wave = NDArray[np.float64]
_REVERB_S = 1.2
_DECAY_S = 0.25
_LOUDEST = 0.99


def _filtered(order: int, edge_hz: float, kind: str, wave: Wave) -> Wave:
    sections = signal.butter(order, edge_hz, kind, output="sos", fs=SAMPLE_RATE_HZ)
    return np.asarray(signal.sosfilt(sections, wave))


def _treble(wave: Wave) -> Wave:
    return wave + 3.0 * _filtered(1, 1500.0, "highpass", wave)


def _saturated(wave: Wave) -> Wave:
    return np.asarray(np.tanh(2.0 * wave / (np.sqrt((wave**2).mean()) + 1e-9)))


def _reverberant(wave: Wave) -> Wave:
    time_s = np.arange(int(_REVERB_S * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    response = np.random.default_rng(0).normal(size=len(time_s)) * np.exp(-time_s / _DECAY_S)
    response /= np.sqrt((response**2).sum())
    return np.asarray(0.3 * wave + 0.8 * signal.fftconvolve(wave, response)[: len(wave)])


SOUNDS: Mapping[str, Callable[[Wave], Wave]] = {
    "low-pass, 2.5 kHz": partial(_filtered, 4, 2500.0, "lowpass"),
    "high-pass, 400 Hz": partial(_filtered, 2, 400.0, "highpass"),
    "treble +12 dB": _treble,
    "slowed, three semitones": lambda wave: signal.resample_poly(wave, 119, 100),
    "sped up, three semitones": lambda wave: signal.resample_poly(wave, 84, 100),
    "saturated": _saturated,
    "reverberant": _reverberant,
}
"""Name of a sound to the change of a clip."""


def with_variant(
    sound: str, paths: Mapping[str, Path], extractor: FeatureExtractor, cache: Path
) -> FloatMatrix:
    """Return features of clips with one of ``SOUNDS``, cached ``(n_tracks, n_features)``."""
    name = sound.replace(",", "").replace(" ", "-")
    folder = cache / extractor.spec.digest[:16] / "sounds" / name

    def features(path: Path) -> FloatVector:
        with path.open("rb") as file:
            wave = decode(file).astype(np.float64)
        changed = SOUNDS[sound](wave)
        loudest = min(_LOUDEST, float(np.abs(wave).max())) / float(np.abs(changed).max())
        return extractor.waveform((changed * loudest).astype(np.float32)).vector

    return np.stack(
        [keep(folder / f"{one}.npy", partial(features, path)) for one, path in paths.items()]
    )
