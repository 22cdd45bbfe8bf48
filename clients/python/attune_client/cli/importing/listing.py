"""Lists the recordings of a folder, their lyrics files, and what is left out."""

import os
import stat
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = frozenset(
    {".3gp", ".aac", ".aif", ".aifc", ".aiff", ".flac", ".m4a", ".m4b", ".mka", ".mkv"}
    | {".mov", ".mp3", ".mp4", ".oga", ".ogg", ".opus", ".w64", ".wav", ".webm", ".wma"}
)
"""Endings of recordings that the service reads; it checks the content."""
LYRICS_SUFFIXES = (".txt", ".lrc")
"""Endings of lyrics files, the preferred one first."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a folder and below, without hidden ones.

    Attributes:
        recordings: The recordings by path, each with the lyrics file beside it, if any.
        left_out: Number of other files, by ending.
        unread: The errors of folders that cannot be read.
        links: Links to folders, which are not followed.
    """

    recordings: Mapping[Path, Path | None]
    left_out: Mapping[str, int]
    unread: Sequence[OSError]
    links: Sequence[Path]


def list_folder(folder: Path) -> Listing:
    """Return the recordings of a folder and below, sorted by path.

    A lyrics file has the name of the recording, and ``.txt`` or else ``.lrc`` in any case as its
    ending.
    """
    files: list[Path] = []
    unread: list[OSError] = []
    links: list[Path] = []
    for parent, folders, names in os.walk(folder, onerror=unread.append):
        folders[:] = (name for name in folders if not name.startswith("."))
        links += (path for name in folders if _is_link(path := Path(parent, name)))
        files += (Path(parent, name) for name in names if not name.startswith("."))
    files.sort()  # in other orders, ".txt" would not replace ".TXT"
    recordings = _recordings(files)
    used = {*recordings, *recordings.values()}
    stems = {path.with_suffix("") for path in recordings}
    left_out = Counter(_kind(path, stems) for path in files if path not in used)
    return Listing(recordings, left_out, unread, sorted(links))


def _is_link(path: Path) -> bool:
    # Path.is_symlink raises an error where it is not known.
    return os.path.islink(path)  # noqa: PTH114


def _recordings(files: Sequence[Path]) -> dict[Path, Path | None]:
    lyrics = {
        path.with_suffix(suffix): path
        for path in files
        if (suffix := path.suffix.lower()) in LYRICS_SUFFIXES and _may_be_file(path)
    }
    return {
        path: next(filter(None, (lyrics.get(path.with_suffix(s)) for s in LYRICS_SUFFIXES)), None)
        for path in files
        if path.suffix.lower() in SUFFIXES and _may_be_file(path)
    }


def _may_be_file(path: Path) -> bool:
    """Return whether a path is a file; also if this is unknown, so that reading it says why."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True


def _kind(path: Path, stems: set[Path]) -> str:
    """Return the ending of a file that is left out, and why if the ending does not say it."""
    suffix = path.suffix.lower()
    if suffix in {*SUFFIXES, *LYRICS_SUFFIXES} and not _may_be_file(path):
        return f"{suffix} that is no file"
    if suffix in LYRICS_SUFFIXES:
        has_recording = path.with_suffix("") in stems
        return f"{suffix} {'beside other lyrics' if has_recording else 'without a recording'}"
    return suffix or "without an ending"
