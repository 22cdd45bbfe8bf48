"""Words of titles and artists: what a search compares, and the index keys that lead to them.

Case and accents do not count. Scripts written without blanks, such as Chinese and Japanese, have
no words that a program could tell: their text is found by any part of it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from unicodedata import category, combining, normalize

MAX_KEY = 32
"""Characters of the longest index key; longer words share the key of their beginning."""

_ACCENTS_FROM = 10
"""Marks of lower combining classes are parts of letters in Japanese and Indian scripts."""
_LETTERS = str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ħ": "h",
        "\u0131": "i",
    }
)
"""Letters that Unicode does not split into a letter and a mark, although readers do."""
_BLANKLESS = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Tibetan, Burmese, Khmer
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
)
_IS_BLANKLESS = re.compile(f"[{_BLANKLESS}]")
_SCRIPTS = re.compile(f"[{_BLANKLESS}]+|[^{_BLANKLESS}]+")


@dataclass(frozen=True, slots=True)
class SearchWord:
    """A word of a search.

    Attributes:
        part: Occurs in the search text of a track that the word finds.
        keys: Index keys that such a track has, each or, if `is_prefix`, one that begins so.
        is_prefix: Whether a longer word is found too.
    """

    part: str
    keys: tuple[str, ...]
    is_prefix: bool


def search_text(title: str | None, artist: str | None) -> str:
    """Return the words of a title and an artist, with a blank before and after each; or "".

    A word with punctuation is there in parts and as a whole.

    >>> search_text("Don't Stop", "Røyksopp")
    ' don t dont stop royksopp '
    """
    words = [word for text in (title, artist) for word in _words_of(text or "", with_whole=True)]
    return f" {' '.join(words)} " if words else ""


def index_keys(text: str) -> set[str]:
    """Return the index keys of a search text: its words; or characters and pairs of them.

    >>> sorted(index_keys(" so 東京 "))
    ['so', '京', '東', '東京']
    """
    return {key for word in text.split() for key in _keys_of(word)}


def parse_search(text: str) -> list[SearchWord]:
    """Return the different words of a search, of which the last may be a beginning.

    >>> [(word.part, word.is_prefix) for word in parse_search("Miles so wh")]
    [(' miles ', False), (' so ', False), (' wh', True)]
    """
    words = _words_of(text, with_whole=False)
    last = len(words) - 1
    found = {_search_word(word, is_last=i == last): None for i, word in enumerate(words)}
    return list(found)


def _search_word(word: str, *, is_last: bool) -> SearchWord:
    if _is_blankless(word):
        pairs = tuple(dict.fromkeys(_pairs(word)))
        return SearchWord(word, pairs or (word,), is_prefix=False)
    key = word[:MAX_KEY]
    if is_last:
        return SearchWord(f" {word}", (key,), is_prefix=len(word) < MAX_KEY)
    return SearchWord(f" {word} ", (key,), is_prefix=False)


def _words_of(text: str, *, with_whole: bool) -> list[str]:
    """Return the words of a text in order; without letters and digits, its signs."""
    chunks = _folded(text).split()
    words = [word for chunk in chunks for word in _words_in(chunk, with_whole=with_whole)]
    return words or chunks


def _words_in(chunk: str, *, with_whole: bool) -> Iterator[str]:
    parts = "".join(c if _is_letter(c) else " " for c in chunk).split()
    for part in parts:
        if any(map(str.isalnum, part)):
            yield from _SCRIPTS.findall(part)
    if with_whole and len(parts) > 1 and not _is_blankless(chunk):
        yield "".join(parts)


def _folded(text: str) -> str:
    split = normalize("NFKD", normalize("NFKD", text).casefold())
    bare = "".join(c for c in split if combining(c) < _ACCENTS_FROM)
    return normalize("NFC", bare.translate(_LETTERS))


def _is_letter(character: str) -> bool:
    return character.isalnum() or category(character).startswith("M")


def _is_blankless(word: str) -> bool:
    return _IS_BLANKLESS.search(word) is not None


def _keys_of(word: str) -> Iterator[str]:
    if _is_blankless(word):
        yield from word
        yield from _pairs(word)
    else:
        yield word[:MAX_KEY]


def _pairs(word: str) -> Iterator[str]:
    return (word[i : i + 2] for i in range(len(word) - 1))
