"""The columns of a table of embeddings: what they are called, and how a row is read."""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from attune_client.cli.importing.source import Content
from attune_client.cli.importing.texts import tidy
from attune_client.embeddings import Embeddings, floats

MODALITIES = ("audio", "lyrics")
IDS = ("track_id", "ids", "id")
TITLES, ARTISTS = ("title", "track_name"), ("artist", "artist_name")
"""Names of a column, the one to prefer first."""
URL = "audio_url"
_SENDABLE_URL = re.compile(r"https?://[!-~]{1,1990}")


@dataclass(frozen=True, slots=True)
class Vector:
    """Where an embedding stands in a row.

    Attributes:
        name: Of its column, or of the first and the last of its columns.
        place: What one of its numbers is called, ``{}`` for its position.
        cells: The positions of its columns.
        is_list: Whether one cell holds all of it.
    """

    name: str
    place: str
    cells: tuple[int, ...]
    is_list: bool

    def numbers(self, row: Sequence[str]) -> list[float] | None:
        """Return the embedding in a row; None where its cells are empty.

        Raises:
            ValueError: What is there is not finite numbers.
        """
        texts = self.texts(row)
        if not any(text.strip() for text in texts):
            return None
        return floats(_items(texts[0], self.name) if self.is_list else texts, self.place)

    def texts(self, row: Sequence[str]) -> list[str]:
        """Return its cells."""
        return [row[i] for i in self.cells]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which cells of a row are what; None for a column that the table has not.

    Attributes:
        names: All of the header.
        vectors: By modality; at least one.
    """

    names: tuple[str, ...]
    track_id: int | None
    title: int | None
    artist: int | None
    audio_url: int | None
    vectors: Mapping[str, Vector]

    def content(self, row: Sequence[str]) -> Content:
        """Return what is sent of a row.

        Raises:
            ValueError: It has another number of cells, or holds no embedding that can be sent.
        """
        if len(row) != len(self.names):
            raise ValueError(f"it has {len(row)} cells and the header {len(self.names)}")
        every = {name: vector.numbers(row) for name, vector in self.vectors.items()}
        numbers = {name: found for name, found in every.items() if found is not None}
        if not numbers:
            empty = " and ".join(vector.name for vector in self.vectors.values())
            raise ValueError(f"there is no embedding in it ({empty} empty)")
        title, artist = tidy(_cell(row, self.title)), tidy(_cell(row, self.artist))
        url = _cell(row, self.audio_url).strip()
        url = url if _SENDABLE_URL.fullmatch(url) else ""
        texts = {name: vector.texts(row) for name, vector in self.vectors.items()}
        said = repr((title, artist, url, sorted(texts.items())))
        return Content(
            hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest(),
            title,
            artist,
            embeddings=Embeddings(numbers.get("audio"), numbers.get("lyrics")),
            audio_url=url or None,
            sizes={name: len(found) for name, found in numbers.items()},
        )


def columns_of(header: Sequence[str]) -> Columns:
    """Return which columns are what.

    Raises:
        ValueError: There are no embeddings, or nothing to call a track by, or one column twice.
    """
    names = tuple(name.strip() for name in header)
    found = {name: vector for name in MODALITIES if (vector := _vector(names, name))}
    if not found:
        raise ValueError(
            "there are no embeddings in it: audio_embedding and lyrics_embedding are needed, or "
            "numbered columns, audio_0, audio_1, ... and lyrics_0, lyrics_1, ..."
        )
    track_id, title, artist = (_first(names, known) for known in (IDS, TITLES, ARTISTS))
    if track_id is None and (title is None or artist is None):
        lacks = " or ".join(TITLES if title is None else ARTISTS)
        raise ValueError(
            f"{lacks} is missing; a track's id is in {', '.join(IDS[:-1])} or {IDS[-1]}, or is "
            "made of artist and title"
        )
    columns = Columns(names, track_id, title, artist, _first(names, (URL,)), found)
    _refuse_twice(columns)
    return columns


def _vector(names: Sequence[str], modality: str) -> Vector | None:
    listed = f"{modality}_embedding"
    numbered = [name for name in names if re.fullmatch(rf"{modality}_\d+", name)]
    if not numbered:
        if listed not in names:
            return None
        return Vector(listed, f"{listed}[{{}}]", (names.index(listed),), is_list=True)
    if listed in names:
        raise ValueError(f"{listed} and {numbered[0]} are both in it; keep one of them")
    wanted = [f"{modality}_{i}" for i in range(len(numbered))]
    missing = next((name for name in wanted if name not in numbered), None)
    if missing:
        raise ValueError(f"{missing} is missing, though {numbered[-1]} is there")
    cells = tuple(names.index(name) for name in wanted)
    return Vector(f"{wanted[0]} to {wanted[-1]}", f"{modality}_{{}}", cells, is_list=False)


def _first(names: Sequence[str], known: Sequence[str]) -> int | None:
    return next((names.index(name) for name in known if name in names), None)


def _refuse_twice(columns: Columns) -> None:
    times = Counter(columns.names)
    used = [columns.track_id, columns.title, columns.artist, columns.audio_url]
    used += [cell for vector in columns.vectors.values() for cell in vector.cells]
    twice = (columns.names[i] for i in used if i is not None and times[columns.names[i]] > 1)
    if name := next(twice, None):
        raise ValueError(f"{name} is the name of two columns")


def _cell(row: Sequence[str], i: int | None) -> str:
    return "" if i is None else row[i]


def _items(text: str, name: str) -> list[str]:
    """Return the texts between the commas of a list."""
    text = text.strip()
    if not (text.startswith("[") and text.endswith("]")):
        raise ValueError(
            f"{name} is {text!r:.40}; a list of numbers such as [0.1, -2e-05] is needed"
        )
    return text[1:-1].split(",")
