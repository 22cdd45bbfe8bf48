"""What a recording is called, and its words: from its tags, and from the files beside it."""

import re
from dataclasses import dataclass
from pathlib import Path

from tinytag import TinyTag, TinyTagException

LONGEST_NAME = 500
"""Letters of a title or artist that the service takes."""
_STAMPS = re.compile(r"^(?:\s*\[\d{1,3}:\d{1,2}(?:[.:]\d{1,3})?\])+", re.MULTILINE)
_WORD_STAMPS = re.compile(r"<\d{1,3}:\d{1,2}(?:[.:]\d{1,3})?>")
_REMARKS = re.compile(r"^\s*\[(?:[a-zA-Z]+|#):[^\n]*\][ \t\r]*\n?", re.MULTILINE)


class TextError(ValueError):
    """Words that cannot be read, as a sentence."""


@dataclass(frozen=True, slots=True)
class Texts:
    """What goes with a recording; None where nobody says.

    Attributes:
        lyrics_from: Where they were found, for people; empty without lyrics.
    """

    title: str | None
    artist: str | None
    lyrics: str | None
    lyrics_from: str


def read_texts(path: Path, beside: Path | None) -> Texts:
    """Return what a recording is called and its words.

    A file beside it comes before words that are embedded in it. Marks of time are left out.

    Raises:
        TextError: The file beside it is no text in UTF-8.
        OSError: It cannot be read.
    """
    tag = _tag(path)
    title, artist = (tidy(tag.title), tidy(tag.artist)) if tag else (None, None)
    if beside is not None:
        lyrics = read_lyrics(beside)
        return Texts(title, artist, lyrics, beside.suffix if lyrics else "")
    embedded = "\n".join(tag.other.get("lyrics") or ()) if tag else ""
    lyrics = without_times(embedded) or None
    return Texts(title, artist, lyrics, "embedded" if lyrics else "")


def tidy(name: str | None) -> str | None:
    """Return a title or an artist on one line and no longer than the service takes."""
    return " ".join((name or "").replace("\0", " ").split())[:LONGEST_NAME] or None


def without_times(text: str) -> str:
    r"""Return the words of lyrics that are marked with times, as ``.lrc`` files are.

    >>> without_times("[ar:Nobody]\n[00:01.20][01:02.00]Here it <00:02.00>comes\n[00:09.1]")
    'Here it comes'
    """
    text = _REMARKS.sub("", text.replace("\0", "").lstrip("\ufeff"))
    return _WORD_STAMPS.sub("", _STAMPS.sub("", text)).strip()


def read_lyrics(path: Path) -> str | None:
    """Return the words in a file, without marks of time if it is an ``.lrc``; None if it has none.

    Raises:
        TextError: It is no text in UTF-8.
        OSError: It cannot be read.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise TextError(f"{path.name} is no text in UTF-8: {error}.") from error
    # What is plain text goes byte for byte: read by another of Attune's doors, it is the same.
    kept = without_times(text) if path.suffix == ".lrc" else text
    return kept if kept.strip() else None


def _tag(path: Path) -> TinyTag | None:
    try:
        return TinyTag.get(path, duration=False)
    except (TinyTagException, OSError):  # it may still be music: the service decides
        return None
