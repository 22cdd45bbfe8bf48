"""What is to be embedded: the recordings of a folder, or the rows of a manifest, under ids."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from models.errors import DatasetError
from models.library import TRACK_ID
from models.tags import DEMUXERS, tidy

SUFFIXES = frozenset(DEMUXERS)
"""Files of a folder that are taken for recordings; what they are, their bytes decide."""
_LONGEST_STEM = 180
_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Source:
    """A track before it is heard.

    Attributes:
        audio: The recording, if there is one.
        lyrics: The lyrics, the file that holds them in UTF-8, or None.
        title: Empty where nobody has told: then the recording's own tags are asked; so is
            ``artist``.
    """

    track_id: str
    audio: Path | None = None
    lyrics: str | Path | None = None
    title: str = ""
    artist: str = ""

    @property
    def name(self) -> str:
        """What the track is found by: the path of a file."""
        named = self.audio or self.lyrics
        return str(named) if isinstance(named, Path) else self.track_id


def read_sources(source: Path) -> list[Source]:
    """Return the tracks of a folder or of a manifest.

    Of a folder, every recording in it and below is a track. Its id is the path without its ending,
    ``:`` for ``/``; a text file beside it, of the same name with the ending ``.txt``, holds its
    lyrics. Files and folders whose names begin with a dot are left alone.

    A manifest is a CSV file with the columns ``track_id`` and ``path``, and perhaps ``title``,
    ``artist``, and ``lyrics_path`` or ``lyrics``. Paths are relative to the manifest; a row needs
    a recording or lyrics.

    Raises:
        DatasetError: It is neither, holds no track, or a row of it cannot be meant.
    """
    if source.is_dir():
        return _of_folder(source)
    if source.suffix == ".csv":
        return _of_manifest(source)
    raise DatasetError(f"{source} is neither a folder nor a manifest that ends in .csv.")


def name_tracks(paths: Sequence[PurePosixPath]) -> list[str]:
    """Return an id for each path, of the characters that an id may have.

    Accents are dropped, and what else an id cannot have becomes ``-``. Where a letter had to go,
    or two paths would have one id, digits of the path's digest are appended.

    >>> name_tracks([PurePosixPath("Café/01 Olé.mp3"), PurePosixPath("夜.mp3")])
    ['Cafe:01-Ole', 'track-4f773654']
    """
    plain = [_plain(path) for path in paths]
    times = Counter(name for name, _ in plain)
    return [
        name if is_faithful and times[name] == 1 else f"{name}-{_digest(path)}"
        for path, (name, is_faithful) in zip(paths, plain, strict=True)
    ]


def _of_folder(folder: Path) -> list[Source]:
    found = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and path.is_file() and not _is_hidden(path, folder)
    )
    if not found:
        endings = ", ".join(sorted(SUFFIXES))
        raise DatasetError(f"There is no recording in {folder}: no file that ends in {endings}.")
    ids = name_tracks([PurePosixPath(path.relative_to(folder)) for path in found])
    texts = [path.with_suffix(".txt") for path in found]
    return [
        Source(track_id, path, text if text.is_file() else None)
        for track_id, path, text in zip(ids, found, texts, strict=True)
    ]


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _of_manifest(path: Path) -> list[Source]:
    from training.datasets.tables import read_csv  # pandas: a folder does without

    table = read_csv(path, ["track_id", "path"])
    cells = [[str(cell) for cell in row] for row in table.itertuples(index=False)]
    rows = [dict(zip(table.columns, row, strict=True)) for row in cells]
    sources = [_of_row(path, number, row) for number, row in enumerate(rows)]
    if not sources:
        raise DatasetError(f"{path} has no row.")
    (track_id, times), *_ = Counter(source.track_id for source in sources).most_common(1)
    if times > 1:
        raise DatasetError(f"{path} has {times} rows of the track {track_id!r}.")
    return sources


def _of_row(manifest: Path, number: int, row: dict[str, str]) -> Source:
    track_id = row["track_id"]
    if not TRACK_ID.fullmatch(track_id):
        raise DatasetError(
            f"{manifest} row {number} has the track id {track_id!r}; it must be 1 to 200 letters, "
            "digits and ._:@-, the first a letter or digit."
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
        raise DatasetError(f"{manifest} row {number} has neither a path nor lyrics.")
    return source


def _plain(path: PurePosixPath) -> tuple[str, bool]:
    """Return an id, and whether every letter of the path is in it."""
    stem = ":".join(path.with_suffix("").parts)
    letters = unicodedata.normalize("NFKD", stem)
    latin = "".join(c for c in letters if not unicodedata.combining(c))
    kept = re.sub(r"[^A-Za-z0-9._:@]+", "-", latin).strip("-._:@") or "track"
    return kept[:_LONGEST_STEM], latin.isascii() and len(kept) <= _LONGEST_STEM


def _digest(path: PurePosixPath) -> str:
    # One file system spells an accent as a character of its own, another does not.
    spelt = unicodedata.normalize("NFC", str(path))
    return hashlib.sha256(spelt.encode("utf-8", "surrogateescape")).hexdigest()[:_DIGITS]
