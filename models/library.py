"""A library: one file with the features of tracks, which replaces their recordings in an import.

``python -m training embed`` writes it and ``python -m service import`` reads it. It is an NPZ file
of plain arrays with one row a track, unless the table states another shape:

==================  ===========================================================================
format              version of this layout, a number
feature_digest      SHA-256 of the feature spec in hexadecimal, a text
ids                 text; track ids that the service accepts
title, artist       text, empty if unknown
audio_sha256        of the recording's bytes in hexadecimal; empty without a recording
sound_sha256        of what is heard in it (`models.audio.identity`); empty if unknown
lyrics_sha256       of the canonical lyrics in UTF-8; empty without lyrics
lyrics_raw_sha256   of the lyrics as they were read, which services up to 0.5 stored; or empty
has_audio           whether there are audio features
has_lyrics          whether there are lyrics features
audio               ``(n_tracks, n_audio_features)``; zeros without audio features
lyrics              ``(n_tracks, n_lyrics_features)``; zeros without lyrics features
duration_s          length of the recording; NaN without a recording, also where a caller made the
                    embedding, which has no segments
segment_offsets     ``(n_tracks + 1,)``: segments ``[offset, next offset)`` belong to the track
starts_s, ends_s    ``(n_segments,)``: start and end of each segment
segments            ``(n_segments, n_audio_features)``, half precision, as the service stores them
==================  ===========================================================================

Format 1 lacks ``sound_sha256`` and ``lyrics_raw_sha256``; its ``lyrics_sha256`` is of the lyrics
as they were read.
"""

import os
import re
import shutil
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, FloatVector
from models.errors import AttuneError
from models.ids import TRACK_ID
from models.track import AudioFeatures, TrackFeatures

FORMAT = 2
_FORMATS = (1, FORMAT)
MAX_TEXT = 500
"""Characters of the longest title or artist that the service accepts."""

Arrays = Mapping[str, NDArray[Any]]
_SEGMENTS = "segments"
_HALF = np.dtype("<f2")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SINCE_2 = ("sound_sha256", "lyrics_raw_sha256")
_TEXTS = ("ids", "title", "artist", "audio_sha256", "lyrics_sha256", *_SINCE_2)
_KINDS = {
    **dict.fromkeys(_TEXTS, ("U", 1)),
    **dict.fromkeys(("has_audio", "has_lyrics"), ("b", 1)),
    **dict.fromkeys(("audio", "lyrics"), ("f", 2)),
    "duration_s": ("f", 1),
}
"""Kind and number of axes of each array with one row a track."""
_OTHERS = {"segment_offsets": ("i", 1), "starts_s": ("f", 1), "ends_s": ("f", 1)}
_BROKEN = (OSError, ValueError, EOFError, KeyError, NotImplementedError, RuntimeError)
"""Errors of reading a damaged zip file, in addition to zipfile's own."""


class LibraryError(AttuneError):
    """The library is missing, damaged, or not readable by this code."""


@dataclass(frozen=True, slots=True, eq=False)
class LibraryTrack:
    """A track of a library.

    Attributes:
        title: Empty if unknown, like ``artist``.
        audio_sha256: SHA-256 of the recording in hexadecimal; empty without a recording.
        lyrics_sha256: SHA-256 of the canonical lyrics in UTF-8; empty without lyrics.
        sound_sha256: SHA-256 of what is heard in the recording; empty if unknown.
        lyrics_raw_sha256: SHA-256 of the lyrics as they were read; empty if unknown.
    """

    track_id: str
    title: str
    artist: str
    audio_sha256: str
    lyrics_sha256: str
    features: TrackFeatures
    sound_sha256: str = ""
    lyrics_raw_sha256: str = ""


def write_library(path: Path, feature_digest: str, tracks: Iterable[LibraryTrack]) -> int:
    """Write tracks to a file atomically and return their number.

    Tracks are consumed one by one; their segments are spooled to disk.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=path.parent) as segments, _atomic_file(path) as unfinished:
        rows = [_spool(track, segments) for track in tracks]
        arrays = _columns(rows)
        arrays |= {"format": np.array(FORMAT), "feature_digest": np.array(feature_digest)}
        shape = (int(arrays["segment_offsets"][-1]), arrays["audio"].shape[1])
        with zipfile.ZipFile(unfinished, "w") as archive:
            for name, array in arrays.items():
                with _member(archive, name) as file:
                    np.lib.format.write_array(file, array, allow_pickle=False)
            with _member(archive, _SEGMENTS) as file:
                header = {"descr": _HALF.str, "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_2_0(file, header)
                segments.seek(0)
                shutil.copyfileobj(segments, file)
    return len(rows)


class Library:
    """A validated library, which reads its tracks one by one.

    Attributes:
        feature_digest: SHA-256 of the tracks' feature spec.
        ids: Ids of its tracks in order.
    """

    def __init__(self, path: Path, arrays: Arrays) -> None:
        self._path = path
        self._arrays = arrays
        self.feature_digest = str(arrays["feature_digest"])
        self.ids = [str(track_id) for track_id in arrays["ids"]]

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read all arrays but the segments, and raise `LibraryError` if the file is invalid."""
        if not path.is_file():
            raise LibraryError(f"{path} is missing.")
        try:
            arrays = _read(path)
        except (*_BROKEN, zipfile.BadZipFile, zlib.error) as error:
            reason = str(error).rstrip(".")
            raise LibraryError(f"{path} is no library, or is damaged: {reason}.") from error
        found = _scalar(arrays, "format")
        if found not in _FORMATS:
            raise LibraryError(f"{path} has format {found!r}; this code reads format 1 and 2.")
        if found == 1 and "ids" in arrays:
            arrays |= dict.fromkeys(_SINCE_2, np.full(arrays["ids"].shape, ""))
        _check_layout(path, arrays)
        _check_rows(path, arrays)
        return cls(path, arrays)

    def __len__(self) -> int:
        """Return the number of tracks."""
        return len(self.ids)

    def __iter__(self) -> Iterator[LibraryTrack]:
        """Yield the tracks in order."""
        with zipfile.ZipFile(self._path) as archive, archive.open(f"{_SEGMENTS}.npy") as file:
            _header(file)
            for row in range(len(self)):
                yield self._track(row, file)

    def _track(self, row: int, segments: IO[bytes]) -> LibraryTrack:
        arrays = self._arrays
        audio = self._audio(row, segments) if arrays["has_audio"][row] else None
        lyrics = np.asarray(arrays["lyrics"][row], np.float32)
        features = TrackFeatures(audio, lyrics if arrays["has_lyrics"][row] else None)
        texts = {name: str(arrays[name][row]) for name in _TEXTS}
        return LibraryTrack(texts.pop("ids"), **texts, features=features)

    def _audio(self, row: int, segments: IO[bytes]) -> AudioFeatures:
        arrays = self._arrays
        low, high = arrays["segment_offsets"][row : row + 2]
        length_s = float(arrays["duration_s"][row])
        shape = int(high - low), arrays["audio"].shape[1]
        along = np.frombuffer(segments.read(shape[0] * shape[1] * _HALF.itemsize), _HALF)
        if not np.isfinite(along).all():
            raise LibraryError(f"{self._path}: a segment of {self.ids[row]!r} is not finite.")
        return AudioFeatures(
            vector=np.asarray(arrays["audio"][row], np.float32),
            segments=along.reshape(shape).astype(np.float32),
            starts_s=np.asarray(arrays["starts_s"][low:high], np.float32),
            ends_s=np.asarray(arrays["ends_s"][low:high], np.float32),
            duration_s=None if np.isnan(length_s) else length_s,
        )


@contextmanager
def _atomic_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path next to ``path``, and rename it to ``path`` on success."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    return archive.open(f"{name}.npy", "w", force_zip64=True)


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """A track whose segments are spooled, and their number."""

    track: LibraryTrack
    n_segments: int


def _spool(track: LibraryTrack, file: IO[bytes]) -> _Row:
    """Move a track's segments to a file."""
    audio = track.features.audio
    if audio is None:
        return _Row(track, 0)
    file.write(_storable(audio.segments).tobytes())
    slim = replace(audio, segments=np.zeros((0, 0), np.float32))
    features = replace(track.features, audio=slim)
    return _Row(replace(track, features=features), len(audio.segments))


def _storable(segments: FloatMatrix) -> NDArray[np.float16]:
    """Return segments in half precision, clipped to its range."""
    most = float(np.finfo(_HALF).max)
    return segments.clip(-most, most).astype(_HALF)


def _columns(rows: list[_Row]) -> dict[str, NDArray[Any]]:
    tracks = [row.track for row in rows]
    audio_features = [track.features.audio for track in tracks]
    present = [audio for audio in audio_features if audio is not None]
    nothing = np.zeros(0, np.float32)
    texts = {name: [getattr(track, name) for track in tracks] for name in _TEXTS[1:]}
    texts["ids"] = [track.track_id for track in tracks]
    return {
        **{name: np.array(column, np.str_) for name, column in texts.items()},
        **_vectors("audio", [None if audio is None else audio.vector for audio in audio_features]),
        **_vectors("lyrics", [track.features.lyrics for track in tracks]),
        "duration_s": np.array([_length_s(audio) for audio in audio_features], np.float64),
        "segment_offsets": np.cumsum([0, *(row.n_segments for row in rows)], dtype=np.int64),
        "starts_s": np.concatenate([nothing, *(audio.starts_s for audio in present)]),
        "ends_s": np.concatenate([nothing, *(audio.ends_s for audio in present)]),
    }


def _length_s(audio: AudioFeatures | None) -> float:
    return np.nan if audio is None or audio.duration_s is None else audio.duration_s


def _vectors(name: str, vectors: list[FloatVector | None]) -> dict[str, NDArray[Any]]:
    """Return features as a matrix with zeros for missing ones, and a mask of present ones."""
    width = max((len(vector) for vector in vectors if vector is not None), default=0)
    missing = np.zeros(width, np.float32)
    matrix = np.array([missing if v is None else v for v in vectors], np.float32)
    return {
        name: matrix.reshape(len(vectors), width),
        f"has_{name}": np.array([vector is not None for vector in vectors], np.bool_),
    }


def _read(path: Path) -> dict[str, NDArray[Any]]:
    """Check the archive's checksums and return all arrays but the segments."""
    with zipfile.ZipFile(path) as archive:
        if (name := archive.testzip()) is not None:
            raise ValueError(f"{name} was changed or cut short")
        with archive.open(f"{_SEGMENTS}.npy") as file:
            shape = _header(file)
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files if name != _SEGMENTS}
    return arrays | {"segments_shape": np.array(shape)}


def _header(file: IO[bytes]) -> tuple[int, ...]:
    """Read the header of the segments and return their shape."""
    version = np.lib.format.read_magic(file)
    wide = version > (1, 0)
    read = np.lib.format.read_array_header_2_0 if wide else np.lib.format.read_array_header_1_0
    shape, by_columns, dtype = read(file)
    if by_columns or dtype != _HALF:
        raise ValueError(f"the segments are {dtype}, not {_HALF} row by row")
    return tuple(shape)


def _scalar(arrays: Arrays, name: str) -> object:
    array = arrays.get(name)
    return array.item() if array is not None and array.ndim == 0 else None


def _check_layout(path: Path, arrays: Arrays) -> None:
    """Check the kinds, shapes and lengths of the arrays."""
    for name, (kind, n_axes) in (_KINDS | _OTHERS).items():
        array = arrays.get(name)
        if array is None or array.dtype.kind != kind or array.ndim != n_axes:
            found = "missing" if array is None else f"{array.dtype} of shape {array.shape}"
            raise LibraryError(f"{path}: {name!r} is {found}.")
    lengths = {len(arrays[name]) for name in _KINDS} | {len(arrays["segment_offsets"]) - 1}
    if len(lengths) > 1:
        raise LibraryError(f"{path}: columns differ in length: {sorted(lengths)} tracks.")
    offsets = arrays["segment_offsets"]
    ends = {int(offsets[-1]), len(arrays["starts_s"]), len(arrays["ends_s"])}
    wanted = (int(offsets[-1]), arrays["audio"].shape[1])
    is_wrong = offsets[0] or (np.diff(offsets) < 0).any() or len(ends) > 1
    if is_wrong or tuple(arrays["segments_shape"]) != wanted:
        raise LibraryError(f"{path}: the segments do not fit their offsets.")
    for name in ("starts_s", "ends_s"):
        if not np.isfinite(arrays[name]).all():
            raise LibraryError(f"{path}: {name!r} holds a number that is not finite.")


def _check_rows(path: Path, arrays: Arrays) -> None:
    """Check that the service accepts each track."""
    ids = [str(track_id) for track_id in arrays["ids"]]
    times = Counter(ids)
    has_audio, has_lyrics = arrays["has_audio"], arrays["has_lyrics"]
    has_audio_digest, has_lyrics_digest = (
        _are_digests(arrays[f"{name}_sha256"]) for name in ("audio", "lyrics")
    )
    n_segments = np.diff(arrays["segment_offsets"])
    is_embedded = np.isnan(arrays["duration_s"]) & (n_segments == 0)
    is_finite = [np.isfinite(arrays[name]).all(axis=1) for name in ("audio", "lyrics")]
    rules: list[tuple[str, Iterable[Any]]] = [
        ("is not a valid track id", map(TRACK_ID.fullmatch, ids)),
        ("occurs twice", (times[track_id] == 1 for track_id in ids)),
        ("has a title that is too long or holds a NUL", map(_is_text, arrays["title"])),
        ("has an artist that is too long or holds a NUL", map(_is_text, arrays["artist"])),
        ("has neither audio nor lyrics features", has_audio | has_lyrics),
        ("holds a number that is not finite", np.logical_and.reduce(is_finite)),
        ("has no length", (arrays["duration_s"] > 0) | is_embedded | ~has_audio),
        ("must have audio and its SHA-256, or neither", has_audio_digest == has_audio),
        ("has lyrics without their SHA-256", has_lyrics_digest | ~has_lyrics),
        ("has a sound_sha256 that is no SHA-256", _are_optional(arrays["sound_sha256"])),
        ("has a lyrics_raw_sha256 that is no SHA-256", _are_optional(arrays["lyrics_raw_sha256"])),
    ]
    for what, verdicts in rules:
        for track_id, is_right in zip(ids, verdicts, strict=True):
            if not is_right:
                raise LibraryError(f"{path}: {track_id!r} {what}.")


def _is_text(text: str) -> bool:
    return len(text) <= MAX_TEXT and "\0" not in text


def _are_digests(column: NDArray[np.str_]) -> NDArray[np.bool_]:
    return np.array([bool(_DIGEST.fullmatch(text)) for text in column], np.bool_)


def _are_optional(digests: NDArray[np.str_]) -> NDArray[np.bool_]:
    return _are_digests(digests) | (digests == "")
