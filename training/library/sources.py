"""Tracks to embed: the recordings of a folder, or the rows of a manifest."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from models.errors import DatasetError
from models.library import ID_RULE, MAX_ID, TRACK_ID
from models.tags import DEMUXERS, tidy

SUFFIXES = frozenset(DEMUXERS)
"""File name endings of recordings. The decoder looks at the bytes only."""
_LONGEST_STEM = 180
_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Source:
    """The files and names of a track to embed.

    Attributes:
        audio: The recording, if there is one.
        lyrics: The lyrics, the file that holds them in any encoding, or None.
        title: If empty, the recording's tag is used; so is ``artist``.
    """

    track_id: str
    audio: Path | None = None
    lyrics: str | Path | None = None
    title: str = ""
    artist: str = ""

    @property
    def name(self) -> str:
        """The path of the recording or lyrics, or the id if there is no file."""
        file = self.audio or self.lyrics
        return str(file) if isinstance(file, Path) else self.track_id


def read_sources(source: Path) -> list[Source]:
    """Return the tracks of a folder or of a manifest.

    In a folder and its subfolders, every recording is a track. Its id is the relative path
    without its ending, with ``:`` for ``/``. A file of the same name that ends in ``.txt`` holds
    the lyrics. Names that begin with a dot are skipped.

    A manifest is a CSV file with the columns ``track_id`` and ``path``, and optionally ``title``,
    ``artist``, and ``lyrics_path`` or ``lyrics``. Paths are relative to the manifest; a row needs
    a recording or lyrics.

    Raises:
        DatasetError: The source is neither, holds no track, or has an invalid row.
    """
    if source.is_dir():
        return _of_folder(source)
    if source.suffix.lower() == ".csv":
        return _of_manifest(source)
    raise DatasetError(f"{source} is neither a folder nor a manifest that ends in .csv.")


def name_tracks(paths: Sequence[PurePosixPath]) -> list[str]:
    """Return a valid, unique id for each path.

    Removes accents and replaces other invalid characters by ``-``. Appends digits of the path's
    digest where a letter was lost or two paths would have the same id.

    >>> name_tracks([PurePosixPath("Café/01 Olé.mp3"), PurePosixPath("夜.mp3")])
    ['Cafe:01-Ole', 'track-4f773654']
    """
    plain = [_plain(path) for path in paths]
    times = Counter(name for name, _ in plain)
    return [
        name if is_lossless and times[name] == 1 else f"{name}-{_digest(path)}"
        for path, (name, is_lossless) in zip(paths, plain, strict=True)
    ]


def _of_folder(folder: Path) -> list[Source]:
    paths = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and path.is_file() and not _is_hidden(path, folder)
    )
    if not paths:
        endings = ", ".join(sorted(SUFFIXES))
        raise DatasetError(f"There is no recording in {folder}: no file that ends in {endings}.")
    ids = name_tracks([PurePosixPath(path.relative_to(folder)) for path in paths])
    texts = [path.with_suffix(".txt") for path in paths]
    return [
        Source(track_id, path, text if text.is_file() else None)
        for track_id, path, text in zip(ids, paths, texts, strict=True)
    ]


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _of_manifest(path: Path) -> list[Source]:
    from training.datasets.tables import read_csv  # imports pandas, which a folder does not need

    table = read_csv(path, ["track_id", "path"])
    rows = [{str(name): cell for name, cell in row.items()} for row in table.to_dict("records")]
    sources = [_of_row(path, line, row) for line, row in zip(table.index, rows, strict=True)]
    (track_id, times), *_ = Counter(source.track_id for source in sources).most_common(1)
    if times > 1:
        raise DatasetError(f"{path} has {times} rows of the track {track_id!r}.")
    return sources


def _of_row(manifest: Path, line: int, row: dict[str, str]) -> Source:
    track_id = row["track_id"]
    if not TRACK_ID.fullmatch(track_id):
        raise DatasetError(
            f"{manifest} line {line} has the track id {track_id!r:.80}; an id has 1 to "
            f"{MAX_ID} characters: {ID_RULE}."
        )
    audio, lyrics = (
        manifest.parent / row[name] if row.get(name) else None for name in ("path", "lyrics_path")
    )
    source = Source(
        track_id,
        audio,
        lyrics or row.get("lyrics") or None,
        tidy(row.get("title", "")),
        tidy(row.get("artist", "")),
    )
    if source.audio is None and source.lyrics is None:
        raise DatasetError(f"{manifest} line {line} has neither a path nor lyrics.")
    return source


def _plain(path: PurePosixPath) -> tuple[str, bool]:
    """Return an id, and whether it keeps every letter of the path."""
    stem = ":".join(path.with_suffix("").parts)
    letters = unicodedata.normalize("NFKD", stem)
    latin = "".join(c for c in letters if not unicodedata.combining(c))
    kept = re.sub(r"[^A-Za-z0-9._:@]+", "-", latin).strip("-._:@") or "track"
    return kept[:_LONGEST_STEM], latin.isascii() and len(kept) <= _LONGEST_STEM


def _digest(path: PurePosixPath) -> str:
    # File systems differ in how they encode accents.
    normal = unicodedata.normalize("NFC", str(path))
    return hashlib.sha256(normal.encode("utf-8", "surrogateescape")).hexdigest()[:_DIGITS]
