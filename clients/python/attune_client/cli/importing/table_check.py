"""Checks a whole CSV file of embeddings before the first upload."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from attune_client.cli.importing.columns import MODALITIES, Columns, columns_of
from attune_client.cli.importing.sources import Content, Sources
from attune_client.cli.importing.table import Record, Row, TableError, read_records
from attune_client.cli.importing.track_ids import distinct_ids

_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._:@+|=~-]{0,255}")


def find_rows(path: Path) -> Sources:
    """Return every row of a CSV file, checked, without the numbers.

    Raises:
        OSError: The file cannot be read.
        TableError: The file is not a valid table of embeddings.
    """
    records = read_records(path)
    header = next(records, None)
    if header is None:
        raise TableError(f"{path} is empty.")
    try:
        check = _Check(path, columns_of(header.cells))
    except ValueError as error:
        raise TableError(f"{path}, line {header.line}: {error}.") from error
    for record in records:
        try:
            check.add(record)
        except ValueError as error:
            raise TableError(f"{path}, line {record.line}: {error}.") from error
    if not check.rows:
        raise TableError(f"There is no row in {path}.")
    return Sources(check.rows_with_ids(), "track", check.sizes)


def require_sizes(found: Sources, sizes: Mapping[str, int] | None, url: str) -> None:
    """Check that a service reads embeddings of these sizes.

    Args:
        found: The rows.
        sizes: ``Model.embeddings``.
        url: Of the service.

    Raises:
        TableError: The sizes differ, or the service reads no embeddings.
    """
    if sizes is None:
        raise TableError(
            f"The service at {url} reads recordings and lyrics, not embeddings. Make a snapshot "
            "for your embeddings with `python -m training fuse --export DIR`, and start the "
            "service with ATTUNE_SNAPSHOT=DIR."
        )
    for modality, n in found.sizes.items():
        if n != sizes.get(modality, 0):
            raise TableError(
                f"The {modality} embeddings have {_numbers(n)}; the service at {url} reads "
                f"{sizes.get(modality, 0)}."
            )


@dataclass
class _Check:
    """The checked part of a table.

    Attributes:
        rows: Without ids if the table has none.
        sizes: Length of the embedding by modality.
    """

    path: Path
    columns: Columns
    rows: list[Row] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    _first: dict[str, int] = field(default_factory=dict)
    _by_id: dict[str, int] = field(default_factory=dict)

    def add(self, record: Record) -> None:
        """Check and add a row.

        Raises:
            ValueError: The row is invalid, or contradicts an earlier one.
        """
        content = self.columns.content(record.cells)
        self._check_sizes(content, record.line)
        counts = [_numbers(n) if (n := content.sizes.get(m)) else "-" for m in MODALITIES]
        self.rows.append(
            Row(
                self._given_id(record),
                self.path,
                self.columns,
                record.line,
                record.start,
                record.end,
                content.digest,
                (content.title or "-", content.artist or "-", *counts),
                content.notices,
            )
        )

    def rows_with_ids(self) -> list[Row]:
        """Return the rows with ids; the second of two equal generated ids ends in ``-2``."""
        if self.columns.track_id is not None:
            return self.rows
        names = [f"{artist}:{title}" for title, artist, *_ in (row.words for row in self.rows)]
        ids = distinct_ids(names, [unicodedata.normalize("NFC", name) for name in names])
        return [replace(row, track_id=each) for row, each in zip(self.rows, ids, strict=True)]

    def _check_sizes(self, content: Content, line: int) -> None:
        for modality, n in content.sizes.items():
            first, expected = self._first.setdefault(modality, line), self.sizes.get(modality, n)
            if n != expected:
                name = self.columns.vectors[modality].name
                raise ValueError(f"{name} has {_numbers(n)}; line {first} has {expected}")
            self.sizes[modality] = n

    def _given_id(self, record: Record) -> str:
        if self.columns.track_id is None:
            return ""
        name = self.columns.names[self.columns.track_id]
        track_id = record.cells[self.columns.track_id].strip()
        if not _ID.fullmatch(track_id):
            raise ValueError(
                f"{name} is {track_id!r:.80}; an id has up to 256 letters (A-Z, a-z), digits and "
                "._:@+|=~-, and begins with a letter, a digit, - or _"
            )
        first = self._by_id.setdefault(track_id, record.line)
        if first != record.line:
            raise ValueError(f"{name} is {track_id!r}, as in line {first}")
        return track_id


def _numbers(n: int) -> str:
    return f"{n} number{'' if n == 1 else 's'}"
