"""Finds the columns of a table of embeddings and reads its rows."""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from attune_client.cli.importing.metadata import tidy
from attune_client.cli.importing.notices import name_notices
from attune_client.cli.importing.sources import Content
from attune_client.embeddings import Embeddings, floats
from attune_client.replies import Notice

MODALITIES = ("audio", "lyrics")
IDS = ("track_id", "ids", "id")
TITLES, ARTISTS = ("title", "track_name"), ("artist", "artist_name")
"""Accepted names of a column, the preferred one first."""
URL = "audio_url"
MAX_URL = 1990
"""Characters of an ``audio_url`` after its scheme."""
_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_MOST_SHOWN = 120
_SENDABLE_URL = re.compile(rf"https?://[!-~]{{1,{MAX_URL}}}")


@dataclass(frozen=True, slots=True)
class Vector:
    """The columns of an embedding.

    Attributes:
        name: Of the column, or of the first and the last column.
        place: The name of a number in error messages, with ``{}`` for its position.
        cells: The positions of the columns.
        is_list: Whether one cell holds a list of all numbers.
    """

    name: str
    place: str
    cells: tuple[int, ...]
    is_list: bool

    def numbers(self, row: Sequence[str]) -> list[float] | None:
        """Return the embedding in a row; None if its cells are empty.

        Raises:
            ValueError: A value is no number, or not finite.
        """
        texts = self.texts(row)
        if not any(text.strip() for text in texts):
            return None
        return floats(_items(texts[0], self.name) if self.is_list else texts, self.place)

    def texts(self, row: Sequence[str]) -> list[str]:
        """Return the cells of the embedding."""
        return [row[i] for i in self.cells]


@dataclass(frozen=True, slots=True)
class Columns:
    """The positions of the columns; None for a column that is missing.

    Attributes:
        names: The header.
        vectors: By modality; at least one.
    """

    names: tuple[str, ...]
    track_id: int | None
    title: int | None
    artist: int | None
    audio_url: int | None
    vectors: Mapping[str, Vector]

    def content(self, row: Sequence[str]) -> Content:
        """Return the content of a row.

        Raises:
            ValueError: The number of cells is wrong, or there is no valid embedding.
        """
        if len(row) != len(self.names):
            raise ValueError(
                f"the row has {_cells(len(row))}, the header {len(self.names)}: {_shown(row)} "
                f"under {_shown(self.names)}{_row_names(row, self.names)}"
            )
        numbers = {
            name: found
            for name, vector in self.vectors.items()
            if (found := vector.numbers(row)) is not None
        }
        if not numbers:
            empty = " and ".join(vector.name for vector in self.vectors.values())
            raise ValueError(f"the row has no embedding ({empty} empty)")
        title, artist = tidy(_cell(row, self.title)), tidy(_cell(row, self.artist))
        given_url = _cell(row, self.audio_url).strip()
        url = given_url if _SENDABLE_URL.fullmatch(given_url) else ""
        texts = {name: vector.texts(row) for name, vector in self.vectors.items()}
        sent = repr((title, artist, url, sorted(texts.items())))
        return Content(
            hashlib.sha256(sent.encode("utf-8", "surrogatepass")).hexdigest(),
            title,
            artist,
            embeddings=Embeddings(numbers.get("audio"), numbers.get("lyrics")),
            audio_url=url or None,
            sizes={name: len(found) for name, found in numbers.items()},
            notices=name_notices(title, artist) + _url_notices(given_url, url),
        )


def columns_of(header: Sequence[str]) -> Columns:
    """Return the positions of the columns in a header.

    Raises:
        ValueError: Columns for embeddings or ids are missing, a column occurs twice, or a name
            is not clear.
    """
    names = tuple(header)
    _check_names(names)
    found = {name: vector for name in MODALITIES if (vector := _vector(names, name))}
    if not found:
        raise ValueError(
            "the table has no embeddings: it needs audio_embedding and lyrics_embedding, or "
            "numbered columns (audio_0, audio_1, ... and lyrics_0, lyrics_1, ...)"
        )
    track_id, title, artist = (_first(names, known) for known in (IDS, TITLES, ARTISTS))
    if track_id is None and (title is None or artist is None):
        missing = " or ".join(TITLES if title is None else ARTISTS)
        raise ValueError(
            f"{missing} is missing; a track's id comes from {', '.join(IDS[:-1])} or {IDS[-1]}, "
            "or from artist and title"
        )
    columns = Columns(names, track_id, title, artist, _first(names, (URL,)), found)
    _reject_duplicates(columns)
    return columns


def _vector(names: Sequence[str], modality: str) -> Vector | None:
    listed = f"{modality}_embedding"
    pattern = re.compile(rf"{modality}[\s_-]*[+-]?\d[\d.]*", re.IGNORECASE)
    numbered = [name for name in names if pattern.fullmatch(name)]
    if not numbered:
        if listed not in names:
            return None
        return Vector(listed, f"{listed}[{{}}]", (names.index(listed),), is_list=True)
    if listed in names:
        raise ValueError(f"the table has both {listed} and {numbered[0]}; keep one of them")
    wanted = [f"{modality}_{i}" for i in range(len(numbered))]
    missing = next((name for name in wanted if name not in numbered), None)
    if missing:
        other = next((name for name in numbered if name not in wanted), numbered[-1])
        raise ValueError(f"{missing} is missing, but the table has {other}")
    cells = tuple(names.index(name) for name in wanted)
    return Vector(f"{wanted[0]} to {wanted[-1]}", f"{modality}_{{}}", cells, is_list=False)


def _check_names(names: Sequence[str]) -> None:
    found = [other for other in _OTHER_SEPARATORS if len(names) == 1 and other in names[0]]
    if found:
        raise ValueError(
            f"its cells are separated by {_OTHER_SEPARATORS[found[0]]}; they must be separated by "
            "commas, and numbers need a decimal point"
        )
    for place, name in enumerate(names, start=1):
        if name != name.strip():
            raise ValueError(f"{name!r} has blanks around its name; write {name.strip()!r}")
        if not name and place > 1:  # pandas writes its index without a name
            raise ValueError(f"column {place} of {len(names)} has no name: {_shown(names)}")


def _shown(cells: Sequence[str]) -> str:
    text = ",".join(cells)
    return repr(text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}...")


def _row_names(row: Sequence[str], names: Sequence[str]) -> str:
    """Return what to do about R's names of rows, which have no name in the header."""
    is_possible = len(row) == len(names) + 1 and row[-1]
    return "; R leaves out names of rows with row.names = FALSE" if is_possible else ""


def _cells(n: int) -> str:
    return f"{n} cell{'' if n == 1 else 's'}"


def _first(names: Sequence[str], known: Sequence[str]) -> int | None:
    return next((names.index(name) for name in known if name in names), None)


def _reject_duplicates(columns: Columns) -> None:
    times = Counter(columns.names)
    used = [columns.track_id, columns.title, columns.artist, columns.audio_url]
    used += [cell for vector in columns.vectors.values() for cell in vector.cells]
    duplicates = (columns.names[i] for i in used if i is not None and times[columns.names[i]] > 1)
    if name := next(duplicates, None):
        raise ValueError(f"two columns are named {name}")


def _cell(row: Sequence[str], i: int | None) -> str:
    return "" if i is None else row[i]


def _url_notices(given: str, sent: str) -> tuple[Notice, ...]:
    if given == sent:
        return ()
    why = f"The audio_url {given!r:.80} is not sent: it is no http or https address"
    return (Notice("audio_url_unsent", f"{why} of up to {MAX_URL} characters."),)


def _items(text: str, name: str) -> list[str]:
    """Return the texts of a list's numbers."""
    text = text.strip()
    if not (text.startswith("[") and text.endswith("]")):
        raise ValueError(
            f"{name} is {text!r:.40}; it must be a list of numbers such as [0.1, -2e-05]"
        )
    return text[1:-1].split(",")
