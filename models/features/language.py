"""Which lyrics are not read: those in another language than English, and those without words.

A rule that seldom refuses: English, short, mixed and doubtful texts are read.
"""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import cache
from threading import Lock

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from models.features.language_names import LANGUAGE_NAMES
from models.features.nade import words_of
from models.notices import Notice

NO_WORDS = "no_words"
_LANGUAGE = "language:"

KNOWN_SHARE = 0.72
"""With this share of English words a text is read, and its language is not detected. In Spanish up
to seven in ten words of whole sentences, such as "solo" and "amor", are among those of English."""
STRANGE_SHARE = 0.2
"""With less, a text of which the language is in doubt has no words."""
SURE, LIKELY = 0.95, 0.4
"""Least probabilities that a refused text is in another language at all, and in the one named."""
NOT_A_LANGUAGE = 0.8
"""With this probability of being in no language, a text has no words."""
LATIN_SHARE = 0.5
"""With less of its letters Latin, a text is not English, whatever else it is."""
MAX_CHARACTERS = 5_000
"""Of a longer text, the language of its beginning is detected."""

_ENGLISH, _NONE = "en", "zxx"
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
_LOADING = Lock()


def unread(text: str, english: Container[str]) -> str | None:
    """Return why lyrics are not read: ``language:es`` or ``no_words``; None where they are.

    Args:
        text: Lyrics.
        english: Words of English, in lower case.
    """
    words = _words(text)
    if not words:
        return NO_WORDS
    known = sum(word in english for word in words) / len(words)
    return None if known >= KNOWN_SHARE else _unread(text, words, known)


def notice_of(unread: str) -> Notice:
    """Return what a reply says of lyrics that were not read.

    >>> notice_of("language:es").message
    'The lyrics are in Spanish and were not used: only English lyrics are read.'
    """
    if unread == NO_WORDS:
        return Notice(
            "lyrics_no_words", "No words were found in the lyrics, so they were not used."
        )
    code = unread.removeprefix(_LANGUAGE)
    language = LANGUAGE_NAMES.get(code, "another language")
    return Notice(
        "lyrics_language",
        f"The lyrics are in {language} and were not used: only English lyrics are read.",
        code,
    )


def unread_in(notices: Sequence[Notice]) -> str | None:
    """Return what was given to `notice_of`, if one of these notices came from it."""
    for notice in notices:
        if notice.code == "lyrics_no_words":
            return NO_WORDS
        if notice.code == "lyrics_language":
            return f"{_LANGUAGE}{notice.value}"
    return None


@dataclass(frozen=True, slots=True)
class Detection:
    """What the detector says of a text.

    Attributes:
        language: The likeliest language but English, as an ISO 639 code.
        probability: That it is this one.
        foreign: Probability that it is one of these at all.
        none: Probability that it is in no language.
    """

    language: str
    probability: float
    foreign: float
    none: float


def detect(text: str) -> Detection:
    """Return in which language a text seems to be, by its beginning.

    The first call loads the detector, which takes 0.7 s and 76 MiB.
    """
    with _LOADING:
        detector = _detector()
    proba: dict[str, float] = dict(detector.rank(text[:MAX_CHARACTERS]))
    english, none = proba.pop(_ENGLISH), proba.pop(_NONE)
    language = max(proba, key=proba.__getitem__)
    return Detection(language, proba[language], 1 - english - none, none)


def _unread(text: str, words: Sequence[str], known: float) -> str | None:
    """Judge a text that is not plainly English."""
    found = detect(text)
    if found.none >= NOT_A_LANGUAGE:
        return NO_WORDS
    is_likely = found.foreign >= SURE and found.probability >= LIKELY
    if is_likely or not _is_latin(words):
        return f"{_LANGUAGE}{found.language}"
    is_refrain = len(set(words)) == 1  # such as "hallelujah", which few lists of words have
    return NO_WORDS if known < STRANGE_SHARE and not is_refrain else None


def _words(text: str) -> list[str]:
    """Return the words in lower case, without those of one letter said again and again."""
    return [word for word in words_of(text) if _is_word(word)]


def _is_word(word: str) -> bool:
    is_one_letter = word.isascii() and len(set(word)) == 1
    return any(map(str.isalpha, word)) and (not is_one_letter or word in {"a", "i", "o"})


def _is_latin(words: Sequence[str]) -> bool:
    letters = [character for word in words for character in word if character.isalpha()]
    return sum(map(bool, map(_LATIN.match, letters))) >= LATIN_SHARE * len(letters)


@cache
def _detector() -> LanguageIdentifier:
    detector = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    detector.set_languages([*LANGUAGE_NAMES, _NONE])
    return detector
