"""IS13 features of new audio: 260 numbers each half second, by the optional package ``opensmile``.

The set is that of the INTERSPEECH 2013 challenge: 65 descriptors and their 65 deltas every 10 ms.
``opensmile.conf`` adds their deviation and mean in each half second, as DEAM's tables have them;
openSMILE itself computes all of it. Columns are named and ordered as in those tables, and audio is
brought to DEAM's 44.1 kHz first; numbers of the same name are still only near DEAM's, which an
older openSMILE computed of other copies of the recordings.

openSMILE's licence allows no commercial use, so nothing else here needs it.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from tqdm import tqdm

from models.arrays import Waveform
from models.audio.decoding import decode
from models.errors import AttuneError, AudioError, TooShortAudioError
from training.datasets.moments import Moments, published_name, write_moments

RATE_HZ = 44_100
STEP_S = 0.5
LEAST_S = 0.54
"""What the first window needs: its frames are of 60 ms and end after its half second."""
SUFFIXES = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a", ".aac")
CONFIG = Path(__file__).with_suffix(".conf")
_LEVEL = "halfseconds"
_INCLUDED = {
    "descriptors": "is09-13/IS13_ComParE_core.lld.conf.inc",
    "bufferModeConf": "shared/BufferMode.conf.inc",
    "bufferModeRbLagConf": "shared/BufferModeRbLag.conf.inc",
}
"""What ``opensmile.conf`` includes of the package's own files, by option."""
_MOST = 1.0 - 2.0**-15
"""The largest sample of 16 bits; openSMILE makes the least one of what is larger."""


class _Smile(Protocol):
    """What of ``opensmile.Smile`` is used."""

    feature_names: Sequence[str]

    def process_signal(self, signal: Waveform, sampling_rate: int) -> Any:
        """Return a data frame, a row each half second and a column a feature."""


class HalfSeconds:
    """Turns recordings into the features of their half seconds."""

    def __init__(self, smile: _Smile) -> None:
        self._smile = smile

    @classmethod
    def open(cls) -> Self:
        """Return it with openSMILE's descriptors and deltas.

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
        """What the features are called ``(n_features,)``."""
        return [published_name(name) for name in self._smile.feature_names]

    def of(self, wave: Waveform) -> Moments:
        """Return the features of every half second of 44.1 kHz mono that is filled.

        Raises:
            TooShortAudioError: None is.
        """
        if len(wave) < round(LEAST_S * RATE_HZ):
            raise TooShortAudioError(
                f"The audio lasts {len(wave) / RATE_HZ:.3f} s; a row is of at least {LEAST_S} s."
            )
        rows = self._smile.process_signal(wave.clip(-1.0, _MOST), RATE_HZ)
        x = rows.to_numpy(np.float32)
        return Moments(self.names, STEP_S * np.arange(len(x), dtype=np.float64), x)


def run(audio: Path, out: Path) -> dict[str, str]:
    """Write a table of features of each recording in a folder, and return why some have none.

    A table is called after its recording, as ``training.datasets.moments`` reads it. Recordings
    that have one are not heard again: an interrupted run resumes.

    Raises:
        AttuneError: openSMILE is not installed or too old, there is no recording, or two have one
            name.
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
        AudioError: It cannot be decoded, is too short, too long or silent.
    """
    with path.open("rb") as file:
        return decode(file, rate_hz=RATE_HZ)


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
