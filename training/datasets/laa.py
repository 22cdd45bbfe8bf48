"""LaA: the table of the lyrics-and-audio notebook, with two embeddings and a mood per track.

A CSV file as written by pandas, one row per track, with the columns:

- ``artist_name`` and ``track_name``; tracks without an artist are separate groups;
- ``lyrics_embedding`` and ``audio_embedding``: Python lists of numbers, of one length in all rows;
- ``emotion`` (a word, case-insensitive) or ``label`` (its index in Angry, Happy, Relaxed, Sad); if
  both exist they must agree;
- ``track_id`` or ``id``, optional; the default id is the row number.

Other columns are ignored.
"""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector
from models.emotion import Quadrant, quadrant_named
from models.errors import DatasetError
from models.features.embeddings import LARGEST
from training.datasets.tables import read_csv, texts
from training.datasets.tracks import PairedTable

ABOUT = "A track's quadrant is that of its mood word; features are the audio embedding."
EMOTIONS = {
    "Angry": Quadrant.Q2,
    "Happy": Quadrant.Q1,
    "Relaxed": Quadrant.Q4,
    "Sad": Quadrant.Q3,
}
"""Quadrant of each of the notebook's words, in the order of its labels 0 to 3."""
PLACES = np.array([quadrant.index for quadrant in EMOTIONS.values()], dtype=np.int64)
"""Class index of each of the notebook's labels."""
COLUMNS = ("artist_name", "track_name", "lyrics_embedding", "audio_embedding")
_LABELS = ("label", "emotion")
_IDS = ("track_id", "id")
_WORDS = tuple(EMOTIONS)
_KNOWN = {
    "label": ", ".join(f"{place} ({word})" for place, word in enumerate(_WORDS)),
    "emotion": ", ".join(_WORDS),
}
_MOST_SHOWN = 40
# Integers are read as floats, so that a very long one is too large instead of a parser error.
_DECODER = json.JSONDecoder(parse_int=float)


def load(path: Path) -> PairedTable:
    """Read a file of the format above.

    Raises:
        DatasetError: The file is missing or not in that format.
    """
    table = read_csv(path, [])
    _require_columns(table, path)
    return PairedTable(
        ids=_ids(table, path),
        y=_quadrants(table, path),
        artists=table["artist_name"].tolist(),
        audio=_embedding(table["audio_embedding"], path),
        lyrics=_embedding(table["lyrics_embedding"], path),
    )


def _require_columns(table: pd.DataFrame, path: Path) -> None:
    needed = f"needed are {', '.join(COLUMNS)}, and label or emotion"
    for name in COLUMNS:
        if name not in table:
            raise DatasetError(f"{path} has no column {name!r}; {needed}.")
    if not any(name in table for name in _LABELS):
        raise DatasetError(f"{path} has neither a column 'label' nor 'emotion'; {needed}.")


def _ids(table: pd.DataFrame, path: Path) -> list[str]:
    column = next((name for name in _IDS if name in table), None)
    if column is None:
        return [str(row) for row in range(1, len(table) + 1)]
    lines: dict[str, object] = {}
    for line, name in zip(table.index, texts(table, column, path), strict=True):
        first = lines.setdefault(name, line)
        if first != line:
            raise DatasetError(
                f"{path} line {line}: {column} {name!r} is also that of line {first}."
            )
    return list(lines)


def _quadrants(table: pd.DataFrame, path: Path) -> IntVector:
    places = {"label": _place_of_label, "emotion": _place_of_emotion}
    read = {name: _places(table[name], places[name], path) for name in _LABELS if name in table}
    if len(read) == len(_LABELS):
        _require_agreement(table, read["label"], read["emotion"], path)
    found = next(iter(read.values()))
    return PLACES[found]


def _places(
    cells: "pd.Series[str]", place_of: Callable[[str], int | None], path: Path
) -> IntVector:
    """Return the notebook's labels ``(n_tracks,)``."""
    places = []
    for line, cell in cells.items():
        place = place_of(cell.strip())
        if place is None:
            raise DatasetError(
                f"{path} line {line}: {cells.name} is {cell!r}; there are"
                f" {_KNOWN[str(cells.name)]}."
            )
        places.append(place)
    return np.array(places, dtype=np.int64)


def _place_of_label(cell: str) -> int | None:
    # pandas writes 2.0 if the column once had missing values.
    digits = cell.removesuffix(".0")
    return int(digits) if digits in {"0", "1", "2", "3"} else None


def _place_of_emotion(cell: str) -> int | None:
    try:
        return list(EMOTIONS.values()).index(quadrant_named(cell))
    except ValueError:
        return None


def _require_agreement(
    table: pd.DataFrame, labels: IntVector, emotions: IntVector, path: Path
) -> None:
    for place in np.flatnonzero(labels != emotions)[:1]:
        raise DatasetError(
            f"{path} line {table.index[place]}: label {table['label'].iloc[place]!r} is"
            f" {_WORDS[labels[place]]}, but emotion is {table['emotion'].iloc[place]!r}."
        )


def _embedding(cells: "pd.Series[str]", path: Path) -> FloatMatrix:
    first_line = cells.index[0]
    first = _numbers(cells.iloc[0], f"{path} line {first_line}: {cells.name!r}")
    x = np.empty((len(cells), len(first)), dtype=np.float32)
    # One row at a time: a large table as Python floats would take gigabytes.
    for row, (line, cell) in enumerate(cells.items()):
        where = f"{path} line {line}: {cells.name!r}"
        found = _numbers(cell, where)
        if len(found) != len(first):
            raise DatasetError(
                f"{where} has {len(found)} numbers; line {first_line} has {len(first)}."
            )
        x[row] = found
    return x


def _numbers(cell: str, where: str) -> NDArray[np.float64]:
    """Return the numbers of a list literal ``(n_features,)``.

    Raises:
        DatasetError: The cell is not a list of numbers, is empty, or holds a number that is too
            large or not finite.
    """
    read = _decoded(cell)
    if not isinstance(read, list) or not set(map(type, read)) <= {float}:
        raise DatasetError(f"{where} is {_short(cell)}, which is no list of numbers.")
    if not read:
        raise DatasetError(f"{where} is an empty list.")
    found = np.array(read, dtype=np.float64)
    is_valid = np.abs(found) <= LARGEST  # false for NaN
    if not is_valid.all():
        place = int(is_valid.argmin())
        raise DatasetError(
            f"{where} holds {found[place]:g} as number {place + 1}; numbers are finite and at most"
            f" {LARGEST:g} from 0."
        )
    return found


def _decoded(cell: str) -> object:
    # Python spells NaN and Infinity differently from JSON.
    words = cell.replace("nan", "NaN").replace("inf", "Infinity") if "n" in cell else cell
    try:
        return _DECODER.decode(words.strip())
    except (ValueError, RecursionError):
        return None


def _short(cell: str) -> str:
    return repr(cell if len(cell) <= _MOST_SHOWN else f"{cell[:_MOST_SHOWN]}...")
