"""Listeners' own answers, as a table: who, about what, and what.

A CSV file has the columns ``listener``, ``track`` and either ``quadrant``, Q1 to Q4, or
``valence`` and ``arousal``, both in [-1, 1], which are kept as points; an axis belongs to its
positive side. Where a listener answered twice about one track, the last answer stands: the last
row, or the latest by ``answered_at`` (seconds, or a date and time in ISO 8601), a column that may
be left out. Other columns are not read.
"""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from models.arrays import IntVector
from models.emotion import QUADRANTS
from models.errors import DatasetError
from training.datasets.listeners import ListenerLabels
from training.datasets.tables import numbers, quadrants, read_csv, within
from training.datasets.tracks import quadrants_at

_AXES = ("valence", "arousal")


def read_labels(path: Path) -> ListenerLabels:
    """Return the labels in a file of the format above.

    Raises:
        DatasetError: The file is missing or not in that format, or has no row.
    """
    table = read_csv(path, ["listener", "track"])
    for column in ("listener", "track"):
        for row in np.flatnonzero(table[column] == ""):
            raise DatasetError(f"{path} row {row} has no {column}.")
    when = _moments(table["answered_at"].tolist(), path) if "answered_at" in table else None
    y, points = _answers(table, path)
    return last_answers(
        table["listener"].tolist(), table["track"].tolist(), y, when, points=points
    )


def write_labels(labels: ListenerLabels, path: Path) -> None:
    """Write labels as a CSV file that ``read_labels`` reads: points where there are such."""
    said: Sequence[Sequence[object]]
    if labels.points is None:
        columns, said = ["quadrant"], [[QUADRANTS[k].value] for k in labels.y]
    else:
        columns, said = list(_AXES), labels.points.tolist()
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["listener", "track", *columns])
        for listener, track, answer in zip(labels.listeners, labels.tracks, said, strict=True):
            rows.writerow([listener, track, *answer])


def last_answers(
    listeners: Sequence[str],
    tracks: Sequence[str],
    y: IntVector,
    when: ArrayLike | None = None,
    points: NDArray[np.float64] | None = None,
) -> ListenerLabels:
    """Return one answer a listener and track, the last, in the order they were given in.

    Args:
        listeners: Who answered ``(n_answers,)``, as all that follows.
        tracks: About which track.
        y: The quadrant, as class indices.
        when: A number that grows with time; later rows are later if there is none.
        points: Valence and arousal ``(n_answers, 2)``, where these were answered.
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
    """Return quadrants, and the points they are of where these were answered."""
    if "quadrant" in table:
        return quadrants(table["quadrant"].tolist(), path), None
    if not set(_AXES) <= set(table.columns):
        raise DatasetError(
            f"{path} has neither a column 'quadrant' nor the two columns 'valence' and 'arousal'."
        )
    points = within(numbers(table, _AXES, path), _AXES, -1.0, path)
    return quadrants_at(*points.T), points


def _moments(cells: Sequence[str], path: Path) -> NDArray[np.float64]:
    return np.array([_moment(cell, row, path) for row, cell in enumerate(cells)])


def _moment(cell: str, row: int, path: Path) -> float:
    for parse in (float, _seconds):
        try:
            moment = parse(cell)
        except ValueError:
            continue
        if np.isfinite(moment):
            return moment
    raise DatasetError(
        f"{path} row {row} was answered at {cell!r}: neither seconds nor a date and time."
    )


def _seconds(cell: str) -> float:
    moment = datetime.fromisoformat(cell)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
