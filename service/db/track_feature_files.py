"""Files of track features: a matrix that grows, mapped by any number of processes.

A folder holds ``state.json`` and the folder of a generation, with these files:

- ``rows``: the track features, float32, one row a track
- ``keys``, ``ids``, ``ends``: each row's key, its track's id, and where the id ends
- ``dead``: numbers of rows that are not shown any more
- ``stale``: numbers of rows with features of an earlier snapshot, ascending
- ``slots-…``: from key to row

One process extends the files at a time. What the state counts never changes; bytes beyond it
belong to a writer that is running or died. A state is replaced atomically, and readers use what it
counts. No writer waits for the disk: a state holds the machine's boot id and checksums, and after
another boot the files are used only if their checksums match. When most rows are dead, the others
move to a new generation.
"""

import json
import math
import os
import shutil
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector
from service.db import hash_table as table
from service.private_files import make_folder, opener

STATE = "state.json"
ROWS, KEYS, IDS = ("rows", "<f4"), ("keys", "<u8"), ("ids", "u1")
ENDS, DEAD, STALE = ("ends", "<i8"), ("dead", "<i8"), ("stale", "<i8")
ROWS_AT_ONCE = 65_536
FEW = 1_024
"""Most dead rows that never cause a new generation."""

File = tuple[str, str]
"""A file's name and its dtype."""


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """Changed tracks, each once.

    Attributes:
        track_ids: Tracks that are shown.
        rows: Their features ``(n_shown, n_columns)``.
        removed: Tracks that are not shown, or have no features.
        stale: Those of the shown tracks whose features were converted from the prediction of an
            earlier snapshot.
    """

    track_ids: Sequence[str]
    rows: FloatMatrix
    removed: Sequence[str] = ()
    stale: Collection[str] = ()

    def __len__(self) -> int:
        return len(self.track_ids) + len(self.removed)


@dataclass(frozen=True, slots=True)
class State:
    """How much of the files is valid.

    Attributes:
        generation: Name of the files' folder.
        revision: Revision of the catalogue that the files include.
        n_columns: Number of features of a track.
        n_stale: Number of stale rows; without a default, so that files of releases that did not
            count them are made again.
        n_rows: Number of rows.
        n_dead: Number of dead rows.
        n_id_bytes: Total length of the ids.
        n_slots: Size of the hash table.
        boot: Boot id of the machine when the files were last written or checked.
        sums: CRC-32 of each file's valid part.
    """

    generation: str
    revision: int
    n_columns: int
    n_stale: int
    n_rows: int = 0
    n_dead: int = 0
    n_id_bytes: int = 0
    n_slots: int = table.LEAST
    boot: str = ""
    sums: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def fresh(cls, n_columns: int) -> "State":
        """Return the state of an empty new generation."""
        return cls(uuid4().hex, 0, n_columns, 0, boot=boot())

    @classmethod
    def read(cls, folder: Path) -> "State | None":
        """Return the state of a folder; None if there is none or it cannot be read."""
        try:
            return cls(**json.loads((folder / STATE).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, folder: Path) -> None:
        """Replace the state of a folder atomically."""
        draft = folder / f"{STATE}.{os.getpid()}"
        with open(draft, "w", encoding="utf-8", opener=opener) as written:
            written.write(json.dumps(asdict(self)))
        draft.replace(folder / STATE)


class TrackFeatureMatrix:
    """The track features of one state, mapped into memory that all processes share.

    Only `is_shown`, one byte a row, and results are private to the process.

    Args:
        folder: Folder that the state was read from.
        state: The state to map.

    Attributes:
        rows: Shape ``(n_rows, n_columns)``, read-only; some belong to tracks that are not shown.
        is_shown: Whether a row's track is shown, each track in one row ``(n_rows,)``.

    Raises:
        OSError: The files do not exist any more.
    """

    def __init__(self, folder: Path, state: State) -> None:
        self.state = state
        self._files = folder / state.generation
        self._parts = {file: self._map(file, shape) for file, shape in _shapes(state).items()}
        self.rows: FloatMatrix = self._parts[ROWS]
        self.keys: NDArray[np.uint64] = self._parts[KEYS]
        self._ids, self._ends = self._parts[IDS], self._parts[ENDS]
        self._slots = self._map(_slots(state.n_slots), (state.n_slots,))
        self.is_shown: NDArray[np.bool_] = np.ones(state.n_rows, np.bool_)
        self.is_shown[self._parts[DEAD]] = False

    @property
    def lineage(self) -> str:
        """Id of the generation: a later state with the same one begins with the same rows."""
        return self.state.generation

    @property
    def revision(self) -> int:
        """Revision of the catalogue; the matrix includes all changes up to it."""
        return self.state.revision

    def track_ids(self, places: IntVector) -> list[str]:
        """Return the track ids of rows."""
        begins, ends = _bounds(self._ends, places)
        return [
            self._ids[begin:end].tobytes().decode()
            for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)
        ]

    def is_stale(self, places: IntVector) -> NDArray[np.bool_]:
        """Whether rows hold features of an earlier snapshot."""
        if not self.state.n_stale:
            return np.zeros(len(places), np.bool_)
        stale = self._parts[STALE]
        at = np.searchsorted(stale, places).clip(max=len(stale) - 1)
        return np.asarray(stale[at] == places)

    def places(self, track_ids: Collection[str], keys: table.Keys | None = None) -> IntVector:
        """Return the row of each track, -1 if it is not shown.

        Args:
            track_ids: Any ids.
            keys: Their keys, if they are known.
        """
        wanted = [track_id.encode() for track_id in track_ids]
        keys = table.keys_of(track_ids) if keys is None else keys
        names = np.frombuffer(b"".join(wanted), np.uint8)
        ends = np.cumsum([len(name) for name in wanted], dtype=np.int64)

        def is_it(indices: IntVector, rows: IntVector) -> NDArray[np.bool_]:
            found = rows < self.state.n_rows
            found[found] = self.keys[rows[found]] == keys[indices[found]]
            # Two ids may share a key.
            found[found] = _is_equal(
                (names, *_bounds(ends, indices[found])),
                (self._ids, *_bounds(self._ends, rows[found])),
            )
            return found

        places = table.look_up(self._slots, keys, is_it)
        is_gone = ~self.is_shown[places] if self.state.n_rows else places < 0
        places[is_gone] = -1
        return places

    def sums(self) -> dict[str, int]:
        """Return the CRC-32 of each file's valid part."""
        parts = self._parts.items()
        return {name: zlib.crc32(values.data) for (name, _), values in parts if values.size}

    def contents(self) -> Iterator[memoryview]:
        """Yield the bytes of each file's valid part, as `receive` takes them."""
        for values in self._parts.values():
            if values.size:
                yield values.view(np.uint8).reshape(-1).data

    def _map(self, file: File, shape: tuple[int, ...]) -> NDArray[Any]:
        name, kind = file
        if 0 in shape:
            return np.zeros(shape, kind)
        # As a plain array, because every view of a memmap carries a dictionary.
        return np.asarray(np.memmap(self._files / name, kind, "r", shape=shape))


def create(folder: Path, n_columns: int) -> State:
    """Create the files of a state without tracks."""
    state = State.fresh(n_columns)
    make_folder(folder / state.generation)
    _write(folder / state.generation, _slots(state.n_slots), 0, np.zeros(state.n_slots))
    return state


def boot() -> str:
    """Return the id of this boot of the machine; empty where the system has none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def is_whole(folder: Path, state: State) -> bool:
    """Whether the files exist and, after another boot, match their checksums."""
    try:
        mapped = TrackFeatureMatrix(folder, state)
    except (OSError, ValueError):
        return False
    return is_of_this_boot(state) or mapped.sums() == state.sums


def is_of_this_boot(state: State) -> bool:
    """Whether the machine has not restarted since the state was written."""
    return bool(state.boot) and state.boot == boot()


def repair(folder: Path, state: State) -> State:
    """Return the state of whole files as of this boot, with a new hash table."""
    if is_of_this_boot(state):
        return state
    files = folder / state.generation
    _write_slots(files, state.n_slots, state.n_rows)
    return replace(state, boot=boot())


def receive(folder: Path, state: State, contents: Iterable[bytes]) -> State:
    """Write the files of another machine's state as a new generation, and return its state.

    Args:
        folder: Folder of the files.
        state: State of the other machine.
        contents: Bytes of the valid parts (`TrackFeatureMatrix.contents`), cut anywhere.

    Raises:
        ValueError: The bytes do not match the state's sizes and checksums.
    """
    received = replace(state, generation=uuid4().hex, boot=boot())
    files = folder / received.generation
    make_folder(files)
    try:
        _write_contents(files, received, contents)
        _write_slots(files, received.n_slots, received.n_rows)
        _require_sums(TrackFeatureMatrix(folder, received))
    except BaseException:
        shutil.rmtree(files, ignore_errors=True)
        raise
    return received


def extend(folder: Path, state: State, changes: Changes) -> State:
    """Write changes, and return the new state."""
    before = TrackFeatureMatrix(folder, state)
    rows = changes.rows.reshape(len(changes.track_ids), state.n_columns)
    keys = table.keys_of(changes.track_ids)
    places, gone = before.places(changes.track_ids, keys), before.places(changes.removed)
    is_stale = np.array([each in changes.stale for each in changes.track_ids], np.bool_)
    is_same = (places >= 0) & (is_stale == before.is_stale(places))
    known = np.flatnonzero(is_same)
    is_same[known] = (before.rows[places[known]] == rows[known]).all(axis=1)
    dead = np.concatenate([places[(places >= 0) & ~is_same], gone[gone >= 0]])
    new = np.flatnonzero(~is_same)
    files = folder / state.generation
    state = _marked(files, state, dead, state.n_rows + np.flatnonzero(is_stale[new]))
    if not len(new):
        return state
    ids = [changes.track_ids[place] for place in new.tolist()]
    return _appended(files, state, keys[new], ids, rows[new])


def compact(folder: Path, state: State) -> State:
    """Write a new generation with the shown rows only, and return its state."""
    before = TrackFeatureMatrix(folder, state)
    shown = np.flatnonzero(before.is_shown)
    after = replace(create(folder, state.n_columns), revision=state.revision)
    for first in range(0, len(shown), ROWS_AT_ONCE):
        places = shown[first : first + ROWS_AT_ONCE]
        ids = before.track_ids(places)
        files = folder / after.generation
        stale = after.n_rows + np.flatnonzero(before.is_stale(places))
        after = _marked(files, after, np.zeros(0), stale)
        after = _appended(files, after, before.keys[places], ids, before.rows[places])
    return after


def is_mostly_dead(state: State) -> bool:
    """Whether a new generation would be less than half as large."""
    return state.n_dead > max(FEW, state.n_rows // 2)


def delete_unused(folder: Path, state: State) -> None:
    """Delete other generations; processes that map one keep their mapping."""
    for other in folder.iterdir():
        if other.is_dir() and other.name != state.generation:
            shutil.rmtree(other, ignore_errors=True)


def _marked(files: Path, state: State, dead: NDArray[Any], stale: NDArray[Any]) -> State:
    """Write the numbers of rows that are dead or stale now, and return the new state."""
    sums = _added(files, state, {DEAD: (state.n_dead, dead), STALE: (state.n_stale, stale)})
    n_dead, n_stale = state.n_dead + len(dead), state.n_stale + len(stale)
    return replace(state, n_dead=n_dead, n_stale=n_stale, sums=sums)


def _bounds(ends: IntVector, at: IntVector) -> tuple[IntVector, IntVector]:
    """Return where ids begin and end among the bytes of all ids."""
    return np.where(at > 0, ends[at - 1], 0), ends[at]


def _is_equal(
    left: tuple[NDArray[np.uint8], IntVector, IntVector],
    right: tuple[NDArray[np.uint8], IntVector, IntVector],
) -> NDArray[np.bool_]:
    """Whether pairs of ids are equal ``(n,)``; each side has bytes, begins and ends."""
    (names, begins, ends), (others, other_begins, other_ends) = left, right
    lengths = ends - begins
    found = lengths == other_ends - other_begins
    lengths = lengths[found]
    last = np.cumsum(lengths)
    within = np.arange(last[-1] if len(last) else 0) - np.repeat(last - lengths, lengths)
    differs = (
        names[np.repeat(begins[found], lengths) + within]
        != others[np.repeat(other_begins[found], lengths) + within]
    )
    n_different = np.concatenate([[0], np.cumsum(differs)])
    found[found] = n_different[last] == n_different[last - lengths]
    return np.asarray(found)


def _require_sums(received: TrackFeatureMatrix) -> None:
    if received.sums() != received.state.sums:
        raise ValueError("the checksums do not match")


def _write_contents(files: Path, state: State, contents: Iterable[bytes]) -> None:
    left, incoming = memoryview(b""), iter(contents)
    for (name, kind), shape in _shapes(state).items():
        n_bytes = math.prod(shape) * np.dtype(kind).itemsize
        with open(files / name, "wb", opener=opener) as written:
            while n_bytes > 0:
                left = left or memoryview(next(incoming, b""))
                if not left:
                    raise ValueError(f"the content of {name} ends early")
                n_written = written.write(left[:n_bytes])
                left, n_bytes = left[n_written:], n_bytes - n_written


def _shapes(state: State) -> dict[File, tuple[int, ...]]:
    """Return the shape of each file's valid part."""
    return {
        ROWS: (state.n_rows, state.n_columns),
        KEYS: (state.n_rows,),
        IDS: (state.n_id_bytes,),
        ENDS: (state.n_rows,),
        DEAD: (state.n_dead,),
        STALE: (state.n_stale,),
    }


def _appended(
    files: Path, state: State, keys: table.Keys, ids: Sequence[str], rows: FloatMatrix
) -> State:
    first, names = state.n_rows, [track_id.encode() for track_id in ids]
    ends = state.n_id_bytes + np.cumsum([len(name) for name in names])
    added: dict[File, tuple[int, NDArray[Any]]] = {
        ROWS: (first * state.n_columns, rows),
        KEYS: (first, keys),
        IDS: (state.n_id_bytes, np.frombuffer(b"".join(names), np.uint8)),
        ENDS: (first, ends),
    }
    sums, n_rows, n_slots = _added(files, state, added), first + len(ids), state.n_slots
    if table.is_full(n_slots, n_rows):
        n_slots = table.room_for(n_rows)
        _write_slots(files, n_slots, n_rows)  # readers may still map the old table
    else:
        slots = np.memmap(files / _slots(n_slots)[0], "<u4", "r+", shape=(n_slots,))
        table.insert(slots, keys, first)
    return replace(state, n_rows=n_rows, n_id_bytes=int(ends[-1]), n_slots=n_slots, sums=sums)


def _added(
    files: Path, state: State, added: Mapping[File, tuple[int, NDArray[Any]]]
) -> dict[str, int]:
    """Write values into files from an item on, and return the CRC-32 of all files."""
    sums = dict(state.sums)
    for file, (begin, values) in added.items():
        content = _write(files, file, begin, values)
        if content:
            sums[file[0]] = zlib.crc32(content, sums.get(file[0], 0))
    return sums


def _write_slots(files: Path, n_slots: int, n_rows: int) -> None:
    """Write the hash table of all rows atomically."""
    slots = np.zeros(n_slots, np.uint32)
    table.insert(slots, np.fromfile(files / KEYS[0], KEYS[1], n_rows), 0)
    name, kind = _slots(n_slots)
    _write(files, (f"{name}.new", kind), 0, slots)
    (files / f"{name}.new").replace(files / name)


def _slots(n_slots: int) -> File:
    return f"slots-{n_slots}", "<u4"


def _write(files: Path, file: File, begin: int, values: NDArray[Any]) -> bytes:
    """Write values from an item on, truncating the file after them; return the bytes."""
    name, kind = file
    items = np.ascontiguousarray(values, kind)
    content = items.tobytes()
    with os.fdopen(opener(str(files / name), os.O_RDWR | os.O_CREAT), "r+b") as written:
        written.seek(begin * items.itemsize)
        written.truncate()
        written.write(content)
    return content
