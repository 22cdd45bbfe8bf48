"""The table of the lyrics-and-audio notebook (LaA): an embedding of each and a mood a track.

A CSV file as pandas writes it, a row a track. The columns that are read:

- ``artist_name`` and ``track_name``; a track without an artist is by one of its own;
- ``lyrics_embedding`` and ``audio_embedding``: lists of numbers as Python writes them, of one
  length in all rows;
- ``emotion``, a word in any case, or ``label``, its place in Angry, Happy, Relaxed, Sad; where
  both are there they must agree;
- ``track_id`` or ``id``, if there is one; otherwise a track's id is the number of its row.

Others, the unnamed indices among them, are ignored. Rows are counted from 1 after the header.
"""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector
from models.emotion import Quadrant
from models.errors import DatasetError
from models.features.embeddings import LARGEST
from training.datasets.tables import read_csv
from training.datasets.tracks import PairedTable

ABOUT = "A track's quadrant is that of its mood word; features are the audio embedding."
EMOTIONS = {
    "Angry": Quadrant.Q2,
    "Happy": Quadrant.Q1,
    "Relaxed": Quadrant.Q4,
    "Sad": Quadrant.Q3,
}
"""The notebook's words, in the order of its labels 0 to 3, and what they are here."""
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
# Whole numbers as floats: one of a thousand digits is then too large and not an error of its own.
_DECODER = json.JSONDecoder(parse_int=float)


def load(path: Path) -> PairedTable:
    """Return the tracks of a file in the form above.

    Raises:
        DatasetError: The file is missing or not in that form.
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
    if table.empty:
        raise DatasetError(f"{path} has no row after its header.")


def _ids(table: pd.DataFrame, path: Path) -> list[str]:
    column = next((name for name in _IDS if name in table), None)
    if column is None:
        return [str(row) for row in range(1, len(table) + 1)]
    rows: dict[str, int] = {}
    for row, name in enumerate(table[column], start=1):
        first = rows.setdefault(name, row)
        if first != row:
            raise DatasetError(f"{path} row {row}: {column} {name!r} is also that of row {first}.")
    return list(rows)


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
    """Return places in the notebook's order ``(n_tracks,)``."""
    places = []
    for row, cell in enumerate(cells, start=1):
        place = place_of(cell.strip())
        if place is None:
            raise DatasetError(
                f"{path} row {row}: {cells.name} is {cell!r}; there are {_KNOWN[str(cells.name)]}."
            )
        places.append(place)
    return np.array(places, dtype=np.int64)


def _place_of_label(cell: str) -> int | None:
    # pandas writes 2.0 where a column once lacked a value.
    digits = cell.removesuffix(".0")
    return int(digits) if digits in {"0", "1", "2", "3"} else None


def _place_of_emotion(cell: str) -> int | None:
    word = cell.capitalize()
    return _WORDS.index(word) if word in _WORDS else None


def _require_agreement(
    table: pd.DataFrame, labels: IntVector, emotions: IntVector, path: Path
) -> None:
    for place in np.flatnonzero(labels != emotions)[:1]:
        raise DatasetError(
            f"{path} row {place + 1}: label {table['label'].iloc[place]!r} is"
            f" {_WORDS[labels[place]]}, but emotion is {table['emotion'].iloc[place]!r}."
        )


def _embedding(cells: "pd.Series[str]", path: Path) -> FloatMatrix:
    first = _numbers(cells.iloc[0], f"{path} row 1: {cells.name!r}")
    x = np.empty((len(cells), len(first)), dtype=np.float32)
    # A row at a time: as Python's numbers a large table would take gigabytes.
    for row, cell in enumerate(cells, start=1):
        where = f"{path} row {row}: {cells.name!r}"
        found = _numbers(cell, where)
        if len(found) != len(first):
            raise DatasetError(f"{where} has {len(found)} numbers; row 1 has {len(first)}.")
        x[row - 1] = found
    return x


def _numbers(cell: str, where: str) -> NDArray[np.float64]:
    """Return the numbers of a list literal ``(n_features,)``.

    Raises:
        DatasetError: The cell is none, is empty, or holds something else than a number, one that
            is not finite, or one that is too large.
    """
    read = _decoded(cell)
    if not isinstance(read, list) or not set(map(type, read)) <= {float}:
        raise DatasetError(f"{where} is {_short(cell)}, which is no list of numbers.")
    if not read:
        raise DatasetError(f"{where} is an empty list.")
    found = np.array(read, dtype=np.float64)
    is_right = np.abs(found) <= LARGEST  # what is not a number is not, either
    if not is_right.all():
        place = int(is_right.argmin())
        raise DatasetError(
            f"{where} holds {found[place]:g} as number {place + 1}; numbers are finite and at most"
            f" {LARGEST:g} from 0."
        )
    return found


def _decoded(cell: str) -> object:
    # Python writes two words otherwise than JSON; hardly any cell has one.
    words = cell.replace("nan", "NaN").replace("inf", "Infinity") if "n" in cell else cell
    try:
        return _DECODER.decode(words.strip())
    except (ValueError, RecursionError):
        return None


def _short(cell: str) -> str:
    return repr(cell if len(cell) <= _MOST_SHOWN else f"{cell[:_MOST_SHOWN]}...")
