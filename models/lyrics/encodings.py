"""Encodings of lyrics: from the bytes of a file to its text, by mark or by detection."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from string import ascii_letters

from models.lyrics.plausibility import LANGUAGES, is_sound, plausibility

MAX_BYTES = 2**20
"""More bytes of a file are not read."""

_MARKS = (  # the longer ones first: UTF-32's begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BYTES_OF_CP1252 = {
    ord(bytes([byte]).decode("cp1252", "ignore") or chr(byte)): byte for byte in range(128, 160)
}
_START, _SAMPLE = 50_000, 2_000
"""Characters by which an encoding is judged: of the start, those of lines that are not ASCII."""
_MAX_CONTROLS = 0.02
"""A file with a higher share of control characters is not text."""
_MAX_NOISE = 0.15
"""A text with a higher share of control characters, U+0000 among them, is none."""
_NEARLY_ALL, _MANY, _FEW = 0.9, 0.4, 0.1
"""Shares of zeros in every second or fourth byte."""
_CONTROLS = bytes([*range(1, 9), *range(14, 26), *range(27, 32), 127])
_ABOVE_ASCII = bytes(range(128, 256))
_LETTERS = (ascii_letters + " ").encode()
_LATIN_RATIO = 4
"""Text of a Latin language has more than so many letters of ASCII to each byte that is neither
printable nor ASCII."""
_MOSTLY, _DAMAGED = 0.7, -1.5
"""Share of letters that are ASCII in a Latin language; score of cp1252 with broken characters."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file.

    Attributes:
        encoding: Python's name of the encoding.
        is_guessed: Whether nothing in the file names the encoding, and it is not UTF-8.
        n_unreadable: Number of characters that are not of this encoding; each is U+FFFD.
    """

    text: str
    encoding: str
    is_guessed: bool = False
    n_unreadable: int = 0


def decode(data: bytes) -> Decoded | None:
    """Return the text of a file; None if it is not text or its encoding cannot be told.

    At most 1 MiB is read. A byte order mark names the encoding; else it is UTF-8 if it can be.

    >>> decode("Olé, olé, mi amor".encode("latin-1"))
    Decoded(text='Olé, olé, mi amor', encoding='cp1252', is_guessed=True, n_unreadable=0)
    """
    found = _decode(data[:MAX_BYTES])
    return None if found is None or _is_noise(found.text) else found


def undo_mojibake(text: str) -> str:
    """Return a text whose UTF-8 was read as cp1252 as it was meant; others unchanged.

    >>> undo_mojibake("Rain falls on the cafÃ©")
    'Rain falls on the café'
    """
    if text.isascii():
        return text
    try:
        return text.translate(_BYTES_OF_CP1252).encode("latin-1").decode()
    except UnicodeError:
        return text


def _decode(data: bytes) -> Decoded | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _read(data.removeprefix(mark), encoding)
    if wide := _wide_encoding(data) or _escaped_encoding(data):
        return _read(data, wide, is_guessed=True)
    if _is_binary(data):
        return None
    plain = _read(data, "utf-8")
    return (_damaged(plain) or _detected(data)) if plain.n_unreadable else plain


def _read(data: bytes, encoding: str, *, is_guessed: bool = False) -> Decoded:
    is_whole = len(data) < MAX_BYTES - 4  # else the last character may be cut
    text = codecs.getincrementaldecoder(encoding)("replace").decode(data, is_whole)
    replacement = "\ufffd".encode(encoding, "ignore")  # it may also be in the file
    n_own = data.count(replacement) if replacement else 0
    return Decoded(text, encoding, is_guessed, max(text.count("\ufffd") - n_own, 0))


def _escaped_encoding(data: bytes) -> str | None:
    """Return the encoding of seven bits that escape sequences show."""
    if not data.isascii() or b"\x1b$" not in data:
        return None
    return "iso2022_kr" if b"\x1b$)C" in data else "iso2022_jp_ext"


def _wide_encoding(data: bytes) -> str | None:
    """Return UTF-16 or UTF-32 if the zero bytes show it, or if it cannot be anything else."""
    n_quarter = max(len(data) // 4, 1)
    zeros = [data[place::4].count(0) / n_quarter for place in range(4)]
    if min(zeros[2:]) > _NEARLY_ALL and zeros[0] < _NEARLY_ALL:
        return "utf-32-le"
    if min(zeros[:2]) > _NEARLY_ALL and zeros[3] < _NEARLY_ALL:
        return "utf-32-be"
    even, odd = (zeros[0] + zeros[2]) / 2, (zeros[1] + zeros[3]) / 2
    if odd > _MANY and even < _FEW:
        return "utf-16-le"
    if even > _MANY and odd < _FEW:
        return "utf-16-be"
    return _utf_16_of_other_scripts(data) if _may_be_utf_16(data, even, odd) else None


def _may_be_utf_16(data: bytes, even: float, odd: float) -> bool:
    """Whether bytes are not text of one byte a letter, given their shares of zeros."""
    if _n_of(_LETTERS, data) > _LATIN_RATIO * _n_of(_CONTROLS + _ABOVE_ASCII, data):
        return False
    return _is_binary(data) or (even + odd > 0 and _read(data, "utf-8").n_unreadable > 0)


def _utf_16_of_other_scripts(data: bytes) -> str | None:
    """Return UTF-16 in the order of bytes that uses fewer scripts; None if it is not text."""
    texts = [_read(data, encoding) for encoding in ("utf-16-le", "utf-16-be")]
    n_blocks = {
        each.encoding: len({ord(character) >> 8 for character in each.text[:_SAMPLE]})
        for each in texts
        if not each.n_unreadable and is_sound(each.text[:_SAMPLE])
    }
    return min(n_blocks, key=n_blocks.__getitem__, default=None)


def _is_noise(text: str) -> bool:
    """Whether a text has many control characters, except U+0000 that fills its end."""
    text = text.rstrip("\0")
    return sum(map(text.count, "\0" + _CONTROLS.decode())) > _MAX_NOISE * len(text)


def _is_binary(data: bytes) -> bool:
    return _n_of(_CONTROLS, data) > _MAX_CONTROLS * len(data)


def _n_of(some: bytes, data: bytes) -> int:
    return len(data) - len(data.translate(None, some))


def _damaged(plain: Decoded) -> Decoded | None:
    """Return UTF-8 with a few broken characters among more that are right."""
    n_right = sum(character > "\x7f" for character in plain.text) - plain.n_unreadable
    return plain if n_right > 2 * plain.n_unreadable else None


def _detected(data: bytes) -> Decoded | None:
    western = _read(data, "cp1252", is_guessed=True)
    if _is_english(western):
        return western
    score, best = max([(_DAMAGED, western), *_scored(data)], key=lambda each: each[0])
    return best if score > 0 or _share_of_ascii(best.text) >= _MOSTLY else None


def _is_english(western: Decoded) -> bool:
    """Whether only punctuation and signs of a text are not ASCII."""
    sample = western.text[:_START]
    foreign = {character for character in sample if not character.isascii()}
    is_plain = not western.n_unreadable and not any(map(str.isalpha, foreign))
    return is_plain and _share_of_ascii(sample) > 0 and is_sound(sample)


def _share_of_ascii(text: str) -> float:
    """Return the share of letters that are ASCII."""
    letters = [character for character in text if character.isalpha()]
    return sum(map(str.isascii, letters)) / max(len(letters), 1)


def _scored(data: bytes) -> Iterator[tuple[float, Decoded]]:
    """Yield each encoding that the bytes may be in, with its plausibility."""
    for encoding in LANGUAGES:
        found = _read(data, encoding, is_guessed=True)
        if found.n_unreadable:
            continue
        lines = [line for line in found.text[:_START].splitlines() if not line.isascii()]
        sample = ("\n".join(lines) or found.text)[:_SAMPLE]
        if (score := plausibility(sample, encoding)) is not None:
            yield score, found
