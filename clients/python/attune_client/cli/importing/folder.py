"""Finds the recordings of a folder and their ids."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from attune_client.cli.importing.journal import State
from attune_client.cli.importing.metadata import Texts, read_texts
from attune_client.cli.importing.sources import Content
from attune_client.cli.importing.track_ids import distinct_ids

SUFFIXES = frozenset({".aac", ".flac", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".wav"})
"""Endings of recordings; the service checks the content."""
LYRICS_SUFFIXES = (".txt", ".lrc")
"""Endings of lyrics files, the preferred one first."""
CHUNK_BYTES = 1 << 20


class FolderError(Exception):
    """A folder cannot be imported; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording of the folder.

    Attributes:
        lyrics: The lyrics file beside it, if any.
    """

    track_id: str
    path: Path
    lyrics: Path | None

    @property
    def place(self) -> str:
        """The path."""
        return str(self.path)

    def state(self) -> State:
        """Return sizes and times of the files, which change with the files.

        Raises:
            OSError: A file is missing.
        """
        audio = self.path.stat()
        if self.lyrics is None:
            return [audio.st_size, audio.st_mtime_ns, None]
        text = self.lyrics.stat()
        suffix = self.lyrics.suffix
        return [audio.st_size, audio.st_mtime_ns, suffix, text.st_size, text.st_mtime_ns]

    def preview(self) -> list[str]:
        """Return title, artist, the recording's ending and the source of the lyrics.

        Raises:
            OSError: The recording cannot be read.
        """
        texts = read_texts(self.path, self.lyrics)
        cells = [texts.title, texts.artist, self.path.suffix, texts.lyrics_from]
        return [cell or "-" for cell in cells]

    def read(self) -> Content:
        """Return the content: recording, tags and lyrics.

        Raises:
            OSError: The recording cannot be read.
        """
        texts = read_texts(self.path, self.lyrics)
        digest = _digest(self.path, texts)
        return Content(digest, texts.title, texts.artist, self.path, texts.lyrics)


def find_recordings(folder: Path) -> list[Recording]:
    """Return every recording in a folder and below, sorted by path, except hidden ones.

    Raises:
        FolderError: There is no such folder, or it has no recording.
    """
    if not folder.is_dir():
        raise FolderError(f"{folder} is neither a folder nor a CSV file.")
    paths = sorted(path for path in folder.rglob("*") if _is_recording(path, folder))
    if not paths:
        endings = ", ".join(sorted(SUFFIXES))
        raise FolderError(f"There is no recording in {folder}: no file ends in {endings}.")
    ids = name_tracks([PurePosixPath(path.relative_to(folder)) for path in paths])
    pairs = zip(ids, paths, strict=True)
    return [Recording(track_id, path, _lyrics_file(path)) for track_id, path in pairs]


def name_tracks(paths: Sequence[PurePosixPath]) -> list[str]:
    """Return an id for each path, by the same rule as training.

    The id is the path without its ending, with ``:`` for ``/``, made valid by `distinct_ids`.

    >>> name_tracks([PurePosixPath("Café/01 Olé.mp3"), PurePosixPath("a.ogg")])
    ['Cafe:01-Ole', 'a']
    """
    names = [":".join(path.with_suffix("").parts) for path in paths]
    return distinct_ids(names, [str(path) for path in paths])


def _is_recording(path: Path, folder: Path) -> bool:
    is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return not is_hidden and path.suffix.lower() in SUFFIXES and path.is_file()


def _lyrics_file(path: Path) -> Path | None:
    files = (path.with_suffix(suffix) for suffix in LYRICS_SUFFIXES)
    return next((file for file in files if file.is_file()), None)


def _digest(path: Path, texts: Texts) -> str:
    """Return the digest of everything that is sent."""
    sent = (texts.title, texts.artist, texts.lyrics)
    digest = hashlib.sha256(repr(sent).encode("utf-8", "surrogatepass"))
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
