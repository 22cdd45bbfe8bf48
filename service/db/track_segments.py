"""Segments of recordings, in a table of their own, and how many of them are kept.

They are two thirds of what a track takes, and only a curve over time shows them: calls that list,
rank or learn never read this table.
"""

from collections.abc import Collection, Mapping
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, delete, insert

from models.arrays import FloatMatrix, FloatVector
from models.emotion import N_QUADRANTS
from service.db.database import in_parts
from service.db.tables import track_segments

FLOAT32, FLOAT16 = np.dtype("<f4"), np.dtype("<f2")
COARSE_S = 10.0
"""Least mean length of coarse segments. The features of a segment of 3 s span 9 s already."""
MOST_COARSE = 12
"""Most coarse segments of a recording."""

KeptSegments: TypeAlias = Literal["all", "coarse", "none"]
"""Which segments are stored: those of the extractor, means of neighbours, or none."""
SegmentColumns: TypeAlias = Mapping[str, bytes | None]
"""Stored segments by column: ``starts_s``, ``ends_s``, ``segment_proba`` and ``segments``."""

_FORGET = delete(track_segments).where(
    track_segments.c.track_id.in_(bindparam("track_ids", expanding=True))
)


def put_segments(connection: Connection, track_id: str, segments: SegmentColumns | None) -> None:
    """Replace the segments of a locked track; None leaves it without."""
    forget_segments(connection, [track_id])
    if segments is not None:
        connection.execute(insert(track_segments), {"track_id": track_id, **segments})


def forget_segments(connection: Connection, track_ids: Collection[str]) -> None:
    """Delete the segments of locked tracks."""
    for part in in_parts(track_ids):
        connection.execute(_FORGET, {"track_ids": part})


def kept_segments(segments: SegmentColumns, kept: KeptSegments) -> SegmentColumns | None:
    """Return the columns to store of all segments; None without any.

    Coarse segments stay as they are: their number follows from the length of the recording.
    """
    if kept == "none" or not segments["starts_s"]:
        return None
    firsts = _firsts(segments)
    if kept == "all" or len(firsts) == len(floats(segments["starts_s"])):
        return segments
    features = np.frombuffer(segments["segments"] or b"", FLOAT16).astype(np.float32)
    rows = features.reshape(len(floats(segments["starts_s"])), -1)
    return {
        "starts_s": floats(segments["starts_s"])[firsts].tobytes(),
        "ends_s": floats(segments["ends_s"])[[*(firsts[1:] - 1), -1]].tobytes(),
        "segment_proba": kept_proba(segments["segment_proba"], segments, kept),
        "segments": storable(_means(rows, firsts)).tobytes(),
    }


def kept_proba(
    segment_proba: bytes | None, segments: SegmentColumns, kept: KeptSegments
) -> bytes | None:
    """Return what is stored of a snapshot's distributions of all segments."""
    if kept == "none" or not segment_proba:
        return None
    if kept == "all":
        return segment_proba
    proba = floats(segment_proba).reshape(-1, N_QUADRANTS).astype(np.float64)
    return _means(proba, _firsts(segments)).astype(FLOAT32).tobytes()


def storable(segments: FloatMatrix) -> NDArray[np.float16]:
    """Return features of segments in float16, clipped to its range."""
    most = float(np.finfo(FLOAT16).max)
    return segments.clip(-most, most).astype(FLOAT16)


def floats(blob: bytes | None) -> FloatVector:
    """Return the numbers of a stored column; none of NULL ``(n,)``."""
    return np.frombuffer(blob or b"", FLOAT32)


def _firsts(segments: SegmentColumns) -> NDArray[np.int64]:
    """Return the first segment of each coarse one ``(n_coarse,)``."""
    starts_s, ends_s = floats(segments["starts_s"]), floats(segments["ends_s"])
    n_long = int((ends_s[-1] - starts_s[0]) // COARSE_S)
    n_coarse = min(len(starts_s), MOST_COARSE, max(1, n_long))
    return np.arange(n_coarse) * len(starts_s) // n_coarse


def _means(rows: NDArray[np.floating], firsts: NDArray[np.int64]) -> NDArray[np.floating]:
    counts = np.diff(np.append(firsts, len(rows)))
    means: NDArray[np.floating] = np.add.reduceat(rows, firsts) / counts[:, None]
    return means.astype(rows.dtype)
