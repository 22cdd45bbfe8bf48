"""Encodings of lyrics: from the bytes of a file to its text, by mark or by detection."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from string import ascii_letters
from unicodedata import category

from models.features.language import language_proba

MAX_BYTES = 2**20
"""More bytes of a file are not read."""

_MARKS = (  # the longer ones first: UTF-32's begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LANGUAGES = {
    "cp932": "ja",
    "euc_jp": "ja",
    "cp949": "ko",
    "gb18030": "zh",
    "big5hkscs": "zh",
    "cp1252": "en fr de es it pt nl sv da no fi ca is eu",
    "cp1255": "he",
    "cp1251": "ru uk bg sr be mk",
    "koi8_u": "ru uk bg be",
    "cp1254": "tr",
    "cp1250": "pl cs sk hu ro hr sl bs",
    "iso8859_2": "pl cs sk hu ro hr sl bs",
    "cp1256": "ar fa ur",
    "cp1253": "el",
    "cp874": "th",
}
"""Encodings that are guessed, and the languages that are written in them. Where two fit equally,
the first is meant: its alphabet is the narrower one, or it is the commoner encoding."""
_RARE = frozenset({"cp1250", "iso8859_2", "cp1253", "cp1256", "cp874"})
_ORDER, _RARITY, _ODDITY, _CAPITALS = 0.01, 0.2, 3.0, 0.35
"""Weights of the score, chosen on the texts of ``tests/unit/models/test_lyrics_encodings.py``."""
_START, _SAMPLE = 50_000, 2_000
"""Characters by which an encoding is judged: of the start, those of lines that are not ASCII."""
_MAX_CONTROLS = 0.02
"""A file with a higher share of control characters is not text."""
_NEARLY_ALL, _MANY, _FEW = 0.9, 0.4, 0.1
"""Shares of zeros in every second or fourth byte."""
_CONTROLS = bytes([*range(1, 9), *range(14, 26), *range(27, 32), 127])
_ABOVE_ASCII = bytes(range(128, 256))
_LETTERS = (ascii_letters + " ").encode()
_LATIN_RATIO = 4
"""Text of a Latin language has more than so many letters of ASCII to each byte that is neither
printable nor ASCII."""
_LATIN = "\u024f"


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
    data = data[:MAX_BYTES]
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _read(data.removeprefix(mark), encoding)
    if wide := _wide_encoding(data):
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
    is_one_sided = bool(even + odd) and not even * odd
    return _is_binary(data) or (is_one_sided and _read(data, "utf-8").n_unreadable > 0)


def _utf_16_of_other_scripts(data: bytes) -> str | None:
    """Return UTF-16 in the order of bytes that uses fewer scripts; None if it is not text."""
    texts = [_read(data, encoding) for encoding in ("utf-16-le", "utf-16-be")]
    n_blocks = {
        each.encoding: len({ord(character) >> 8 for character in each.text[:_SAMPLE]})
        for each in texts
        if not each.n_unreadable and not _n_odd(each.text[:_SAMPLE])
    }
    return min(n_blocks, key=n_blocks.__getitem__, default=None)


def _is_binary(data: bytes) -> bool:
    return _n_of(_CONTROLS, data) > _MAX_CONTROLS * len(data)


def _n_of(some: bytes, data: bytes) -> int:
    return len(data) - len(data.translate(None, some))


def _damaged(plain: Decoded) -> Decoded | None:
    """Return UTF-8 with a few broken characters among more that are right."""
    n_right = sum(character > "\x7f" for character in plain.text) - plain.n_unreadable
    return plain if n_right > 2 * plain.n_unreadable else None


def _detected(data: bytes) -> Decoded | None:
    scored = list(_scored(data))
    if scored:
        score, best = max(scored, key=lambda each: each[0])
        if score > 0:
            return best
    text = _read(data, "cp1252", is_guessed=True)
    n_letters = sum(map(str.isalpha, text.text))
    n_ascii = sum(character.isascii() for character in text.text if character.isalpha())
    return text if n_ascii >= 0.8 * n_letters else None  # a Latin language


def _scored(data: bytes) -> Iterator[tuple[float, Decoded]]:
    """Yield each encoding that the bytes may be in, with its plausibility, at most 1."""
    for place, (encoding, languages) in enumerate(_LANGUAGES.items()):
        found = _read(data, encoding, is_guessed=True)
        if found.n_unreadable:
            continue
        lines = [line for line in found.text[:_START].splitlines() if not line.isascii()]
        sample = ("\n".join(lines) or found.text)[:_SAMPLE]
        proba = language_proba(sample)
        foreign = [character for character in sample if not character.isascii()]
        capitals = sum(map(str.isupper, foreign))
        penalty = (_ODDITY * _n_odd(sample) + _CAPITALS * capitals) / max(len(foreign), 1)
        prior = _ORDER * place + _RARITY * (encoding in _RARE)
        yield sum(proba[each] for each in languages.split()) - penalty - prior, found


def _n_odd(text: str) -> int:
    """Return how many neighbouring characters do not occur side by side in any language."""
    return sum(
        _is_odd(before, after)
        for before, after in zip(f" {text}", text, strict=False)
        if not (before.isascii() and after.isascii())
    )


def _is_odd(before: str, after: str) -> bool:
    first, second = category(before), category(after)
    pair = {first[0], second[0]}
    are_letters = pair <= {"L", "M"}
    return (
        (second in {"Co", "Cn", "Cc"} and not after.isascii())
        or "\uff61" <= after <= "\uff9f"  # half-width katakana
        or (first == "Ll" and second == "Lu")
        or (second[0] == "M" and first[0] not in "LM")
        or pair == {"L", "S"}
        or (before == "ς" and second[0] == "L")  # the final sigma
        or (are_letters and (before <= _LATIN) != (after <= _LATIN))
        or (are_letters and "\x7f" < before <= _LATIN and "\x7f" < after <= _LATIN)
    )
