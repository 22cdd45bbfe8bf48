"""The text of lyrics: one reader for every file, tag and field that holds them."""

import re
from dataclasses import dataclass
from unicodedata import normalize

from models.lyrics.encodings import MAX_BYTES, Decoded, decode, undo_mojibake
from models.lyrics.marks import without_marks
from models.track import Notice

MAX_LYRICS = 100_000
"""Characters of lyrics that are used; longer ones are cut."""
_MOJIBAKE = Notice(
    "lyrics_encoding",
    "The lyrics were in UTF-8 and had been read as cp1252; they were read as UTF-8.",
    "utf-8",
)
UNREADABLE = Notice(
    "lyrics_unreadable",
    "The lyrics were not used: they are not text, or in an encoding that cannot be told. "
    "Save them in UTF-8.",
)

_WORD = re.compile(r"\S+")
_MAX_WORD = 1_000
"""Longer words stay as they are: normalising takes time quadratic in the length of a word."""
_IGNORED = str.maketrans("", "", "\0\ufeff\u00ad\u200b\u200e\u200f\u2060")
"""Characters that are not seen; the encoders pass over them, or would split words at them."""
_MARKUP = re.compile(
    r"(?P<RTF>\{\\rtf)|(?P<PDF>%PDF-)|(?P<XML><\?xml|<tt[ >])|(?P<HTML><!doctype html|<html\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class LyricsText:
    """Lyrics in their canonical form, without marks of time.

    Attributes:
        text: At most 100,000 characters; empty if there are none, or they cannot be read.
        notices: What was guessed, cut or not read.
        sent: The text as it was sent, with its marks.
    """

    text: str
    notices: tuple[Notice, ...] = ()
    sent: str = ""


def canonical_lyrics(text: str) -> str:
    r"""Return lyrics in the one form of which digests are made.

    Texts of the same words have the same form, whichever editor wrote them: Unicode NFC, line ends
    ``\n``, no blanks around lines, no blank lines at the ends, and no character that is not seen,
    such as U+0000 and byte order marks. The encoders read the same words in both forms.

    >>> canonical_lyrics("\ufeff\r\nCafe\u0301 \r  ole\u0301\u2028\n")
    'Café\nolé'
    """
    lines = text.translate(_IGNORED).splitlines()
    stripped = "\n".join(map(str.strip, lines)).strip("\n")
    return stripped if stripped.isascii() else _WORD.sub(_nfc, stripped)


def tidy_lyrics(sent: str) -> LyricsText:
    r"""Return the words of a text that may hold marks, as ``.lrc`` files do.

    >>> tidy_lyrics("[ti:Sun]\r[00:01.00]The sun\r[00:02.00]is up[00:03.00]\r").text
    'The sun\nis up'
    """
    meant = undo_mojibake(sent.lstrip("\ufeff"))
    notices = () if meant in sent else (_MOJIBAKE,)
    canonical = canonical_lyrics(meant)
    if markup := _MARKUP.match(canonical):
        return LyricsText("", (_not_plain(str(markup.lastgroup)),))
    text = canonical_lyrics(without_marks(canonical))
    if len(text) <= MAX_LYRICS:
        return LyricsText(text, notices, sent)
    used = _cut(text)
    message = (
        f"The lyrics have {len(text)} characters, more than {MAX_LYRICS}: only the first "
        f"{len(used)} were used."
    )
    return LyricsText(used, (*notices, Notice("lyrics_cut", message, str(len(text)))), sent)


def read_lyrics(data: bytes) -> LyricsText:
    """Return the words in a file, whatever its encoding; no words if it cannot be read.

    At most 1 MiB of it is read.
    """
    decoded = decode(data)
    if decoded is None:
        return LyricsText("", (UNREADABLE,))
    read = tidy_lyrics(decoded.text)
    notices = [*_notices_of(decoded), *read.notices]
    if len(data) > MAX_BYTES and not any(each.code == "lyrics_cut" for each in notices):
        message = f"The lyrics have {len(data)} bytes: only the first {MAX_BYTES} were read."
        notices.append(Notice("lyrics_cut", message, str(len(data))))
    return LyricsText(read.text, tuple(notices), read.sent)


def _notices_of(decoded: Decoded) -> list[Notice]:
    said, name = [], decoded.encoding
    if decoded.is_guessed:
        said.append(f"The lyrics are not in UTF-8; their encoding was guessed to be {name}.")
    if n_unreadable := decoded.n_unreadable:
        said.append(f"{n_unreadable} characters of the lyrics are not {name}; the rest was read.")
    return [Notice("lyrics_encoding", " ".join(said), name)] if said else []


def _not_plain(markup: str) -> Notice:
    message = f"The lyrics were not used: they are {markup}. Save them as plain text in UTF-8."
    return Notice(UNREADABLE.code, message, markup)


def _cut(text: str) -> str:
    """Return the longest start of a text that is short enough and ends with a line or a word."""
    start = text[: MAX_LYRICS + 1]
    end = max(start.rfind("\n"), start.rfind(" "))
    return start[:end].rstrip() if end > 0 else start[:MAX_LYRICS]


def _nfc(word: re.Match[str]) -> str:
    return normalize("NFC", word[0]) if len(word[0]) <= _MAX_WORD else word[0]
