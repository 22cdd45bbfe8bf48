"""Plausibility of texts: in which of several encodings the same bytes read as a language."""

import re
from itertools import pairwise
from unicodedata import category

from models.features.language import language_proba

LANGUAGES = {
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
    "cp1257": "lv lt et",
    "cp866": "ru uk bg be",
    "iso8859_5": "ru uk bg sr be mk",
    "mac_cyrillic": "ru uk bg sr be mk",
    "mac_roman": "en fr de es it pt nl sv da no fi ca is",
    "cp850": "en fr de es it pt nl sv da no fi ca is",
}
"""Encodings that are guessed, and the languages that are written in them. Where two fit equally,
the first is meant: its alphabet is the narrower one, or it is the commoner encoding."""
_RARE = frozenset(
    {"cp1250", "iso8859_2", "cp1253", "cp1256", "cp874", "cp1257", "cp866", "iso8859_5"}
    | {"mac_cyrillic", "mac_roman", "cp850"}
)
_ORDER, _RARITY, _ODDITY, _CAPITALS = 0.01, 0.2, 3.0, 0.35
"""Weights of the score, chosen on the texts of ``tests/unit/models/test_lyrics_encodings.py``."""
_LATIN = "\u024f"
_MANY_DOUBLED = 0.65
"""Share of letters outside ASCII that follow another; a higher one is of no Latin language."""
_LAST_COMMON = {"cp932": 0x97, "euc_jp": 0xCF, "cp949": 0xC8, "gb18030": 0xD7, "big5hkscs": 0xC6}
"""The last first byte of the characters that are common."""
_OF_SINGLE_LETTERS = frozenset(
    {*_LAST_COMMON, "cp1252", "cp1254", "cp1250", "iso8859_2", "cp1257"}
)
"""Encodings in which a text may have a single letter outside ASCII."""
_OLD_LATIN = frozenset({"mac_roman", "cp850"})
"""Encodings in which it may not: there a byte for a sign in cp1252 is often a letter."""
_FOREIGN = re.compile(r"[^\W\d_\x00-\x7f]")
_BESIDE_LETTER = re.compile(rf"[^\W\d_]{_FOREIGN.pattern}|{_FOREIGN.pattern}[^\W\d_]")
_OTHER_SCRIPT = re.compile(r"[^\W\d_\x00-\u024f]{2,}")
_FEWEST_VOWELS = 0.25
"""Share of vowels among Cyrillic letters; it is about 0.4 in every language."""
_VOWELS = "аеёиоуыэюяіїє"
_NOT_AFTER_LETTERS = "\u201a\u201e\u2020\u2021\u02c6\u2030\u2039\u2022\xa1\xbf\xb6"
_ACUTE = "\xb4"  # for an apostrophe
_AFTER_LETTERS = _ACUTE + "\xae\u2122"


def plausibility(sample: str, encoding: str) -> float | None:
    """Return how plausible a text is, at most 1; None if its letters form no words.

    *encoding*, one of `LANGUAGES`, is that in which the text was read.
    """
    if not _has_words(sample, encoding):
        return None
    place = list(LANGUAGES).index(encoding)
    proba = language_proba(sample)
    prior = _ORDER * place + _RARITY * (encoding in _RARE)
    languages = LANGUAGES[encoding].split()
    return sum(proba[each] for each in languages) - _penalty(sample, encoding) - prior


def _has_words(sample: str, encoding: str) -> bool:
    """Whether letters outside ASCII have neighbours, and Cyrillic ones vowels among them."""
    if encoding in _OF_SINGLE_LETTERS:
        return True
    if encoding in _OLD_LATIN:
        return not _FOREIGN.search(sample) or _BESIDE_LETTER.search(sample) is not None
    words = "".join(_OTHER_SCRIPT.findall(sample)).casefold()
    is_cyrillic = bool(words) and "\u0400" <= min(words) <= "\u052f"
    n_vowels = sum(map(words.count, _VOWELS))
    return bool(words) and (not is_cyrillic or n_vowels >= _FEWEST_VOWELS * len(words))


def _penalty(sample: str, encoding: str) -> float:
    """Return how little a text resembles one of its script, whatever the language."""
    foreign = [character for character in sample if not character.isascii()]
    pairs = [
        (before, after)
        for before, after in pairwise(f" {sample}")
        if not (before.isascii() and after.isascii())
    ]
    n_odd = sum(_is_odd(*pair) for pair in pairs)
    n_capitals = sum(after.isupper() and not before.isascii() for before, after in pairs)
    n_doubled = sum(_are_latin(*pair) for pair in pairs)
    penalty = (_ODDITY * n_odd + _CAPITALS * n_capitals) / max(len(foreign), 1)
    if n_doubled > _MANY_DOUBLED * len(foreign):
        penalty += _ODDITY
    if n_rare := sum(_is_rare(character, encoding) for character in foreign):
        penalty += n_rare / len(foreign)
    return penalty


def is_sound(text: str) -> bool:
    """Whether no neighbouring characters are such as occur side by side in no language."""
    pairs = pairwise(f" {text}")
    return not any(_is_odd(*pair) for pair in pairs if not "".join(pair).isascii())


def _is_odd(before: str, after: str) -> bool:
    first, second = category(before), category(after)
    pair = {first[0], second[0]}
    are_letters = pair <= {"L", "M"}
    return (
        (second in {"Co", "Cn", "Cc"} and not after.isascii())
        or "\uff61" <= after <= "\uff9f"  # half-width katakana
        or (first == "Ll" and second == "Lu")
        or (first[0] == "L" and after in _NOT_AFTER_LETTERS)
        or (second[0] == "M" and first[0] not in "LM")
        or (pair == {"L", "S"} and after not in _AFTER_LETTERS and before != _ACUTE)
        or (second == "Cf" and first[0] == "L" and before <= _LATIN and after != "\xad")
        or (before in "ςךםןףץ" and second[0] == "L")  # letters that end words
        or (are_letters and (before <= _LATIN) != (after <= _LATIN))
    )


def _are_latin(before: str, after: str) -> bool:
    """Whether both are letters of Latin languages outside ASCII, of which few come in pairs."""
    both = (before, after)
    return all("\x7f" < each <= _LATIN and each.isalpha() for each in both)


def _is_rare(character: str, encoding: str) -> bool:
    """Whether an East Asian character is among the rarer half of its encoding."""
    return encoding in _LAST_COMMON and character.encode(encoding)[0] > _LAST_COMMON[encoding]
