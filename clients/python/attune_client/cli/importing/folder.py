"""Finds the recordings of a folder and their ids."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from attune_client.cli.importing.journal import Journal, State
from attune_client.cli.importing.listing import SUFFIXES, list_folder
from attune_client.cli.importing.metadata import Texts, read_texts
from attune_client.cli.importing.notices import name_notices
from attune_client.cli.importing.sources import Content, Preview, Source, Sources
from attune_client.cli.importing.track_ids import distinct_ids, plain_id, with_successors
from attune_client.replies import Notice

CHUNK_BYTES = 1 << 20


class FolderError(Exception):
    """A folder cannot be imported; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording of the folder.

    Attributes:
        lyrics: The lyrics file beside it, if any.
        origin: The path below the folder.
    """

    track_id: str
    path: Path
    lyrics: Path | None
    origin: str

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

    def preview(self) -> Preview:
        """Return title, artist, the recording's ending and the source of the lyrics.

        Raises:
            OSError: The recording cannot be read.
        """
        texts = read_texts(self.path, self.lyrics)
        cells = [texts.title, texts.artist, self.path.suffix, texts.lyrics_from]
        return Preview([cell or "-" for cell in cells], _notices(texts))

    def read(self) -> Content:
        """Return the content: recording, tags and lyrics.

        Raises:
            OSError: The recording cannot be read.
        """
        texts = read_texts(self.path, self.lyrics)
        digest = _digest(self.path, texts)
        return Content(
            digest,
            texts.title,
            texts.artist,
            self.path,
            texts.lyrics,
            notices=_notices(texts),
        )


def find_recordings(folder: Path) -> Sources:
    """Return every recording in a folder and below, sorted by path, except hidden ones.

    Raises:
        FolderError: There is no such folder, or it has no recording.
    """
    if not folder.is_dir():
        raise FolderError(f"{folder} is neither a folder nor a CSV file.")
    found = list_folder(folder)
    unread = [(str(error.filename), f"{error.strerror}.") for error in found.unread]
    if not found.recordings:
        endings = ", ".join(sorted(SUFFIXES))
        reasons = "".join(f" {place}: {why}" for place, why in unread)
        raise FolderError(
            f"There is no recording in {folder}: no file ends in {endings}.{reasons}"
        )
    origins = [PurePosixPath(path.relative_to(folder)) for path in found.recordings]
    recordings = [
        Recording(track_id, path, lyrics, str(origin))
        for track_id, (path, lyrics), origin in zip(
            name_tracks(origins), found.recordings.items(), origins, strict=True
        )
    ]
    links = [str(path) for path in found.links]
    return Sources(recordings, "recording", left_out=found.left_out, unread=unread, links=links)


def keep_ids(sources: Sequence[Source], journal: Journal, url: str) -> list[Source]:
    """Return the sources; recordings keep the ids that earlier imports gave.

    A new recording does not get the id of another one in another folder.

    Args:
        sources: Of the import.
        journal: Of earlier imports.
        url: The service's.
    """
    recordings = [one for one in sources if isinstance(one, Recording)]
    given = {origin: track_id for track_id, origin in journal.origins.items()}
    given = _ids_without_paths(recordings, journal) | given
    paths = [PurePosixPath(one.origin) for one in recordings]
    ids = name_tracks(paths, given)
    own = set(given.values())
    elsewhere = {} if own.issuperset(ids) else journal.files_elsewhere(url)
    while others := {
        str(file): track_id
        for one, track_id in zip(recordings, ids, strict=True)
        if track_id not in own and (file := _other_recording(one, elsewhere.get(track_id, {})))
    }:
        given |= others
        ids = name_tracks(paths, given)
    by_origin = {one.origin: track_id for one, track_id in zip(recordings, ids, strict=True)}
    return [
        replace(one, track_id=by_origin[one.origin]) if isinstance(one, Recording) else one
        for one in sources
    ]


def _other_recording(recording: Recording, files: Mapping[Path, str]) -> Path | None:
    """Return a file that has the same id and other content, if there is one and no copy."""
    # Path.exists raises an error where it is not known.
    present = [file for file in files if os.path.exists(file)]  # noqa: PTH110
    if not present:
        return None
    try:
        content = recording.read().digest
    except OSError:  # reported when it is read
        return None
    return None if any(files[file] == content for file in present) else present[0]


def name_tracks(
    paths: Sequence[PurePosixPath], given: Mapping[str, str] | None = None
) -> list[str]:
    """Return an id for each path, by the same rule as training.

    The id is the path without its ending, with ``:`` for ``/``, made valid by `distinct_ids`. Ids
    given before, by path, stay; see `with_successors`.

    >>> name_tracks([PurePosixPath("Café/01 Olé.mp3"), PurePosixPath("a.ogg")])
    ['Cafe:01-Ole', 'a']
    """
    texts = [str(path) for path in paths]
    return distinct_ids(
        [_name(path) for path in paths], texts, with_successors(texts, given or {})
    )


def _name(path: PurePosixPath) -> str:
    return ":".join(path.with_suffix("").parts)


def _ids_without_paths(recordings: Sequence[Recording], journal: Journal) -> dict[str, str]:
    """Return ids of an older journal, which has no paths, by the files' sizes and times."""
    by_state = {
        tuple(done.state): track_id
        for track_id, done in journal.done.items()
        if track_id not in journal.origins
    }
    found = {}
    for one in recordings if by_state else ():
        with suppress(OSError):  # reported when it is read
            track_id = by_state.get(tuple(one.state()), "")
            plain, _ = plain_id(_name(PurePosixPath(one.origin)))
            if track_id == plain or track_id.startswith(f"{plain}-"):
                found[one.origin] = by_state.pop(tuple(one.state()))
    return found


def _notices(texts: Texts) -> tuple[Notice, ...]:
    return texts.notices + name_notices(texts.title, texts.artist)


def _digest(path: Path, texts: Texts) -> str:
    """Return the digest of everything that is sent."""
    sent = (texts.title, texts.artist, texts.lyrics)
    digest = hashlib.sha256(repr(sent).encode("utf-8", "surrogatepass"))
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
