"""Remembers the ids of the recordings of a folder, beside the library."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from models.errors import DatasetError
from models.library import Library, LibraryError
from training.library.sources import Source, keep_ids, may_have_id, read_sources


def read_with_ids(source: Path, memory: Path, part_of: Callable[[Source], Path]) -> list[Source]:
    """Return the tracks of a source; recordings of a folder keep the ids of earlier runs.

    Args:
        source: A folder or a manifest, which has ids of its own.
        memory: The file that remembers ids; it is written.
        part_of: Returns the file of a track that an earlier run finished.

    Raises:
        DatasetError: The source cannot be read, or the memory is damaged.
    """
    sources = read_sources(source)
    if not source.is_dir():
        return sources
    key, known = str(source.resolve()), _read(memory)
    given = known.get(key) or _ids_of_parts(source, sources, part_of)
    sources, ids = keep_ids(source, sources, given)
    reused = set(ids.values())
    gone = {path: track_id for path, track_id in given.items() if track_id not in reused}
    _write(memory, {**known, key: {**gone, **ids}})
    return sources


def _ids_of_parts(
    folder: Path, sources: Sequence[Source], part_of: Callable[[Source], Path]
) -> dict[str, str]:
    """Return ids by path, from the finished tracks of a run that had no memory."""
    ids: dict[str, str] = {}
    for track in sources:
        part = part_of(track)
        if track.audio is None or not part.exists():
            continue
        with suppress(LibraryError):  # reported when it is read
            (track_id,) = Library.open(part).ids
            path = track.audio.relative_to(folder)
            if may_have_id(path, track_id):  # not an id of a manifest
                ids[str(path)] = track_id
    return ids


def _read(memory: Path) -> dict[str, dict[str, str]]:
    """Return ids by folder and by path below it."""
    if not memory.exists():
        return {}
    try:
        known = json.loads(memory.read_bytes())
        return {folder: dict(ids) for folder, ids in known.items()}
    except (ValueError, AttributeError, TypeError) as error:
        raise DatasetError(
            f"{memory} is damaged: {error}. Delete it, and recordings get their ids anew."
        ) from error


def _write(memory: Path, ids: Mapping[str, Mapping[str, str]]) -> None:
    memory.parent.mkdir(parents=True, exist_ok=True)
    unfinished = memory.with_name(f"{memory.name}.unfinished")
    unfinished.write_text(json.dumps(ids, indent=0))
    unfinished.replace(memory)
