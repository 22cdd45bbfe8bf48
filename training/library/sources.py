"""Tracks to embed: the recordings of a folder, or the rows of a manifest."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath, PurePosixPath

from models.errors import DatasetError
from models.ids import ID_RULE, MAX_ID, TRACK_ID
from models.tags import tidy
from training.library.listing import SUFFIXES, list_folder
from training.library.track_ids import distinct_ids, plain_id, with_successors


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
    without its ending, with ``:`` for ``/``. A file of the same name that ends in ``.txt`` or
    ``.lrc``, in any case, holds the lyrics. Names that begin with a dot are skipped.

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


def keep_ids(
    folder: Path, sources: Sequence[Source], given: Mapping[str, str]
) -> tuple[list[Source], dict[str, str]]:
    """Return the recordings of a folder with the ids that earlier runs gave, and these by path.

    Args:
        folder: The folder.
        sources: Its recordings.
        given: Ids by path below the folder.
    """
    paths = [PurePosixPath(one.audio.relative_to(folder)) for one in sources if one.audio]
    ids = name_tracks(paths, given)
    kept = [replace(one, track_id=each) for one, each in zip(sources, ids, strict=True)]
    return kept, dict(zip(map(str, paths), ids, strict=True))


def name_tracks(
    paths: Sequence[PurePosixPath], given: Mapping[str, str] | None = None
) -> list[str]:
    """Return a valid, unique id for each path.

    Removes accents and replaces other invalid characters by ``-``. Appends digits of the path's
    digest where a letter was lost or two paths would have the same id. Ids given before, by path,
    stay; see `with_successors`.

    >>> name_tracks([PurePosixPath("Café/01 Olé.mp3"), PurePosixPath("夜.mp3")])
    ['Cafe:01-Ole', 'track-4f773654']
    """
    names = [_name(path) for path in paths]
    texts = [str(path) for path in paths]
    return distinct_ids(names, texts, with_successors(texts, given or {}))


def may_have_id(path: PurePath, track_id: str) -> bool:
    """Return whether `name_tracks` gives the path this id in some folder."""
    plain, _ = plain_id(_name(path))
    return track_id == plain or track_id.startswith(f"{plain}-")


def _name(path: PurePath) -> str:
    return ":".join(path.with_suffix("").parts)


def _of_folder(folder: Path) -> list[Source]:
    found = list_folder(folder).recordings
    if not found:
        endings = ", ".join(sorted(SUFFIXES))
        raise DatasetError(f"There is no recording in {folder}: no file that ends in {endings}.")
    ids = name_tracks([PurePosixPath(path.relative_to(folder)) for path in found])
    return [
        Source(track_id, path, lyrics)
        for track_id, (path, lyrics) in zip(ids, found.items(), strict=True)
    ]


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
