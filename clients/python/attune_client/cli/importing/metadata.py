"""Reads title, artist and lyrics from tags and from lyrics files."""

import re
from dataclasses import dataclass
from pathlib import Path

from tinytag import TinyTag, TinyTagException

MAX_NAME = 500
"""Characters of a title or artist that the service accepts."""
_TIMES = re.compile(r"^(?:\s*\[\d{1,3}:\d{1,2}(?:[.:]\d{1,3})?\])+", re.MULTILINE)
_WORD_TIMES = re.compile(r"<\d{1,3}:\d{1,2}(?:[.:]\d{1,3})?>")
_REMARKS = re.compile(r"^\s*\[(?:[a-zA-Z]+|#):[^\n]*\][ \t\r]*\n?", re.MULTILINE)


class TextError(ValueError):
    """Lyrics cannot be read; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Title, artist and lyrics of a recording; None if unknown.

    Attributes:
        lyrics_from: The source of the lyrics, for the preview; empty without lyrics.
    """

    title: str | None
    artist: str | None
    lyrics: str | None
    lyrics_from: str


def read_texts(path: Path, lyrics_file: Path | None) -> Texts:
    """Return the texts of a recording.

    A lyrics file precedes lyrics in the tags. Time stamps are removed.

    Raises:
        TextError: The lyrics file is not UTF-8.
        OSError: The lyrics file cannot be read.
    """
    tag = _tag(path)
    title, artist = (tidy(tag.title), tidy(tag.artist)) if tag else (None, None)
    if lyrics_file is not None:
        lyrics = read_lyrics(lyrics_file)
        return Texts(title, artist, lyrics, lyrics_file.suffix if lyrics else "")
    embedded = "\n".join(tag.other.get("lyrics") or ()) if tag else ""
    lyrics = without_time_stamps(embedded) or None
    return Texts(title, artist, lyrics, "embedded" if lyrics else "")


def tidy(name: str | None) -> str | None:
    """Return a title or artist on one line, cut to the service's limit."""
    return " ".join((name or "").replace("\0", " ").split())[:MAX_NAME] or None


def without_time_stamps(text: str) -> str:
    r"""Return lyrics without the time stamps and remarks of ``.lrc`` files.

    >>> without_time_stamps("[ar:Nobody]\n[00:01.20][01:02.00]Here it <00:02.00>comes\n[00:09.1]")
    'Here it comes'
    """
    text = _REMARKS.sub("", text.replace("\0", "").lstrip("\ufeff"))
    return _WORD_TIMES.sub("", _TIMES.sub("", text)).strip()


def read_lyrics(path: Path) -> str | None:
    """Return the lyrics in a file, without time stamps if it is ``.lrc``; None if blank.

    Raises:
        TextError: The file is not UTF-8.
        OSError: The file cannot be read.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise TextError(f"{path.name} is not text in UTF-8: {error}.") from error
    # Plain text stays byte for byte, as training reads it.
    lyrics = without_time_stamps(text) if path.suffix == ".lrc" else text
    return lyrics if lyrics.strip() else None


def _tag(path: Path) -> TinyTag | None:
    try:
        return TinyTag.get(path, duration=False)
    except (TinyTagException, OSError):  # the service decides whether it is audio
        return None
