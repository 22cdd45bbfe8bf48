"""Makes track ids from names."""

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import PurePosixPath

_MAX_LENGTH = 180
_INVALID = re.compile(r"[^A-Za-z0-9._:@]+")
_NOT_FIRST = "-._:@"


def distinct_ids(
    names: Sequence[str], origins: Sequence[str], given: Mapping[str, str] | None = None
) -> list[str]:
    """Return a valid, distinct id for each name.

    Accents are removed and other invalid characters become ``-``. Eight digits of the origin's
    digest are appended if a letter was replaced, the name was too long, or two ids are equal; a
    number, if that is not enough.

    >>> distinct_ids(["Élan:Blue in Green", "b", "c"], ["1", "2", "3"], {"3": "kept"})
    ['Elan:Blue-in-Green', 'b', 'kept']

    Args:
        names: The tracks' names.
        origins: Texts that distinguish tracks of one name.
        given: Ids given before, by origin: they stay, and no other origin gets them.
    """
    known = given or {}
    plain = [plain_id(name) for name in names]
    times = Counter(text for text, _ in plain)
    is_enough = [is_lossless and times[text] == 1 for text, is_lossless in plain]
    is_normal = [unicodedata.is_normalized("NFC", origin) for origin in origins]
    taken, ids = set(known.values()), [known.get(origin, "") for origin in origins]
    # Ids of whole names first, then those that all file systems agree on.
    new = (i for i in range(len(names)) if not ids[i])
    for i in sorted(new, key=lambda i: (not is_enough[i], not is_normal[i])):
        options = _options(plain[i][0], origins[i], is_enough=is_enough[i])
        ids[i] = next(each for each in options if each not in taken)
        taken.add(ids[i])
    return ids


def with_successors(paths: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    """Return ids by path; a new file takes the id of a file that it replaces.

    A file replaces one that is gone and has the same path, but for the ending or the encoding of
    accents.

    >>> with_successors(["song.flac", "b.mp3"], {"song.wav": "song", "b.mp3": "b"})
    {'b.mp3': 'b', 'song.flac': 'song'}

    Args:
        paths: Of all files, relative to the folder.
        given: Ids given before, by path.
    """
    ids, present = dict(given), set(paths)
    for key in (_normal, _normal_stem):
        gone = _grouped(sorted(ids.keys() - present), key)  # in one order everywhere
        for path in paths:
            if path not in ids and gone[key(path)]:
                ids[path] = ids.pop(gone[key(path)].pop(0))
    return ids


def plain_id(name: str) -> tuple[str, bool]:
    """Return a valid id, and whether it keeps every letter of the name.

    >>> plain_id("a 夜")
    ('a', False)
    """
    decomposed = unicodedata.normalize("NFKD", name)
    latin = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    whole = _INVALID.sub("-", latin).strip(_NOT_FIRST) or "track"
    return whole[:_MAX_LENGTH], latin.isascii() and len(whole) <= _MAX_LENGTH


def _options(text: str, origin: str, *, is_enough: bool) -> Iterator[str]:
    if is_enough:
        yield text
    with_digits = f"{text}-{_digits(_normal(origin))}"
    yield with_digits
    yield f"{text}-{_digits(origin)}"
    yield from (f"{with_digits}-{number}" for number in count(2))


def _digits(origin: str) -> str:
    return hashlib.sha256(origin.encode("utf-8", "surrogateescape")).hexdigest()[:8]


def _normal(path: str) -> str:
    # File systems differ in whether an accent is one character or two.
    return unicodedata.normalize("NFC", path)


def _normal_stem(path: str) -> str:
    return _normal(str(PurePosixPath(path).with_suffix("")))


def _grouped(paths: Sequence[str], key: Callable[[str], str]) -> defaultdict[str, list[str]]:
    groups = defaultdict(list)
    for path in paths:
        groups[key(path)].append(path)
    return groups
