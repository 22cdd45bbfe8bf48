"""What a page is made of; written out as Markdown here, as HTML in its own module."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Heading:
    """A title; level 1 is the page's own."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text, with names between backticks and weight between double asterisks."""

    text: str


@dataclass(frozen=True, slots=True)
class Points:
    """A list of such texts."""

    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Command:
    """What is typed at a prompt."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under a head."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG beside the page."""

    name: str
    caption: str


Block: TypeAlias = Heading | Paragraph | Points | Command | Table | Picture


def markdown(blocks: Sequence[Block]) -> str:
    """Return a page as Markdown."""
    return "\n\n".join(_markdown(block) for block in blocks) + "\n"


def _markdown(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"{'#' * level} {text}"
        case Paragraph(text):
            return text
        case Points(texts):
            return "\n".join(f"- {text}" for text in texts)
        case Command(text):
            return f"```sh\n{text}\n```"
        case Table(head, rows):
            lines = [_line(head), "|" + "---|" * len(head), *map(_line, rows)]
            return "\n".join(lines)
        case Picture(name, caption):
            return f"![{caption}]({name})"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"
