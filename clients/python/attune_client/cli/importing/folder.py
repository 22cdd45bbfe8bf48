"""The recordings of a folder, and under which ids they go."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

SUFFIXES = frozenset({".aac", ".flac", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".wav"})
"""Files that are taken for recordings; what they are, the service finds out."""
LYRICS_SUFFIXES = (".txt", ".lrc")
"""Of the files beside a recording that hold its words, the one to prefer first."""
_MOST_LETTERS = 180
_N_DIGITS = 8
_NO_ID = re.compile(r"[^A-Za-z0-9._:@]+")
_NOT_FIRST = "-._:@"
_NAMELESS = "track"


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

    def state(self) -> list[int | str | None]:
        """Return what changes when a file does, found without reading any.

        Raises:
            OSError: The recording is gone, or the text beside it.
        """
        told = self.path.stat()
        of_audio = [told.st_size, told.st_mtime_ns]
        if self.lyrics is None:
            return [*of_audio, None]
        beside = self.lyrics.stat()
        return [*of_audio, self.lyrics.suffix, beside.st_size, beside.st_mtime_ns]


def find_recordings(folder: Path) -> list[Recording]:
    """Return every recording in a folder and below, in the order of their paths.

    What begins with a dot is left alone.

    Raises:
        FolderError: It is no folder, or there is none in it.
    """
    if not folder.is_dir():
        raise FolderError(f"{folder} is no folder.")
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
    names = [_latin(path) for path in paths]
    ids = [(_NO_ID.sub("-", name).strip(_NOT_FIRST) or _NAMELESS) for name in names]
    short = [each[:_MOST_LETTERS] for each in ids]
    times = Counter(short)
    is_told_apart = [
        name.isascii() and len(whole) <= _MOST_LETTERS and times[cut] == 1
        for name, whole, cut in zip(names, ids, short, strict=True)
    ]
    return [
        cut if is_enough else f"{cut}-{_digits(path)}"
        for path, cut, is_enough in zip(paths, short, is_told_apart, strict=True)
    ]


def _is_recording(path: Path, folder: Path) -> bool:
    is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return not is_hidden and path.suffix.lower() in SUFFIXES and path.is_file()


def _words_beside(path: Path) -> Path | None:
    beside = (path.with_suffix(suffix) for suffix in LYRICS_SUFFIXES)
    return next((found for found in beside if found.is_file()), None)


def _latin(path: PurePosixPath) -> str:
    spelt = unicodedata.normalize("NFKD", ":".join(path.with_suffix("").parts))
    return "".join(letter for letter in spelt if not unicodedata.combining(letter))


def _digits(path: PurePosixPath) -> str:
    # One file system spells an accent as one character, another as two.
    spelt = unicodedata.normalize("NFC", str(path)).encode("utf-8", "surrogateescape")
    return hashlib.sha256(spelt).hexdigest()[:_N_DIGITS]
