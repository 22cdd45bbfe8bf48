"""A CSV file of embeddings, looked through as a whole before anything of it is sent."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from attune_client.cli.importing.columns import MODALITIES, Columns, columns_of
from attune_client.cli.importing.naming import distinct_ids
from attune_client.cli.importing.source import Content, Sources
from attune_client.cli.importing.table import Record, Row, TableError, read_records

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,199}")


def find_rows(path: Path) -> Sources:
    """Return every row of a CSV file, all of which can be sent; their numbers are not kept.

    Raises:
        OSError: It cannot be read.
        TableError: It is no table of embeddings.
    """
    records = read_records(path)
    header = next(records, None)
    if header is None:
        raise TableError(f"{path} is empty.")
    try:
        scan = _Scan(path, columns_of(header.cells))
    except ValueError as error:
        raise TableError(f"{path}: {error}.") from error
    for record in records:
        try:
            scan.add(record)
        except ValueError as error:
            raise TableError(f"{path}, row {record.number}: {error}.") from error
    if not scan.rows:
        raise TableError(f"There is no row in {path}.")
    return Sources(scan.named(), "track", scan.sizes)


def require_sizes(found: Sources, sizes: Mapping[str, int] | None, url: str) -> None:
    """See that a service reads embeddings of these sizes.

    Args:
        found: What is to be sent.
        sizes: ``Model.embeddings``.
        url: Of the service.

    Raises:
        TableError: It does not; the sentence says what to do.
    """
    if sizes is None:
        raise TableError(
            f"The service at {url} reads recordings and lyrics and makes its own embeddings. "
            "`python -m training fuse --export DIR` makes a snapshot that reads yours; start the "
            "service with ATTUNE_SNAPSHOT=DIR."
        )
    for modality, n in found.sizes.items():
        if n != sizes.get(modality, 0):
            raise TableError(
                f"The {modality} embeddings have {_numbers(n)}; the service at {url} reads "
                f"{sizes.get(modality, 0)}."
            )


@dataclass
class _Scan:
    """What was seen of a table so far.

    Attributes:
        rows: Without ids, where these are to be made.
        sizes: Modality to the numbers in its embeddings.
    """

    path: Path
    columns: Columns
    rows: list[Row] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    _first: dict[str, int] = field(default_factory=dict)
    _by_id: dict[str, int] = field(default_factory=dict)

    def add(self, record: Record) -> None:
        """Note a row.

        Raises:
            ValueError: It cannot be sent, or not together with those before it.
        """
        content = self.columns.content(record.cells)
        self._check_sizes(content, record.number)
        counts = [_numbers(n) if (n := content.sizes.get(m)) else "-" for m in MODALITIES]
        self.rows.append(
            Row(
                self._given_id(record),
                self.path,
                self.columns,
                record.number,
                record.start,
                record.end,
                content.digest,
                (content.title or "-", content.artist or "-", *counts),
            )
        )

    def named(self) -> list[Row]:
        """Return the rows with their ids; of those made, a second of one kind ends in ``-2``."""
        if self.columns.track_id is not None:
            return self.rows
        names = [f"{artist}:{title}" for title, artist, *_ in (row.words for row in self.rows)]
        ids, times = distinct_ids(names, names), Counter[str]()
        for i, each in enumerate(ids):
            times[each] += 1
            ids[i] = each if times[each] == 1 else f"{each}-{times[each]}"
        return [replace(row, track_id=each) for row, each in zip(self.rows, ids, strict=True)]

    def _check_sizes(self, content: Content, number: int) -> None:
        for modality, n in content.sizes.items():
            first, wanted = self._first.setdefault(modality, number), self.sizes.get(modality, n)
            if n != wanted:
                name = self.columns.vectors[modality].name
                raise ValueError(f"{name} has {_numbers(n)}; row {first} has {wanted}")
            self.sizes[modality] = n

    def _given_id(self, record: Record) -> str:
        if self.columns.track_id is None:
            return ""
        name = self.columns.names[self.columns.track_id]
        given = record.cells[self.columns.track_id].strip()
        if not _ID.fullmatch(given):
            raise ValueError(
                f"{name} is {given!r:.80}; up to 200 letters, digits and ._:@- make an id, the "
                "first a letter or digit"
            )
        before = self._by_id.setdefault(given, record.number)
        if before != record.number:
            raise ValueError(f"{name} is {given!r}, as in row {before}")
        return given


def _numbers(n: int) -> str:
    return f"{n} number{'' if n == 1 else 's'}"
