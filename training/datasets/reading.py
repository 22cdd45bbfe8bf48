"""Reads the tables of datasets, and says what is wrong with them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.arrays import IntVector
from models.emotion import QUADRANTS
from models.errors import DatasetError

_INDEX = {str(quadrant): index for index, quadrant in enumerate(QUADRANTS)}


def read_csv(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Return a table in which every cell is text, empty where there is nothing.

    Raises:
        DatasetError: The file or one of the columns is missing, or it is no table.
    """
    if not path.is_file():
        raise DatasetError(f"{path} is missing.")
    try:
        # As text: an artist called "NA" is not a missing one, and "007" is not 7.
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} is no table: {error}") from error
    for column in columns:
        if column not in table.columns:
            raise DatasetError(f"{path} has no column {column!r}.")
    return table


def read_npz(path: Path, names: Sequence[str]) -> dict[str, NDArray[np.generic]]:
    """Return named arrays of a file that holds no pickled objects.

    Raises:
        DatasetError: The file or one of the arrays is missing, or it is no such file.
    """
    if not path.is_file():
        raise DatasetError(f"{path} is missing.")
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files if name in names}
    except (OSError, ValueError, EOFError) as error:
        raise DatasetError(f"{path} is no file of plain arrays: {error}") from error
    for name in names:
        if name not in arrays:
            raise DatasetError(f"{path} has no array {name!r}.")
    return arrays


def quadrants(names: Sequence[str], path: Path) -> IntVector:
    """Return class indices ``(n_tracks,)`` for quadrants by name.

    Raises:
        DatasetError: A name is none of Q1 to Q4.
    """
    for row, name in enumerate(names):
        if name not in _INDEX:
            known = ", ".join(_INDEX)
            raise DatasetError(f"{path} row {row} has the quadrant {name!r}; there are {known}.")
    return np.array([_INDEX[name] for name in names], dtype=np.int64)


def numbers(table: pd.DataFrame, columns: Sequence[str], path: Path) -> NDArray[np.float64]:
    """Return columns as finite numbers ``(n_rows, n_columns)``.

    Raises:
        DatasetError: A cell is not a finite number.
    """
    cells = table[list(columns)].apply(pd.to_numeric, errors="coerce")
    parsed: NDArray[np.float64] = cells.to_numpy(dtype=np.float64)
    wrong = np.argwhere(~np.isfinite(parsed))
    if len(wrong):
        row, place = wrong[0]
        cell = table[columns[place]].iloc[row]
        raise DatasetError(
            f"{path} row {row} has {cell!r} in {columns[place]!r}: not a finite number."
        )
    return parsed


def plane(unit: NDArray[np.float64], path: Path) -> NDArray[np.float64]:
    """Return coordinates in [-1, 1] for coordinates in [0, 1].

    Raises:
        DatasetError: A coordinate is not in [0, 1].
    """
    outside = unit[(unit < 0.0) | (unit > 1.0)]
    if len(outside):
        raise DatasetError(f"{path} has the coordinate {outside[0]}; it must lie in [0, 1].")
    return unit * 2.0 - 1.0
