"""Reads title, artist and lyrics from tags and from lyrics files."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tinytag import TinyTag, TinyTagException

from attune_client.replies import Notice

MAX_NAME = 500
"""Characters of a title or artist that the service accepts."""
MAX_LYRICS_BYTES = 2**20 + 1
"""Bytes of lyrics that are sent, one more than the service reads, so that it says what it cut."""
_TIME = re.compile(r"\[[\d:.]+\]")
_MARK = re.compile(r"\[[^\[\]\n]*\]|<[\d:.]+>")
_NO_LETTER = re.compile(r"[\W\d_]+")
_SAME_WORDS = 0.8
_FIELDS = ("lyrics", "unsyncedlyrics", "unsynced lyrics", "syncedlyrics", "synced lyrics")


@dataclass(frozen=True, slots=True)
class Texts:
    """Title, artist and lyrics of a recording; None if unknown.

    Attributes:
        lyrics: As in the file or, in UTF-8, the tag: the service finds encoding and time marks.
        lyrics_from: The source of the lyrics, for the preview; empty without lyrics.
        notices: Why a lyrics file is not sent.
    """

    title: str | None
    artist: str | None
    lyrics: bytes | None
    lyrics_from: str
    notices: tuple[Notice, ...] = ()


def read_texts(path: Path, lyrics_file: Path | None) -> Texts:
    """Return the texts of a recording; a lyrics file that can be read precedes its tags."""
    tag = _tag(path)
    title, artist = (tidy(tag.title), tidy(tag.artist)) if tag else (None, None)
    notices: tuple[Notice, ...] = ()
    if lyrics_file is not None:
        try:
            lyrics = _start_of(lyrics_file)
        except OSError as error:
            why = f"{lyrics_file.name} cannot be read: {error.strerror or error}."
            notices = (Notice("lyrics_unreadable", why),)
        else:
            return Texts(title, artist, lyrics, lyrics_file.suffix if lyrics else "")
    embedded = join_lyrics(_lyrics_of(tag)) if tag else ""
    lyrics = embedded.encode("utf-8", "replace")[:MAX_LYRICS_BYTES] or None
    return Texts(title, artist, lyrics, "embedded" if lyrics else "", notices)


def join_lyrics(texts: Iterable[str]) -> str:
    r"""Return the lyrics of a recording's tags, the same words once.

    Tags hold them with and without times (USLT and SYLT), and in fields of several names. Training
    joins them by the same rule.

    >>> join_lyrics(["[00:01.00]La la\n[00:02.00]lo", "La la, lo", "Cantaré"])
    'La la, lo\nCantaré'
    """
    kept: list[str] = []
    for text in sorted(texts, key=_is_timed):
        if _letters(text) and not any(_is_repeated(text, other) for other in kept):
            kept.append(text)
    return "\n".join(kept)


def tidy(name: str | None) -> str | None:
    """Return a title or artist on one line, cut to the service's limit."""
    return " ".join((name or "").replace("\0", " ").split())[:MAX_NAME] or None


def _start_of(path: Path) -> bytes | None:
    """Return the bytes of a lyrics file that are sent; None if it is blank."""
    with path.open("rb") as file:
        start = file.read(MAX_LYRICS_BYTES)
    return start if start.strip() else None


def _lyrics_of(tag: TinyTag) -> list[str]:
    return [text for field in _FIELDS for text in tag.other.get(field) or ()]


def _is_timed(text: str) -> bool:
    return _TIME.search(text) is not None


def _is_repeated(text: str, kept: str) -> bool:
    """Return whether another text holds these words, but for a few."""
    words, others = set(_words(text)), set(_words(kept))
    return _letters(text) in _letters(kept) or len(words & others) >= _SAME_WORDS * len(words)


def _letters(text: str) -> str:
    return "".join(_words(text))


def _words(text: str) -> list[str]:
    return _NO_LETTER.sub(" ", _MARK.sub("", text)).casefold().split()


def _tag(path: Path) -> TinyTag | None:
    try:
        return TinyTag.get(path, duration=False)
    except (TinyTagException, OSError):  # the service decides whether it is audio
        return None
