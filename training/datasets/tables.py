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
from models.emotion import quadrant_named
from models.errors import DatasetError
from training.datasets.csv_file import check_names, read_rows

_MATRIX = 2
_MOST_LISTED = 8
_Function = TypeVar("_Function")
_BROKEN = (OSError, ValueError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error)
"""Errors that NumPy may raise for a damaged or foreign file."""
_LARGEST = float(np.finfo(np.float32).max)


def read_csv(
    path: Path, columns: Sequence[str], separator: str = ",", *, has_tidy_names: bool = True
) -> pd.DataFrame:
    """Return a table of text cells; missing cells are empty.

    The index is the number of each row's first line in an editor, for error messages.

    Args:
        path: Path of the file.
        columns: Required columns.
        separator: The character between cells.
        has_tidy_names: Whether blanks around a name of a column are refused; otherwise they are
            removed.

    Raises:
        DatasetError: The file or a column is missing, the file is not a table, a row has more or
            fewer cells than the header, or there is no row.
    """
    rows = read_rows(path, separator)
    line, names = next(rows)
    if not has_tidy_names:
        names = [name.strip() for name in names]
    check_names(path, line, names, separator)
    for column in columns:
        if column not in names:
            raise DatasetError(f"{path} has no column {column!r}; it has {_listed(names)}.")
    numbered_rows = list(rows)
    if not numbered_rows:
        raise DatasetError(f"{path} has no row after its header.")
    lines = pd.Index([line for line, _ in numbered_rows], name="line")
    # As text: an artist "NA" is not a missing value, and "007" is not 7.
    return pd.DataFrame([cells for _, cells in numbered_rows], lines, names, dtype=object)


def column_names(path: Path) -> list[str]:
    """Return the columns of a table without reading its rows.

    Raises:
        DatasetError: The file is missing, or is not a table.
    """
    line, names = next(read_rows(path))
    check_names(path, line, names)
    return names


def other_columns(table: pd.DataFrame, known: Sequence[str], path: Path) -> list[str]:
    """Return the columns besides the known ones, where each of them is read.

    Raises:
        DatasetError: One is the index that pandas or R wrote, whose numbers mean nothing.
    """
    others = [name for name in table.columns if name not in known]
    for name in others:
        if not name or name.startswith("Unnamed: "):
            raise DatasetError(
                f"{path} has the column {name!r}, the numbers of rows that pandas (without"
                " index=False) or R (without row.names = FALSE) wrote; remove it."
            )
    return others


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_LISTED
    shown = ", ".join(map(repr, names[:_MOST_LISTED]))
    return f"{shown} and {more} more" if more > 0 else shown


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
        raise DatasetError(f"{path} is not a file of plain arrays, or is damaged.") from error
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
        raise DatasetError(f"{path} is not a file of a plain array, or is damaged.") from error
    return array


def by_ending(path: Path, functions: Mapping[str, _Function]) -> _Function:
    """Return the function for a file name's ending.

    Raises:
        DatasetError: There is none.
    """
    ending = path.suffix.lower()
    if ending not in functions:
        raise DatasetError(
            f"{path} ends in {path.suffix!r}; tables are {' or '.join(sorted(functions))} files."
        )
    return functions[ending]


def texts(table: pd.DataFrame, column: str, path: Path) -> list[str]:
    """Return the texts of a column that may not be empty, without blanks around them.

    Raises:
        DatasetError: A cell is empty or blank.
    """
    cells = table[column].str.strip()
    for line in table.index[cells == ""]:
        raise DatasetError(f"{path} {table.index.name} {line} has no {column}.")
    return list(cells)


def quadrants(names: "pd.Series[str]", path: Path) -> IntVector:
    """Return class indices ``(n_tracks,)`` of the names or words of quadrants.

    Args:
        names: A column; its index names the rows in error messages.
        path: The table's path, for the message.

    Raises:
        DatasetError: A name is unknown.
    """
    y = np.empty(len(names), dtype=np.int64)
    for place, name in enumerate(names):
        try:
            y[place] = quadrant_named(name).index
        except ValueError as error:
            raise DatasetError(
                f"{path} {_row(names.index, place)} has the quadrant {name!r}; {error}."
            ) from None
    return y


def numbers(
    table: pd.DataFrame, columns: Sequence[str], path: Path, *, may_lack: bool = False
) -> NDArray[np.float64]:
    """Return columns as finite numbers of single precision's range ``(n_rows, n_columns)``.

    Args:
        table: A table of text cells, see ``read_csv``.
        columns: Columns to convert.
        path: The table's path, for the message.
        may_lack: Whether cells may be empty; these become NaN.

    Raises:
        DatasetError: A cell is not such a number.
    """
    cells = table[list(columns)].to_numpy(dtype=object)
    parsed = np.fromiter(map(_number, cells.flat), np.float64, cells.size).reshape(cells.shape)
    is_wrong = ~(np.abs(parsed) <= _LARGEST)
    if may_lack:
        is_wrong &= cells != ""
    wrong = np.argwhere(is_wrong)
    if len(wrong):
        row, place = wrong[0]
        raise DatasetError(
            f"{path} {_row(table.index, row)} has {cells[row, place]!r} in {columns[place]!r}:"
            " not a finite number such as -0.5 or 2e-05."
        )
    return parsed


def _number(cell: str) -> float:
    try:
        return float(cell) if cell and cell.isascii() and "_" not in cell else np.nan
    except ValueError:
        return np.nan


def _row(index: "pd.Index[int]", place: int) -> str:
    return f"{index.name or 'row'} {index[place]}"


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
        DatasetError: A number is missing or written otherwise, or a cell is not a finite number.
    """
    pattern = re.compile(rf"{name}[\s_-]*[+-]?\d[\d.]*", re.IGNORECASE)
    columns = [column for column in table.columns if pattern.fullmatch(column)]
    in_order = [f"{name}_{number}" for number in range(len(columns))]
    if lacking := next((column for column in in_order if column not in columns), None):
        other = next(column for column in columns if column not in in_order)
        raise DatasetError(
            f"{path} has the column {other!r} but no {lacking!r}; columns are numbered from"
            f" {name}_0 without gaps."
        )
    return matrix(numbers(table, in_order, path), name, path)


def within(
    values: NDArray[np.float64],
    columns: Sequence[str],
    least: float,
    path: Path,
    rows: "pd.Index[int] | None" = None,
) -> NDArray[np.float64]:
    """Return coordinates ``(n_rows, n_columns)`` after a check that they lie in [least, 1].

    Args:
        values: The coordinates.
        columns: Names of the columns, for the message; so are the other arguments.
        least: The lower bound.
        path: Path of the table.
        rows: The index of the table; None for rows that are counted from 0.

    Raises:
        DatasetError: A coordinate does not.
    """
    outside = np.argwhere((values < least) | (values > 1.0))
    if len(outside):
        row, place = outside[0]
        where = _row(pd.RangeIndex(len(values)) if rows is None else rows, row)
        raise DatasetError(
            f"{path} {where} has the {columns[place]} {values[row, place]:g}; it must lie in"
            f" [{least:g}, 1]."
        )
    return values


def plane(
    unit: NDArray[np.float64], path: Path, rows: "pd.Index[int] | None" = None
) -> NDArray[np.float64]:
    """Map coordinates from [0, 1] to [-1, 1]; ``rows`` as in ``within``.

    Raises:
        DatasetError: A coordinate is not in [0, 1].
    """
    return within(unit, ["coordinate"] * unit.shape[1], 0.0, path, rows) * 2.0 - 1.0
