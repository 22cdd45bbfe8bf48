"""Music that a generative model made, filed by the mood it was asked for.

The package `immich-memories-music` (MIT), as it is on the package index: a zip archive. Nobody's
feelings are in those moods.
"""

import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath

from models.errors import DatasetError

LIVELY = frozenset({"energetic", "happy"})
"""Moods that are asked for with arousal above the middle; the others are calm, nostalgic and
tender."""
_SUFFIX = ".opus"


@dataclass(frozen=True, slots=True)
class GeneratedMusic:
    """A recording in the archive.

    Attributes:
        name: Unique in the archive.
        mood: What the model was asked for.
        content: The file's bytes.
    """

    name: str
    mood: str
    content: bytes

    @property
    def file(self) -> BytesIO:
        """The recording, to be read from the beginning."""
        return BytesIO(self.content)


def load(archive: Path) -> list[GeneratedMusic]:
    """Return the recordings in the order of their names.

    Raises:
        DatasetError: The archive is missing, or holds no recording.
    """
    if not archive.is_file():
        raise DatasetError(f"{archive} is missing; `make demo` fetches it.")
    with zipfile.ZipFile(archive) as opened:
        paths = sorted(map(PurePosixPath, opened.namelist()))
        found = [
            GeneratedMusic(path.stem, path.parent.name, opened.read(str(path)))
            for path in paths
            if path.suffix == _SUFFIX
        ]
    if not found:
        raise DatasetError(f"{archive} holds no {_SUFFIX} file.")
    return found
