"""Reads and validates the tables of datasets."""

import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector
from models.emotion import QUADRANTS
from models.errors import DatasetError

_MATRIX = 2
_Function = TypeVar("_Function")
_BROKEN = (OSError, ValueError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error)
"""Errors that NumPy may raise for a damaged or foreign file."""
_INDEX = {str(quadrant): index for index, quadrant in enumerate(QUADRANTS)}


def read_csv(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Return a table of text cells; missing cells are empty.

    Raises:
        DatasetError: The file or a column is missing, or the file is not a table.
    """
    table = _parsed(path)
    for column in columns:
        if column not in table.columns:
            raise DatasetError(f"{path} has no column {column!r}.")
    return table


def column_names(path: Path) -> list[str]:
    """Return the columns of a table without reading its rows.

    Raises:
        DatasetError: The file is missing, or is not a table.
    """
    return [str(name) for name in _parsed(path, n_rows=0)]


def _parsed(path: Path, n_rows: int | None = None) -> pd.DataFrame:
    if not path.is_file():
        raise DatasetError(f"{path} is missing.")
    try:
        # As text: an artist "NA" is not a missing value, and "007" is not 7.
        return pd.read_csv(path, dtype=str, keep_default_na=False, nrows=n_rows)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} is not a table: {error}") from error


def read_npz(
    path: Path, names: Sequence[str], optional: Sequence[str] = ()
) -> dict[str, NDArray[np.generic]]:
    """Return named arrays of an NPZ file without pickled objects.

    Args:
        path: Path of the file.
        names: Required arrays.
        optional: Arrays that are returned if they exist.

    Raises:
        DatasetError: The file or an array is missing, or the file is not of this kind.
    """
    if not path.is_file():
        raise DatasetError(f"{path} is missing.")
    try:
        # NumPy itself leaves a damaged file open.
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            wanted = {*names, *optional}
            arrays = {name: file[name] for name in file.files if name in wanted}
    except _BROKEN as error:
        raise DatasetError(f"{path} is not a file of plain arrays: {error}") from error
    for name in names:
        if name not in arrays:
            raise DatasetError(f"{path} has no array {name!r}.")
    return arrays


def read_npy(path: Path) -> NDArray[np.generic]:
    """Return the array of an NPY file without pickled objects.

    Raises:
        DatasetError: The file is missing, or is not of this kind.
    """
    if not path.is_file():
        raise DatasetError(f"{path} is missing.")
    try:
        with path.open("rb") as opened:
            array: NDArray[np.generic] = np.lib.format.read_array(opened, allow_pickle=False)
    except _BROKEN as error:
        raise DatasetError(f"{path} is not a file of a plain array: {error}") from error
    return array


def by_ending(path: Path, functions: Mapping[str, _Function]) -> _Function:
    """Return the function for a file name's ending.

    Raises:
        DatasetError: There is none.
    """
    if path.suffix not in functions:
        raise DatasetError(
            f"{path} ends in {path.suffix!r}; tables are {' or '.join(sorted(functions))} files."
        )
    return functions[path.suffix]


def quadrants(names: Sequence[str], path: Path) -> IntVector:
    """Return class indices ``(n_tracks,)`` of quadrant names.

    Raises:
        DatasetError: A name is not one of Q1 to Q4.
    """
    for row, name in enumerate(names):
        if name not in _INDEX:
            known = ", ".join(_INDEX)
            raise DatasetError(f"{path} row {row} has the quadrant {name!r}; there are {known}.")
    return np.array([_INDEX[name] for name in names], dtype=np.int64)


def numbers(
    table: pd.DataFrame, columns: Sequence[str], path: Path, *, may_lack: bool = False
) -> NDArray[np.float64]:
    """Return columns as finite numbers ``(n_rows, n_columns)``.

    Args:
        table: A table of text cells, see ``read_csv``.
        columns: Columns to convert.
        path: The table's path, for the message.
        may_lack: Whether cells may be empty; these become NaN.

    Raises:
        DatasetError: A cell is not a finite number.
    """
    cells = table[list(columns)]
    parsed: NDArray[np.float64] = cells.apply(pd.to_numeric, errors="coerce").to_numpy(
        dtype=np.float64
    )
    is_wrong = ~np.isfinite(parsed)
    if may_lack:
        is_wrong &= (cells != "").to_numpy()
    wrong = np.argwhere(is_wrong)
    if len(wrong):
        row, place = wrong[0]
        cell = table[columns[place]].iloc[row]
        raise DatasetError(
            f"{path} row {row} has {cell!r} in {columns[place]!r}: not a finite number."
        )
    return parsed


def matrix(array: NDArray[np.generic], name: str, path: Path) -> FloatMatrix:
    """Return an array as features ``(n_tracks, n_features)``.

    Raises:
        DatasetError: The array is not numeric, has another shape, or has a number that is not
            finite.
    """
    if array.ndim != _MATRIX or not np.issubdtype(array.dtype, np.number):
        raise DatasetError(
            f"{path}: {name!r} must be numbers (n_tracks, n_features), not {array.dtype}"
            f" of shape {array.shape}."
        )
    with np.errstate(over="ignore"):
        numeric = array.astype(np.float32)
    wrong = np.argwhere(~np.isfinite(numeric))
    if len(wrong):
        row, column = wrong[0]
        raise DatasetError(
            f"{path}: {name!r} holds a number that is not finite, {array[row, column]}"
            f" in row {row}, column {column}."
        )
    return numeric


def numbered(table: pd.DataFrame, name: str, path: Path) -> FloatMatrix:
    """Return the columns ``name_0``, ``name_1`` and so on, in order, as features.

    Raises:
        DatasetError: A cell is not a finite number.
    """
    columns = [column for column in table.columns if re.fullmatch(rf"{name}_\d+", column)]
    in_order = sorted(columns, key=lambda column: int(column.rpartition("_")[2]))
    return matrix(numbers(table, in_order, path), name, path)


def within(
    values: NDArray[np.float64], columns: Sequence[str], least: float, path: Path
) -> NDArray[np.float64]:
    """Return coordinates ``(n_rows, n_columns)`` after a check that they lie in [least, 1].

    Raises:
        DatasetError: A coordinate does not.
    """
    outside = np.argwhere((values < least) | (values > 1.0))
    if len(outside):
        row, place = outside[0]
        raise DatasetError(
            f"{path} row {row} has the {columns[place]} {values[row, place]:g}; it must lie in"
            f" [{least:g}, 1]."
        )
    return values


def plane(unit: NDArray[np.float64], path: Path) -> NDArray[np.float64]:
    """Map coordinates from [0, 1] to [-1, 1].

    Raises:
        DatasetError: A coordinate is not in [0, 1].
    """
    return within(unit, ["coordinate"] * unit.shape[1], 0.0, path) * 2.0 - 1.0
