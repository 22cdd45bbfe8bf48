"""IS13 features of new audio: 260 numbers a second, by the optional package ``opensmile``.

The set is that of the INTERSPEECH 2013 challenge, which openSMILE carries on as ComParE 2016: 65
descriptors and their 65 deltas every 10 ms. Their deviation and mean in each second are the
columns, named and ordered as in DEAM's tables, and audio is brought to DEAM's 44.1 kHz first;
numbers of the same name are still only near DEAM's, which an older openSMILE computed.

openSMILE's licence allows no commercial use, so nothing else here needs it.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from models.arrays import Waveform
from models.audio import decode
from models.errors import AttuneError, AudioError
from training.datasets.moments import Moments, write_moments

RATE_HZ = 44_100
SUFFIXES = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a", ".aac")
_FRAMES_A_SECOND = 100
_LEVELS = ("LowLevelDescriptors", "LowLevelDescriptors_Deltas")


class _Smile(Protocol):
    """What of ``opensmile.Smile`` is used."""

    feature_names: Sequence[str]

    def process_signal(self, signal: Waveform, sampling_rate: int) -> Any:
        """Return a data frame, a row every 10 ms and a column a feature."""


class Seconds:
    """Turns recordings into the features of their seconds."""

    def __init__(self, levels: Sequence[_Smile]) -> None:
        self._levels = levels

    @classmethod
    def open(cls) -> Self:
        """Return it with openSMILE's descriptors and deltas.

        Raises:
            AttuneError: The package is not installed.
        """
        try:
            package = import_module("opensmile")
        except ImportError as error:
            raise AttuneError(
                "openSMILE is not installed. `pip install opensmile` installs it; its licence"
                " allows research and no commercial use."
            ) from error
        return cls(
            [
                package.Smile(
                    feature_set=package.FeatureSet.ComParE_2016,
                    feature_level=getattr(package.FeatureLevel, level),
                )
                for level in _LEVELS
            ]
        )

    @property
    def names(self) -> list[str]:
        """What the features are called ``(n_features,)``."""
        return [
            f"{name}_{statistic}"
            for level in self._levels
            for name in level.feature_names
            for statistic in ("stddev", "amean")
        ]

    def of(self, wave: Waveform) -> Moments:
        """Return the features of every whole second of 44.1 kHz mono; one if it is shorter."""
        frames = [
            level.process_signal(wave, RATE_HZ).to_numpy(np.float64) for level in self._levels
        ]
        # A filter's tail: the deltas have some rows more than what they are the deltas of.
        n_frames = min(len(level) for level in frames)
        both = np.concatenate([level[:n_frames] for level in frames], axis=1)
        n_seconds = max(1, len(wave) // RATE_HZ)
        rows = [
            _statistics(both[_FRAMES_A_SECOND * second : _FRAMES_A_SECOND * (second + 1)])
            for second in range(n_seconds)
        ]
        return Moments(
            self.names, np.arange(n_seconds, dtype=np.float64), np.array(rows, np.float32)
        )


def run(audio: Path, out: Path) -> dict[str, str]:
    """Write a table of features of each recording in a folder, and return why some have none.

    A table is called after its recording, as ``training.datasets.moments`` reads it. Recordings
    that have one are not heard again: an interrupted run resumes.

    Raises:
        AttuneError: openSMILE is not installed, there is no recording, or two have one name.
    """
    recordings = _recordings(audio)
    smile = Seconds.open()
    out.mkdir(parents=True, exist_ok=True)
    failures = {}
    for name, path in tqdm(recordings.items(), desc="openSMILE", unit="track"):
        table = out / f"{name}.csv"
        if table.exists():
            continue
        try:
            write_moments(smile.of(load(path)), table)
        except AudioError as error:
            failures[name] = str(error)
    return failures


def load(path: Path) -> Waveform:
    """Return a recording as 44.1 kHz mono samples in [-1, 1].

    Raises:
        AudioError: It cannot be decoded, is too short, too long or silent.
    """
    with path.open("rb") as file:
        return decode(file, rate_hz=RATE_HZ)


def _statistics(frames: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return deviation and mean of each column, one beside the other ``(2 * n_columns,)``."""
    return np.stack([frames.std(axis=0), frames.mean(axis=0)], axis=1).ravel()


def _recordings(folder: Path) -> Mapping[str, Path]:
    found: dict[str, Path] = {}
    for path in sorted(folder.glob("*")):
        if path.suffix.lower() not in SUFFIXES:
            continue
        if path.stem in found:
            raise AttuneError(f"{path} and {found[path.stem].name} would share one table.")
        found[path.stem] = path
    if not found:
        raise AttuneError(f"{folder} holds no recording: no file ends in {', '.join(SUFFIXES)}.")
    return found
