"""The recordings of a folder, and under which ids they go."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from attune_client.cli.importing.journal import State
from attune_client.cli.importing.naming import distinct_ids
from attune_client.cli.importing.source import Content
from attune_client.cli.importing.texts import Texts, read_texts

SUFFIXES = frozenset({".aac", ".flac", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".wav"})
"""Files that are taken for recordings; what they are, the service finds out."""
LYRICS_SUFFIXES = (".txt", ".lrc")
"""Of the files beside a recording that hold its words, the one to prefer first."""
PIECE_BYTES = 1 << 20


class FolderError(Exception):
    """A folder that cannot be imported, as a sentence."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A file of music.

    Attributes:
        lyrics: The text file beside it, if there is one.
    """

    track_id: str
    path: Path
    lyrics: Path | None

    @property
    def place(self) -> str:
        """Its path."""
        return str(self.path)

    def state(self) -> State:
        """Return what changes when a file does, found without reading any.

        Raises:
            OSError: The recording is gone, or the text beside it.
        """
        file_stat = self.path.stat()
        of_audio = [file_stat.st_size, file_stat.st_mtime_ns]
        if self.lyrics is None:
            return [*of_audio, None]
        beside = self.lyrics.stat()
        return [*of_audio, self.lyrics.suffix, beside.st_size, beside.st_mtime_ns]

    def preview(self) -> list[str]:
        """Return title, artist, the recording's ending, and where its words are found.

        Raises:
            TextError: The text beside it is no text in UTF-8.
            OSError: A file cannot be read.
        """
        texts = read_texts(self.path, self.lyrics)
        file_stat = [texts.title, texts.artist, self.path.suffix, texts.lyrics_from]
        return [each or "-" for each in file_stat]

    def read(self) -> Content:
        """Return what is sent: the recording, its tags and its words.

        Raises:
            TextError: The text beside it is no text in UTF-8.
            OSError: A file cannot be read.
        """
        texts = read_texts(self.path, self.lyrics)
        digest = _digest(self.path, texts)
        return Content(digest, texts.title, texts.artist, self.path, texts.lyrics)


def find_recordings(folder: Path) -> list[Recording]:
    """Return every recording in a folder and below, in the order of their paths.

    What begins with a dot is left alone.

    Raises:
        FolderError: It is no folder, or there is none in it.
    """
    if not folder.is_dir():
        raise FolderError(f"{folder} is no folder and no CSV file.")
    paths = sorted(path for path in folder.rglob("*") if _is_recording(path, folder))
    if not paths:
        endings = ", ".join(sorted(SUFFIXES))
        raise FolderError(f"There is no recording in {folder}: no file that ends in {endings}.")
    ids = name_tracks([PurePosixPath(path.relative_to(folder)) for path in paths])
    pairs = zip(ids, paths, strict=True)
    return [Recording(track_id, path, _words_beside(path)) for track_id, path in pairs]


def name_tracks(paths: Sequence[PurePosixPath]) -> list[str]:
    """Return an id for each path, the same as Attune gives a track that it hears elsewhere.

    It is the path without its ending, ``:`` for ``/``, accents dropped, anything else that an id
    may not have as ``-``. Digits of the path's digest follow where a letter had to go, where it
    was too long, and where two paths would have one id.

    >>> name_tracks([PurePosixPath("Café/01 Olé.mp3"), PurePosixPath("a.ogg")])
    ['Cafe:01-Ole', 'a']
    """
    names = [":".join(path.with_suffix("").parts) for path in paths]
    return distinct_ids(names, [str(path) for path in paths])


def _is_recording(path: Path, folder: Path) -> bool:
    is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return not is_hidden and path.suffix.lower() in SUFFIXES and path.is_file()


def _words_beside(path: Path) -> Path | None:
    beside = (path.with_suffix(suffix) for suffix in LYRICS_SUFFIXES)
    return next((found for found in beside if found.is_file()), None)


def _digest(path: Path, texts: Texts) -> str:
    """Return the digest of all that is sent of a recording."""
    said = (texts.title, texts.artist, texts.lyrics)
    digest = hashlib.sha256(repr(said).encode("utf-8", "surrogatepass"))
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()
