"""Tables of listeners' labels.

A CSV file has the columns ``listener``, ``track`` and either ``quadrant`` (Q1 to Q4,
or a word such as happy) or
``valence`` and ``arousal`` (both in [-1, 1]; 0 belongs to the positive side). If a listener
labelled a track twice, the last label counts: the last row, or the latest by the optional column
``answered_at`` (seconds, or a date and time in ISO 8601). Other columns are ignored.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from models.arrays import IntVector
from models.errors import DatasetError
from training.datasets.listeners import ListenerLabels
from training.datasets.tables import numbers, quadrants, read_csv, texts, within
from training.datasets.tracks import quadrants_at

_AXES = ("valence", "arousal")


def read_labels(path: Path) -> ListenerLabels:
    """Read a file of the format above.

    Raises:
        DatasetError: The file is missing or not in that format, or has no row.
    """
    table = read_csv(path, ["listener", "track"])
    listeners, tracks = (texts(table, name, path) for name in ("listener", "track"))
    when = _moments(table["answered_at"], path) if "answered_at" in table else None
    y, points = _answers(table, path)
    return last_answers(listeners, tracks, y, when, points=points)


def last_answers(
    listeners: Sequence[str],
    tracks: Sequence[str],
    y: IntVector,
    when: ArrayLike | None = None,
    points: NDArray[np.float64] | None = None,
) -> ListenerLabels:
    """Return the last answer of each listener and track, in the given order.

    Args:
        listeners: Listener of each answer ``(n_answers,)``.
        tracks: Track of each answer ``(n_answers,)``.
        y: Class index of each answer ``(n_answers,)``.
        when: Time of each answer, in any unit; None: rows are in order of time.
        points: Valence and arousal ``(n_answers, 2)``, if listeners answered with points.
    """
    order = np.arange(len(y)) if when is None else np.argsort(when, kind="stable")
    last = {(listeners[place], tracks[place]): place for place in order}
    kept = sorted(last.values())
    return ListenerLabels(
        [listeners[p] for p in kept],
        [tracks[p] for p in kept],
        y[kept],
        None if points is None else points[kept],
    )


def _answers(table: pd.DataFrame, path: Path) -> tuple[IntVector, NDArray[np.float64] | None]:
    """Return quadrants, and points if listeners answered with points."""
    if "quadrant" in table:
        return quadrants(table["quadrant"], path), None
    if not set(_AXES) <= set(table.columns):
        raise DatasetError(
            f"{path} has neither a column 'quadrant' nor the two columns 'valence' and 'arousal'."
        )
    points = within(numbers(table, _AXES, path), _AXES, -1.0, path, table.index)
    return quadrants_at(*points.T), points


def _moments(cells: "pd.Series[str]", path: Path) -> NDArray[np.float64]:
    return np.array([_moment(cell, line, path) for line, cell in cells.items()])


def _moment(cell: str, line: object, path: Path) -> float:
    for parse in (float, _seconds):
        try:
            moment = parse(cell)
        except ValueError:
            continue
        if np.isfinite(moment):
            return moment
    raise DatasetError(
        f"{path} line {line} was answered at {cell!r}: neither seconds nor a date and time."
    )


def _seconds(cell: str) -> float:
    moment = datetime.fromisoformat(cell)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
