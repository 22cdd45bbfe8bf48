"""IS13 features of audio: 260 numbers per half second, by the optional package ``opensmile``.

The feature set is that of the INTERSPEECH 2013 challenge: 65 descriptors and their deltas every
10 ms. ``opensmile.conf`` adds the standard deviation and mean of each half second, as in DEAM's
tables. Columns have DEAM's names and order; audio is resampled to DEAM's 44.1 kHz. Values still
differ slightly from DEAM's, which come from an older openSMILE and other copies of the recordings.

openSMILE's licence forbids commercial use, so no other module needs it.
"""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Self

import numpy as np
from tqdm import tqdm

from models.arrays import Waveform
from models.audio.decoding import decode
from models.errors import AttuneError, AudioError, TooShortAudioError
from training.datasets.moments import Moments, published_name, write_moments

RATE_HZ = 44_100
STEP_S = 0.5
LEAST_S = 0.54
"""Length of the first window: its 60 ms frames end after the half second."""
SUFFIXES = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a", ".aac")
CONFIG = Path(__file__).with_suffix(".conf")
_LEVEL = "halfseconds"
_INCLUDED = {
    "descriptors": "is09-13/IS13_ComParE_core.lld.conf.inc",
    "bufferModeConf": "shared/BufferMode.conf.inc",
    "bufferModeRbLagConf": "shared/BufferModeRbLag.conf.inc",
}
"""Files of the package that ``opensmile.conf`` includes, by option."""
_MOST = 1.0 - 2.0**-15
"""The largest 16-bit sample; larger values overflow to the least one in openSMILE."""


class HalfSeconds:
    """Computes the features of a recording's half seconds.

    Args:
        smile: An ``opensmile.Smile``, an optional dependency without types.
    """

    def __init__(self, smile: Any) -> None:
        self._smile = smile

    @classmethod
    def open(cls) -> Self:
        """Load openSMILE with the IS13 descriptors.

        Raises:
            AttuneError: The package is not installed, or too old.
        """
        try:
            package = import_module("opensmile")
        except ImportError as error:
            raise AttuneError(
                "openSMILE is not installed. `pip install opensmile` installs it; its licence"
                " allows research and no commercial use."
            ) from error
        folder = Path(str(package.__file__)).parent / "core" / "config"
        included = {option: folder / name for option, name in _INCLUDED.items()}
        for path in included.values():
            if not path.is_file():
                raise AttuneError(f"The package opensmile lacks {path}; version 2.6 has it.")
        options = {option: str(path) for option, path in included.items()}
        smile = package.Smile(feature_set=str(CONFIG), feature_level=_LEVEL, options=options)
        return cls(smile)

    @property
    def names(self) -> list[str]:
        """Names of the features ``(n_features,)``."""
        return [published_name(name) for name in self._smile.feature_names]

    def of(self, wave: Waveform) -> Moments:
        """Return the features of every complete half second of 44.1 kHz mono audio.

        Raises:
            TooShortAudioError: There is no complete half second.
        """
        if len(wave) < round(LEAST_S * RATE_HZ):
            raise TooShortAudioError(
                f"The audio lasts {len(wave) / RATE_HZ:.3f} s; at least {LEAST_S} s are needed."
            )
        rows = self._smile.process_signal(wave.clip(-1.0, _MOST), RATE_HZ)
        x = rows.to_numpy(np.float32)
        return Moments(self.names, STEP_S * np.arange(len(x), dtype=np.float64), x)


def run(audio: Path, out: Path) -> dict[str, str]:
    """Write a table of features for each recording in a folder; return the failures.

    A table has the name of its recording, as ``training.datasets.moments`` expects. Recordings
    with a table are skipped: an interrupted run continues.

    Returns:
        Name of the recording to reason.

    Raises:
        AttuneError: openSMILE is not installed or too old, there is no recording, or two have the
            same name.
    """
    recordings = _recordings(audio)
    smile = HalfSeconds.open()
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
        AudioError: The recording cannot be decoded, or is too short, too long or silent.
    """
    with path.open("rb") as file:
        return decode(file, rate_hz=RATE_HZ)


def _recordings(folder: Path) -> Mapping[str, Path]:
    recordings: dict[str, Path] = {}
    for path in sorted(folder.glob("*")):
        if path.suffix.lower() not in SUFFIXES:
            continue
        if path.stem in recordings:
            raise AttuneError(
                f"{path} and {recordings[path.stem].name} would have the same table."
            )
        recordings[path.stem] = path
    if not recordings:
        raise AttuneError(f"{folder} holds no recording: no file ends in {', '.join(SUFFIXES)}.")
    return recordings
