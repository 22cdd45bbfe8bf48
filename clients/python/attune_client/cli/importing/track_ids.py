"""Makes track ids from names."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

_MAX_LENGTH = 180
_INVALID = re.compile(r"[^A-Za-z0-9._:@]+")
_NOT_FIRST = "-._:@"


def distinct_ids(names: Sequence[str], origins: Sequence[str]) -> list[str]:
    """Return a valid, distinct id for each name.

    Accents are removed and other invalid characters become ``-``. Eight digits of the origin's
    digest are appended if a letter was replaced, the name was too long, or two ids are equal.

    >>> distinct_ids(["Élan:Blue in Green", "b"], ["1", "2"])
    ['Elan:Blue-in-Green', 'b']

    Args:
        names: The tracks' names.
        origins: Texts that distinguish tracks of one name.
    """
    latin = [_latin(name) for name in names]
    ids = [(_INVALID.sub("-", name).strip(_NOT_FIRST) or "track") for name in latin]
    short = [each[:_MAX_LENGTH] for each in ids]
    times = Counter(short)
    is_unique = [
        name.isascii() and len(whole) <= _MAX_LENGTH and times[cut] == 1
        for name, whole, cut in zip(latin, ids, short, strict=True)
    ]
    return [
        cut if is_enough else f"{cut}-{_digits(origin)}"
        for origin, cut, is_enough in zip(origins, short, is_unique, strict=True)
    ]


def _latin(name: str) -> str:
    normalised = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in normalised if not unicodedata.combining(letter))


def _digits(origin: str) -> str:
    # File systems differ in whether an accent is one character or two.
    normalised = unicodedata.normalize("NFC", origin).encode("utf-8", "surrogateescape")
    return hashlib.sha256(normalised).hexdigest()[:8]
