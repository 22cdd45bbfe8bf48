"""The lyrics of a track to embed: of a manifest, a file or a recording's tags."""

import re
from collections.abc import Iterable
from pathlib import Path

from tinytag import TinyTag, TinyTagException

from models.lyrics.encodings import MAX_BYTES
from models.lyrics.text import LyricsText, read_lyrics, tidy_lyrics
from models.track import Notice
from training.library.sources import Source

_FIELDS = ("lyrics", "unsyncedlyrics", "unsynced lyrics", "syncedlyrics", "synced lyrics")
_TIME = re.compile(r"\[[\d:.]+\]")
_MARK = re.compile(r"\[[^\[\]\n]*\]|<[\d:.]+>")
_NO_LETTER = re.compile(r"[\W\d_]+")
_SAME_WORDS = 0.8


def lyrics_of(source: Source) -> LyricsText:
    """Return a track's lyrics, by the rule of ``attune import``.

    A file that can be read precedes the recording's tags.
    """
    notices: tuple[Notice, ...] = ()
    if isinstance(source.lyrics, Path):
        try:
            return read_lyrics(_start_of(source.lyrics))
        except OSError as error:
            why = f"{source.lyrics.name} cannot be read: {error.strerror or error}."
            notices = (Notice("lyrics_unreadable", why),)
    elif source.lyrics and source.lyrics.strip():
        return tidy_lyrics(source.lyrics)
    embedded = join_lyrics(_of_tags(source.audio))
    words = read_lyrics(embedded.encode("utf-8", "replace"))
    return LyricsText(words.text, notices + words.notices, words.sent)


def join_lyrics(texts: Iterable[str]) -> str:
    r"""Return the lyrics of a recording's tags, the same words once.

    Tags hold them with and without times (USLT and SYLT), and in fields of several names.
    ``attune import`` joins them by the same rule.

    >>> join_lyrics(["[00:01.00]La la\n[00:02.00]lo", "La la, lo", "Cantaré"])
    'La la, lo\nCantaré'
    """
    kept: list[str] = []
    for text in sorted(texts, key=_is_timed):
        if _letters(text) and not any(_is_repeated(text, other) for other in kept):
            kept.append(text)
    return "\n".join(kept)


def _start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _of_tags(recording: Path | None) -> list[str]:
    if recording is None:
        return []
    try:
        tag = TinyTag.get(recording, duration=False)
    except (TinyTagException, OSError):  # the decoder says what is wrong
        return []
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
