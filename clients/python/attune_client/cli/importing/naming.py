"""Ids of tracks, made of what they are called."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

_MOST_LETTERS = 180
_N_DIGITS = 8
_NO_ID = re.compile(r"[^A-Za-z0-9._:@]+")
_NOT_FIRST = "-._:@"
_NAMELESS = "track"


def distinct_ids(names: Sequence[str], origins: Sequence[str]) -> list[str]:
    """Return an id for each name.

    Accents are dropped, anything else that an id may not have becomes ``-``. Digits of the
    origin's digest follow where a letter had to go, where the name was too long, and where two
    names would have one id.

    >>> distinct_ids(["Élan:Blue in Green", "b"], ["1", "2"])
    ['Elan:Blue-in-Green', 'b']

    Args:
        names: What the tracks are called.
        origins: What tells apart tracks of one name.
    """
    latin = [_latin(name) for name in names]
    ids = [(_NO_ID.sub("-", name).strip(_NOT_FIRST) or _NAMELESS) for name in latin]
    short = [each[:_MOST_LETTERS] for each in ids]
    times = Counter(short)
    is_told_apart = [
        name.isascii() and len(whole) <= _MOST_LETTERS and times[cut] == 1
        for name, whole, cut in zip(latin, ids, short, strict=True)
    ]
    return [
        cut if is_enough else f"{cut}-{_digits(origin)}"
        for origin, cut, is_enough in zip(origins, short, is_told_apart, strict=True)
    ]


def _latin(name: str) -> str:
    spelt = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in spelt if not unicodedata.combining(letter))


def _digits(origin: str) -> str:
    # One file system spells an accent as one character, another as two.
    spelt = unicodedata.normalize("NFC", origin).encode("utf-8", "surrogateescape")
    return hashlib.sha256(spelt).hexdigest()[:_N_DIGITS]
